use std::io::Write;

use crate::proto::v1::NamedBodies;

/// Writes one line for people to standard error, and ignores errors.
pub(super) fn note(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", line.as_ref());
}

/// Formats a number of things, in the singular for one.
pub(super) fn counted(count: impl TryInto<i64>, thing: &str) -> String {
    let count = count.try_into().unwrap_or(i64::MAX);
    counted_as(count, thing, &format!("{thing}s"))
}

/// Formats a number of things whose plural is not regular.
pub(super) fn counted_as(count: impl TryInto<i64>, one: &str, many: &str) -> String {
    let count = count.try_into().unwrap_or(i64::MAX);
    let things = if count == 1 { one } else { many };
    format!("{count} {things}")
}

/// Prints which bodies the names in a filter stand for.
pub(super) fn named_bodies(named: &[NamedBodies]) {
    for it in named {
        let mut bodies = it.bodies.clone();
        let others = it.body_count.saturating_sub(bodies.len() as i64);
        match (others, bodies.is_empty()) {
            (..=0, _) => {}
            (1, true) => bodies.push("1 body".to_owned()),
            (_, true) => bodies.push(format!("{others} bodies")),
            (_, false) => bodies.push(format!("{others} more")),
        }
        note(format!("{} stands for {}", it.term, bodies.join(", ")));
    }
}

/// Prints the server's hints about a filter that may be misspelled.
pub(super) fn hints(hints: &[String]) {
    for hint in hints {
        note(format!("hint: {hint}"));
    }
}
