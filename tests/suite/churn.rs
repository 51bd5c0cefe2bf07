//! What only waits writes nothing.

use std::{collections::BTreeMap, fs, path::Path};

use entente::proto::v1::{
    ConsumeSubscriptionRequest, WatchEventsRequest, watch_events_response::Payload,
};
use prost_types::Duration;

use crate::{
    harness::{Server, Watcher, event, latest},
    subscriptions::consumer::{self, Consumer, payload},
};

const HEARTBEAT: Option<Duration> = Some(Duration {
    seconds: 1,
    nanos: 0,
});

/// Every file below a directory, with its length and its checksum.
fn content(directory: &Path) -> BTreeMap<String, (usize, u32)> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).expect("a store") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(content(&path));
        } else {
            let bytes = fs::read(&path).expect("a file of the store");
            let name = path.display().to_string();
            files.insert(name, (bytes.len(), crc32fast::hash(&bytes)));
        }
    }
    files
}

/// Takes signs of life from both.
async fn wait(watcher: &mut Watcher, consumer: &mut Consumer, count: usize) {
    for _ in 0..count {
        watcher
            .frame_where(|frame| matches!(frame.payload, Some(Payload::Progress(_))))
            .await;
        consumer
            .answer_where(|answer| matches!(payload(answer), Some(Payload::Progress(_))))
            .await;
    }
}

#[tokio::test]
async fn heartbeats_and_open_streams_do_not_touch_the_files_of_the_store() {
    let server = Server::start_with(&["--scrub-interval=1s"]).await;
    server.publish(event("a")).await;
    consumer::create(&server, "s", "").await;
    let mut watcher = server
        .watch(WatchEventsRequest {
            heartbeat_interval: HEARTBEAT,
            ..latest("")
        })
        .await;
    let mut consumer = Consumer::open_with(&server, "s", |request| ConsumeSubscriptionRequest {
        heartbeat_interval: HEARTBEAT,
        ..request
    })
    .await;
    consumer.changes(1).await;
    consumer.acknowledge(&server, 1).await.expect("it was sent");
    // What the engine has left to do is done by then.
    wait(&mut watcher, &mut consumer, 2).await;
    let content = || {
        let mut content = content(&server.data_dir());
        // A scrub that ends says when.
        content.retain(|path, _| !path.ends_with("SCRUBBED"));
        content
    };
    let before = content();
    wait(&mut watcher, &mut consumer, 2).await;
    assert_eq!(content(), before);
}
