//! D08: backups of a running server, and stores made from them.

use std::{
    fs,
    io::BufReader,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use bytes::BytesMut;
use entente::{
    backup::{BackupReader, BackupWriter},
    proto::v1::{
        CreateEventRequest, Event, EventChange, ExportStoreRequest, export_store_response::Part,
    },
    store::Record,
};
use prost::Message as _;
use tempfile::TempDir;
use tonic::Code;

use crate::{
    harness::{
        Build, Ended, Random, Server, Watcher, after, assert_refused, earliest, entente, event,
        partnership, position_of, resumed,
    },
    redactions::redact,
    subscriptions::consumer::{self, Consumer},
};

struct Files(TempDir);

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().expect("a directory for the test"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("plain text")
}

async fn create(server: &Server, file: &Path, options: &[&str]) -> Ended {
    let address = format!("--server={}", server.grpc_address());
    let arguments = ["backup", "create", text(file), &address];
    let arguments: Vec<&str> = arguments
        .into_iter()
        .chain(options.iter().copied())
        .collect();
    entente(&arguments, "").await
}

async fn restore(files: &[&Path], directory: &Path) -> Ended {
    let directory = format!("--data-dir={}", text(directory));
    let mut arguments = vec!["backup", "restore"];
    arguments.extend(files.iter().map(|file| text(file)));
    arguments.push(&directory);
    entente(&arguments, "").await
}

/// A server on a store that is made from backups.
async fn restored(files: &[&Path]) -> Server {
    let mut server = Server::start().await;
    server.kill();
    fs::remove_dir_all(server.data_dir()).expect("our own directory");
    let ended = restore(files, &server.data_dir()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    server.start_again().await;
    server
}

async fn digest_at(server: &Server, position: i64) -> String {
    let mut watcher = server.watch(after("", position - 1)).await;
    watcher.change().await.digest
}

#[tokio::test]
async fn d08_a_backup_made_while_writes_go_on_restores_to_the_same_log() {
    let server = Server::start().await;
    server.publish_partnership(partnership("p")).await;
    server
        .publish_all((0..500).map(|n| event(&format!("before-{n}"))))
        .await;
    consumer::create(&server, "s", "").await;
    let mut consumer = Consumer::open(&server, "s").await;
    consumer.changes(9).await;
    consumer.acknowledge(&server, 7).await.expect("it was sent");
    let files = Files::new();
    let file = files.path("whole.backup");
    let writing = async {
        for n in 0..200 {
            server.publish(event(&format!("while-{n}"))).await;
        }
    };
    let (ended, ()) = tokio::join!(create(&server, &file, &[]), writing);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let token = server.watch(earliest("")).await.token().to_owned();

    let copy = restored(&[&file]).await;
    let (info, original) = (copy.info().await, server.info().await);
    assert!((501..=701).contains(&info.head_position), "{info:?}");
    assert_eq!(
        info.head_digest,
        digest_at(&server, info.head_position).await
    );
    assert_ne!(info.store_epoch, original.store_epoch);
    assert_eq!(consumer::get(&copy, "s").await.acked_position, 7);
    let refused = Watcher::try_open(&copy, resumed("", &token)).await.err();
    assert_refused(
        &refused.expect("it is of another history"),
        Code::FailedPrecondition,
        "STORE_EPOCH_CHANGED",
    );
    let mut watcher = copy.watch(earliest("")).await;
    let (all, _) = watcher.until_caught_up().await;
    assert!(all.iter().map(position_of).eq(1..=info.head_position));
}

/// Trial A3: what the other history gave out since is not known here.
#[tokio::test]
async fn s50_leases_and_etags_of_another_history_move_nothing_after_a_restore() {
    let files = Files::new();
    let server = Server::start().await;
    server.publish_all([event("e-1"), event("e-2")]).await;
    consumer::create(&server, "s", "").await;
    Consumer::open(&server, "s").await.changes(2).await;
    let etag = consumer::get(&server, "s").await.etag;
    let ended = create(&server, &files.path("b"), &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    // As far as the consumers of the restored one will come, and further.
    let mut old = Vec::new();
    for _ in 0..3 {
        let mut consumer = Consumer::open(&server, "s").await;
        consumer.changes(2).await;
        old.push(consumer.epoch);
    }

    let copy = restored(&[&files.path("b")]).await;
    for _ in 0..3 {
        let mut consumer = Consumer::open(&copy, "s").await;
        consumer.changes(2).await;
        for epoch in &old {
            let refused = consumer::acknowledge(&copy, "s", *epoch, 2).await;
            assert_refused(
                &refused.expect_err("it is of another history"),
                Code::Aborted,
                "LEASE_LOST",
            );
        }
    }
    assert_ne!(consumer::get(&copy, "s").await.etag, etag);
}

#[tokio::test]
async fn a_restored_store_goes_on_with_etags_and_request_ids() {
    let server = Server::start().await;
    let request = CreateEventRequest {
        event: Some(event("a")),
        request_id: "once".to_owned(),
        ..Default::default()
    };
    let created = server.publisher().create_event(request.clone()).await;
    let created = created
        .expect("it is new")
        .into_inner()
        .event
        .expect("an answer");
    let files = Files::new();
    create(&server, &files.path("b"), &[]).await;

    let copy = restored(&[&files.path("b")]).await;
    let again = copy.publisher().create_event(request).await;
    let again = again.expect("a repetition").into_inner();
    assert!(again.replayed && again.event == Some(created.clone()));
    // Its etag is that which clients hold, and the next one is none of the other store's.
    let update = Event {
        etag: created.etag,
        ..event("a").titled("Corrected")
    };
    let here = copy.update(update.clone()).await;
    let there = server.update(update).await;
    assert_eq!(
        (here.revision, here.position),
        (there.revision, there.position)
    );
    assert_ne!(here.etag, there.etag);
}

#[tokio::test]
async fn a_backup_continues_another() {
    let server = Server::start().await;
    let files = Files::new();
    let (first, second, third) = (files.path("1"), files.path("2"), files.path("3"));
    server
        .publish_all((0..100).map(|n| event(&format!("a-{n}"))))
        .await;
    create(&server, &first, &[]).await;
    server
        .publish_all((0..50).map(|n| event(&format!("b-{n}"))))
        .await;
    let ended = create(&server, &second, &["--after", text(&first)]).await;
    assert!(
        ended.stderr.contains("50 changes after position 100"),
        "{ended:?}"
    );
    server.publish(event("c")).await;
    create(&server, &third, &["--after", text(&second)]).await;

    let copy = restored(&[&first, &second, &third]).await;
    let (info, original) = (copy.info().await, server.info().await);
    assert_eq!(
        (info.head_position, info.head_digest),
        (original.head_position, original.head_digest)
    );
    for wrong in [&[&*second][..], &[&first, &third], &[&second, &first]] {
        let directory = files.path("wrong");
        let ended = restore(wrong, &directory).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("in order"), "{ended:?}");
        assert!(!directory.exists());
    }
    let other = Server::start().await;
    other
        .publish_all((0..200).map(|n| event(&format!("a-{n}"))))
        .await;
    let ended = create(&other, &files.path("4"), &["--after", text(&first)]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("another history"), "{ended:?}");
    assert!(!files.path("4").exists());
}

#[tokio::test]
async fn a_backup_does_not_take_the_place_of_the_one_that_it_continues() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let files = Files::new();
    let first = files.path("1");
    create(&server, &first, &[]).await;
    let whole = fs::read(&first).expect("it was made");
    let by_another_name = files.path(".").join("1");
    let ended = create(&server, &first, &["--after", text(&by_another_name)]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("name another file"), "{ended:?}");
    assert_eq!(fs::read(&first).expect("it stays"), whole);
}

#[tokio::test]
async fn d08_a_damaged_backup_is_refused_before_anything_is_written() {
    let server = Server::start().await;
    server
        .publish_all((0..40).map(|n| event(&format!("e-{n}"))))
        .await;
    let files = Files::new();
    let file = files.path("backup");
    create(&server, &file, &[]).await;
    let whole = fs::read(&file).expect("it was made");
    let directory = files.path("store");
    let mut random = Random::new(8);
    let flipped = |bit: usize| {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    };
    let flips = (0..400).map(|_| flipped(random.below(whole.len() * 8)));
    let cuts = (0..whole.len())
        .step_by(97)
        .map(|len| whole[..len].to_vec());
    for (n, bytes) in flips.chain(cuts).enumerate() {
        fs::write(&file, &bytes).expect("our own file");
        let made = entente::backup::restore(std::slice::from_ref(&file), &directory);
        // A bit that zstd does not use may flip without changing anything.
        match made {
            Err(error) => assert!(error.to_string().contains("damaged"), "{n}: {error}"),
            Ok(_) => {
                assert!(bytes.len() == whole.len(), "{n}: a cut is not noticed");
                fs::remove_dir_all(&directory).expect("our own directory");
            }
        }
        assert_eq!(
            fs::read_dir(files.0.path()).expect("ours").count(),
            1,
            "{n}"
        );
    }
    fs::write(&file, flipped(whole.len() * 4)).expect("our own file");
    for command in ["verify", "restore"] {
        let ended = match command {
            "verify" => entente(&["backup", "verify", text(&file)], "").await,
            _ => restore(&[&file], &directory).await,
        };
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("is damaged"), "{ended:?}");
    }
}

