use super::{access::Access, command::Command, context::Context};
use crate::{clock::WallClock, feed::Feed, publish::Publisher, rejection::Rejection, store::Store};

/// Carries out commands. Cheap to clone.
#[derive(Clone)]
pub struct Commands {
    pub(super) store: Store,
    pub(super) publisher: Publisher,
    pub(super) feed: Feed,
    /// Since when it does.
    pub(super) start_micros: i64,
}

impl Commands {
    /// On a store and the feed of its changes.
    pub fn new(store: Store, feed: Feed) -> Commands {
        Commands {
            publisher: Publisher::new(store.clone()),
            start_micros: store.clock().now_micros(),
            store,
            feed,
        }
    }

    /// The clock by which commands wait.
    pub(crate) fn clock(&self) -> &WallClock {
        self.store.clock()
    }

    /// Carries out a command. Every method of every service passes here, and so does whatever the
    /// program asks of itself: whether a principal may use a method is for this function to decide.
    pub(crate) async fn execute<C: Command>(
        &self,
        command: C,
        context: &Context,
    ) -> Result<C::Answer, Rejection> {
        let (method, principal) = (C::METHOD.name(), context.principal.as_str());
        tracing::debug!(method, principal, "executing a command");
        command.run(Access::new(self), context).await
    }
}
