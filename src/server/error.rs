use std::io;

use thiserror::Error;

use super::listen::ListenError;
use crate::store::OpenError;

/// Why the server did not start, or stopped by itself.
#[derive(Debug, Error)]
pub enum ServeError {
    /// An address cannot be bound.
    #[error(transparent)]
    Listen(ListenError),
    /// The operating system does not let us wait for signals.
    #[error("cannot wait for signals: {0}")]
    Signals(#[source] io::Error),
    /// There is no thread to open the store on.
    #[error("cannot start a thread to open the store: {0}")]
    Thread(#[source] io::Error),
    /// The store does not open.
    #[error(transparent)]
    Open(OpenError),
    /// A line of the starting data was refused: a bug, as they are tested together.
    #[error("line {line} of the starting data was refused: {why}")]
    StartingData { line: usize, why: String },
    /// Opening the store ended without a result: a bug, which the log describes.
    #[error("opening the store ended unexpectedly; see the log")]
    OpenAborted,
    /// A part of the server ended while it should have served: a bug, which the log describes.
    #[error("the server ended unexpectedly; see the log")]
    Stopped,
}
