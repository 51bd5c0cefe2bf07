//! Directories that are no store, or not ours to open: D10, D11, and damage.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::cli::run;
use crate::{
    harness::{Build, Ended, Server, earliest, entente, event, name_of},
    subscriptions::consumer,
};

const MARK: &str = "Quite-unmistakable-title";

/// A server that does not start.
async fn refused(directory: &Path) -> Ended {
    let directory = directory.to_str().expect("plain text");
    let ports = ["--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0"];
    let ended = entente(&["serve", ports[0], ports[1], "--data-dir", directory], "").await;
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(1), ""),
        "{ended:?}"
    );
    assert!(!ended.stderr.contains("panicked"), "{ended:?}");
    ended
}

#[tokio::test]
async fn d11_a_second_server_on_one_directory_is_told_of_the_first() {
    let server = Server::start().await;
    let ended = refused(&server.data_dir()).await;
    let first = format!("process {}", server.process_id());
    assert!(
        ended.stderr.contains(&first) && ended.stderr.contains("--data-dir"),
        "{ended:?}"
    );
    assert_eq!(
        server.publish(event("a")).await.position,
        1,
        "the first goes on"
    );
}

#[tokio::test]
async fn d10_a_store_of_a_newer_version_is_refused_with_both_versions() {
    let mut server = Server::start().await;
    server.kill();
    let manifest = server.data_dir().join("MANIFEST");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    fs::write(
        &manifest,
        text.replace(
            &format!("format: {}", entente::store::STORE_FORMAT),
            "format: 9",
        )
        .replace(
            &format!("written-by: {}", env!("CARGO_PKG_VERSION")),
            "written-by: 9.8.7",
        ),
    )
    .expect("writable");
    let ended = refused(&server.data_dir()).await;
    for version in ["9.8.7", env!("CARGO_PKG_VERSION")] {
        assert!(ended.stderr.contains(version), "{ended:?}");
    }
}

#[tokio::test]
async fn a_directory_with_other_things_in_it_is_not_touched() {
    let directory = tempfile::tempdir().expect("a directory for the test");
    fs::write(directory.path().join("letter.txt"), "dear").expect("writable");
    let ended = refused(directory.path()).await;
    assert!(ended.stderr.contains("not an entente store"), "{ended:?}");
    assert_eq!(fs::read_dir(directory.path()).expect("readable").count(), 1);
}

#[tokio::test]
async fn a_store_that_lost_its_log_is_refused_and_not_begun_anew() {
    let mut server = Server::start().await;
    server
        .publish_all((0..10).map(|n| event(&format!("e-{n}"))))
        .await;
    server.terminate();
    server.ended().await;
    fs::remove_dir_all(server.data_dir().join("sled")).expect("there is a log");
    let ended = refused(&server.data_dir()).await;
    assert!(ended.stderr.contains("damaged"), "{ended:?}");
}

#[tokio::test]
async fn d07_a_store_with_a_damaged_record_is_refused_and_not_served() {
    let mut server = Server::start().await;
    let marked = event("marked").titled(MARK);
    server
        .publish_all((0..40).map(|n| event(&format!("e-{n}"))).chain([marked]))
        .await;
    server.terminate();
    server.ended().await;
    let file = server.data_dir().join("sled").join("db");
    let mut bytes = fs::read(&file).expect("sled's file");
    let places: Vec<usize> = (0..bytes.len() - MARK.len())
        .filter(|at| bytes[*at..].starts_with(MARK.as_bytes()))
        .collect();
    assert!(!places.is_empty(), "the record is on disk");
    for at in places {
        bytes[at] ^= 1;
    }
    fs::write(&file, bytes).expect("writable");
    let ended = refused(&server.data_dir()).await;
    assert!(ended.stderr.contains("damaged"), "{ended:?}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().expect("a directory for the test");
    let file = directory.path().join("file");
    fs::write(&file, "").expect("writable");
    let ended = refused(&file.join("store")).await;
    assert!(ended.stderr.contains("file"), "{ended:?}");
}

#[tokio::test]
async fn an_address_in_use_is_told_with_the_option_to_change() {
    let server = Server::start().await;
    let directory = tempfile::tempdir().expect("a directory for the test");
    let listen = format!("--listen={}", server.grpc_address());
    let data = directory.path().join("data");
    let data = data.to_str().expect("plain text");
    let ended = entente(
        &[
            "serve",
            &listen,
            "--admin-listen=127.0.0.1:0",
            "--data-dir",
            data,
        ],
        "",
    )
    .await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("--listen"), "{ended:?}");
}

#[tokio::test]
async fn the_line_that_announces_a_server_tells_where_everything_is() {
    let server = Server::start().await;
    let expected = format!(
        "entente {} serving gRPC on {}, admin on http://{}, data in {}",
        env!("CARGO_PKG_VERSION"),
        server.grpc_address(),
        server.admin_address(),
        server.data_dir().display()
    );
    assert_eq!(server.line(), expected);
}

