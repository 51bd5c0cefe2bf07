//! The starting data: real partnerships and events, built into the program.

use tonic::Status;

use super::ServeError;
use crate::{command::Commands, grpc::Importer, store::Store, transfer};

/// Partnerships first, as events belong to them.
const FILES: [&str; 2] = [
    include_str!("../../data/partnerships.ndjson"),
    include_str!("../../data/events.ndjson"),
];
const AUTHOR: &str = "starting-data";

/// Loads the starting data into an empty store, or completes an earlier load that was interrupted. Leaves any
/// other store alone.
pub(super) async fn load_starting_data(
    store: &Store,
    commands: &Commands,
) -> Result<(), ServeError> {
    if !is_ours(store).await {
        tracing::info!("the store has data of its own, so the starting data is not loaded");
        return Ok(());
    }
    let importer = Importer::new(commands.clone(), AUTHOR);
    let before = store.head().position;
    let lines = FILES.iter().flat_map(|file| file.lines());
    for (line, text) in (1..).zip(lines) {
        let refused = |why: String| ServeError::StartingData { line, why };
        let write = transfer::parse_line(text).map_err(refused)?.write;
        let write = write.ok_or_else(|| refused("the line says nothing to write".to_owned()))?;
        // In the words that a client would get.
        let told = |rejection| refused(Status::from(rejection).message().to_owned());
        importer.apply(write).await.map_err(told)?;
    }
    match store.head().position - before {
        0 => tracing::info!("the store has the starting data already, so nothing was loaded"),
        changes => tracing::info!(changes, "loaded the starting data"),
    }
    Ok(())
}

/// Every line has a request id of its own, which tells where the first change came from and makes
/// it safe to load what is there already.
async fn is_ours(store: &Store) -> bool {
    if store.head().position == 0 {
        return true;
    }
    let first = store.read(vec![1]).await.unwrap_or_default();
    let request = first.first().and_then(|record| record.request.as_ref());
    request.is_some_and(|request| request.id.starts_with("starting-data/"))
}
