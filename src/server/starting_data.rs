//! The starting data: real bodies, partnerships and events, built into the program.

use tonic::Status;

use super::ServeError;
use crate::{
    command::Commands, grpc::Importer, proto::v1::transfer_line::Write, rejection::Rejection,
    store::Store, transfer,
};

/// Bodies and partnerships first, as events belong to them.
const FILES: [&str; 3] = [
    include_str!("../../data/bodies.ndjson"),
    include_str!("../../data/partnerships.ndjson"),
    include_str!("../../data/events.ndjson"),
];
const AUTHOR: &str = "starting-data";

/// Loads the starting data into an empty store, or completes an earlier load that was interrupted. Leaves any
/// other store alone, also one with the starting data of another version.
pub(super) async fn load_starting_data(
    store: &Store,
    commands: &Commands,
) -> Result<(), ServeError> {
    if !is_ours(store).await {
        tracing::info!("the store has data of its own, so the starting data is not loaded");
        return Ok(());
    }
    let lines = lines()?;
    if let Some(request_id) = changed_since(store, &lines).await? {
        tracing::warn!(
            request_id,
            "the store has the starting data of another version, which this version does not mix with its \
             own, so nothing was loaded; start with an empty data directory to get the new starting data"
        );
        return Ok(());
    }
    let importer = Importer::new(commands.clone(), AUTHOR);
    let before = store.head().position;
    for (line, write) in (1..).zip(lines) {
        importer.apply(write).await.map_err(|it| told(line, it))?;
    }
    match store.head().position - before {
        0 => tracing::info!("the store has the starting data already, so nothing was loaded"),
        changes => tracing::info!(changes, "loaded the starting data"),
    }
    Ok(())
}

/// Returns what each line writes.
fn lines() -> Result<Vec<Write>, ServeError> {
    let lines = FILES.iter().flat_map(|file| file.lines());
    let read = (1..).zip(lines).map(|(line, text)| {
        let refused = |why: String| ServeError::StartingData { line, why };
        let write = transfer::parse_line(text).map_err(refused)?.write;
        write.ok_or_else(|| refused("the line says nothing to write".to_owned()))
    });
    read.collect()
}

/// Says in the words that a client would get why a line was refused.
fn told(line: usize, rejection: Rejection) -> ServeError {
    let why = Status::from(rejection).message().to_owned();
    ServeError::StartingData { line, why }
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

/// Returns the request id of a line that the store has otherwise or lacks, though it has a later one. A load that
/// was interrupted has the first lines, as they are.
async fn changed_since(store: &Store, lines: &[Write]) -> Result<Option<String>, ServeError> {
    if store.head().position == 0 {
        return Ok(None);
    }
    let mut absent = None;
    for (line, write) in (1..).zip(lines) {
        let request = Importer::request(write.clone()).map_err(|it| told(line, it))?;
        let Some(request) = request else { continue };
        let Some(position) = store.index().request(&request.id) else {
            absent = absent.or(Some((line, request.id)));
            continue;
        };
        if let Some((_, missing)) = absent {
            return Ok(Some(missing));
        }
        let stored = store.read(vec![position]).await.unwrap_or_default();
        let stored = stored.first().and_then(|record| record.request.as_ref());
        if stored != Some(&request) {
            return Ok(Some(request.id));
        }
    }
    // The store has lines, and none of these.
    Ok(absent.filter(|(line, _)| *line == 1).map(|(_, id)| id))
}
