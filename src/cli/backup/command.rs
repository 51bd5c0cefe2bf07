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
    /// Write a backup of a running server, which continues to serve and write.
    Create(Create),
    /// Read backups completely and check everything in them.
    Verify(Verify),
    /// Restore the directory of a store from backups. This needs no server.
    Restore(Restore),
    /// Recover the undamaged part of a damaged store into a new directory.
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
