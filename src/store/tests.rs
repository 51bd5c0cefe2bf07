//! Tests of the store through its interface: what is committed, what is refused, what is found again.

use std::{fs, os::unix::fs::MetadataExt as _};

use bytes::Bytes;
use prost::Message;

use super::{
    CursorChange, Digest, NewCursor, OpenError, Outcome, Proposal, Rebuild, RequestKey, Resource,
    Store, StoreError, StoreOptions, Write,
    disk::{
        blocks::Blocks,
        compaction::{Compacted, make_pending},
        directory::Directory,
        high_water::HighWater,
    },
};
use crate::{
    domain::{Change, EventChange},
    index::Position,
    proto::v1,
    wire::{EventMessage, ResourceMessage as _},
};

fn open(home: &tempfile::TempDir) -> Result<Store, OpenError> {
    let directory = home.path().join("store");
    Store::open(StoreOptions {
        directory,
        cache_bytes: 8 << 20,
        clock: Default::default(),
    })
}

pub(super) fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

pub(super) fn proposal(id: &str, expected: Option<Position>) -> Proposal {
    let event = v1::Event {
        name: format!("events/{id}"),
        title: format!("about {id}"),
        ..Default::default()
    };
    let content = event.encode_to_vec().into();
    let document = EventMessage::from(event).document();
    Proposal {
        name: format!("events/{id}"),
        change: Change::Event(EventChange::Created),
        expected,
        rests_on: Vec::new(),
        content,
        changed_fields: Vec::new(),
        note: None,
        document,
        revision: 1,
        create_micros: None,
        known_since: None,
    }
}

pub(super) fn write(changes: Vec<Proposal>, request: Option<(&str, &str)>) -> Write {
    let request = request.map(|(id, content)| RequestKey {
        id: id.to_owned(),
        fingerprint: Digest::of(&[content.as_bytes()]),
    });
    Write {
        tracking: None,
        precondition: None,
        changes,
        request,
        author: "tester".to_owned(),
    }
}

/// Makes a write that redacts the event whose newest revision is at a position.
pub(super) async fn redaction(store: &Store, position: Position) -> Write {
    let records = store.read(vec![position]).await.expect("a healthy store");
    let redaction = records[0].redaction().expect("it is an event's");
    write(vec![redaction], None)
}

async fn create(store: &Store, id: &str) -> Outcome {
    let write = write(vec![proposal(id, None)], None);
    store.commit(write).await.expect("a healthy store")
}

fn event_at(store: &Store, record: &super::Record) -> v1::Event {
    assert!(record.position <= store.head().position);
    match record.resource().expect("a resource") {
        Resource::Event(bytes) => v1::Event::decode(bytes).expect("an event"),
        Resource::Partnership(_) | Resource::Body(_) => panic!("no partnership was written"),
    }
}

#[tokio::test]
async fn d03_what_was_committed_is_found_again_with_the_same_digest() {
    let home = home();
    let store = open(&home).unwrap();
    for at in 0..20 {
        create(&store, &format!("e-{at}")).await;
    }
    let head = store.head();
    store.close();
    drop(store);
    let store = open(&home).unwrap();
    assert_eq!(store.head(), head);
    let records = store.read((1..=20).collect()).await.unwrap();
    for (at, record) in records.iter().enumerate() {
        let event = event_at(&store, record);
        assert_eq!(
            (event.title, event.position),
            (format!("about e-{at}"), at as i64 + 1)
        );
    }
}

#[tokio::test]
async fn s15_concurrent_writes_get_dense_positions() {
    let home = home();
    let store = open(&home).unwrap();
    let writes = (0..300).map(|at| {
        let store = store.clone();
        tokio::spawn(async move { create(&store, &format!("e-{at}")).await })
    });
    let mut positions = Vec::new();
    for write in writes.collect::<Vec<_>>() {
        match write.await.unwrap() {
            Outcome::Committed { records } => {
                assert_eq!(records.len(), 1);
                positions.push(records[0].position);
            }
            other => panic!("{other:?}"),
        }
    }
    positions.sort_unstable();
    assert_eq!(positions, (1..=300).collect::<Vec<_>>());
}

#[tokio::test]
async fn s43_of_two_writes_on_the_same_revision_exactly_one_wins() {
    let home = home();
    let store = open(&home).unwrap();
    create(&store, "e").await;
    let update = || store.commit(write(vec![proposal("e", Some(1))], None));
    let (a, b) = tokio::join!(update(), update());
    let won = |outcome: &Outcome| matches!(outcome, Outcome::Committed { .. });
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(won(&a) != won(&b), "{a:?} {b:?}");
    assert_eq!(store.head().position, 2);
}

