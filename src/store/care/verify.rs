//! Checks whether a store is as it was written, at rest or while it is served.

use std::{path::Path, time::Duration};

use tokio::time::sleep;

use crate::{
    index::Index,
    store::{
        cursors::check_cursors,
        digest::Digest,
        disk::{
            copy::{Copy, is_read_only},
            damage::has_damage,
            directory::Directory,
            sled_log::SledLog,
        },
        error::{OpenError, StoreError},
        log::Log as _,
        record::{Position, Record},
        store::Store,
        view::{
            head::Head,
            recovery::{located, recover},
        },
    },
};

/// While an event is being redacted, its records and the index may disagree until the redaction is
/// durable. So they are compared again after this time, up to `DOUBTS_MAX` times, before a
/// disagreement is reported.
const DOUBT: Duration = Duration::from_secs(1);
const DOUBTS_MAX: usize = 5;

/// A position at which the index does not agree with the log.
struct Unindexed(Position);

/// The result of checking a store that is as it was written.
#[derive(Clone, Debug)]
pub struct Verified {
    pub head: Head,
    pub subscriptions: usize,
    pub epoch: String,
}

/// Checks a store that no server has open, and reports its progress. It checks the checksums, that
/// there are no gaps in the positions, the chain of digests, the high-water mark, that every record
/// can be indexed, and the subscriptions.
pub fn verify(
    path: &Path,
    cache_bytes: u64,
    progress: impl FnMut(Position),
) -> Result<Verified, OpenError> {
    if !path.join("MANIFEST").is_file() {
        return Err(OpenError::NotAStore {
            directory: path.to_owned(),
        });
    }
    // sled cannot open a database that it cannot write to, and overwrites what lies behind damage.
    let needs_copy = is_read_only(path).and_then(|is| Ok(is || has_damage(&path.join("sled"))?));
    match needs_copy {
        Ok(true) => {}
        Ok(false) => return verify_in_place(path, cache_bytes, progress),
        Err(error) => {
            return Err(OpenError::io(format!("look at {}", path.display()))(error));
        }
    }
    let copy = Copy::of(path)?;
    verify_in_place(&copy.path, cache_bytes, progress).map_err(|error| match error {
        OpenError::Damaged { position, what, .. } => OpenError::Damaged {
            directory: path.to_owned(),
            position,
            what,
        },
        error => error,
    })
}

fn verify_in_place(
    path: &Path,
    cache_bytes: u64,
    progress: impl FnMut(Position),
) -> Result<Verified, OpenError> {
    let log = SledLog::open(Directory::open(path)?, cache_bytes)?;
    let view = recover(&log, progress).map_err(|error| OpenError::damaged(path, error))?;
    let head = view.head();
    let subscriptions = check_cursors(&log, head.position)
        .map_err(|error| OpenError::damaged_beside_log(path, &error))?;
    Ok(Verified {
        head,
        subscriptions,
        epoch: log.epoch().to_owned(),
    })
}

/// Checks up to `count` records after a position with this digest, up to `upto`: as they are on
/// disk, and against the index. Returns the position and digest that were reached.
pub async fn check_records(
    store: &Store,
    from: (Position, Digest),
    upto: Position,
    count: usize,
) -> Result<(Position, Digest), StoreError> {
    let mut checked = check_once(store, from, upto, count).await?;
    for _ in 0..DOUBTS_MAX {
        if checked.is_ok() {
            break;
        }
        sleep(DOUBT).await;
        checked = check_once(store, from, upto, count).await?;
    }
    checked.map_err(|Unindexed(position)| StoreError::Damaged {
        position,
        what: "the index in memory does not agree with it; restart the server to build it anew"
            .to_owned(),
    })
}

async fn check_once(
    store: &Store,
    (after, digest): (Position, Digest),
    upto: Position,
    count: usize,
) -> Result<Result<(Position, Digest), Unindexed>, StoreError> {
    let cloned = store.clone();
    let check = move || {
        let log = &*cloned.shared.log;
        let records = log
            .read_after(after, upto, count)
            .map_err(|error| located(log, after, upto, error))?;
        let mut reached = (after, digest);
        for record in &records {
            record.check_after(reached.0, reached.1)?;
            if !is_indexed(&cloned.index(), record)? {
                return Ok(Err(Unindexed(record.position)));
            }
            reached = (record.position, record.digest);
        }
        if reached.0 == after {
            let (position, what) = (after + 1, "it is missing".to_owned());
            return Err(StoreError::Damaged { position, what });
        }
        Ok(Ok(reached))
    };
    store.read_in_turn(check).await
}

/// Checks the subscriptions as they are on disk, and returns how many there are.
pub async fn check_subscriptions(store: &Store) -> Result<usize, StoreError> {
    let log = store.shared.log.clone();
    // They may refer to records that are about to be committed.
    let check = move || check_cursors(&*log, Position::MAX);
    store.read_in_turn(check).await
}

fn is_indexed(index: &Index, record: &Record) -> Result<bool, StoreError> {
    let request = record.request.as_ref().map(|key| key.id.as_str());
    Ok(index.agrees(&record.document()?, record.position, request))
}
