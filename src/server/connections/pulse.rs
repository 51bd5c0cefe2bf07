use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

/// What is known of a connection while others drive it. Clones are of one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    heard: AtomicBool,
    flooding: AtomicBool,
    open_calls: AtomicUsize,
}

/// A call that has not ended, until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenCall {
    pulse: Pulse,
}

impl Pulse {
    /// The peer has sent something.
    pub(crate) fn hear(&self) {
        self.shared.heard.store(true, Relaxed);
    }

    /// Whether it has since the last look.
    pub(crate) fn was_heard(&self) -> bool {
        self.shared.heard.swap(false, Relaxed)
    }

    /// The peer does what no client has a reason to do so often.
    pub(crate) fn flood(&self) {
        self.shared.flooding.store(true, Relaxed);
    }

    /// Whether it has done so.
    pub(crate) fn is_flooding(&self) -> bool {
        self.shared.flooding.load(Relaxed)
    }

    /// Counts a call in.
    pub(crate) fn open_call(&self) -> OpenCall {
        self.shared.open_calls.fetch_add(1, Relaxed);
        OpenCall {
            pulse: self.clone(),
        }
    }

    /// Whether calls have not ended.
    pub(crate) fn has_open_calls(&self) -> bool {
        self.shared.open_calls.load(Relaxed) > 0
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        self.pulse.shared.open_calls.fetch_sub(1, Relaxed);
    }
}

/// Whether new calls are taken. Clones are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Intake {
    closed: Arc<AtomicBool>,
}

impl Intake {
    /// From now on new calls are refused, for good.
    pub(crate) fn close(&self) {
        self.closed.store(true, Relaxed);
    }

    /// Whether they are.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }
}