/// A store of an earlier format: its directory in `tests/fixtures`, its epoch, its head and the digest
/// there.
struct Fixture {
    directory: &'static str,
    epoch: &'static str,
    digest: &'static str,
}

/// Each has the same eleven changes and a subscription that has acknowledged position 3.
const FIXTURES: [Fixture; 2] = [
    Fixture {
        directory: "store-1",
        epoch: "55ff6631d3203219",
        digest: "97960a324858a5cdf6bd665f82a1665a5519dacb5dc0a7ddfa6b99d2481ab5ab",
    },
    Fixture {
        directory: "store-2",
        epoch: "50b20265d7ee18a5",
        digest: "d5b10ccb0e06bafdafca8bbba959a7ffbbf549a3341edaa2f8071d13cae33fcf",
    },
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

#[tokio::test]
async fn d10_a_store_that_was_written_when_the_format_was_new_opens() {
    for of in FIXTURES {
        let mut server = Server::start().await;
        server.kill();
        fs::remove_dir_all(server.data_dir()).expect("our own directory");
        copy(&fixture(of.directory), &server.data_dir());
        server.start_again().await;
        let info = server.info().await;
        assert_eq!(info.store_epoch, of.epoch);
        assert_eq!(
            (info.head_position, info.head_digest.as_str()),
            (11, of.digest)
        );
        assert_holds_the_fixture(&server).await;
        assert_eq!(server.publish(event("new")).await.position, 12);
        let manifest = server.data_dir().join("MANIFEST");
        let manifest = fs::read_to_string(manifest).expect("it is there");
        assert!(manifest.starts_with("format: 3\n"), "{manifest}");
    }
}

/// `store-3` continues `store-2` with records that only format 3 has.
#[tokio::test]
async fn d10_a_store_of_format_3_keeps_bodies_known_times_and_tracking() {
    let mut server = Server::start().await;
    server.kill();
    fs::remove_dir_all(server.data_dir()).expect("our own directory");
    copy(&fixture("store-3"), &server.data_dir());
    server.start_again().await;
    let info = server.info().await;
    assert_eq!(
        (info.head_position, info.head_digest.as_str()),
        (
            15,
            "e4a3793bc4613afcdc59d8a9e13516cd03998a57f0a2e7adc0fb6cf15c62d6d1"
        )
    );
    let list = async |known_at: &[&str]| {
        let list = ["list", "organisation:MOEX", "-o", "names"];
        run(&server, &[&list, known_at].concat()).await.stdout
    };
    assert_eq!(list(&[]).await, "events/example-loan\n");
    assert_eq!(list(&["--known-at=2025-02-28"]).await, "");
    let by_name = consumer::get(&server, "by-name").await;
    assert_eq!(by_name.filter, "organisation:MOEX");
    let tracked = run(&server, &["tracking", "feed"]).await;
    assert_eq!(
        tracked.stdout,
        "{\"position\":\"7\",\"logPosition\":\"14\"}\n"
    );
    let redacted = run(&server, &["get", "bodies/example-company"]).await;
    assert!(
        redacted.stdout.contains("\"redacted\":true"),
        "{redacted:?}"
    );
    assert_eq!(consumer::get(&server, "fixture").await.acked_position, 3);
}

#[tokio::test]
async fn d10_a_backup_that_was_made_before_the_format_was_new_restores() {
    let mut server = Server::start().await;
    server.kill();
    fs::remove_dir_all(server.data_dir()).expect("our own directory");
    let (backup, directory) = (fixture("backup-1.ente"), server.data_dir());
    let [backup, directory] = [&backup, &directory].map(|path| path.to_str().expect("plain text"));
    let restored = entente(&["backup", "restore", backup, "--data-dir", directory], "").await;
    assert_eq!(restored.code, Some(0), "{restored:?}");
    server.start_again().await;
    assert_eq!(server.info().await.head_digest, FIXTURES[1].digest);
    assert_holds_the_fixture(&server).await;
}

async fn assert_holds_the_fixture(server: &Server) {
    let mut watcher = server.watch(earliest("")).await;
    let (changes, _) = watcher.until_caught_up().await;
    let names: Vec<&str> = changes.iter().map(name_of).collect();
    assert_eq!(names[0], "partnerships/uk-japan-digital-partnership");
    assert_eq!(names.len(), 11);
    let corrected = changes[6].event.as_ref().expect("a correction");
    let date = corrected.date.as_ref().expect("a date");
    assert_eq!((corrected.revision, date.edtf.as_str()), (2, "2025-02-03"));
    assert_eq!(consumer::get(server, "fixture").await.acked_position, 3);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("our own directory");
    for entry in fs::read_dir(from).expect("the fixture") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("our own directory");
        }
    }
}