#[tokio::test]
async fn a_directory_that_is_used_is_not_restored_into() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let files = Files::new();
    let file = files.path("backup");
    create(&server, &file, &[]).await;
    let ended = restore(&[&file], &server.data_dir()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("is not empty"), "{ended:?}");
    assert_eq!(server.info().await.head_position, 1);
    // An empty one is as good as none.
    let empty = files.path("empty");
    fs::create_dir(&empty).expect("our own directory");
    let ended = restore(&[&file], &empty).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test]
async fn a_store_beside_the_one_to_be_made_is_not_taken_for_a_remnant() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let files = Files::new();
    let file = files.path("backup");
    create(&server, &file, &[]).await;
    let (directory, aside) = (files.path("store"), files.path("store.restoring"));
    restore(&[&file], &aside).await;
    let salvaged = format!("--data-dir={}", text(&directory));
    // The salvage has opened it, and it is a store like any other since.
    for _ in 0..2 {
        let ended = entente(&["backup", "salvage", text(&aside), &salvaged], "").await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let ended = restore(&[&file], &directory).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("is in the way"), "{ended:?}");
        assert!(!directory.exists() && aside.join("sled/db").exists());
    }
}

/// A restored store had subscriptions and no mark, so that none was missed.
#[tokio::test]
async fn d07_a_restored_store_is_refused_without_its_marks() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    consumer::create(&server, "s", "").await;
    let files = Files::new();
    let (file, store) = (files.path("backup"), files.path("store"));
    create(&server, &file, &[]).await;
    restore(&[&file], &store).await;
    for mark in ["HIGH-WATER", "SUBSCRIPTIONS-MARK"] {
        // Also before it was ever opened.
        fs::rename(store.join(mark), files.path("aside")).expect("there is one");
        let refused = entente(&["verify", text(&store)], "").await;
        assert_eq!(refused.code, Some(1), "{mark}: {refused:?}");
        let why = format!("{mark} is missing");
        assert!(refused.stderr.contains(&why), "{refused:?}");
        assert!(!store.join(mark).exists(), "{mark}");
        fs::rename(files.path("aside"), store.join(mark)).expect("our own file");
        let verified = entente(&["verify", text(&store)], "").await;
        assert_eq!(verified.code, Some(0), "{verified:?}");
    }
    let started = Server::start_in(&store, &[]).await;
    assert_eq!(started.publish(event("b")).await.position, 2);
}

