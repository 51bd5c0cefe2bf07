//! D07, D09: `entente verify`, of a store at rest and of one that is served.

use std::{fs, path::Path};

use entente::proto::v1::VerifyStoreRequest;

use crate::{
    harness::{Ended, Server, earliest, entente, event, partnership, places_of, position_of},
    subscriptions::consumer::{self, Consumer},
};

/// A server with some of everything.
async fn filled() -> Server {
    let server = Server::start().await;
    server.publish_partnership(partnership("p")).await;
    for batch in 0..10 {
        server
            .publish_all((0..200).map(|n| event(&format!("e-{batch}-{n}"))))
            .await;
    }
    consumer::create(&server, "s", "").await;
    let mut consumer = Consumer::open(&server, "s").await;
    consumer.changes(3).await;
    consumer.acknowledge(&server, 2).await.expect("it was sent");
    server
}

async fn verify(what: &str) -> Ended {
    entente(&["verify", what], "").await
}

#[tokio::test]
async fn d09_a_healthy_store_is_found_to_be_so_at_rest_and_served() {
    let mut server = filled().await;
    let digest = server.info().await.head_digest;
    let served = verify(&format!("--server={}", server.grpc_address())).await;
    let in_use = verify(server.data_dir().to_str().expect("plain text")).await;
    assert_eq!(in_use.code, Some(1), "{in_use:?}");
    assert!(
        in_use.stderr.contains(&server.process_id().to_string()),
        "{in_use:?}"
    );
    server.kill();
    let at_rest = verify(server.data_dir().to_str().expect("plain text")).await;
    for ended in [served, at_rest] {
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stderr.contains("checked 2001 changes"), "{ended:?}");
        assert!(ended.stderr.contains("1 subscription:"), "{ended:?}");
        assert!(ended.stderr.contains(&digest), "{ended:?}");
    }
    server.start_again().await;
    assert_eq!(server.info().await.head_digest, digest);
}

#[tokio::test]
async fn d09_a_server_tells_how_far_it_is_and_goes_on_serving() {
    let server = filled().await;
    let call = server.admin().verify_store(VerifyStoreRequest {}).await;
    let mut answers = call.expect("it is served").into_inner();
    let mut checked = Vec::new();
    while let Some(answer) = answers.message().await.expect("a healthy store") {
        assert_eq!(answer.head_position, 2_001);
        checked.push(answer.checked_position);
        server
            .publish(event(&format!("while-{}", checked.len())))
            .await;
    }
    assert!(checked.len() > 2 && checked.is_sorted(), "{checked:?}");
    assert_eq!(checked.last(), Some(&2_001));
}

#[tokio::test]
async fn d07_damage_on_disk_is_found_also_right_after_a_kill() {
    let mut server = filled().await;
    server.kill();
    let file = server.data_dir().join("sled/db");
    let mut bytes = fs::read(&file).expect("the log");
    let places = places_of(&bytes, "events/e-3-77");
    assert!(!places.is_empty(), "the name is on disk");
    for at in places {
        bytes[at] ^= 1;
    }
    fs::write(&file, bytes).expect("our own file");
    let damaged = server.data_dir();
    let damaged = damaged.to_str().expect("plain text");
    let ended = verify(damaged).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("damaged"), "{ended:?}");

    // What lies before the damage is not lost with the rest.
    let saved = format!("--data-dir={damaged}-saved");
    let ended = entente(&["backup", "salvage", damaged, &saved], "").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.stderr.contains("had reached at least 2001"),
        "{ended:?}"
    );
    fs::remove_dir_all(damaged).expect("our own directory");
    fs::rename(format!("{damaged}-saved"), damaged).expect("our own directory");
    server.start_again().await;
    let head = server.info().await.head_position;
    assert!((1..679).contains(&head), "{head}");
    let (changes, _) = server.watch(earliest("")).await.until_caught_up().await;
    assert!(changes.iter().map(position_of).eq(1..=head));
}

#[tokio::test]
async fn what_is_no_store_is_not_made_one() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let missing = home.path().join("missing");
    for directory in [home.path(), &missing] {
        let ended = verify(directory.to_str().expect("plain text")).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
    }
    assert!(!missing.exists() && is_empty(home.path()));
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory).expect("ours").next().is_none()
}
