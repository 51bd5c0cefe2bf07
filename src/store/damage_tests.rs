//! A damaged record harms who needs it, and nobody else.

use super::{
    Outcome, Store, StoreError, StoreOptions,
    compaction::Compacted,
    tests::{home, proposal, write},
};
use crate::{index::Position, proto::v1};

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
    redaction.kind = v1::ChangeType::Redacted;
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
