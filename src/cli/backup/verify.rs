use std::path::PathBuf;

use clap::Args;

use crate::{
    backup::{ExportSummary, check_files},
    cli::{
        failure::Failure,
        note::{counted, note},
    },
};

/// `entente backup verify`.
#[derive(Args, Debug)]
pub(super) struct Verify {
    /// A whole backup, then those that continue it, in order.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl Verify {
    pub(super) fn run(self) -> Result<(), Failure> {
        let summaries = check_files(&self.files);
        let summaries = summaries.map_err(|error| Failure::Failed(error.to_string()))?;
        for (file, summary) in self.files.iter().zip(&summaries) {
            note(sentence(&format!("{}:", file.display()), summary));
        }
        Ok(())
    }
}

/// Describes the content of a backup after `verb`.
pub(super) fn sentence(verb: &str, summary: &ExportSummary) -> String {
    let ExportSummary {
        header,
        records,
        subscriptions,
        head,
    } = summary;
    format!(
        "{verb} {} after position {} up to {}, {}, digest {}",
        counted(*records, "change"),
        header.after_position,
        head.position,
        counted(*subscriptions, "subscription"),
        head.digest
    )
}
