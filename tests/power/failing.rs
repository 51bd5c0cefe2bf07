//! A disk that fails to sync: nothing is acknowledged any more, as what has reached the disk is not
//! known, and everything else goes on.

use std::fs;

use entente::proto::v1::{CreateEventRequest, Event, GetEventRequest, WatchEventsRequest};
use tempfile::TempDir;
use tonic::{Code, Status};

use crate::{
    harness::{Server, assert_refused, earliest, event, latest, name_of, position_of, retry_delay},
    shim::Shim,
};

async fn create(server: &Server, id: &str) -> Result<Event, Status> {
    let request = CreateEventRequest {
        event: Some(event(id)),
        ..Default::default()
    };
    let answer = server.publisher().create_event(request).await?;
    Ok(answer.into_inner().event.expect("an answer has the event"))
}

#[tokio::test]
async fn d01_after_a_sync_that_failed_nothing_is_acknowledged_and_reads_go_on() {
    let shim = Shim::compile("failing.c", &[]);
    let (library, broken) = (shim.library(), shim.file("broken"));
    let environment = [
        ("LD_PRELOAD", library.to_str().expect("plain text")),
        ("SYNC_FAILS_WHILE", broken.to_str().expect("plain text")),
    ];
    let home = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory for the test");
    let mut server = Server::start_in(&home.path().join("data"), &environment).await;
    create(&server, "before").await.expect("a healthy disk");
    let request = WatchEventsRequest {
        heartbeat_interval: Some(prost_types::Duration {
            seconds: 1,
            nanos: 0,
        }),
        ..latest("")
    };
    let mut watcher = server.watch(request).await;
    watcher.until_caught_up().await;

    fs::write(&broken, "").expect("our own directory");
    let failed = create(&server, "lost")
        .await
        .expect_err("it cannot be made durable");
    assert_refused(&failed, Code::Unavailable, "STORE_READ_ONLY");
    assert!(!retry_delay(&failed).is_zero());
    // What a sync that failed has written is not known, so that the next one proves nothing.
    fs::remove_file(&broken).expect("our own file");
    let refused = create(&server, "later")
        .await
        .expect_err("a restart finds out");
    assert_refused(&refused, Code::Unavailable, "STORE_READ_ONLY");

    let get = |name: &str| GetEventRequest {
        name: name.to_owned(),
        ..Default::default()
    };
    let read = server.events().get_event(get("events/before")).await;
    read.expect("reads go on");
    let hidden = server.events().get_event(get("events/lost")).await;
    assert_refused(
        &hidden.expect_err("not shown"),
        Code::NotFound,
        "EVENT_NOT_FOUND",
    );
    assert_eq!(server.info().await.head_position, 1);
    let frame = watcher.frame().await;
    assert!(frame.position <= 1 && frame.payload.is_some(), "{frame:?}");

    server.kill();
    server.start_again().await;
    create(&server, "after").await.expect("a healthy disk");
    let (log, _) = server.watch(earliest("")).await.until_caught_up().await;
    assert_eq!(name_of(&log[0]), "events/before");
    assert_eq!(log.last().map(name_of), Some("events/after"));
    // What was refused may have been written in full all the same.
    assert!(log.iter().map(position_of).eq(1..=log.len() as i64) && log.len() <= 3);
}
