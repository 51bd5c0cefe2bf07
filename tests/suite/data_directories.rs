//! What happens to the data directory while nobody should touch it, and what a start tells.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    process::Command,
};

use entente::{
    proto::{
        health::{HealthCheckRequest, health_check_response::ServingStatus},
        v1::CreateEventRequest,
    },
    store::{Store, StoreOptions, verify},
};

use crate::{
    harness::{Server, event, eventually, get},
    scrubbing::metric,
};

/// Trial E3.
#[tokio::test]
async fn e3_a_directory_that_is_removed_or_moved_ends_readiness() {
    for is_moved in [true, false] {
        let server = Server::start().await;
        server.publish(event("before")).await;
        if is_moved {
            let elsewhere = server.data_dir().with_extension("elsewhere");
            fs::rename(server.data_dir(), elsewhere).expect("our own directory");
        } else {
            fs::remove_dir_all(server.data_dir()).expect("our own directory");
        }
        eventually("the server to be not ready", async || {
            let page = get(server.admin_address(), "/readyz").await;
            let page = page.expect("a page");
            (page.status == 503 && page.body.contains("was removed, moved or replaced"))
                .then_some(())
        })
        .await;
        let health = server.health().check(HealthCheckRequest::default()).await;
        let health = health.expect("an answer").into_inner();
        assert_eq!(health.status(), ServingStatus::NotServing);
        let request = CreateEventRequest {
            event: Some(event("lost")),
            ..Default::default()
        };
        let refused = server.publisher().create_event(request).await;
        assert!(refused.is_err(), "it would be lost");
    }
}

fn options(directory: &Path) -> StoreOptions {
    StoreOptions {
        directory: directory.to_owned(),
        cache_bytes: 16 << 20,
        clock: Default::default(),
    }
}

/// Trial E3.
#[test]
fn e3_a_lock_that_is_a_symbolic_link_is_refused_and_truncates_nothing() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let (letter, data) = (home.path().join("letter"), home.path().join("data"));
    fs::write(&letter, "dear").expect("our own directory");
    fs::create_dir(&data).expect("our own directory");
    symlink(&letter, data.join("LOCK")).expect("our own directory");
    let refused = Store::open(options(&data)).err().expect("a link");
    assert!(refused.to_string().contains("LOCK"), "{refused}");
    assert_eq!(fs::read(&letter).expect("it is there"), b"dear");
}

/// Trial E8.
#[tokio::test]
async fn e8_a_high_water_mark_that_was_removed_is_missed_each_time() {
    let mut server = Server::start().await;
    server.publish(event("before")).await;
    server.terminate();
    server.ended().await;
    let mark = server.data_dir().join("HIGH-WATER");
    let moved = server.data_dir().with_extension("mark");
    fs::rename(&mark, &moved).expect("it is there");
    for _ in 0..2 {
        let refused = Store::open(options(&server.data_dir())).err();
        let refused = refused.expect("the mark is missing").to_string();
        assert!(refused.contains("HIGH-WATER is missing"), "{refused}");
        let refused = verify(&server.data_dir(), 16 << 20, |_| ());
        assert!(refused.is_err(), "{refused:?}");
    }
    fs::rename(&moved, &mark).expect("our own directory");
    server.start_again().await;
}

/// Trial E8.
#[tokio::test]
async fn e8_nobody_else_may_read_a_store() {
    let server = Server::start().await;
    server.publish(event("before")).await;
    let mode = |path: &Path| {
        let metadata = fs::metadata(path).expect("it is there");
        metadata.permissions().mode() & 0o077
    };
    let data = server.data_dir();
    assert_eq!(mode(&data), 0);
    for name in [
        "LOCK",
        "MANIFEST",
        "HIGH-WATER",
        "SCRUBBED",
        "sled",
        "sled/db",
        "sled/conf",
    ] {
        assert_eq!(mode(&data.join(name)), 0, "{name}");
    }
}

/// Trial E1.
#[tokio::test]
async fn e1_when_the_store_was_last_scrubbed_outlives_the_server() {
    const METRIC: &str = "entente_scrub_last_completed_timestamp_seconds";
    let mut server = Server::start().await;
    assert!(metric(&server, METRIC).await > 0, "never is no date");
    server.terminate();
    server.ended().await;
    // An hour after 1970.
    fs::write(server.data_dir().join("SCRUBBED"), "3600000000\n").expect("our own directory");
    server.start_again_with(&["--scrub-interval=0s"]).await;
    assert_eq!(metric(&server, METRIC).await, 3600);
}

/// Trial E4.
#[tokio::test]
async fn e4_sighup_stops_nothing_and_json_logs_say_what_is_served() {
    let mut server = Server::start_with(&["--log-format=json"]).await;
    let hang_up = format!("kill -HUP {}", server.process_id());
    let sent = Command::new("sh").args(["-c", &hang_up]).status();
    assert!(sent.expect("a shell").success());
    eventually("a line about the signal", async || {
        server.log().contains("SIGHUP is ignored").then_some(())
    })
    .await;
    server.publish(event("after")).await;
    server.terminate();
    assert!(server.ended().await.success());
    let log = server.log();
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    for message in ["opened the store", "serving"] {
        let line = lines.iter().find(|line| line["message"] == message);
        let line = line.unwrap_or_else(|| panic!("no line {message:?} in {log}"));
        assert!(line["data_dir"].is_string(), "{line}");
    }
}
