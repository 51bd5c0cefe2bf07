use super::subscription::change;
use crate::{
    command::{Command, Context, Method, access::Access},
    index::Position,
    rejection::Rejection,
    store::CursorChange,
};

/// Acknowledges everything up to a position.
#[derive(Clone, Debug)]
pub(crate) struct AcknowledgeSubscription {
    pub slug: String,
    /// Epoch of the lease under which it was sent.
    pub epoch: u64,
    pub position: Position,
}

impl Command for AcknowledgeSubscription {
    const METHOD: Method = Method::AcknowledgeSubscription;

    /// Up to where everything is acknowledged.
    type Answer = Position;

    async fn run(self, access: Access<'_, Self>, _: &Context) -> Result<Position, Rejection> {
        let acknowledge = CursorChange::Acknowledge {
            epoch: self.epoch,
            position: self.position,
        };
        let (cursor, _) = change(access, &self.slug, acknowledge).await?;
        Ok(cursor.acked)
    }
}
