//! Tests that a damaged record affects only requests that need it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use prost::Message as _;

use super::{
    Changes, CursorChange, Digest, NewCursor, OpenError, Outcome, Rebuild, Record, Salvage, Store,
    StoreError, StoreOptions,
    care::verify::check_records,
    disk::{block, blocks::Blocks, compaction::Compacted, opening::SEGMENT_LEN},
    tests::{home, proposal, write},
    verify,
};
use crate::{
    domain::{Change, EventChange},
    index::Position,
    proto::v1,
};

fn blocks(store: &Store) -> &Blocks {
    let disk = store.shared.disk.as_ref();
    &disk.expect("a store on disk").blocks
}

fn open(home: &tempfile::TempDir) -> Store {
    Store::open(StoreOptions {
        directory: home.path().join("store"),
        cache_bytes: 8 << 20,
        clock: Default::default(),
    })
    .expect("a new store")
}

/// Replaces the block that begins at this position by garbage.
fn damage(store: &Store, position: Position) {
    let block = vec![(position, vec![0xff; 9])];
    blocks(store).append(&[], block).expect("a healthy log");
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
    let Ok(Outcome::Committed { records }) = written else {
        panic!("{written:?}")
    };
    let positions: Vec<_> = records.iter().map(|record| record.position).collect();
    assert_eq!(positions, [3, 4]);
}

