use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

/// The activity of a connection. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    heard: AtomicBool,
    flooding: AtomicBool,
    open_calls: AtomicUsize,
}

/// An open call. Dropping it ends the call.
#[derive(Debug)]
pub(crate) struct OpenCall {
    activity: Activity,
}

impl Activity {
    /// Notes that the peer has sent something.
    pub(crate) fn hear(&self) {
        self.shared.heard.store(true, Relaxed);
    }

    /// Whether the peer has sent something since the last check.
    pub(crate) fn was_heard(&self) -> bool {
        self.shared.heard.swap(false, Relaxed)
    }

    /// Notes abuse by the peer.
    pub(crate) fn flood(&self) {
        self.shared.flooding.store(true, Relaxed);
    }

    /// Whether the peer has abused the connection.
    pub(crate) fn is_flooding(&self) -> bool {
        self.shared.flooding.load(Relaxed)
    }

    /// Registers an open call.
    pub(crate) fn open_call(&self) -> OpenCall {
        self.shared.open_calls.fetch_add(1, Relaxed);
        OpenCall {
            activity: self.clone(),
        }
    }

    /// Whether there are open calls.
    pub(crate) fn has_open_calls(&self) -> bool {
        self.shared.open_calls.load(Relaxed) > 0
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        self.activity.shared.open_calls.fetch_sub(1, Relaxed);
    }
}

/// Whether new calls are accepted. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Intake {
    closed: Arc<AtomicBool>,
}

impl Intake {
    /// Refuses new calls from now on.
    pub(crate) fn close(&self) {
        self.closed.store(true, Relaxed);
    }

    /// Whether new calls are refused.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }
}
