//! Tests of cursors in a store: what moves them, what is refused, what a restart finds.

use std::{fs, path::Path, sync::Arc, time::Duration};

use super::{
    Cursor, CursorChange, CursorEdit, CursorOutcome, CursorRefusal, NewCursor, cursor::Delivery,
    history::CursorHistory,
};
use crate::{
    clock::{ManualClock, Moment, WallClock},
    domain::View,
    store::{
        Digest, OpenError, RequestKey, Store, StoreOptions,
        disk::{blocks::Blocks, directory::Directory},
        log::{Edit, Table},
        verify,
    },
};

const NOW: Moment = Moment {
    wall_micros: 1_700_000_000_000_000,
    steady_micros: 0,
};

fn new(filter: &str) -> NewCursor {
    NewCursor {
        resolved: 0,
        filter: filter.to_owned(),
        view: Some(View::Full),
        idle_ttl: None,
        after: 0,
        request: None,
    }
}

fn cursor() -> Cursor {
    new("party:JP").cursor("newsroom", &mut CursorHistory::default(), NOW)
}

fn refilter(filter: &str) -> CursorChange {
    CursorChange::Edit(CursorEdit {
        filter: Some(filter.to_owned()),
        ..CursorEdit::default()
    })
}

fn acquire() -> CursorChange {
    CursorChange::Acquire {
        consumer: "c".to_owned(),
    }
}

fn after(cursor: &Cursor, change: &CursorChange, head: u64) -> Cursor {
    let changed = cursor.changed(change, head, later(1));
    changed
        .expect("it is allowed")
        .expect("it makes a difference")
}

/// Returns a moment that is `micros` after [`NOW`] by the steady clock; the wall clock has jumped.
fn later(micros: i64) -> Moment {
    Moment {
        wall_micros: 3 * NOW.wall_micros,
        steady_micros: NOW.steady_micros + micros,
    }
}

fn acknowledge(epoch: u64, position: u64) -> CursorChange {
    CursorChange::Acknowledge { epoch, position }
}

