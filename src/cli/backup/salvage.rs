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

/// For the storage engine, only while the command runs.
const CACHE_BYTES: u64 = 64 << 20;

/// `entente backup salvage`.
#[derive(Args, Debug)]
pub(super) struct Salvage {
    /// Directory of the damaged store. Nothing in it is changed: copies are looked through, which
    /// are made in TMPDIR and take up to twice the size of the store.
    #[arg(value_name = "DAMAGED")]
    damaged: PathBuf,

    /// Directory of the store to make. It must not be there yet, or be empty.
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
            note(format!("stopped there: {error}"));
        }
        if !self.damaged.join("HIGH-WATER").is_file() {
            note("whether more was lost is not known, as the file HIGH-WATER is not there");
        }
        if found.reached > found.upto {
            note(format!(
                "lost: everything after position {}; the log had reached {} at least",
                found.upto, found.reached
            ));
        }
        for name in redacted {
            note(format!(
                "redacted anew: {name}, as the change that redacted it is lost"
            ));
        }
        for name in &found.lost_subscriptions {
            note(format!(
                "lost: {name}, which is damaged or ahead of what was saved"
            ));
        }
        let Changes { answered, there } = found.subscription_changes;
        if answered > there {
            note(format!(
                "lost: {} of {answered} changes of subscriptions at least, which made, moved or \
                 deleted some; list subscriptions, and make those anew that are not there",
                answered - there
            ));
        }
        Ok(())
    }
}

/// Without the advice to use this command.
fn why_nothing(error: &OpenError) -> String {
    match error {
        OpenError::Damaged {
            directory, what, ..
        } => format!(
            "nothing can be saved of the store in {}: {what}; keep it as it is, and restore a backup",
            directory.display()
        ),
        error => error.to_string(),
    }
}
