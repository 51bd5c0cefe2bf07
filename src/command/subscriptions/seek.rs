use super::{
    start_at::StartAt,
    subscription::{Subscription, change},
};
use crate::{
    command::{Command, Context, Method, access::Access},
    rejection::Rejection,
    store::CursorChange,
};

/// Moves a subscription.
#[derive(Clone, Debug)]
pub(crate) struct SeekSubscription {
    pub slug: String,
    pub target: StartAt,
}

impl Command for SeekSubscription {
    const METHOD: Method = Method::SeekSubscription;

    type Answer = Subscription;

    async fn run(self, access: Access<'_, Self>, _: &Context) -> Result<Subscription, Rejection> {
        let after = self.target.after(access)?;
        let (cursor, _) = change(access, &self.slug, CursorChange::Seek { after }).await?;
        Subscription::of(access, cursor).await
    }
}
