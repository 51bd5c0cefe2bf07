use std::{mem, sync::Arc};

use tokio::sync::watch;

use crate::store::{error::StoreError, log::Log, record::Position, view::View};

/// The index counts positions in 32 bits; a group of the largest size still fits behind this.
const POSITION_MAX: Position = u32::MAX as Position - (1 << 16);

/// Whether writes are taken, and why they are not. What is refused for want of room is taken again by
/// itself; a failure is final.
#[derive(Debug)]
pub(crate) struct WriteGate {
    log: Arc<dyn Log>,
    view: Arc<View>,
    failure: watch::Sender<Option<StoreError>>,
    /// That failure or something that passes.
    refusal: watch::Sender<Option<StoreError>>,
}

impl WriteGate {
    /// Open, as far as is known.
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

    /// Follows why writes are refused at the moment.
    pub(crate) fn follow_refusal(&self) -> watch::Receiver<Option<StoreError>> {
        self.refusal.subscribe()
    }

    /// The failure that stopped writing.
    pub(crate) fn failure(&self) -> Option<StoreError> {
        self.failure.borrow().clone()
    }

    /// Whether a write can be taken now, for which it takes room.
    pub(crate) fn accepts(&self) -> Result<(), StoreError> {
        let accepted = self.check().and_then(|()| self.log.reserve_room());
        self.tell(accepted.as_ref().err());
        accepted
    }

    /// Looks for room, so that writes are refused and taken again also when nobody tries.
    pub(crate) fn look(&self) {
        let room = match self.refusal.borrow().is_some() {
            true => self.check().and_then(|()| self.log.reserve_room()),
            // Room is taken for those who write.
            false => self.check().and_then(|()| self.log.check_room()),
        };
        self.tell(room.as_ref().err());
    }

    /// Nothing is written from now on.
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
