use std::{
    env,
    fs::OpenOptions,
    io::{self, Write as _},
    path::PathBuf,
    thread,
};

/// A file system whose power can be cut.
pub trait Power {
    /// Where it is mounted.
    fn path(&self) -> PathBuf;

    /// Cuts the power. What runs on it gets I/O errors from now on.
    fn cut(&mut self);

    /// Mounts it again with what has outlived the cut. Nothing may run on it any more.
    fn power_on(&mut self);
}

/// A disk, or `None` where this machine has none, which is reported.
///
/// The line goes to the file that `ENTENTE_SKIPPED` names, if any, so that whoever runs the tests can list
/// what was skipped. With `ENTENTE_REQUIRE_ALL=1` the test fails instead.
pub fn skipped<T>(made: io::Result<T>) -> Option<T> {
    let error = match made {
        Ok(disk) => return Some(disk),
        Err(error) => error,
    };
    let test = thread::current().name().unwrap_or("a test").to_owned();
    let line =
        format!("skipped: {test}, as there is no file system to cut the power of: {error}\n");
    assert!(
        env::var_os("ENTENTE_REQUIRE_ALL").is_none_or(|value| value != "1"),
        "{line}"
    );
    // Not `eprintln`, which is shown for failed tests only.
    let _ = io::stderr().write_all(line.as_bytes());
    if let Some(list) = env::var_os("ENTENTE_SKIPPED") {
        let list = OpenOptions::new().create(true).append(true).open(list);
        let written = list.and_then(|mut list| list.write_all(line.as_bytes()));
        written.expect("the list of what was skipped can be written");
    }
    None
}
