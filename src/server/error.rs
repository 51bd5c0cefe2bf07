use std::{error::Error, fmt, io};

use super::listen::ListenError;
use crate::store::OpenError;

/// Why the server did not start, or stopped by itself.
#[derive(Debug)]
pub enum ServeError {
    /// An address cannot be bound.
    Listen(ListenError),
    /// The operating system does not let us wait for signals.
    Signals(io::Error),
    /// There is no thread to open the store on.
    Thread(io::Error),
    /// The store does not open.
    Open(OpenError),
    /// A line of the starting data was refused: a bug, as they are tested together.
    StartingData { line: usize, why: String },
    /// Opening the store ended without a result: a bug, which the log describes.
    OpenAborted,
    /// A part of the server ended while it should have served: a bug, which the log describes.
    Stopped,
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(error) => error.fmt(f),
            Self::Signals(error) => write!(f, "cannot wait for signals: {error}"),
            Self::Thread(error) => write!(f, "cannot start a thread to open the store: {error}"),
            Self::Open(error) => error.fmt(f),
            Self::StartingData { line, why } => {
                write!(f, "line {line} of the starting data was refused: {why}")
            }
            Self::OpenAborted => f.write_str("opening the store ended unexpectedly; see the log"),
            Self::Stopped => f.write_str("the server ended unexpectedly; see the log"),
        }
    }
}

impl Error for ServeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // Their own text is shown, so what lies behind them comes next.
            Self::Listen(error) => error.source(),
            Self::Open(error) => error.source(),
            Self::Signals(error) | Self::Thread(error) => Some(error),
            Self::StartingData { .. } | Self::OpenAborted | Self::Stopped => None,
        }
    }
}
