use super::subscription::change;
use crate::{
    command::{Command, Context, Method, access::Access},
    rejection::Rejection,
    store::CursorChange,
};

/// Forgets a subscription.
#[derive(Clone, Debug)]
pub(crate) struct DeleteSubscription {
    pub slug: String,
    /// Checked when given.
    pub etag: Option<String>,
}

impl Command for DeleteSubscription {
    const METHOD: Method = Method::DeleteSubscription;

    type Answer = ();

    async fn run(self, access: Access<'_, Self>, _: &Context) -> Result<(), Rejection> {
        let delete = CursorChange::Delete { etag: self.etag };
        change(access, &self.slug, delete).await?;
        Ok(())
    }
}
