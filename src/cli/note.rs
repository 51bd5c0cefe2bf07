use std::io::Write;

/// Writes one line for people to standard error, if anybody is there to read it.
pub(super) fn note(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", line.as_ref());
}
