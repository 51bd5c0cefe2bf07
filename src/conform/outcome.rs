use std::time::Duration;

use tonic::Status;

/// What was found about one guarantee.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Its name: `S16`.
    pub number: &'static str,
    /// What it says.
    pub title: &'static str,
    /// Whether it holds.
    pub outcome: Outcome,
    /// How long that took to find out.
    pub elapsed: Duration,
}

/// Whether a guarantee holds, and what tells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It was not found broken; the text says how it was tried.
    Pass(String),
    /// It was found broken; the text says where.
    Fail(String),
    /// It could not be tried here; the text says why.
    NotApplicable(String),
}

impl Outcome {
    /// `pass`, `fail` or `not applicable`.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Pass(_) => "pass",
            Outcome::Fail(_) => "fail",
            Outcome::NotApplicable(_) => "not applicable",
        }
    }

    /// What tells.
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

/// What a check gives: how the guarantee was tried in vain to be found broken.
pub(super) type Checked = Result<String, Stop>;

pub(super) fn broken<T>(what: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Broken(what.into()))
}

pub(super) fn inapplicable<T>(why: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Inapplicable(why.into()))
}

/// Goes on when it holds.
pub(super) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Stop> {
    match holds {
        true => Ok(()),
        false => broken(otherwise()),
    }
}

/// Goes on when both are the same.
pub(super) fn ensure_same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    seen: T,
    expected: T,
) -> Result<(), Stop> {
    ensure(seen == expected, || {
        format!("{what}: {}, expected {}", brief(&seen), brief(&expected))
    })
}

/// What a value looks like, in a table's cell.
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
        Stop::Broken(format!("a call failed with {}", told(&status)))
    }
}

/// A status in one line.
pub(super) fn told(status: &Status) -> String {
    format!("{:?}: {}", status.code(), status.message())
}

impl From<Checked> for Outcome {
    fn from(checked: Checked) -> Outcome {
        match checked {
            Ok(how) => Outcome::Pass(how),
            Err(Stop::Broken(what)) => Outcome::Fail(what),
            Err(Stop::Inapplicable(why)) => Outcome::NotApplicable(why),
        }
    }
}
