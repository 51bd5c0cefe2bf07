use std::path::PathBuf;

use clap::Args;

use crate::{
    backup::restore,
    cli::{failure::Failure, note::note},
};

/// `entente backup restore`.
#[derive(Args, Debug)]
pub(super) struct Restore {
    /// A whole backup, then those that continue it, in order.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Directory of the new store. It must not exist, or be empty.
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
}

impl Restore {
    pub(super) fn run(self) -> Result<(), Failure> {
        let summaries = restore(&self.files, &self.data_dir);
        let summaries = summaries.map_err(|error| Failure::Failed(error.to_string()))?;
        if let Some(last) = summaries.last() {
            note(format!(
                "restored up to position {}, digest {}, into {}; the store has a new epoch, so clients must \
                 begin again with a snapshot",
                last.head.position,
                last.head.digest,
                self.data_dir.display()
            ));
        }
        Ok(())
    }
}
