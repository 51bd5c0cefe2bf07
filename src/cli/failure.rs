use std::{error::Error, io, process::ExitCode};

use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::{advice::advice, note::note};
use crate::{
    client::{innermost, sentence},
    proto::v1::ErrorReason,
};

const FAILED: u8 = 1;
const UNREACHABLE: u8 = 3;

/// Why a command did not do what it was asked to, by what it means for whoever asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// Something on this side: a file, a value, a part of the work that failed. One sentence.
    Failed(String),
    /// The server refused or did not manage.
    Refused(Box<Status>),
    /// Nobody answers at the address. One sentence.
    Unreachable(String),
    /// No answer came within the time that was given. One sentence.
    Late(String),
    /// Something answers at the address that is no entente server. One sentence.
    WrongPort(String),
    /// Standard output cannot be written.
    Output(io::Error),
}

impl Failure {
    /// No connection to `server`.
    pub(super) fn unreachable(server: &str, error: &(dyn Error + 'static)) -> Self {
        Self::Unreachable(format!("cannot reach {server}: {}", innermost(error)))
    }

    /// Tells it on standard error and gives the exit code.
    pub(super) fn end(self) -> ExitCode {
        match &self {
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            failure => note(format!("error: {}", failure.text())),
        }
        ExitCode::from(self.code())
    }

    /// One sentence, then one line for each violation, then what to do.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Failed(sentence) | Self::WrongPort(sentence) => sentence.clone(),
            Self::Refused(status) => refusal(status),
            Self::Unreachable(sentence) => {
                format!("{sentence}\nstart one with `entente serve`, or name another with --server")
            }
            Self::Late(sentence) => {
                format!(
                    "{sentence}\ngive it longer with --timeout, or see whether it runs: entente health"
                )
            }
            Self::Output(error) => format!("cannot write the answer: {error}"),
        }
    }

    /// The same on one line, for reports that have a line for each failure.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Refused(status) => std::iter::once(sentence(status))
                .chain(violations(status))
                .collect::<Vec<_>>()
                .join("; "),
            failure => failure.text().replace('\n', "; "),
        }
    }

    /// Whether another attempt may succeed where this one found nobody.
    pub(super) fn is_unreachable(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Late(_) => true,
            Self::Refused(status) => {
                matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded)
            }
            Self::Failed(_) | Self::WrongPort(_) | Self::Output(_) => false,
        }
    }

    /// Whether there is nothing of the name that was asked for.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(status) if status.code() == Code::NotFound)
    }

    /// Whether what was asked for is there, but began later than what was read.
    pub(super) fn is_not_yet(&self) -> bool {
        matches!(self, Self::Refused(status) if begins_later(status))
    }

    fn code(&self) -> u8 {
        if self.is_unreachable() || matches!(self, Self::WrongPort(_)) {
            UNREACHABLE
        } else {
            FAILED
        }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

/// Why a call was refused, if the server said so.
pub(super) fn reason(status: &Status) -> Option<ErrorReason> {
    let info = status.get_details_error_info()?;
    Some(ErrorReason::from_text(&info.reason))
}

/// Nobody needs to look for what is only newer than the position of the read.
fn begins_later(status: &Status) -> bool {
    let info = status.get_details_error_info();
    info.is_some_and(|info| info.metadata.contains_key("firstPosition"))
}

fn refusal(status: &Status) -> String {
    let (sentence, violations) = whole(sentence(status), violations(status));
    let sentence = in_words_of_the_command_line(&sentence);
    let details = violations.into_iter().map(|line| format!("\n  {line}"));
    let advice = reason(status)
        .and_then(advice)
        .filter(|_| !begins_later(status));
    let advice = advice.map(|line| format!("\n{line}"));
    std::iter::once(sentence)
        .chain(details)
        .chain(advice)
        .collect()
}

/// The server speaks to programs: what they are to send has other names here.
const WORDS: [(&str, &str); 7] = [
    ("send START_LATEST to begin now", "`latest` is now"),
    (
        "send one as it was received, or after_position",
        "give one as it was received",
    ),
    (
        "send the same filter, or after_position to change it",
        "give the same filter, or begin anew with another",
    ),
    ("begin with START_SNAPSHOT", "begin with --from snapshot"),
    ("; send a position up to it", "; give a position up to it"),
    (
        "List names those there are, and an empty name asks for the whole server",
        "leave out --service to ask for the whole server",
    ),
    (
        "; list what there is, or look for a typing error",
        "; look for a typing error",
    ),
];

fn in_words_of_the_command_line(sentence: &str) -> String {
    let spoken = WORDS
        .iter()
        .fold(sentence.to_owned(), |told, (sent, typed)| {
            told.replace(sent, typed)
        });
    // No command updates a subscription.
    match spoken.strip_suffix("; update it, or choose another id") {
        Some(known) if known.starts_with("subscriptions/") => known.to_owned(),
        _ => spoken,
    }
}

/// The server cuts a sentence that is too long, and repeats it whole as a violation. Then the violation
/// takes its place.
fn whole(sentence: String, mut violations: Vec<String>) -> (String, Vec<String>) {
    let cut = sentence
        .strip_suffix('…')
        .map(|cut| cut.trim_end_matches([',', ' ']));
    let Some(cut) = cut.filter(|cut| !cut.is_empty()) else {
        return (sentence, violations);
    };
    let begins = |violation: &String| violation.starts_with(cut);
    match violations.iter().position(begins) {
        Some(at) => (violations.remove(at), violations),
        None => (sentence, violations),
    }
}

/// The violations, without what the sentence says already.
fn violations(status: &Status) -> Vec<String> {
    let request = status.get_details_bad_request();
    let violations = request
        .into_iter()
        .flat_map(|request| request.field_violations);
    violations
        .map(|violation| format!("{}: {}", violation.field, violation.description))
        .filter(|violation| !status.message().contains(violation))
        .collect()
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, FieldViolation};

    use super::*;

    fn refused() -> Failure {
        let mut details = ErrorDetails::new();
        details.set_bad_request(vec![
            FieldViolation::new("event.title", "must not be empty"),
            FieldViolation::new("event.kind", "must be given"),
        ]);
        details.set_error_info("ETAG_MISMATCH", "entente", [("etag".into(), "x".into())]);
        Status::with_error_details(Code::Aborted, "the etag is stale", details).into()
    }

    #[test]
    fn a_refusal_lists_every_violation_and_says_what_to_do() {
        let text = refused().text();

        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "the etag is stale");
        assert_eq!(lines[1], "  event.title: must not be empty");
        assert_eq!(lines[2], "  event.kind: must be given");
        assert!(lines[3].contains("entente get"), "{text}");
    }

    #[test]
    fn a_violation_that_is_the_sentence_is_not_repeated() {
        let mut details = ErrorDetails::new();
        details.set_bad_request(vec![FieldViolation::new("filter", "at offset 0: nothing")]);
        let message = "filter: at offset 0: nothing";
        let status = Status::with_error_details(Code::InvalidArgument, message, details);

        assert_eq!(Failure::from(status).text(), message);
    }

    #[test]
    fn a_violation_that_is_too_long_for_the_sentence_is_told_once() {
        let long = format!("update_mask: has \"dat\"; use {}", "a, ".repeat(400));
        let mut details = ErrorDetails::new();
        let (field, why) = long.split_once(": ").expect("both");
        details.set_bad_request(vec![FieldViolation::new(field, why)]);
        let message = format!("{}…", &long[..200]);
        let status = Status::with_error_details(Code::InvalidArgument, message, details);

        assert_eq!(Failure::from(status).text(), long);
    }

    #[test]
    fn a_report_of_many_failures_has_one_line_for_each() {
        let line = refused().line();

        assert_eq!(
            line,
            "the etag is stale; event.title: must not be empty; event.kind: must be given"
        );
    }

    #[test]
    fn a_server_that_is_away_has_its_own_exit_code() {
        assert_eq!(
            Failure::from(Status::unavailable("draining")).code(),
            UNREACHABLE
        );
        assert_eq!(
            Failure::from(Status::deadline_exceeded("late")).code(),
            UNREACHABLE
        );
        assert_eq!(refused().code(), FAILED);
    }
}
