use std::io::Write;

/// Writes one line for people to standard error, if anybody is there to read it.
pub(super) fn note(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", line.as_ref());
}

/// Tells what a server has to say of a filter that may be misspelled.
pub(super) fn hints(hints: &[String]) {
    for hint in hints {
        note(format!("hint: {hint}"));
    }
}
