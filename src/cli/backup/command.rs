use clap::{Args, Subcommand};

use super::{create::Create, restore::Restore, salvage::Salvage, verify::Verify};
use crate::cli::failure::Failure;

/// `entente backup`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Backup {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write a backup of a running server, which goes on serving and writing.
    Create(Create),
    /// Read backups to their ends and check everything in them.
    Verify(Verify),
    /// Make the directory of a store from backups. No server is needed for it.
    Restore(Restore),
    /// Make the directory of a store from what is sound in a damaged one.
    Salvage(Salvage),
}

impl Backup {
    pub(in crate::cli) async fn run(self) -> Result<(), Failure> {
        match self.verb {
            Verb::Create(create) => create.run().await,
            Verb::Verify(verify) => verify.run(),
            Verb::Restore(restore) => restore.run(),
            Verb::Salvage(salvage) => salvage.run(),
        }
    }
}
