use crate::{
    command::{Command, Context, Method, access::Access},
    rejection::Rejection,
};

/// Ends a watch.
#[derive(Clone, Debug)]
pub(crate) struct DisconnectWatch {
    pub name: String,
}

impl Command for DisconnectWatch {
    const METHOD: Method = Method::DisconnectWatch;

    type Answer = ();

    async fn run(self, access: Access<'_, Self>, _: &Context) -> Result<(), Rejection> {
        let name = self.name;
        if !access.watches().disconnect(&name) {
            return Err(Rejection::not_found(&name));
        }
        tracing::info!(watch = name, "ended by an operator");
        Ok(())
    }
}
