//! A damaged record harms who needs it, and nobody else.

use prost::Message as _;

use super::{
    Digest, Outcome, Rebuild, Record, Salvage, Store, StoreError, StoreOptions, block,
    compaction::Compacted,
    tests::{home, proposal, write},
    verify,
};
use crate::{
    domain::{Change, EventChange},
    index::Position,
    proto::v1,
};

fn open(home: &tempfile::TempDir) -> Store {
    Store::open(StoreOptions {
        directory: home.path().join("store"),
        cache_bytes: 8 << 20,
        clock: Default::default(),
    })
    .expect("a new store")
}

/// What is read from the log at this position, the first of a block, is from now on garbage.
fn damage(store: &Store, position: Position) {
    let block = vec![(position, vec![0xff; 9])];
    store.shared.log.append(&[], block).expect("a healthy log");
}

#[tokio::test]
async fn d07_a_redaction_of_what_cannot_be_read_is_refused_and_other_writes_go_on() {
    let home = home();
    let store = open(&home);
    for expected in [None, Some(1)] {
        let written = write(vec![proposal("e", expected)], None);
        store.commit(written).await.expect("a healthy store");
    }
    damage(&store, 1);
    let mut redaction = proposal("e", Some(2));
    redaction.change = Change::Event(EventChange::Redacted);
    let refused = store.commit(write(vec![redaction], None)).await;
    assert!(
        matches!(refused, Err(StoreError::Damaged { position: 1, .. })),
        "{refused:?}"
    );
    let others = vec![proposal("e", Some(2)), proposal("f", None)];
    let written = store.commit(write(others, None)).await;
    assert!(
        matches!(written, Ok(Outcome::Committed { first: 3, last: 4 })),
        "{written:?}"
    );
}

#[tokio::test]
async fn s42_a_request_whose_first_answer_cannot_be_read_is_not_said_to_be_another() {
    let home = home();
    let store = open(&home);
    let request = || write(vec![proposal("e", None)], Some(("r", "content")));
    store.commit(request()).await.expect("a healthy store");
    // More than is kept in memory.
    for n in 0..800 {
        let mut large = proposal(&format!("large-{n}"), None);
        large.content = [&large.content[..], &[0; 48 << 10]].concat().into();
        let written = store.commit(write(vec![large], None)).await;
        written.expect("a healthy store");
    }
    let repeated = store.commit(request()).await;
    assert!(
        matches!(repeated, Ok(Outcome::Replayed { first: 1, .. })),
        "{repeated:?}"
    );
    damage(&store, 1);
    let repeated = store.commit(request()).await;
    assert!(
        matches!(repeated, Err(StoreError::Damaged { position: 1, .. })),
        "{repeated:?}"
    );
}

#[tokio::test]
async fn a_log_that_cannot_be_written_anew_leaves_nothing_beside_it() {
    let home = home();
    let store = open(&home);
    for id in ["a", "b"] {
        let written = write(vec![proposal(id, None)], None);
        store.commit(written).await.expect("a healthy store");
    }
    let (directory, log) = (&store.shared.directory, &store.shared.log);
    let copied = Compacted::copy(directory, log, 3).map(drop);
    assert!(
        matches!(copied, Err(StoreError::Damaged { position: 3, .. })),
        "{copied:?}"
    );
    assert!(!directory.next_sled().exists());
}

/// Trial A16: marked as redacted, with another title and the digest of the one that was written.
#[tokio::test]
async fn d15_a_record_that_claims_to_be_redacted_is_found_at_start_by_verify_and_while_it_is_served()
 {
    let forgeries: [fn(Record) -> Record; 2] = [
        |record| Record {
            change: retitled(&record.change),
            redacted: true,
            ..record
        },
        |record| record.redacted().expect("an event"),
    ];
    for forge in forgeries {
        let home = home();
        let store = open(&home);
        for expected in [None, Some(1)] {
            let written = write(vec![proposal("e", expected)], None);
            store.commit(written).await.expect("a healthy store");
        }
        let mut records = store.shared.log.read_block(1).expect("a healthy log");
        records[0] = forge(records[0].clone());
        let blocks = block::pack_as_one(&records);
        let blocks = blocks.into_iter().collect();
        store.shared.log.append(&[], blocks).expect("a healthy log");
        // The index would tell of the other one, after a doubt of seconds.
        if !records[0].is_skeleton() {
            let served = store.check_records((0, Digest::default()), 2, 9).await;
            assert!(claims(&served), "{served:?}");
        }
        store.close();
        drop(store);
        let path = home.path().join("store");
        let verified = verify(&path, 8 << 20, |_| ());
        assert!(claims(&verified), "{verified:?}");
        let started = Store::open(StoreOptions {
            directory: path,
            cache_bytes: 8 << 20,
            clock: Default::default(),
        });
        assert!(claims(&started));
    }
}

#[tokio::test]
async fn d15_what_is_saved_of_a_store_is_redacted_anew_when_the_redaction_is_lost() {
    let home = home();
    let store = open(&home);
    let written = write(vec![proposal("e", None)], None);
    store.commit(written).await.expect("a healthy store");
    let mut redaction = proposal("e", Some(1));
    redaction.change = Change::Event(EventChange::Redacted);
    let written = store.commit(write(vec![redaction], None)).await;
    written.expect("a healthy store");
    let mut redacted = store.shared.log.read_block(1).expect("a healthy log");
    redacted.truncate(1);
    let first = block::pack_as_one(&redacted).expect("a record");
    let lost = (2, vec![0xff; 9]);
    store
        .shared
        .log
        .append(&[], vec![first, lost])
        .expect("a healthy log");
    store.close();
    drop(store);

    let damaged = home.path().join("store");
    let salvage = Salvage::of(&damaged, 8 << 20).expect("a store");
    assert_eq!(salvage.upto, 1);
    let saved = home.path().join("saved");
    let mut rebuild = Rebuild::begin(&saved).expect("an empty directory");
    let records = salvage.records_after(0).expect("a sound record");
    rebuild.append(records).expect("a sound record");
    assert_eq!(
        rebuild.redact_again().expect("a sound record"),
        ["events/e"]
    );
    drop(rebuild.finish(&salvage.subscriptions).expect("room for it"));
    let saved = Store::open(StoreOptions {
        directory: saved,
        cache_bytes: 8 << 20,
        clock: Default::default(),
    });
    let saved = saved.expect("a sound store");
    let last = saved.read(vec![2]).await.expect("a healthy store");
    assert_eq!(last[0].redacted_event().as_deref(), Some("events/e"));
}

fn claims<T, E: ToString>(result: &Result<T, E>) -> bool {
    let error = result.as_ref().err().map(ToString::to_string);
    error.is_some_and(|error| error.contains("claims to be redacted"))
}

fn retitled(change: &[u8]) -> bytes::Bytes {
    let mut change = v1::EventChange::decode(change).expect("a change");
    change.event.as_mut().expect("an event").title = "forged".to_owned();
    change.encode_to_vec().into()
}