#[tokio::test]
async fn s42_a_request_whose_first_answer_cannot_be_read_is_not_refused_as_another() {
    let home = home();
    let store = open(&home);
    let request = || write(vec![proposal("e", None)], Some(("r", "content")));
    store.commit(request()).await.expect("a healthy store");
    // More records than are kept in memory.
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
async fn a_log_that_cannot_be_rewritten_leaves_nothing_beside_it() {
    let home = home();
    let store = open(&home);
    for id in ["a", "b"] {
        let written = write(vec![proposal(id, None)], None);
        store.commit(written).await.expect("a healthy store");
    }
    let disk = store.shared.disk.as_ref().expect("a store on disk");
    let copied = Compacted::copy(&disk.directory, &disk.blocks, 3).map(drop);
    assert!(
        matches!(copied, Err(StoreError::Damaged { position: 3, .. })),
        "{copied:?}"
    );
    assert!(!disk.directory.next_sled().exists());
}

/// Trial A16: a record marked as redacted, with another title and the digest of the original one.
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
        let mut records = blocks(&store).read_block(1).expect("a healthy log");
        records[0] = forge(records[0].clone());
        let block = block::pack_as_one(&records);
        blocks(&store)
            .append(&[], block.into_iter().collect())
            .expect("a healthy log");
        // The index would show the other one, after seconds of doubt.
        if !records[0].is_skeleton() {
            let served = check_records(&store, (0, Digest::default()), 2, 9).await;
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
async fn d15_a_salvage_redacts_again_when_the_redaction_is_lost() {
    let home = home();
    let store = open(&home);
    let written = write(vec![proposal("e", None)], None);
    store.commit(written).await.expect("a healthy store");
    let mut redaction = proposal("e", Some(1));
    redaction.change = Change::Event(EventChange::Redacted);
    let written = store.commit(write(vec![redaction], None)).await;
    written.expect("a healthy store");
    let mut redacted = blocks(&store).read_block(1).expect("a healthy log");
    redacted.truncate(1);
    let first = block::pack_as_one(&redacted).expect("a record");
    let lost = (2, vec![0xff; 9]);
    blocks(&store)
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
    assert_eq!(last[0].redacted_name().as_deref(), Some("events/e"));
}

/// When the end of its log is damaged, sled lacks what its snapshot covers. It then refused to open the
/// database, after it had overwritten everything behind the damage.
#[tokio::test]
async fn d07_the_sound_part_is_saved_wherever_a_closed_or_killed_store_is_damaged() {
    let home = home();
    let (killed, closed) = (home.path().join("killed"), home.path().join("store"));
    let store = open(&home);
    for n in 0..60 {
        let written = write(vec![proposal(&format!("e-{n}"), None)], None);
        store.commit(written).await.expect("a healthy store");
        if n == 1 {
            subscribe(&store, "early", 1).await;
        }
    }
    subscribe(&store, "late", 60).await;
    let head = store.head().position;
    copy_directory(&closed, &killed);
    store.close();
    drop(store);
    // sled writes its snapshot.
    let store = open(&home);
    store.close();
    drop(store);
    assert!(names(&closed.join("sled")).any(|name| name.starts_with("snap.")));
    let (mut saved, mut named_subscriptions) = (0, 0);
    for base in [&closed, &killed] {
        let db = fs::read(base.join("sled/db")).expect("a log");
        let len = db.iter().rposition(|byte| *byte != 0).expect("not empty") + 1;
        let flips = (0..4).map(|n| Damage::Flip("sled/db", n * len / 4 + 7));
        let cuts = [0, len / 2, len - 3].map(Damage::Cut);
        let snapshot = names(&base.join("sled")).find(|name| name.starts_with("snap."));
        let snapshot = snapshot.map(|name| format!("sled/{name}"));
        let in_snapshot = snapshot.iter().map(|name| Damage::Flip(name, 20));
        let last = [Damage::Flip("sled/db", len - 3)];
        for damage in flips.chain(last).chain(cuts).chain(in_snapshot) {
            let what = format!("{damage:?} in {base:?}");
            let damaged = home.path().join("damaged");
            copy_directory(base, &damaged);
            damage.do_to(&damaged);
            let before = contents(&damaged);
            let found = Salvage::of(&damaged, 8 << 20).unwrap_or_else(|e| panic!("{what}: {e}"));
            assert_eq!(contents(&damaged), before, "{what}");
            let (upto, reached) = (found.upto, found.reached);
            assert!(upto <= head && reached >= head, "{what}");
            // Each subscription is saved, or named as lost, or counted as lost.
            let Changes { answered, there } = found.subscription_changes;
            let known = found.subscriptions.len() + found.lost_subscriptions.len();
            assert!(known == 2 || answered > there, "{what}");
            if upto < head && known == 2 {
                let lost = &found.lost_subscriptions;
                assert!(
                    lost.iter().any(|name| name == "subscriptions/late"),
                    "{what}"
                );
            }
            named_subscriptions += known;
            saved += upto;
            drop(found);
            let verified = verify(&damaged, 8 << 20, |_| ());
            let error = verified.map(drop).map_err(|error| error.to_string());
            if let Err(error) = &error {
                for raw in ["backtrace", "offset None", "panicked"] {
                    assert!(!error.contains(raw), "{what}: {error}");
                }
            }
            let error = error.err().unwrap_or_default();
            let named = error.contains(&format!("at position {}", upto + 1))
                || error.contains(&format!("at position {upto}: the log ends there"));
            assert!(named || upto == head, "{what}: {error}");
            let again = Salvage::of(&damaged, 8 << 20).unwrap_or_else(|e| panic!("{what}: {e}"));
            assert_eq!(again.upto, upto, "{what}: verifying has lost something");
            drop(again);
            fs::remove_dir_all(&damaged).expect("our own directory");
        }
    }
    assert!(saved > 17 * head / 2, "{saved}");
    assert!(named_subscriptions > 17, "{named_subscriptions}");
}

/// Tests a store with several segments of sled, of which the first end before sled begins to update its
/// snapshot.
#[tokio::test]
async fn d07_a_store_of_several_segments_is_saved_as_far_as_can_be() {
    let home = home();
    let base = home.path().join("store");
    let store = open(&home);
    let mut noise = Digest::default();
    for n in 0..10 {
        let large = (0..30).map(|m| {
            let mut large = proposal(&format!("large-{n}-{m}"), None);
            let content = (0..1_200).flat_map(|_| {
                noise = Digest::of(&[&noise.0]);
                noise.0
            });
            large.content = [&large.content[..], &unknown_field(content.collect())]
                .concat()
                .into();
            large
        });
        let written = store.commit(write(large.collect(), None)).await;
        written.expect("a healthy store");
    }
    let head = store.head().position;
    store.close();
    drop(store);
    let store = open(&home);
    store.close();
    drop(store);
    let len = fs::metadata(base.join("sled/db")).expect("a log").len() as usize;
    assert!(len > 2 * SEGMENT_LEN, "{len}");
    let places = (0..4).map(|n| n * SEGMENT_LEN + SEGMENT_LEN / 3);
    let places = places.chain([SEGMENT_LEN + 5]);
    let mut saved = 0;
    for at in places {
        let damaged = home.path().join("damaged");
        copy_directory(&base, &damaged);
        Damage::Flip("sled/db", at).do_to(&damaged);
        let before = contents(&damaged);
        // The damage may include what sled itself needs. Then only a backup helps.
        match Salvage::of(&damaged, 8 << 20) {
            Err(OpenError::Damaged { .. }) => {}
            Err(error) => panic!("{at}: {error}"),
            Ok(found) => {
                let upto = found.upto;
                let records = found.records_after(0).expect("sound records");
                assert_eq!(records.is_empty(), upto == 0, "{at}");
                drop(found);
                assert!(contents(&damaged) == before, "{at}");
                let verified = verify(&damaged, 8 << 20, |_| ()).map(drop);
                let is_refused = verified.is_err();
                assert!(!is_refused || contents(&damaged) == before, "{at}: verify");
                match verified.err().map(|error| error.to_string()) {
                    None => assert_eq!(upto, head, "{at}"),
                    // A salvage may find an older copy of what cannot be read in its place.
                    Some(error) => {
                        let named = named_position(&error);
                        assert!(named.is_none_or(|at| at <= upto + 1), "{at}: {error}");
                    }
                }
                let again = Salvage::of(&damaged, 8 << 20).expect("a store");
                assert_eq!(again.upto, upto, "{at}: verifying has lost something");
                saved += upto;
            }
        }
        fs::remove_dir_all(&damaged).expect("our own directory");
    }
    assert!(saved > head, "{saved}");
}

fn named_position(error: &str) -> Option<Position> {
    let named = error.split("at position ").nth(1)?;
    named.split([':', ' ']).next()?.parse().ok()
}

/// The log is sound, and could not be reached.
#[tokio::test]
async fn d07_a_store_without_a_sound_manifest_is_refused_and_saved_whole() {
    let home = home();
    let path = home.path().join("store");
    let store = open(&home);
    let written = write(vec![proposal("a", None)], None);
    store.commit(written).await.expect("a healthy store");
    subscribe(&store, "s", 1).await;
    store.close();
    drop(store);
    let manifest = path.join("MANIFEST");
    for remove in [false, true] {
        match remove {
            true => fs::remove_file(&manifest).expect("it is there"),
            false => Damage::Flip("MANIFEST", 10).do_to(&path),
        }
        let before = contents(&path);
        let found = Salvage::of(&path, 8 << 20).expect("a store");
        assert_eq!((found.upto, found.subscriptions.len()), (1, 1));
        drop(found);
        assert_eq!(contents(&path), before);
        let options = StoreOptions {
            directory: path.clone(),
            cache_bytes: 8 << 20,
            clock: Default::default(),
        };
        let refused = Store::open(options).err().expect("it is damaged");
        let refused = refused.to_string();
        assert!(refused.contains("MANIFEST"), "{refused}");
    }
}

/// Encodes a field that a message keeps without knowing it.
fn unknown_field(content: Vec<u8>) -> Vec<u8> {
    let mut field = Vec::new();
    prost::encoding::bytes::encode(500, &content, &mut field);
    field
}

async fn subscribe(store: &Store, slug: &str, after: Position) {
    let create = CursorChange::Create(NewCursor {
        resolved: 0,
        filter: String::new(),
        view: Some(crate::domain::View::Full),
        idle_ttl: None,
        after,
        request: None,
    });
    let made = store.change_cursor(slug, create).await;
    made.expect("a healthy store");
}

#[derive(Debug)]
enum Damage<'a> {
    Flip(&'a str, usize),
    Cut(usize),
}

impl Damage<'_> {
    fn do_to(&self, store: &Path) {
        match self {
            Damage::Flip(name, at) => {
                let mut bytes = fs::read(store.join(name)).expect("a file");
                bytes[*at] ^= 1 << (at % 8);
                fs::write(store.join(name), bytes).expect("our own file");
            }
            Damage::Cut(len) => {
                let file = fs::OpenOptions::new()
                    .write(true)
                    .open(store.join("sled/db"));
                let cut = file.and_then(|file| file.set_len(*len as u64));
                cut.expect("our own file");
            }
        }
    }
}

fn names(directory: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(directory).expect("a directory");
    entries.map(|entry| {
        entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("text")
    })
}

fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for name in names(directory) {
        let path = directory.join(name);
        if path.is_dir() {
            all.extend(contents(&path));
        } else {
            all.insert(path.clone(), fs::read(path).expect("a file"));
        }
    }
    all
}

fn copy_directory(from: &Path, to: &Path) {
    for (path, bytes) in contents(from) {
        let to = to.join(path.strip_prefix(from).expect("within it"));
        fs::create_dir_all(to.parent().expect("a directory")).expect("our own directory");
        fs::write(to, bytes).expect("our own file");
    }
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