/// Sled makes its files with the modes of the process.
#[tokio::test]
async fn e8_all_of_a_store_is_for_its_owner_alone_however_it_was_made() {
    let mut server = Server::start().await;
    server.publish_all(["a", "b"].map(event)).await;
    consumer::create(&server, "s", "").await;
    assert_private(&server.data_dir(), "served");
    server.kill();
    assert_private(&server.data_dir(), "killed");
    server.start_again().await;
    assert_private(&server.data_dir(), "started again");
    redact(&server, "events/a").await;
    assert_private(&server.data_dir(), "redacted");
    let files = Files::new();
    let file = files.path("backup");
    create(&server, &file, &[]).await;
    server.kill();
    assert_private(&server.data_dir(), "redacted and killed");
    let restored = files.path("restored");
    restore(&[&file], &restored).await;
    assert_private(&restored, "restored");
    let salvaged = format!("--data-dir={}", text(&files.path("salvaged")));
    let ended = entente(
        &["backup", "salvage", text(&server.data_dir()), &salvaged],
        "",
    )
    .await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_private(&files.path("salvaged"), "salvaged");
    server.start_again().await;
    server.terminate();
    server.ended().await;
    assert_private(&server.data_dir(), "closed");
}

fn assert_private(path: &Path, what: &str) {
    for entry in fs::read_dir(path).expect("a directory") {
        let path = entry.expect("an entry").path();
        let metadata = fs::metadata(&path).expect("it is there");
        let mode = metadata.permissions().mode() & 0o777;
        let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{what}: {path:?} has {mode:o}");
        if metadata.is_dir() {
            assert_private(&path, what);
        }
    }
}

