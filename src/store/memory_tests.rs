//! Tests of a store with all outcomes that a log may return, and that both logs behave alike.

use std::sync::Arc;

use super::{
    Batch, CursorChange, Digest, Edit, Log, MemoryLog, NewCursor, Outcome, Record, Store,
    StoreError, Table,
    care::verify::check_subscriptions,
    disk::{directory::Directory, sled_log::SledLog},
    log::Appended,
    tests::{home, proposal, redaction, write},
};
use crate::index::Position;

fn open(log: &Arc<MemoryLog>) -> Store {
    Store::on(log.clone(), Default::default()).expect("a log that is as it was written")
}

fn new() -> Arc<MemoryLog> {
    Arc::new(MemoryLog::new("0123456789abcdef"))
}

async fn create(store: &Store, id: &str) -> Outcome {
    let write = write(vec![proposal(id, None)], None);
    store.commit(write).await.expect("a healthy store")
}

fn positions(outcome: &Outcome) -> Vec<Position> {
    match outcome {
        Outcome::Committed { records } => records.iter().map(|record| record.position).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn records_that_another_server_has_appended_go_first() {
    let log = new();
    let (one, other) = (open(&log), open(&log));
    assert_eq!(positions(&create(&one, "a").await), [1]);
    assert_eq!(positions(&create(&other, "b").await), [2]);
    assert_eq!(other.head(), open(&log).head());
    assert_eq!(one.head().position, 1, "it has not looked");
    // What its author saw is outdated, which shows only after the other server's records.
    let stale = one.commit(write(vec![proposal("b", None)], None)).await;
    assert!(matches!(stale, Ok(Outcome::Stale { .. })), "{stale:?}");
    assert_eq!(one.head(), other.head());
}

#[tokio::test]
async fn s42_a_request_that_another_server_has_committed_is_replayed() {
    let log = new();
    let (one, other) = (open(&log), open(&log));
    let ask = |store: &Store| {
        let (store, write) = (
            store.clone(),
            write(vec![proposal("a", None)], Some(("r", "x"))),
        );
        async move { store.commit(write).await.expect("a healthy store") }
    };
    assert_eq!(positions(&ask(&one).await), [1]);
    let again = ask(&other).await;
    assert!(
        matches!(again, Outcome::Replayed { first: 1, last: 1 }),
        "{again:?}"
    );
}

#[tokio::test]
async fn content_that_another_server_has_redacted_is_removed_from_memory() {
    let log = new();
    let (one, other) = (open(&log), open(&log));
    create(&one, "a").await;
    create(&other, "b").await;
    let redacted = other.commit(redaction(&other, 1).await).await;
    assert_eq!(positions(&redacted.expect("a healthy store")), [3]);
    create(&one, "c").await;
    let records = one.read(vec![1, 2, 3, 4]).await.expect("a healthy store");
    let is_redacted: Vec<_> = records.iter().map(|record| record.redacted).collect();
    assert_eq!(is_redacted, [true, false, false, false]);
    assert_eq!(one.head(), open(&log).head());
}

#[tokio::test]
async fn d04_after_an_unknown_outcome_nothing_is_written_and_a_restart_finds_out() {
    for is_there in [false, true] {
        let log = new();
        let store = open(&log);
        create(&store, "a").await;
        log.lose_next_answer(is_there);
        let lost = store.commit(write(vec![proposal("b", None)], None)).await;
        assert!(matches!(lost, Err(StoreError::Failed(_))), "{lost:?}");
        let refused = store.commit(write(vec![proposal("c", None)], None)).await;
        assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
        // Nobody sees a write that may not be there.
        assert_eq!(store.head().position, 1);
        assert!(store.index().newest("events/b").is_none());
        assert_eq!(store.read(vec![1]).await.expect("reads go on").len(), 1);
        store.close();
        let store = open(&log);
        assert_eq!(store.index().newest("events/b").is_some(), is_there);
        assert_eq!(
            positions(&create(&store, "c").await),
            [2 + u64::from(is_there)]
        );
    }
}

#[tokio::test]
async fn d03_a_store_is_found_again_on_a_log_in_memory() {
    let log = new();
    let store = open(&log);
    for id in ["a", "b"] {
        create(&store, id).await;
    }
    let subscription = NewCursor {
        resolved: 0,
        filter: String::new(),
        view: Some(crate::domain::View::Full),
        idle_ttl: None,
        after: 1,
        request: None,
    };
    let made = store
        .change_cursor("s", CursorChange::Create(subscription))
        .await;
    made.expect("a healthy store");
    let head = store.head();
    store.close();
    let store = open(&log);
    assert_eq!(store.head(), head);
    assert_eq!(store.cursors().get("s").map(|cursor| cursor.acked), Some(1));
    assert_eq!(check_subscriptions(&store).await, Ok(1));
}

/// Both logs must return the same results.
#[test]
fn a_log_on_disk_and_one_in_memory_answer_alike() {
    let home = home();
    let directory = Directory::open(&home.path().join("store")).expect("a new store");
    let on_disk = SledLog::open(directory, 8 << 20).expect("a new log");
    for log in [&on_disk as &dyn Log, &MemoryLog::new("0123456789abcdef")] {
        let mut digest = Digest::default();
        for after in 0..40 {
            let change = vec![7; 3_000].into();
            let record = Record::chained(digest, after + 1, change, None, 0, 5);
            digest = record.digest;
            let key = format!("k-{}", after % 3).into_bytes();
            let edit = |value| Edit {
                table: Table::Subscriptions,
                key: key.clone(),
                value,
            };
            let appended = log.append(&Batch {
                after,
                records: &[record.into()],
                replaced: &[],
                edits: &[
                    edit(Some(vec![0])),
                    edit((after % 3 > 0).then(|| vec![after as u8])),
                ],
            });
            assert!(matches!(appended, Appended::Applied), "{appended:?}");
        }
        let read = |after, upto, count| -> Vec<Position> {
            let records = log.read_after(after, upto, count).expect("a healthy log");
            records.iter().map(|record| record.position).collect()
        };
        assert_eq!(read(0, 3, 10), [1, 2, 3], "{log:?}");
        assert_eq!(read(37, Position::MAX, 10), [38, 39, 40]);
        assert_eq!(read(5, 9, 2), [6, 7]);
        for (after, upto) in [(40, 50), (50, 60), (9, 9), (9, 3)] {
            assert!(read(after, upto, 10).is_empty(), "{after} to {upto}");
        }
        assert_eq!(log.read(40).expect("the last").position, 40);
        for nowhere in [0, 41] {
            let missing = log.read(nowhere);
            assert!(
                matches!(missing, Err(StoreError::Damaged { position, .. }) if position == nowhere),
                "{missing:?}"
            );
        }
        let redacted = Record {
            change: vec![1].into(),
            redacted: true,
            ..log.read(2).expect("a record")
        };
        let appended = log.append(&Batch {
            after: 40,
            records: &[],
            replaced: &[redacted.clone().into()],
            edits: &[],
        });
        assert!(matches!(appended, Appended::Applied), "{appended:?}");
        assert_eq!(log.read(2), Ok(redacted));
        assert_eq!(read(0, 4, 10), [1, 2, 3, 4]);
        assert_eq!(log.erase_replaced(), Ok(()));
        assert!(!log.is_erasure_pending());
        assert_eq!(read(0, 50, 50).len(), 40);
        let entries = log.entries(Table::Subscriptions).expect("a healthy log");
        assert_eq!(
            entries,
            [("k-1", [37]), ("k-2", [38])].map(|(key, value)| (key.into(), value.to_vec().into()))
        );
        assert_eq!(log.maintain(), Ok(()));
        log.close();
    }
}
