use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::cli::{failure::Failure, files};

/// The longest time between two saves. A killed client prints the changes of this time twice;
/// saving after each would sync a file per change of a long replay.
const SAVE_INTERVAL: Duration = Duration::from_millis(100);

/// A file with the token of the last printed change.
#[derive(Debug)]
pub(super) struct TokenFile {
    path: PathBuf,
    unsaved: Option<String>,
    saved_at: Option<Instant>,
}

impl TokenFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            unsaved: None,
            saved_at: None,
        }
    }

    /// Returns the path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the token to resume from; `None` if the file does not exist.
    pub(super) fn read(&self) -> Result<Option<String>, Failure> {
        match std::fs::read_to_string(&self.path) {
            // The position to resume from is unknown, and starting at the latest would silently
            // skip changes.
            Ok(text) if text.trim().is_empty() => Err(Failure::Failed(format!(
                "{} is empty, so the position to resume from is not known: put the token back, or remove the \
                 file to begin at --from",
                self.path.display()
            ))),
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(files::failed("read", &self.path, &error)),
        }
    }

    /// Records a token whose change has been printed and flushed.
    pub(super) fn note(&mut self, token: &str) {
        if !token.is_empty() {
            self.unsaved = Some(token.to_owned());
        }
    }

    /// Returns whether a token has not been saved yet.
    pub(super) fn is_unsaved(&self) -> bool {
        self.unsaved.is_some()
    }

    /// Saves the newest token, unless [`SAVE_INTERVAL`] has not passed.
    pub(super) fn save_if_due(&mut self) -> Result<(), Failure> {
        match self.saved_at {
            Some(saved_at) if saved_at.elapsed() < SAVE_INTERVAL => Ok(()),
            _ => self.save(),
        }
    }

    /// Saves the newest token.
    pub(super) fn save(&mut self) -> Result<(), Failure> {
        if let Some(token) = self.unsaved.take() {
            files::replace(&self.path, format!("{token}\n").as_bytes())?;
            self.saved_at = Some(Instant::now());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_token_is_read_by_the_next_watch() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("token");
        let mut file = TokenFile::new(path.clone());
        assert_eq!(file.read().expect("no file is fine"), None);

        file.note("first");
        file.note("second");
        file.note("");
        file.save().expect("writable");

        assert_eq!(
            TokenFile::new(path).read().expect("there"),
            Some("second".into())
        );
        assert!(!file.is_unsaved());
    }

    /// Trial D4: an empty file was taken for none, and the watch began at the latest.
    #[test]
    fn d4_an_empty_token_file_is_an_error() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("token");
        std::fs::write(&path, "\n").expect("writable");

        let failure = TokenFile::new(path).read().expect_err("it has no token");

        assert!(failure.text().contains("remove the file"), "{failure:?}");
    }

    #[test]
    fn a_burst_of_changes_is_saved_once_and_its_last_token_stays_unsaved() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let mut file = TokenFile::new(directory.path().join("token"));
        file.note("first");
        file.save_if_due().expect("writable");
        file.saved_at = Some(Instant::now() + Duration::from_secs(60));

        file.note("second");
        file.save_if_due().expect("writable");

        assert_eq!(file.read().expect("there"), Some("first".into()));
        assert!(file.is_unsaved());
    }
}
