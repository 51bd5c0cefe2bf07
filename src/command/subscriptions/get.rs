use super::subscription::Subscription;
use crate::{
    command::{Command, Context, Method, access::Access},
    rejection::Rejection,
    store::Cursor,
};

/// Reads one subscription.
#[derive(Clone, Debug)]
pub(crate) struct GetSubscription {
    pub slug: String,
}

impl Command for GetSubscription {
    const METHOD: Method = Method::GetSubscription;

    type Answer = Subscription;

    async fn run(self, access: Access<'_, Self>, _: &Context) -> Result<Subscription, Rejection> {
        let cursor = access.cursors().get(&self.slug);
        let cursor = cursor.ok_or_else(|| Rejection::not_found(&Cursor::name_of(&self.slug)))?;
        Subscription::of(access, cursor).await
    }
}