#[tokio::test]
async fn a_write_of_which_one_change_is_stale_leaves_nothing() {
    let home = home();
    let store = open(&home).unwrap();
    create(&store, "taken").await;
    let changes = vec![proposal("new", None), proposal("taken", None)];
    match store.commit(write(changes, None)).await.unwrap() {
        Outcome::Stale { name } => assert_eq!(name, "events/taken"),
        other => panic!("{other:?}"),
    }
    assert_eq!(store.head().position, 1);
    assert!(store.index().newest("events/new").is_none());
}

#[tokio::test]
async fn s42_a_request_is_known_at_once_and_after_a_restart() {
    let home = home();
    let store = open(&home).unwrap();
    let ask = |store: &Store, content: &'static str| {
        let changes = vec![proposal("a", None), proposal("b", None)];
        let (store, write) = (store.clone(), write(changes, Some(("r-1", content))));
        async move { store.commit(write).await.unwrap() }
    };
    // The second one may be in the group of the first.
    let (first, again) = tokio::join!(ask(&store, "x"), ask(&store, "x"));
    let Outcome::Committed { records } = first else {
        panic!("{first:?}")
    };
    assert_eq!(records, store.read(vec![1, 2]).await.unwrap());
    assert!(
        matches!(again, Outcome::Replayed { first: 1, last: 2 }),
        "{again:?}"
    );
    store.close();
    drop(store);
    let store = open(&home).unwrap();
    assert!(matches!(
        ask(&store, "x").await,
        Outcome::Replayed { first: 1, last: 2 }
    ));
    assert!(matches!(
        ask(&store, "y").await,
        Outcome::RequestIdReused { first: 1 }
    ));
    assert_eq!(store.head().position, 2);
}

#[tokio::test]
async fn a_closed_store_refuses_writes_and_goes_on_reading() {
    let home = home();
    let store = open(&home).unwrap();
    create(&store, "e").await;
    store.close();
    let refused = store.commit(write(vec![proposal("f", None)], None)).await;
    assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
    assert_eq!(store.read(vec![1]).await.unwrap().len(), 1);
}

/// Opens the log behind the store's back and changes it.
fn tamper(home: &tempfile::TempDir, change: impl FnOnce(&sled::Tree)) {
    let db = sled::Config::new()
        .path(home.path().join("store/sled"))
        .segment_size(4 << 20)
        .open()
        .unwrap();
    change(&db.open_tree("log").unwrap());
    db.flush().unwrap();
}

async fn three_events(home: &tempfile::TempDir) {
    let store = open(home).unwrap();
    for id in ["a", "b", "c"] {
        create(&store, id).await;
    }
    store.close();
}

