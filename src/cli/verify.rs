use std::path::{Path, PathBuf};

use clap::Args;

use super::{
    connect::{ConnectOptions, Connection},
    failure::Failure,
    files,
    note::{counted, note},
    progress::progress_bar,
};
use crate::{
    proto::v1::{VerifyStoreRequest, admin_service_client::AdminServiceClient},
    store,
};

/// The cache of the storage engine, in bytes.
const CACHE_BYTES: u64 = 64 << 20;

/// `entente verify`.
#[derive(Args, Debug)]
pub(super) struct Verify {
    /// Directory of a store that no server has open. If omitted, the server checks its own store
    /// while it serves.
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,

    #[command(flatten)]
    connect: ConnectOptions,
}

impl Verify {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match &self.directory {
            Some(directory) => check_directory(directory),
            None => check_server(&Connection::new(&self.connect)?).await,
        }
    }
}

fn check_directory(directory: &Path) -> Result<(), Failure> {
    files::store_directory(directory)?;
    if !directory.join("MANIFEST").exists() {
        return Err(Failure::Failed(format!(
            "{} is not the directory of an entente store: it has no MANIFEST",
            directory.display()
        )));
    }
    let bar = progress_bar();
    let verified = store::verify(directory, CACHE_BYTES, |position| {
        bar.set_position(position)
    });
    bar.finish_and_clear();
    let verified = verified.map_err(|error| Failure::Failed(error.to_string()))?;
    let (head, subscriptions) = (verified.head, verified.subscriptions as i64);
    print_result(
        head.position as i64,
        subscriptions,
        &head.digest.to_string(),
    );
    Ok(())
}

async fn check_server(server: &Connection) -> Result<(), Failure> {
    let mut admin = AdminServiceClient::new(server.channel());
    let call = admin.verify_store(VerifyStoreRequest {});
    let mut answers = server.answer(call).await?;
    let bar = progress_bar();
    let failed = |status| {
        bar.finish_and_clear();
        server.failure(status)
    };
    while let Some(answer) = answers.message().await.map_err(failed)? {
        bar.set_length(answer.head_position.unsigned_abs());
        bar.set_position(answer.checked_position.unsigned_abs());
        if answer.finished {
            bar.finish_and_clear();
            print_result(
                answer.checked_position,
                answer.subscription_count,
                &answer.digest,
            );
            return Ok(());
        }
    }
    Err(Failure::Failed(
        "the server ended the call before everything was checked".to_owned(),
    ))
}

fn print_result(position: i64, subscriptions: i64, digest: &str) {
    note(format!(
        "checked {} (checksums, positions, chain of digests, index) and {}: no damage; digest \
         {digest}",
        counted(position, "change"),
        counted(subscriptions, "subscription")
    ));
}
