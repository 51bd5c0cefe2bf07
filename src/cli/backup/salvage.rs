use std::path::PathBuf;

use clap::Args;

use crate::{
    backup,
    cli::{
        failure::Failure,
        files,
        note::{counted, note},
    },
    store::{self, Changes, OpenError},
};

/// The cache of the storage engine, in bytes.
const CACHE_BYTES: u64 = 64 << 20;

/// `entente backup salvage`.
#[derive(Args, Debug)]
pub(super) struct Salvage {
    /// Directory of the damaged store. It is not changed: the command works on copies in TMPDIR,
    /// which take up to twice the size of the store.
    #[arg(value_name = "DAMAGED")]
    damaged: PathBuf,

    /// Directory of the new store. It must not exist, or be empty.
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
}

impl Salvage {
    pub(super) fn run(self) -> Result<(), Failure> {
        files::store_directory(&self.damaged)?;
        let found = store::Salvage::of(&self.damaged, CACHE_BYTES);
        let found = found.map_err(|error| Failure::Failed(why_nothing(&error)))?;
        let made = backup::salvage(&found, &self.data_dir);
        let redacted = made.map_err(|error| Failure::Failed(error.to_string()))?;
        note(format!(
            "saved {} and {} into {}",
            counted(found.upto, "change"),
            counted(found.subscriptions.len(), "subscription"),
            self.data_dir.display()
        ));
        if let Some(error) = &found.stopped {
            note(format!("stopped because: {error}"));
        }
        if !self.damaged.join("HIGH-WATER").is_file() {
            note("it is not known whether more was lost, because the file HIGH-WATER is missing");
        }
        if found.reached > found.upto {
            note(format!(
                "lost: everything after position {}; the log had reached at least {}",
                found.upto, found.reached
            ));
        }
        for name in redacted {
            note(format!(
                "redacted again: {name}, because the change that redacted it is lost"
            ));
        }
        for name in &found.lost_subscriptions {
            note(format!(
                "lost: {name}, which is damaged or ahead of the saved log"
            ));
        }
        let Changes { answered, there } = found.subscription_changes;
        if answered > there {
            note(format!(
                "lost: at least {} of {answered} changes that created, moved or deleted \
                 subscriptions; list the subscriptions, and create missing ones again",
                answered - there
            ));
        }
        Ok(())
    }
}

/// Returns the error without the advice to use this command.
fn why_nothing(error: &OpenError) -> String {
    match error {
        OpenError::Damaged {
            directory, what, ..
        } => format!(
            "nothing can be saved from the store in {}: {what}; keep it unchanged, and restore a backup",
            directory.display()
        ),
        error => error.to_string(),
    }
}
