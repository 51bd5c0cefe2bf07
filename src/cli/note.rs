use std::io::Write;

use crate::proto::v1::NamedBodies;

/// Writes one line for people to standard error, and ignores errors.
pub(super) fn note(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", line.as_ref());
}

/// Formats a number of things, in the singular for one.
pub(super) fn counted(count: impl TryInto<i64>, thing: &str) -> String {
    let count = count.try_into().unwrap_or(i64::MAX);
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

/// Prints which bodies the names in a filter stand for.
pub(super) fn named_bodies(named: &[NamedBodies]) {
    for NamedBodies { term, bodies } in named {
        note(format!("{term} stands for {}", bodies.join(", ")));
    }
}

/// Prints the server's hints about a filter that may be misspelled.
pub(super) fn hints(hints: &[String]) {
    for hint in hints {
        note(format!("hint: {hint}"));
    }
}