#[test]
fn a_state_reads_as_it_was_written_and_no_flipped_bit_goes_unseen() {
    let mut cursor = after(&after(&cursor(), &acquire(), 9), &refilter("party:US"), 9);
    cursor.idle_ttl = Some(Duration::from_secs(60));
    cursor.idle.counted_at = 0;
    cursor.deliveries = vec![Delivery { upto: 7, leases: 2 }];
    cursor.request = Some(RequestKey {
        id: "r-1".to_owned(),
        fingerprint: Digest::of(&[b"x"]),
    });
    assert!(cursor.lease.may_send(8));
    let bytes = cursor.encode();
    let read = Cursor::decode(b"newsroom", &bytes).expect("what was written");
    assert_eq!(format!("{read:?}"), format!("{cursor:?}"));
    assert!(Cursor::decode(b"another", &bytes).is_err());
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(Cursor::decode(b"newsroom", &flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn a_new_filter_applies_to_the_positions_after_the_change() {
    let edited = after(&cursor(), &refilter("party:US"), 10);
    let applies = |cursor: &Cursor, position| {
        let (segment, upto) = cursor.segment_after(position);
        (segment.filter.clone(), upto)
    };
    assert_eq!(applies(&edited, 9), ("party:JP".to_owned(), 10));
    assert_eq!(applies(&edited, 10), ("party:US".to_owned(), u64::MAX));
    assert_ne!(edited.etag(), cursor().etag());
    let again = after(&edited, &refilter("party:GB"), 10);
    assert_eq!(
        applies(&again, 10),
        ("party:GB".to_owned(), u64::MAX),
        "the one between never applied"
    );
    assert_eq!(again.segments.len(), 2);
}

#[test]
fn filters_are_dropped_once_everything_they_apply_to_is_acknowledged() {
    let edited = after(&after(&cursor(), &refilter("party:US"), 10), &acquire(), 20);
    assert!(edited.lease.may_send(20));
    assert_eq!(after(&edited, &acknowledge(1, 9), 20).segments.len(), 2);
    let passed = after(&edited, &acknowledge(1, 10), 20);
    assert_eq!((passed.segments.len(), passed.filter()), (1, "party:US"));
}

#[test]
fn each_lease_that_sent_a_change_raises_its_attempt_until_it_is_acknowledged() {
    let first = after(&cursor(), &acquire(), 9);
    assert!(first.lease.may_send(5));
    let second = after(&first, &acquire(), 9);
    assert!(second.lease.may_send(3));
    let third = after(&second, &acquire(), 9);
    assert_eq!(
        [1, 3, 4, 5, 6].map(|position| third.attempt(position)),
        [3, 3, 2, 2, 1]
    );
    assert!(third.lease.may_send(9));
    let acked = after(&third, &acknowledge(3, 3), 9);
    assert_eq!(acked.deliveries, [Delivery { upto: 5, leases: 1 }]);
}

/// Trial A14.
#[test]
fn a14_every_attempt_is_counted_exactly_however_many_leases_there_were() {
    let mut cursor = cursor();
    let reached = |lease: u64| 1 + lease * 7 % 193;
    for lease in 0..200_u64 {
        cursor = after(&cursor, &acquire(), 999);
        assert!(cursor.lease.may_send(reached(lease)));
        // What does not match is passed, each time further.
        cursor.lease.note_sent(500 + lease);
    }
    cursor = after(&cursor, &acquire(), 999);
    for position in 1..=200 {
        let sent = (0..200).filter(|lease| reached(*lease) >= position);
        assert_eq!(cursor.attempt(position), 1 + sent.count() as u32);
    }
    assert!(cursor.encode().len() < 3_000, "it is bounded");
}

/// Trial A14.
#[test]
fn a14_a_consumer_that_lost_the_lease_sends_nothing_that_the_next_one_does_not_count() {
    let first = after(&cursor(), &acquire(), 9);
    assert!(first.lease.may_send(2));
    let second = after(&first, &acquire(), 9);
    assert!(!first.lease.may_send(3));
    assert_eq!([1, 2, 3].map(|at| second.attempt(at)), [2, 2, 1]);
    let sought = after(&second, &CursorChange::Seek { after: 0 }, 9);
    assert!(!second.lease.may_send(1));
    assert_eq!(sought.attempt(1), 1);
}

#[test]
fn s41_only_the_newest_lease_acknowledges_and_only_what_it_sent() {
    let first = after(&cursor(), &acquire(), 9);
    assert!(first.lease.may_send(4));
    let refused = |cursor: &Cursor, epoch, position| {
        cursor
            .changed(&acknowledge(epoch, position), 9, NOW)
            .expect_err("refused")
    };
    let not_sent = CursorRefusal::NotSent {
        requested: 5,
        sent: 4,
    };
    assert_eq!(refused(&first, 1, 5), not_sent);
    let second = after(&first, &acquire(), 9);
    assert_eq!(
        refused(&second, 1, 4),
        CursorRefusal::LeaseLost { epoch: 2 }
    );
    assert_eq!(
        refused(&cursor(), 0, 0),
        CursorRefusal::LeaseLost { epoch: 0 }
    );
    let acked = after(&first, &acknowledge(1, 4), 9);
    let lower = acked
        .changed(&acknowledge(1, 2), 9, NOW)
        .expect("it is allowed");
    assert!(lower.is_none(), "the cursor does not move back");
}

#[test]
fn a_seek_moves_the_cursor_back_under_the_current_filter_and_ends_the_lease() {
    let edited = after(&after(&cursor(), &refilter("party:US"), 10), &acquire(), 20);
    assert!(edited.lease.may_send(20));
    let acked = after(&edited, &acknowledge(1, 15), 20);
    let sought = after(&acked, &CursorChange::Seek { after: 2 }, 20);
    assert_eq!(
        (sought.acked, sought.lease.epoch, sought.lease.open),
        (2, 2, false)
    );
    assert_eq!(sought.segment_after(2).0.filter, "party:US");
    assert_eq!(sought.attempt(3), 1);
}

#[test]
fn idle_time_runs_only_without_a_consumer() {
    let mut idle = cursor();
    idle.idle_ttl = Some(Duration::from_secs(10));
    let expires = |cursor: &Cursor, at| !cursor.is_expired(at - 1) && cursor.is_expired(at);
    assert!(expires(&idle, 10_000_000));
    let consumed = after(&idle, &acquire(), 9);
    assert!(!consumed.is_expired(i64::MAX));
    let released = after(&consumed, &CursorChange::Release { epoch: 1 }, 9);
    assert!(expires(&released, 1 + 10_000_000));
    let edited = after(&released, &refilter("party:US"), 9);
    assert!(expires(&edited, 1 + 10_000_000));
}

fn open(home: &tempfile::TempDir) -> Result<Store, OpenError> {
    open_at(home, WallClock::system())
}

fn open_at(home: &tempfile::TempDir, clock: WallClock) -> Result<Store, OpenError> {
    Store::open(StoreOptions {
        directory: home.path().join("store"),
        cache_bytes: 8 << 20,
        clock,
    })
}

async fn done(store: &Store, slug: &str, change: CursorChange) -> Arc<Cursor> {
    match store
        .change_cursor(slug, change)
        .await
        .expect("a healthy store")
    {
        CursorOutcome::Done(cursor) => cursor,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_answered_is_found_again_and_an_open_stream_counts_as_having_sent_all() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let store = open(&home).expect("a new store");
    done(&store, "a", CursorChange::Create(new("party:JP"))).await;
    done(&store, "b", CursorChange::Create(new(""))).await;
    done(&store, "a", acquire()).await;
    done(&store, "b", CursorChange::Delete { etag: None }).await;
    store.close();
    drop(store);
    let store = open(&home).expect("a store");
    let cursor = store.cursors().get("a").expect("it was answered");
    assert_eq!(
        (cursor.lease.epoch, cursor.lease.open, cursor.filter()),
        (1, false, "party:JP")
    );
    assert!(store.cursors().get("b").is_none());
}

#[tokio::test]
async fn a_request_that_is_repeated_makes_nothing_new() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let store = open(&home).expect("a new store");
    let key = |content: &[u8]| RequestKey {
        id: "r-1".to_owned(),
        fingerprint: Digest::of(&[content]),
    };
    let create = |content: &[u8]| {
        CursorChange::Create(NewCursor {
            resolved: 0,
            request: Some(key(content)),
            ..new("")
        })
    };
    let change = |slug: &'static str, change| store.change_cursor(slug, change);
    // In one group, and in two.
    let (first, second) = tokio::join!(change("a", create(b"x")), change("a", create(b"x")));
    assert!(matches!(first, Ok(CursorOutcome::Done(_))));
    assert!(matches!(second, Ok(CursorOutcome::Replayed(_))));
    assert!(matches!(
        change("a", create(b"x")).await,
        Ok(CursorOutcome::Replayed(_))
    ));
    for (slug, content) in [("a", b"y"), ("b", b"x")] {
        let refused = CursorRefusal::RequestIdReused {
            request_id: "r-1".to_owned(),
            slug: "a".to_owned(),
        };
        match change(slug, create(content)).await {
            Ok(CursorOutcome::Refused(refusal)) => assert_eq!(refusal, refused),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(store.cursors().len(), 1);
}

#[tokio::test]
async fn a_damaged_subscription_refuses_to_open_and_is_named() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let store = open(&home).expect("a new store");
    let mut cursor = Cursor::clone(&*done(&store, "a", CursorChange::Create(new(""))).await);
    store.close();
    drop(store);
    cursor.acked = 7;
    let ahead = cursor.encode();
    let mut flipped = ahead.clone();
    flipped[9] ^= 1;
    for (bytes, what) in [(flipped, "wrong checksum"), (ahead, "the log ends at 0")] {
        put(&home, "a", bytes);
        let error = open(&home).err().expect("it is damaged").to_string();
        assert!(
            error.contains("subscriptions/a") && error.contains(what),
            "{error}"
        );
    }
}

#[tokio::test]
async fn d07_the_loss_of_answered_acknowledgements_is_noticed() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let (log, copy) = (home.path().join("store/sled"), home.path().join("copy"));
    let store = open(&home).expect("a new store");
    done(&store, "a", CursorChange::Create(new(""))).await;
    store.close();
    drop(store);
    copy_files(&log, &copy);
    let store = open(&home).expect("a store");
    done(&store, "a", acquire()).await;
    store.close();
    drop(store);
    let store = open(&home).expect("as it was written");
    store.close();
    drop(store);

    // All that sled shows after a flipped bit at the end of its log.
    fs::remove_dir_all(&log).expect("our own directory");
    copy_files(&copy, &log);
    let error = open(&home).err().expect("a change is lost").to_string();
    for part in ["3 changes were answered and 1 are there", "salvage"] {
        assert!(error.contains(part), "{error}");
    }
    let verified = verify(&home.path().join("store"), 8 << 20, |_| ());
    assert!(verified.is_err(), "{verified:?}");

    // Trial E8. A store of a version that did not count has neither, which is no loss.
    fs::remove_file(home.path().join("store/SUBSCRIPTIONS-MARK")).expect("the mark");
    for _ in 0..2 {
        let error = open(&home).err().expect("the mark is lost").to_string();
        assert!(error.contains("SUBSCRIPTIONS-MARK is missing"), "{error}");
    }
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir(to).expect("our own directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
}

fn put(home: &tempfile::TempDir, slug: &str, bytes: Vec<u8>) {
    let directory = Directory::open(&home.path().join("store")).expect("a store");
    let (blocks, syncer) = Blocks::open(&directory, 8 << 20).expect("a log");
    let edit = Edit {
        table: Table::Subscriptions,
        key: slug.into(),
        value: Some(bytes),
    };
    blocks.edit(&[edit]).expect("a write");
    syncer.sync().expect("a sync");
}

/// Trials A14 and E7.
#[tokio::test]
async fn d14_idle_time_is_counted_while_the_store_is_open_and_by_no_clock_that_jumps() {
    const YEAR: i64 = 365 * 24 * 3_600 * 1_000_000;
    const HOUR: Duration = Duration::from_secs(3_600);
    let home = tempfile::tempdir().expect("a temporary directory");
    let manual = ManualClock::start();
    let clock = manual.clock();
    let store = open_at(&home, clock.clone()).expect("a new store");
    let idle = NewCursor {
        resolved: 0,
        idle_ttl: Some(Duration::from_secs(2 * 3_600)),
        ..new("")
    };
    done(&store, "a", CursorChange::Create(idle)).await;
    manual.step_micros(14 * YEAR);
    let group = |store: &Store, clock: &WallClock| {
        let mut group = super::group::CursorGroup::default();
        group.expire(store.cursors(), clock.steady_micros())
    };
    assert!(group(&store, clock).is_empty(), "the clock has jumped");
    manual.pass(HOUR);
    assert!(group(&store, clock).is_empty(), "half the time has passed");
    store.close();
    drop(store);

    let manual = ManualClock::start();
    let wrong = manual.clock();
    manual.step_micros(100 * YEAR);
    let store = open_at(&home, wrong.clone()).expect("a store");
    assert_eq!(store.cursors().len(), 1, "a start at a wrong time");
    assert!(group(&store, wrong).is_empty());
    manual.pass(HOUR);
    assert_eq!(group(&store, wrong), ["a"], "what was counted counts on");
}

#[tokio::test]
async fn a_subscription_that_was_idle_too_long_is_gone_at_the_next_opening() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let store = open(&home).expect("a new store");
    let idle = NewCursor {
        resolved: 0,
        idle_ttl: Some(Duration::from_micros(1)),
        ..new("")
    };
    done(&store, "a", CursorChange::Create(idle)).await;
    done(&store, "b", CursorChange::Create(new(""))).await;
    store.close();
    drop(store);
    let store = open(&home).expect("a store");
    let left = store.cursors().list("", 10);
    assert_eq!(
        left.iter()
            .map(|cursor| cursor.slug.as_str())
            .collect::<Vec<_>>(),
        ["b"]
    );
}
