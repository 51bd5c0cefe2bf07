//! S28, S30-S33: clients that read slowly or vanish.

use std::time::Duration;

use entente::proto::v1::{ListWatchesRequest, event_service_client::EventServiceClient};
use tonic::{Code, transport::Endpoint};

use crate::{
    clocked::Clocked,
    harness::{
        Clients, Proxy, Server, Watcher, assert_refused, change_of, earliest, event, eventually,
        latest, position_of, resumed, retry_delay, snapshot, soon,
    },
};

/// Less than until it is looked again for clients that accept nothing.
const STEP: Duration = Duration::from_secs(1);

#[tokio::test]
async fn s28_a_client_that_vanishes_without_a_word_is_freed() {
    let options = [
        "--http2-keepalive-interval=30m",
        "--http2-keepalive-timeout=10m",
    ];
    let server = Clocked::start_with(&options).await;
    let proxy = Proxy::to(server.grpc_address()).await;
    let endpoint =
        Endpoint::from_shared(format!("http://{}", proxy.address())).expect("an address");
    let mut client = EventServiceClient::new(endpoint.connect().await.expect("the proxy relays"));
    let mut stream = client
        .watch_events(latest(""))
        .await
        .expect("a watch")
        .into_inner();
    soon("the first frame", stream.message())
        .await
        .expect("it stands")
        .expect("it begins");
    assert_eq!(watches(&server).await, 1);
    proxy.stop_relaying();
    server.pass(Duration::from_secs(30 * 60));
    // Everybody is asked for a sign of life. Ours is there before the answer to what follows it.
    for _ in 0..3 {
        assert_eq!(watches(&server).await, 1, "there is time left");
    }
    server.pass(Duration::from_secs(10 * 60));
    eventually("the watch to be freed", async || {
        (watches(&server).await == 0).then_some(())
    })
    .await;
}

async fn watches(server: &Clients) -> usize {
    let answer = server
        .admin()
        .list_watches(ListWatchesRequest::default())
        .await;
    answer.expect("a list").into_inner().watches.len()
}

#[tokio::test]
async fn s30_a_client_that_reads_a_frame_a_second_receives_all_of_ten_thousand() {
    let server = Clocked::start().await;
    let mut watcher = server.watch(latest("")).await;
    watcher.until_caught_up().await;
    let mut received = Vec::new();
    for batch in 0..20 {
        let events = (0..500).map(|n| event(&format!("e-{batch}-{n}")));
        server.publish_all(events).await;
        for _ in 0..10 {
            server.pass(Duration::from_secs(1));
            received.push(position_of(&watcher.change().await));
        }
    }
    while received.len() < 10_000 {
        received.push(position_of(&watcher.change().await));
    }
    assert_eq!(received, (1..=10_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn s32_a_client_that_does_not_read_holds_nobody_back() {
    let server = Server::start().await;
    let mut stalled = Watcher::open_narrow(&server, latest("")).await;
    let mut other = server.watch(latest("")).await;
    for batch in 0..10 {
        let events = (0..200).map(|n| event(&format!("e-{batch}-{n}")));
        let written = server.publish_all(events).await;
        let seen = other.changes(200).await;
        let seen = seen.iter().map(position_of);
        assert!(seen.eq(written.iter().map(|event| event.position)));
    }
    let all = stalled.changes(2_000).await;
    assert!(all.iter().map(position_of).eq(1..=2_000));
}

#[tokio::test]
async fn s31_what_a_stalled_watch_holds_does_not_grow_with_its_backlog() {
    const WATCHES: usize = 50;
    // Far less than the backlog of 12 MB, and room for what connections and allocators take.
    const BYTES_MAX: u64 = 1 << 20;
    let server = Server::start().await;
    for batch in 0..20 {
        let events = (0..1_000).map(|n| event(&format!("e-{batch}-{n}")));
        server.publish_all(events).await;
    }
    // What reading the log takes once is not the watches'.
    let mut reader = server.watch(earliest("")).await;
    reader.until_caught_up().await;
    for request in [earliest(""), snapshot("")] {
        let before = server.resident_bytes();
        let mut stalled = Vec::new();
        for _ in 0..WATCHES {
            stalled.push(Watcher::open_narrow(&server, request.clone()).await);
        }
        let mut sent = 0;
        eventually("every window to be full", async || {
            let before = std::mem::replace(&mut sent, sent_bytes(&server).await);
            (sent == before).then_some(())
        })
        .await;
        let grown = server.resident_bytes().saturating_sub(before);
        assert!(grown / (WATCHES as u64) < BYTES_MAX, "{grown} bytes");
        // Some of them, as each takes a while.
        for watcher in stalled.iter_mut().step_by(5) {
            let all = watcher.changes(20_000).await;
            assert!(all.iter().map(position_of).eq(1..=20_000));
        }
    }
}

async fn sent_bytes(server: &Server) -> i64 {
    let request = ListWatchesRequest {
        page_size: 1_000,
        ..Default::default()
    };
    let answer = server.admin().list_watches(request).await;
    let watches = answer.expect("a list").into_inner().watches;
    watches.iter().map(|watch| watch.sent_bytes).sum()
}

#[tokio::test]
async fn s33_a_client_that_accepts_nothing_is_ended_with_its_position() {
    let server = Clocked::start_with(&["--watch-stall-timeout=2m"]).await;
    let mut stalled = Watcher::open_narrow(&server, latest("")).await;
    stalled.until_caught_up().await;
    // Who has nothing to take is not stalled.
    let idle = server.watch(latest("text:nothing")).await;
    for batch in 0..4 {
        let events = (0..1_000).map(|n| event(&format!("e-{batch}-{n}")));
        server.publish_all(events).await;
    }
    let freed = eventually("the stalled watch to be freed", async || {
        (watches(&server).await == 1).then_some(())
    });
    server.pass_while(STEP, freed).await;
    // Its client comes back: it gets what was on its way, and is told.
    let (frames, end) = stalled.into_end().await;
    let end = end.expect_err("not planned");
    let metadata = assert_refused(&end, Code::ResourceExhausted, "CONSUMER_STALLED");
    assert!(!retry_delay(&end).is_zero());
    let last = frames.last().expect("an ending");
    assert_eq!(metadata["position"], last.position.to_string());
    let mut received: Vec<_> = frames
        .iter()
        .filter_map(change_of)
        .map(position_of)
        .collect();
    assert!(received.len() < 4_000, "it was not stalled");
    let mut again = server.watch(resumed("", &last.resume_token)).await;
    let rest = again.changes(4_000 - received.len()).await;
    received.extend(rest.iter().map(position_of));
    assert_eq!(received, (1..=4_000).collect::<Vec<_>>());
    drop(idle);
}
