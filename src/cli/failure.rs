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

/// Why a command failed, grouped by what the user can do about it.
#[derive(Debug)]
pub(super) enum Failure {
    /// A failure on the client's side: a file, a value, a part of the work. One sentence.
    Failed(String),
    /// The server refused the call or failed.
    Refused(Box<Status>),
    /// No server answers at the address. One sentence.
    Unreachable(String),
    /// No answer came within the timeout. One sentence.
    TimedOut(String),
    /// The address belongs to something other than an entente server. One sentence.
    WrongPort(String),
    /// Writing to standard output failed.
    Output(io::Error),
}

impl Failure {
    /// Returns the failure to connect to `server`.
    pub(super) fn unreachable(server: &str, error: &(dyn Error + 'static)) -> Self {
        Self::Unreachable(format!("cannot reach {server}: {}", innermost(error)))
    }

    /// Prints the failure on standard error and returns the exit code.
    pub(super) fn end(self) -> ExitCode {
        match &self {
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            failure => note(format!("error: {}", failure.text())),
        }
        ExitCode::from(self.code())
    }

    /// Returns one sentence, then one line for each violation, then what to do.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Failed(sentence) | Self::WrongPort(sentence) => sentence.clone(),
            Self::Refused(status) => refusal(status),
            Self::Unreachable(sentence) => {
                format!(
                    "{sentence}\nstart a server with `entente serve`, or name another one with --server"
                )
            }
            Self::TimedOut(sentence) => {
                format!(
                    "{sentence}\ngive a longer --timeout, or check that the server runs: entente health"
                )
            }
            Self::Output(error) => format!("cannot write the answer: {error}"),
        }
    }

    /// Returns the text on one line, for reports with one line per failure.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Refused(status) => std::iter::once(sentence(status))
                .chain(violations(status))
                .collect::<Vec<_>>()
                .join("; "),
            failure => failure.text().replace('\n', "; "),
        }
    }

    /// Returns whether no server was reached, so that a later attempt may succeed.
    pub(super) fn is_unreachable(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut(_) => true,
            Self::Refused(status) => {
                matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded)
            }
            Self::Failed(_) | Self::WrongPort(_) | Self::Output(_) => false,
        }
    }

    /// Returns whether the requested resource does not exist.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(status) if status.code() == Code::NotFound)
    }

    /// Returns whether the requested resource exists now, but did not at the position that was
    /// read.
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

/// Returns the reason of a refusal, if the server gave one.
pub(super) fn reason(status: &Status) -> Option<ErrorReason> {
    let info = status.get_details_error_info()?;
    Some(ErrorReason::from_text(&info.reason))
}

/// Returns whether the resource is only newer than the read, or became known later. Then the advice to
/// search for it would mislead.
fn begins_later(status: &Status) -> bool {
    let info = status.get_details_error_info();
    info.is_some_and(|info| {
        let later = ["firstPosition", "knownSince"];
        later.iter().any(|key| info.metadata.contains_key(*key))
    })
}

fn refusal(status: &Status) -> String {
    let (sentence, violations) = uncut(sentence(status), violations(status));
    let sentence = in_terms_of_options(&sentence);
    // The details are the lines that follow.
    let sentence = match sentence.strip_suffix("; see the details") {
        Some(all) if !violations.is_empty() => format!("{all}:"),
        _ => with_source_option(sentence),
    };
    let details = violations.into_iter().map(with_source_option);
    let details = details.map(|line| format!("\n  {line}"));
    let advice = reason(status)
        .and_then(advice)
        .filter(|_| !begins_later(status));
    let advice = advice.map(|line| format!("\n{line}"));
    std::iter::once(sentence)
        .chain(details)
        .chain(advice)
        .collect()
}

/// The server's messages name fields of requests. These replacements name the options of the
/// command line instead.
const REPLACEMENTS: [(&str, &str); 9] = [
    ("known_since is earlier", "--known-since is earlier"),
    (
        "matches the precondition,",
        "matches the filter of --unless,",
    ),
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

fn in_terms_of_options(sentence: &str) -> String {
    let spoken = REPLACEMENTS
        .iter()
        .fold(sentence.to_owned(), |told, (sent, typed)| {
            told.replace(sent, typed)
        });
    // There is no command to update a subscription.
    match spoken.strip_suffix("; update it, or choose another id") {
        Some(known) if known.starts_with("subscriptions/") => known.to_owned(),
        _ => spoken,
    }
}

/// Adds the option that gives a missing source.
fn with_source_option(violation: String) -> String {
    match violation.ends_with("sources: is required") {
        true => format!("{violation}; --source-publisher gives one"),
        false => violation,
    }
}

/// Replaces a sentence that the server has cut by the violation that has the full text.
fn uncut(sentence: String, mut violations: Vec<String>) -> (String, Vec<String>) {
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

/// Returns the violations that the sentence does not already contain.
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
    fn a_violation_equal_to_the_sentence_is_not_repeated() {
        let mut details = ErrorDetails::new();
        details.set_bad_request(vec![FieldViolation::new("filter", "at offset 0: nothing")]);
        let message = "filter: at offset 0: nothing";
        let status = Status::with_error_details(Code::InvalidArgument, message, details);

        assert_eq!(Failure::from(status).text(), message);
    }

    #[test]
    fn a_violation_that_is_cut_in_the_sentence_is_printed_once() {
        let long = format!("update_mask: has \"dat\"; use {}", "a, ".repeat(400));
        let mut details = ErrorDetails::new();
        let (field, why) = long.split_once(": ").expect("both");
        details.set_bad_request(vec![FieldViolation::new(field, why)]);
        let message = format!("{}…", &long[..200]);
        let status = Status::with_error_details(Code::InvalidArgument, message, details);

        assert_eq!(Failure::from(status).text(), long);
    }

    #[test]
    fn a_report_of_many_failures_has_one_line_per_failure() {
        let line = refused().line();

        assert_eq!(
            line,
            "the etag is stale; event.title: must not be empty; event.kind: must be given"
        );
    }

    #[test]
    fn an_unreachable_server_has_its_own_exit_code() {
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
