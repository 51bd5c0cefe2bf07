//! Whether there is room for writes. What is refused for want of it is taken again by itself.

use std::{io, mem};

use super::writer::Writer;
use crate::store::{
    disk::directory::{FREE_SPACE_RESERVE, free_space},
    error::StoreError,
    record::Position,
};

/// The index counts positions in 32 bits; a group of the largest size still fits behind this.
const POSITION_MAX: Position = u32::MAX as Position - (1 << 16);

impl Writer {
    /// Writes are refused and taken again also when nobody tries.
    pub(crate) fn look_for_room(&self) {
        if self.refusal.borrow().is_some() {
            // What this refuses is told.
            let _ = self.accepts_writes();
        } else {
            // Room is taken for those who write.
            self.tell(self.has_space().as_ref().err());
        }
    }

    /// Stops writing when the files are no longer those that whoever starts next will find: what
    /// would be written there would be lost.
    pub(crate) fn look_for_directory(&self) {
        let is_in_place = self.directory.is_in_place() && self.syncer.is_in_place();
        if !is_in_place && self.failure.borrow().is_none() {
            self.fail(StoreError::Failed(format!(
                "{} was removed, moved or replaced while the server had it open; put it back and \
                 restart the server, or restore a backup",
                self.directory.path().display()
            )));
        }
    }

    /// Whether a write can be taken now, for which it takes room.
    pub(crate) fn accepts_writes(&self) -> Result<(), StoreError> {
        let accepted = self.has_space().and_then(|()| {
            match self.syncer.reserve_room().map_err(not_asked)? {
                true => Ok(()),
                false => Err(full(free_space(self.directory.path()).map_err(not_asked)?)),
            }
        });
        self.tell(accepted.as_ref().err());
        accepted
    }

    fn has_space(&self) -> Result<(), StoreError> {
        if let Some(failure) = &*self.failure.borrow() {
            return Err(failure.clone());
        }
        if self.head.borrow().position > POSITION_MAX {
            return Err(StoreError::Failed(format!(
                "the log has reached {POSITION_MAX}"
            )));
        }
        let free = free_space(self.directory.path()).map_err(not_asked)?;
        if free < FREE_SPACE_RESERVE {
            return Err(full(free));
        }
        Ok(())
    }

    /// Lets everybody know whether writes are refused, when that changes.
    fn tell(&self, refusal: Option<&StoreError>) {
        self.refusal.send_if_modified(|told| {
            // Its numbers differ every time.
            let kind = told.as_ref().map(mem::discriminant);
            if kind == refusal.map(mem::discriminant) {
                return false;
            }
            match refusal {
                Some(error) => tracing::warn!(%error, "writes are refused; reads go on"),
                None => tracing::info!("writes are taken again"),
            }
            *told = refusal.cloned();
            true
        });
    }
}

fn full(free: u64) -> StoreError {
    let reserve = FREE_SPACE_RESERVE;
    StoreError::Full { free, reserve }
}

fn not_asked(error: io::Error) -> StoreError {
    StoreError::Failed(format!("ask for free space: {error}"))
}
