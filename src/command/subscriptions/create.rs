use std::time::Duration;

use super::{
    start_at::StartAt,
    subscription::{Subscription, change, check_names},
};
use crate::{
    command::{Command, Context, Method, access::Access},
    domain::{View, Violations},
    rejection::Rejection,
    store::{CursorChange, NewCursor, RequestKey},
};

/// Makes a subscription.
#[derive(Clone, Debug)]
pub(crate) struct CreateSubscription {
    pub slug: String,
    /// The filter as the client wrote it.
    pub filter: String,
    pub view: Option<View>,
    pub idle_ttl: Option<Duration>,
    pub start: StartAt,
    /// Makes the request safe to repeat.
    pub request: Option<RequestKey>,
    /// What of the request is refused already.
    pub wrong: Violations,
}

/// A new subscription.
#[derive(Clone, Debug)]
pub(crate) struct CreatedSubscription {
    pub subscription: Subscription,
    /// The same request had made it before.
    pub replayed: bool,
    pub hints: Vec<String>,
}

impl Command for CreateSubscription {
    const METHOD: Method = Method::CreateSubscription;

    type Answer = CreatedSubscription;

    async fn run(
        mut self,
        access: Access<'_, Self>,
        _: &Context,
    ) -> Result<CreatedSubscription, Rejection> {
        let after = match self.start.after(access) {
            Ok(after) => after,
            Err(Rejection::Argument { field, description }) => {
                self.wrong.add(field, description);
                return Err(self.wrong.into());
            }
            Err(other) => return Err(other),
        };
        self.wrong.into_result(())?;
        let resolved = access.head().position;
        check_names(access, &self.filter, resolved).await?;
        let new = NewCursor {
            resolved,
            filter: self.filter,
            view: self.view,
            idle_ttl: self.idle_ttl,
            after,
            request: self.request,
        };
        let (cursor, replayed) = change(access, &self.slug, CursorChange::Create(new)).await?;
        let subscription = Subscription::of(access, cursor).await?;
        let hints = access.hints_of(&subscription.cursor).await?;
        Ok(CreatedSubscription {
            subscription,
            replayed,
            hints,
        })
    }
}
