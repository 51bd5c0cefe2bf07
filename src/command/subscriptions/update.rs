use super::subscription::{Subscription, change, check_names};
use crate::{
    command::{Command, Context, Method, access::Access},
    rejection::Rejection,
    store::{CursorChange, CursorEdit},
};

/// Changes what a subscription delivers.
#[derive(Clone, Debug)]
pub(crate) struct UpdateSubscription {
    pub slug: String,
    pub edit: CursorEdit,
}

/// A subscription that was changed.
#[derive(Clone, Debug)]
pub(crate) struct UpdatedSubscription {
    pub subscription: Subscription,
    pub hints: Vec<String>,
}

impl Command for UpdateSubscription {
    const METHOD: Method = Method::UpdateSubscription;

    type Answer = UpdatedSubscription;

    async fn run(
        mut self,
        access: Access<'_, Self>,
        _: &Context,
    ) -> Result<UpdatedSubscription, Rejection> {
        self.edit.resolved = access.head().position;
        if let Some(filter) = &self.edit.filter {
            check_names(access, filter, self.edit.resolved).await?;
        }
        let (cursor, _) = change(access, &self.slug, CursorChange::Edit(self.edit)).await?;
        let subscription = Subscription::of(access, cursor).await?;
        let hints = access.hints_of(&subscription.cursor).await?;
        Ok(UpdatedSubscription {
            subscription,
            hints,
        })
    }
}
