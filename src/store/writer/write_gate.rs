use std::{mem, sync::Arc};

use tokio::sync::watch;

use crate::store::{error::StoreError, log::Log, record::Position, view::View};

/// The position after which no write is accepted. The index has 32-bit positions, and a group of the
/// largest size still fits behind this one.
const POSITION_MAX: Position = u32::MAX as Position - (1 << 16);

/// Decides whether writes are accepted, and publishes why they are not. Writes that are refused for
/// lack of space are accepted again once there is some; a failure is final.
#[derive(Debug)]
pub(crate) struct WriteGate {
    log: Arc<dyn Log>,
    view: Arc<View>,
    failure: watch::Sender<Option<StoreError>>,
    /// The failure, or a reason that may pass.
    refusal: watch::Sender<Option<StoreError>>,
}

impl WriteGate {
    /// Makes a gate that is open until it is [checked](WriteGate::check_room).
    pub(crate) fn new(log: Arc<dyn Log>, view: Arc<View>) -> WriteGate {
        WriteGate {
            log,
            view,
            failure: watch::Sender::new(None),
            refusal: watch::Sender::new(None),
        }
    }

    /// Follows the failure that stopped writing.
    pub(crate) fn follow_failure(&self) -> watch::Receiver<Option<StoreError>> {
        self.failure.subscribe()
    }

    /// Follows the reason why writes are refused at the moment; `None` while they are accepted.
    pub(crate) fn follow_refusal(&self) -> watch::Receiver<Option<StoreError>> {
        self.refusal.subscribe()
    }

    /// Returns the failure that stopped writing.
    pub(crate) fn failure(&self) -> Option<StoreError> {
        self.failure.borrow().clone()
    }

    /// Checks whether a write can be accepted now, and reserves space for it.
    pub(crate) fn accepts(&self) -> Result<(), StoreError> {
        let accepted = self.check().and_then(|()| self.log.reserve_room());
        self.publish(accepted.as_ref().err());
        accepted
    }

    /// Checks for space, so that the refusal is up to date even when nobody writes.
    pub(crate) fn check_room(&self) {
        let room = match self.refusal.borrow().is_some() {
            true => self.check().and_then(|()| self.log.reserve_room()),
            // Space is reserved only when somebody writes.
            false => self.check().and_then(|()| self.log.check_room()),
        };
        self.publish(room.as_ref().err());
    }

    /// Stops writing for good.
    pub(crate) fn fail(&self, error: StoreError) {
        tracing::error!(%error, "writing stopped; reads go on; restart after looking into the cause");
        self.refusal.send_replace(Some(error.clone()));
        self.failure.send_replace(Some(error));
    }

    fn check(&self) -> Result<(), StoreError> {
        if let Some(failure) = self.failure() {
            return Err(failure);
        }
        if self.view.head().position > POSITION_MAX {
            return Err(StoreError::Failed(format!(
                "the log has reached {POSITION_MAX}"
            )));
        }
        Ok(())
    }

    /// Publishes and logs the refusal when its kind changes.
    fn publish(&self, refusal: Option<&StoreError>) {
        self.refusal.send_if_modified(|published| {
            // The numbers in it differ every time.
            let kind = published.as_ref().map(mem::discriminant);
            if kind == refusal.map(mem::discriminant) {
                return false;
            }
            match refusal {
                Some(error) => tracing::warn!(%error, "writes are refused; reads go on"),
                None => tracing::info!("writes are taken again"),
            }
            *published = refusal.cloned();
            true
        });
    }
}