#[tokio::test]
async fn an_empty_store_is_backed_up_and_restored_as_well() {
    let server = Server::start().await;
    let files = Files::new();
    create(&server, &files.path("empty"), &[]).await;
    let ended = entente(&["backup", "verify", text(&files.path("empty"))], "").await;
    assert!(ended.stderr.contains("0 changes"), "{ended:?}");
    let copy = restored(&[&files.path("empty")]).await;
    assert_eq!(copy.publish(event("a")).await.position, 1);
}

#[tokio::test]
async fn s08_nothing_is_exported_from_beyond_the_head() {
    let server = Server::start().await;
    for (after_position, code) in [(1, Code::OutOfRange), (-1, Code::InvalidArgument)] {
        let request = ExportStoreRequest { after_position };
        let refused = server
            .admin()
            .export_store(request)
            .await
            .expect_err("refused");
        assert_eq!(refused.code(), code, "{refused:?}");
    }
}

type Forgery = Box<dyn Fn(&mut Record)>;

/// Trial A16: the digest does not say what a redacted record holds, so that a record with other
/// content could be marked as redacted.
#[tokio::test]
async fn d15_a_backup_with_a_forged_redaction_is_refused() {
    let files = Files::new();
    let server = Server::start().await;
    server.publish_all(["a", "b"].map(event)).await;
    for title in ["once", "twice"] {
        let corrected = Event {
            title: title.into(),
            ..event("a")
        };
        server.update(corrected).await;
    }
    redact(&server, "events/a").await;
    let file = files.path("sound");
    let ended = create(&server, &file, &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let verified = entente(&["backup", "verify", text(&file)], "").await;
    assert_eq!(verified.code, Some(0), "{verified:?}");
    // Position 1 is redacted, 2 is not, 5 is the redaction.
    let rewritten = |position: u64, edit: fn(&mut EventChange)| {
        move |record: &mut Record| {
            if record.position == position {
                let mut change = EventChange::decode(record.change.clone()).expect("a change");
                edit(&mut change);
                record.change = change.encode_to_vec().into();
                record.redacted = true;
            }
        }
    };
    let forgeries: [(&str, Forgery); 6] = [
        (
            "other content",
            Box::new(rewritten(2, |change| {
                change.event.as_mut().expect("an event").title = "Forged".into();
            })),
        ),
        (
            "no content, and no redaction",
            Box::new(|record| {
                if record.position == 2 {
                    *record = record.redacted().expect("an event");
                }
            }),
        ),
        (
            "content in what was redacted",
            Box::new(rewritten(1, |change| {
                change.event.as_mut().expect("an event").title = "Forged".into();
            })),
        ),
        (
            "an annotation",
            Box::new(rewritten(1, |change| {
                let annotations = &mut change.event.as_mut().expect("an event").annotations;
                annotations.insert("desk".into(), "Forged".into());
            })),
        ),
        (
            "fields that there are not",
            Box::new(rewritten(1, |change| {
                let paths = vec!["Forged".to_owned()];
                change.changed_fields = Some(prost_types::FieldMask { paths });
            })),
        ),
        (
            "a redaction that claims to be redacted itself",
            Box::new(|record| {
                if record.position == 5 {
                    *record = record.redacted().expect("an event");
                }
            }),
        ),
    ];
    for (what, forge) in forgeries {
        let forged = files.path("forged");
        rewrite(&file, &forged, forge);
        let verified = entente(&["backup", "verify", text(&forged)], "").await;
        assert_eq!(verified.code, Some(1), "{what}: {verified:?}");
        assert!(
            verified.stderr.contains("claims to be redacted"),
            "{what}: {verified:?}"
        );
        let directory = files.path("store");
        let ended = restore(&[&forged], &directory).await;
        assert_eq!(ended.code, Some(1), "{what}: {ended:?}");
        assert!(!directory.exists(), "{what}");
    }
}

/// Writes a backup anew with its records changed, as somebody could who knows the format.
fn rewrite(from: &Path, to: &Path, forge: impl Fn(&mut Record)) {
    let from = BufReader::new(fs::File::open(from).expect("our own file"));
    let mut reader = BackupReader::begin(from).expect("a backup");
    let to = fs::File::create(to).expect("our own file");
    let mut writer = BackupWriter::begin(to).expect("room for it");
    while let Some(mut part) = reader.part().expect("a sound backup") {
        if let Some(Part::Records(records)) = &mut part.part {
            for stored in &mut records.records {
                let mut record = Record::decode(stored.clone()).expect("a record");
                forge(&mut record);
                let mut bytes = BytesMut::new();
                record.encode(&mut bytes);
                *stored = bytes.freeze();
            }
        }
        writer.part(&part).expect("room for it");
    }
    writer.finish().expect("room for it");
}

/// What was found sound could not be read again, and nothing was saved.
#[tokio::test]
async fn d07_what_a_salvage_finds_sound_it_saves() {
    let files = Files::new();
    let store = files.path("store");
    let mut server = Server::start_in(&store, &[]).await;
    for batch in 0..4 {
        let events = (0..100).map(|n| event(&format!("e-{batch}-{n}")));
        server.publish_all(events).await;
    }
    server.terminate();
    server.ended().await;
    let db = fs::read(store.join("sled/db")).expect("a log");
    let len = db.iter().rposition(|byte| *byte != 0).expect("not empty");
    let mut saved = 0;
    for eighth in 1..8 {
        let at = eighth * len / 8;
        let mut damaged = db.clone();
        damaged[at..at + 8].copy_from_slice(b"XXXXXXXX");
        fs::write(store.join("sled/db"), damaged).expect("writable");
        if eighth == 7 {
            fs::remove_file(store.join("HIGH-WATER")).expect("it is there");
        }
        let made = files.path(&format!("made-{eighth}"));
        let data_dir = format!("--data-dir={}", text(&made));
        let ended = entente(&["backup", "salvage", text(&store), &data_dir], "").await;
        // What the engine needs may be what is damaged.
        if ended.stderr.contains("nothing can be saved") {
            continue;
        }
        assert_eq!(ended.code, Some(0), "at {at}: {ended:?}");
        let unknown = ended
            .stderr
            .contains("it is not known whether more was lost");
        assert_eq!(unknown, eighth == 7, "at {at}: {ended:?}");
        saved += 1;
    }
    assert!(saved > 0, "nothing was saved anywhere");
}
