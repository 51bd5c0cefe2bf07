use std::time::Duration;

use tonic::Status;

/// The result of checking one guarantee.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The number of the guarantee, such as `S16`.
    pub number: &'static str,
    /// The guarantee in a few words.
    pub title: &'static str,
    /// Whether it holds.
    pub outcome: Outcome,
    /// How long the check took.
    pub elapsed: Duration,
}

/// Whether a guarantee holds, and why we think so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The check found no fault; the text says what was tried.
    Pass(String),
    /// The check found a fault; the text says which.
    Fail(String),
    /// The check could not run here; the text says why.
    NotApplicable(String),
}

impl Outcome {
    /// Returns `pass`, `fail` or `not applicable`.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Pass(_) => "pass",
            Outcome::Fail(_) => "fail",
            Outcome::NotApplicable(_) => "not applicable",
        }
    }

    /// Returns the text of the outcome.
    pub fn reason(&self) -> &str {
        match self {
            Outcome::Pass(text) | Outcome::Fail(text) | Outcome::NotApplicable(text) => text,
        }
    }
}

/// Why a check ended early.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    Broken(String),
    Inapplicable(String),
}

/// The result of a check; `Ok` says what was tried without finding a fault.
pub(super) type CheckResult = Result<String, Stop>;

pub(super) fn broken<T>(what: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Broken(what.into()))
}

pub(super) fn inapplicable<T>(why: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Inapplicable(why.into()))
}

/// Fails the check unless the condition holds.
pub(super) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Stop> {
    match holds {
        true => Ok(()),
        false => broken(otherwise()),
    }
}

/// Fails the check unless both values are equal.
pub(super) fn ensure_same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    seen: T,
    expected: T,
) -> Result<(), Stop> {
    ensure(seen == expected, || {
        format!("{what}: {}, expected {}", brief(&seen), brief(&expected))
    })
}

/// Formats a value for a table cell, in at most 200 characters.
pub(super) fn brief(value: &impl std::fmt::Debug) -> String {
    const LEN_MAX: usize = 200;
    let text = format!("{value:?}");
    match text.char_indices().nth(LEN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl From<Status> for Stop {
    fn from(status: Status) -> Stop {
        Stop::Broken(format!("a call failed with {}", describe(&status)))
    }
}

/// Formats a status in one line.
pub(super) fn describe(status: &Status) -> String {
    format!("{:?}: {}", status.code(), status.message())
}

impl From<CheckResult> for Outcome {
    fn from(checked: CheckResult) -> Outcome {
        match checked {
            Ok(how) => Outcome::Pass(how),
            Err(Stop::Broken(what)) => Outcome::Fail(what),
            Err(Stop::Inapplicable(why)) => Outcome::NotApplicable(why),
        }
    }
}
