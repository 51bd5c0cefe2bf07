use std::{error::Error, fmt, time::Duration};

use tonic::Status;

use crate::proto::v1::EndReason;

/// An interruption of a watch, which resumes by itself.
#[derive(Clone, Debug)]
pub struct Interruption {
    /// Everything matching at or below this position has been delivered.
    pub position: i64,
    /// The wait before the next attempt.
    pub after: Duration,
    /// Why the stream ended.
    pub cause: Cause,
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (position, cause, seconds) = (self.position, &self.cause, self.after.as_secs_f32());
        write!(
            f,
            "interrupted at position {position}: {cause}; retrying in {seconds:.1} s"
        )
    }
}

/// Why a stream ended that should continue.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// The server announced the end.
    Announced(EndReason),
    /// It ended with OK, though the server had not announced the end.
    Cut,
    /// The server sent nothing for this long.
    Silent(Duration),
    /// Frames are missing or came twice. The frames before were complete.
    Gap {
        /// The expected number of the next frame.
        expected: i64,
        /// The number it had.
        received: i64,
    },
    /// The connection was lost, or the server is unavailable at present.
    Failed(Box<Status>),
}

impl Cause {
    /// Whether the connection itself may be dead, so that a new one is needed.
    pub(super) fn taints_connection(&self) -> bool {
        matches!(self, Cause::Silent(_) | Cause::Gap { .. })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Announced(EndReason::MaxAge) => {
                f.write_str("the stream reached its maximum age")
            }
            Cause::Announced(EndReason::Draining) => f.write_str("the server is shutting down"),
            Cause::Announced(EndReason::DisconnectedByAdmin) => {
                f.write_str("an operator ended the stream")
            }
            Cause::Announced(EndReason::ConsumerStalled) => {
                f.write_str("the client read nothing from the stream for too long")
            }
            Cause::Announced(reason) => {
                write!(f, "the server ended the stream: {}", reason.as_str_name())
            }
            Cause::Cut => f.write_str("the stream ended without a reason"),
            Cause::Silent(length) => {
                write!(
                    f,
                    "the server sent nothing for {:.1} s",
                    length.as_secs_f32()
                )
            }
            Cause::Gap { expected, received } => {
                write!(f, "received frame {received} instead of {expected}")
            }
            Cause::Failed(status) => f.write_str(&sentence(status)),
        }
    }
}

impl From<Status> for Cause {
    fn from(status: Status) -> Self {
        Cause::Failed(Box::new(status))
    }
}

/// Formats a status as one sentence.
pub(crate) fn sentence(status: &Status) -> String {
    let cause = Error::source(status).map(innermost);
    match (status.message(), cause) {
        ("", None) => status.code().description().to_lowercase(),
        (message, None) => message.to_owned(),
        (_, Some(cause)) => format!("the connection failed: {cause}"),
    }
}

/// Returns the message of an error's innermost source.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn an_interruption_is_described_in_one_line() {
        let interruption = Interruption {
            position: 7,
            after: Duration::from_millis(1_250),
            cause: Cause::Gap {
                expected: 3,
                received: 5,
            },
        };

        assert_eq!(
            interruption.to_string(),
            "interrupted at position 7: received frame 5 instead of 3; retrying in 1.2 s"
        );
    }

    #[test]
    fn a_status_without_a_message_is_described_by_its_code() {
        assert!(!sentence(&Status::new(Code::NotFound, "")).is_empty());
    }
}
