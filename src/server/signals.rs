use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask the server to stop, and one that does not.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Registers for these signals, so that they no longer end the process by themselves.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next signal that asks to stop, and returns its name. SIGHUP, which tells many servers to
    /// reload their settings or comes from a closed terminal, is ignored.
    pub(super) async fn next(&mut self) -> &'static str {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return "SIGTERM",
                _ = self.interrupt.recv() => return "SIGINT",
                _ = self.hang_up.recv() => tracing::info!(
                    "SIGHUP is ignored: settings are read at the start only; SIGTERM stops the server"
                ),
            }
        }
    }
}
