use std::pin::Pin;

use tokio_stream::Stream;

use crate::{
    command::{Command, Context, Method, access::Access},
    index::Position,
    rejection::Rejection,
    store::{Digest, check_records, check_subscriptions},
};

/// Records that are checked in one step. Other readers get their turn between steps.
const STEP_LEN: usize = 64;
/// Records between two progress messages.
const ANSWER_EVERY: u64 = 512;

/// Reads and checks the log again, up to the current head, and reports progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VerifyStore;

/// The progress of a verification.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verification {
    pub checked: Position,
    pub digest: Digest,
    pub head: Position,
    /// Number of subscriptions that were checked; set once everything is.
    pub finished: Option<usize>,
}

/// The progress. An error is the last item.
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
                reached = check_records(&store, reached, head, STEP_LEN).await?;
                if reached.0 < head && reached.0 - told >= ANSWER_EVERY {
                    told = reached.0;
                    yield step(reached, None);
                }
            }
            let subscriptions = check_subscriptions(&store).await?;
            yield step(reached, Some(subscriptions));
        }))
    }
}
