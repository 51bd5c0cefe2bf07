use super::{access::Access, command::Command, context::Context, method::Method};
use crate::{index::Position, rejection::Rejection};

/// Reads how far a source of a publisher was written.
#[derive(Clone, Debug)]
pub(crate) struct GetTracking {
    /// The name of the source.
    pub source: String,
}

/// How far a source was written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tracked {
    /// The highest position of the source; 0 if there is none.
    pub position: u64,
    /// The log position of the first record of that write.
    pub log_position: Position,
}

impl Command for GetTracking {
    const METHOD: Method = Method::GetTracking;

    type Answer = Tracked;

    async fn run(self, access: Access<'_, Self>, _: &Context) -> Result<Tracked, Rejection> {
        let head = access.head().position;
        let index = access.index();
        // One that is being committed at this moment is not durable yet.
        let tracked = index.tracked(&self.source).filter(|(_, at)| *at <= head);
        let tracked = tracked.map(|(position, log_position)| Tracked {
            position,
            log_position,
        });
        Ok(tracked.unwrap_or_default())
    }
}
