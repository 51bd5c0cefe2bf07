use std::{marker::PhantomData, sync::RwLockReadGuard};

use super::{command::Command, commands::Commands, method::Cost};
use crate::{
    index::Index,
    publish::Publisher,
    store::{Head, Store},
};

/// What a command may use. What costs more than a look needs a line in the table of
/// [`Method`](super::Method): without it, the command does not compile.
pub(crate) struct Access<'a, C> {
    commands: &'a Commands,
    by: PhantomData<fn() -> C>,
}

impl<C> Clone for Access<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Access<'_, C> {}

impl<'a, C: Command> Access<'a, C> {
    pub(super) fn new(commands: &'a Commands) -> Access<'a, C> {
        Access {
            commands,
            by: PhantomData,
        }
    }

    /// The end of the durable log.
    pub(super) fn head(self) -> Head {
        self.store().head()
    }

    /// The index, for a look that takes no time.
    pub(super) fn index(self) -> RwLockReadGuard<'a, Index> {
        self.store().index()
    }

    /// Whether files may still hold content that was redacted.
    pub(super) fn is_erasure_pending(self) -> bool {
        self.store().is_erasure_pending()
    }

    /// Writes to the log.
    pub(super) fn publisher(self) -> &'a Publisher {
        const { assert!(C::METHOD.takes(Cost::Write), "its method does not write") }
        &self.commands.publisher
    }

    fn store(self) -> &'a Store {
        &self.commands.store
    }
}
