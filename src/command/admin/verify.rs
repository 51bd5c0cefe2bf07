use std::pin::Pin;

use tokio_stream::Stream;

use crate::{
    command::{Command, Context, Method, access::Access},
    index::Position,
    rejection::Rejection,
    store::Digest,
};

/// Records that are checked at a time, between which others may read.
const STEP_LEN: usize = 64;
/// Records between two answers.
const ANSWER_EVERY: u64 = 512;

/// Reads the log again, up to the head as it is now, and tells how far it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VerifyStore;

/// How far a verification is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verification {
    pub checked: Position,
    pub digest: Digest,
    pub head: Position,
    /// Subscriptions that were checked, once everything was.
    pub finished: Option<usize>,
}

/// How far it is; an error is the last item.
pub(crate) type VerifySteps = Pin<Box<dyn Stream<Item = Result<Verification, Rejection>> + Send>>;

impl Command for VerifyStore {
    const METHOD: Method = Method::VerifyStore;

    type Answer = VerifySteps;

    async fn run(self, access: Access<'_, Self>, _: &Context) -> Result<VerifySteps, Rejection> {
        let (store, drain) = (access.scan().clone(), access.drain().clone());
        let head = store.head().position;
        Ok(Box::pin(async_stream::try_stream! {
            let mut reached = (0, Digest::default());
            let mut told = 0;
            let step = |(checked, digest), finished| Verification {
                checked,
                digest,
                head,
                finished,
            };
            while reached.0 < head {
                if drain.is_cancelled() {
                    Err(Rejection::Draining)?;
                }
                reached = store.check_records(reached, head, STEP_LEN).await?;
                if reached.0 < head && reached.0 - told >= ANSWER_EVERY {
                    told = reached.0;
                    yield step(reached, None);
                }
            }
            let subscriptions = store.check_subscriptions().await?;
            yield step(reached, Some(subscriptions));
        }))
    }
}
