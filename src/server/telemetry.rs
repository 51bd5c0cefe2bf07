//! Log lines on standard error, as text or as JSON.
//!
//! A thread of its own writes them, so that a slow reader delays nobody. A line that cannot be written, or
//! that finds too many others waiting, is dropped and counted.

use std::{
    io::{self, IsTerminal as _, Write},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use thiserror::Error;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter,
    filter::{LevelFilter, ParseError},
    util::SubscriberInitExt as _,
};

use super::config::LogFormat;

/// Lines that may wait to be written.
const WAITING_MAX: usize = 4_096;

/// Lines that could not be written.
static FAILED: AtomicU64 = AtomicU64::new(0);
/// Lines that came when too many waited.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();
/// Ends the thread that writes, once the lines that wait are written.
static GUARD: Mutex<Option<WorkerGuard>> = Mutex::new(None);

/// Default levels of modules that would write a line for many actions of strangers, which the metrics count.
const OF_LIBRARIES: &str = "h2=error,hyper=error,hyper_util=error,tonic=error,tower=error";

/// Levels, from none to all.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Modules of this program, and the libraries in it that write lines.
const TARGETS: [&str; 22] = [
    "entente::backup",
    "entente::cli",
    "entente::client",
    "entente::clock",
    "entente::command",
    "entente::conform",
    "entente::domain",
    "entente::feed",
    "entente::filter",
    "entente::grpc",
    "entente::index",
    "entente::publish",
    "entente::rejection",
    "entente::server",
    "entente::store",
    "entente::transfer",
    "entente::wire",
    "h2",
    "hyper_util",
    "sled",
    "tonic",
    "tower",
];

/// Why logging could not be set up.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("{filter:?} is not a log filter: {source}; {}", right())]
    Filter { filter: String, source: ParseError },
    /// A part of the filter is neither a level nor a module that writes lines.
    #[error(
        "{:?} is no log level, and no module writes log lines under it{}; {}",
        .0,
        suggestion(.0),
        right()
    )]
    NoSuchTarget(String),
    /// Log lines were set up before, in this process.
    #[error("log lines were set up before in this process")]
    AlreadyInitialised,
}

/// Sets up logging. Can be called once per process.
pub fn init(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    check_targets(filter)?;
    let filter = EnvFilter::builder()
        .parse(format!("{OF_LIBRARIES},{}", levels(filter)))
        .map_err(|source| TelemetryError::Filter {
            filter: filter.to_owned(),
            source,
        })?;
    let (lines, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING_MAX)
        .lossy(true)
        .thread_name("log")
        .finish(Lines);
    let _ = DROPPED.set(lines.error_counter());
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // They would be written to standard error as well.
        .log_internal_errors(false)
        .with_writer(lines);
    let begun = match format {
        LogFormat::Text => lines.with_ansi(wants_colour()).finish().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init(),
    }
    .map_err(|_| TelemetryError::AlreadyInitialised);
    if begun.is_ok() {
        *GUARD.lock().unwrap_or_else(PoisonError::into_inner) = Some(guard);
    }
    begun
}

/// Expands a filter that is only a level: our own lines have that level, and those of the libraries, which
/// write far more, at most `info`. Naming a library in the filter overrides that.
fn levels(filter: &str) -> String {
    let is_loud = |level: &LevelFilter| *level > LevelFilter::INFO;
    let directives = filter.split(',').map(|directive| {
        match directive.trim().parse::<LevelFilter>().ok().filter(is_loud) {
            Some(level) => format!("info,entente={level}"),
            None => directive.to_owned(),
        }
    });
    directives.collect::<Vec<_>>().join(",")
}

