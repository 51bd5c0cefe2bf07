//! Log lines on standard error, as text or as JSON.

use std::{
    error::Error,
    fmt,
    io::{self, IsTerminal as _},
};

use tracing_subscriber::{EnvFilter, filter::ParseError, util::SubscriberInitExt as _};

use super::config::LogFormat;

/// Why there are no log lines.
#[derive(Debug)]
pub enum TelemetryError {
    /// The filter cannot be read.
    Filter { filter: String, source: ParseError },
    /// Log lines were set up before, in this process.
    AlreadyInitialised,
}

/// Writes log lines from now on. Once in a process.
pub fn init(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    let filter = EnvFilter::builder()
        .parse(filter)
        .map_err(|source| TelemetryError::Filter {
            filter: filter.to_owned(),
            source,
        })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(wants_colour()).finish().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init(),
    }
    .map_err(|_| TelemetryError::AlreadyInitialised)
}

/// See <https://no-color.org>.
fn wants_colour() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

impl fmt::Display for TelemetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter { filter, source } => write!(
                f,
                "{filter:?} is not a log filter: {source}; write a level such as debug, or levels \
                 by module such as info,entente=debug (--log-filter, ENTENTE_LOG_FILTER)"
            ),
            Self::AlreadyInitialised => f.write_str("log lines were set up before in this process"),
        }
    }
}

impl Error for TelemetryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Filter { source, .. } => Some(source),
            Self::AlreadyInitialised => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_cannot_be_read_is_named_with_examples() {
        let error = init(LogFormat::Text, "entente=loud").expect_err("no such level");
        let text = error.to_string();
        assert!(
            text.contains("entente=loud") && text.contains("ENTENTE_LOG_FILTER"),
            "{text}"
        );
    }
}
