use super::{access::Access, command::Command, context::Context};
use crate::{clock::WallClock, feed::Feed, publish::Publisher, rejection::Rejection, store::Store};

/// Executes commands. Cheap to clone.
#[derive(Clone)]
pub struct Commands {
    pub(super) store: Store,
    pub(super) publisher: Publisher,
    pub(super) feed: Feed,
    /// When it was made, in microseconds since 1970.
    pub(super) start_micros: i64,
}

impl Commands {
    /// Executes commands on a store and the feed of its changes.
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

    /// Executes a command. Every method of every service passes through here, and so do the program's own
    /// requests, so this is where access rules belong.
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