/// Refuses parts that would let no line through, such as a misspelled level, which would be read as a
/// module. Parts about spans are not checked.
fn check_targets(filter: &str) -> Result<(), TelemetryError> {
    if filter.contains(['[', '{']) {
        return Ok(());
    }
    let is_level = |text: &str| text.parse::<LevelFilter>().is_ok();
    let is_written = |target: &str| {
        let within = |known: &&str| {
            let rest = target.strip_prefix(*known);
            known.starts_with(target) || rest.is_some_and(|rest| rest.starts_with("::"))
        };
        !target.is_empty() && TARGETS.iter().any(within)
    };
    let targets = filter.split(',').map(str::trim).map(|part| {
        let target = part.split_once('=').map_or(part, |(target, _)| target);
        target.trim()
    });
    match { targets }.find(|target| !is_level(target) && !is_written(target)) {
        None => Ok(()),
        Some(target) => Err(TelemetryError::NoSuchTarget(target.to_owned())),
    }
}

/// Writes the lines that wait, for about a second at most. Later ones are lost.
pub fn finish() {
    drop(GUARD.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// How many lines could not be written.
pub(super) fn lost_lines() -> u64 {
    let dropped = DROPPED.get().map_or(0, ErrorCounter::dropped_lines);
    FAILED.load(Ordering::Relaxed) + dropped as u64
}

/// Standard error, which never fails.
struct Lines;

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if io::stderr().write_all(line).is_err() {
            FAILED.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// See <https://no-color.org>.
fn wants_colour() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Suggests the level that was probably meant.
fn suggestion(target: &str) -> String {
    let alike = |level: &&str| strsim::jaro_winkler(level, &target.to_lowercase());
    let nearest = LEVELS.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    match nearest.filter(|level| alike(level) > 0.8) {
        Some(level) => format!("; did you mean {level}?"),
        None => String::new(),
    }
}

/// How a filter is written.
fn right() -> String {
    let levels = LEVELS.join(", ");
    format!(
        "write one of the levels {levels}, or levels by module such as info,entente::store=debug \
         (--log-filter, ENTENTE_LOG_FILTER)"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn e4_a_level_alone_is_for_our_own_lines() {
        for (filter, meant) in [
            ("debug", "info,entente=debug"),
            ("TRACE", "info,entente=trace"),
            ("info", "info"),
            ("warn,entente=debug", "warn,entente=debug"),
            ("debug,h2=debug", "info,entente=debug,h2=debug"),
            ("off", "off"),
        ] {
            assert_eq!(levels(filter), meant);
        }
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_named_with_examples() {
        let error = init(LogFormat::Text, "entente=loud").expect_err("no such level");
        let text = error.to_string();
        assert!(
            text.contains("entente=loud") && text.contains("ENTENTE_LOG_FILTER"),
            "{text}"
        );
    }

    #[test]
    fn what_is_no_level_and_no_module_is_refused_with_the_levels_there_are() {
        for (filter, meant) in [
            ("inof", "did you mean info?"),
            ("verbose", "off, error, warn, info, debug, trace"),
            ("entente::stroe=debug", "\"entente::stroe\" is no"),
            ("info,entnete=debug", "\"entnete\" is no"),
            ("entente=loud", "off, error, warn, info, debug, trace"),
        ] {
            let error = init(LogFormat::Text, filter).expect_err(filter);
            let text = error.to_string();
            assert!(text.contains(meant), "{filter}: {text}");
        }
        for filter in [
            "info",
            "TRACE",
            "3",
            "warn, entente = debug",
            "entente::store::log=trace,h2",
            "trace,h2=trace,hyper=trace",
            "entente[call{method}]=debug",
        ] {
            assert!(check_targets(filter).is_ok(), "{filter}");
        }
    }

    #[test]
    fn every_module_can_be_named_in_a_filter() {
        let modules = include_str!("../lib.rs").lines();
        let modules = modules.filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
        // Generated; it writes nothing.
        let modules: BTreeSet<_> = modules.filter(|module| *module != "proto").collect();
        let own = TARGETS
            .iter()
            .filter_map(|target| target.strip_prefix("entente::"));
        assert_eq!(own.collect::<BTreeSet<_>>(), modules);
    }
}