fn damage(home: &tempfile::TempDir) -> (Option<Position>, String) {
    match open(home).err().expect("a refusal") {
        OpenError::Damaged { position, what, .. } => (position, what),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn d07_a_flipped_bit_is_refused_at_start_with_its_position() {
    let home = home();
    three_events(&home).await;
    tamper(&home, |log| {
        let key = 2_u64.to_be_bytes();
        let mut value = log.get(key).unwrap().unwrap().to_vec();
        *value.last_mut().unwrap() ^= 1;
        log.insert(key, value).unwrap();
    });
    assert_eq!(damage(&home), (Some(2), "wrong checksum".to_owned()));
}

#[tokio::test]
async fn d03_a_hole_in_the_log_is_refused_at_start() {
    let home = home();
    three_events(&home).await;
    tamper(&home, |log| {
        log.remove(2_u64.to_be_bytes()).unwrap();
    });
    assert_eq!(damage(&home), (Some(2), "it is missing".to_owned()));
}

#[tokio::test]
async fn d03_a_log_that_ends_before_its_mark_is_refused_at_start() {
    let home = home();
    three_events(&home).await;
    tamper(&home, |log| {
        log.remove(3_u64.to_be_bytes()).unwrap();
    });
    let (position, what) = damage(&home);
    assert!(
        position == Some(2) && what.contains("had reached position 3"),
        "{what}"
    );
}

#[tokio::test]
async fn d03_a_record_of_another_history_is_refused_at_start() {
    let (one, other) = (home(), home());
    three_events(&one).await;
    let store = open(&other).unwrap();
    for id in ["x", "y", "z"] {
        create(&store, id).await;
    }
    store.close();
    drop(store);
    let mut foreign = None;
    tamper(&other, |log| {
        foreign = log.get(2_u64.to_be_bytes()).unwrap()
    });
    tamper(&one, |log| {
        log.insert(2_u64.to_be_bytes(), foreign.unwrap()).unwrap();
    });
    let (position, what) = damage(&one);
    assert!(
        position == Some(2) && what.contains("does not follow"),
        "{what}"
    );
}

#[tokio::test]
async fn a_snapshot_that_was_interrupted_does_not_stop_the_store_from_opening() {
    let home = home();
    three_events(&home).await;
    std::fs::write(
        home.path()
            .join("store/sled/snap.00000000000000AB.generating"),
        "x",
    )
    .unwrap();
    assert_eq!(open(&home).unwrap().head().position, 3);
}

#[test]
fn a_value_of_the_largest_size_does_not_become_a_blob() {
    let home = home();
    let directory = Directory::open(&home.path().join("store")).unwrap();
    let (log, syncer) = Blocks::open(&directory, 8 << 20).unwrap();
    let mut digest = Digest::default();
    for position in 1..=40 {
        let change = Bytes::from(vec![7; super::RECORD_LEN_MAX]);
        let record = super::Record::chained(digest, position, change, None, 0, 0);
        digest = record.digest;
        log.append(&[record.into()], Vec::new()).unwrap();
        syncer.sync().unwrap();
    }
    syncer.check_no_blobs().unwrap();
    assert_eq!(HighWater::open(directory.path()).unwrap().mark.0, 0);
}

fn compacted(home: &tempfile::TempDir) -> (Directory, Blocks, Compacted) {
    let directory = Directory::open(&home.path().join("store")).unwrap();
    let (log, _) = Blocks::open(&directory, 8 << 20).unwrap();
    make_pending(&directory).unwrap();
    let compacted = Compacted::copy(&directory, &log, 2).unwrap();
    (directory, log, compacted)
}

#[tokio::test]
async fn an_interrupted_rewrite_of_the_log_is_done_at_the_next_start() {
    for renames in 0..=2 {
        let home = home();
        let store = open(&home).unwrap();
        for id in ["a", "b"] {
            let changes = vec![proposal(id, None)];
            store.commit(write(changes, None)).await.unwrap();
        }
        let create = CursorChange::Create(NewCursor {
            resolved: 0,
            filter: String::new(),
            view: Some(crate::domain::View::Full),
            idle_ttl: None,
            after: 2,
            request: None,
        });
        store.change_cursor("s", create).await.unwrap();
        let head = store.head();
        store.close();
        drop(store);
        // Held open, so that its inode number is not reused.
        let first = fs::File::open(home.path().join("store/sled")).unwrap();
        let (directory, log, compacted) = compacted(&home);
        for rename in 1..=renames {
            let (from, to) = match rename {
                1 => (directory.sled(), directory.old_sled()),
                _ => (directory.next_sled(), directory.sled()),
            };
            fs::rename(from, to).unwrap();
        }
        drop((directory, log, compacted));

        let store = open(&home).unwrap();
        assert_eq!(store.head(), head, "after {renames} renames");
        assert!(!store.is_erasure_pending());
        assert_eq!(store.cursors().get("s").map(|cursor| cursor.acked), Some(2));
        let mut names: Vec<_> = fs::read_dir(home.path().join("store"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let expected = [
            "HIGH-WATER",
            "LOCK",
            "MANIFEST",
            "SUBSCRIPTIONS-MARK",
            "sled",
        ];
        assert_eq!(names, expected);
        assert_ne!(
            fs::metadata(home.path().join("store/sled")).unwrap().ino(),
            first.metadata().unwrap().ino()
        );
    }
}

#[test]
fn an_unfinished_restore_is_not_opened_as_a_store() {
    let home = home();
    let path = home.path().join("store");
    drop(Rebuild::begin(&path).unwrap());
    let refused = open(&home).err().map(|error| error.to_string());
    assert!(refused.is_some_and(|refused| refused.contains("restore again")));
}

/// An empty store without its mark has lost its log, or its first start was interrupted.
#[test]
fn d07_an_empty_store_is_refused_without_its_mark_unless_its_first_start_was_cut() {
    let home = home();
    let path = home.path().join("store");
    let store = open(&home).unwrap();
    store.close();
    drop(store);
    fs::remove_file(path.join("HIGH-WATER")).unwrap();
    for _ in 0..2 {
        let refused = open(&home).err().map(|error| error.to_string());
        let refused = refused.expect("its mark was there");
        assert!(refused.contains("HIGH-WATER is missing"), "{refused}");
    }
    // As after a kill before either mark is created.
    fs::remove_file(path.join("SUBSCRIPTIONS-MARK")).unwrap();
    assert!(open(&home).is_ok());
}
