//! S28, S30, S32: clients that read slowly or vanish.

use std::time::{Duration, Instant};

use entente::proto::v1::{ListWatchesRequest, event_service_client::EventServiceClient};
use tonic::transport::Endpoint;

use crate::harness::{Proxy, Server, Watcher, event, eventually, latest, position_of, soon};

#[tokio::test]
async fn s28_a_client_that_vanishes_without_a_word_is_freed() {
    let options = [
        "--http2-keepalive-interval=1s",
        "--http2-keepalive-timeout=1s",
    ];
    let server = Server::start_with(&options).await;
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
    let begun = Instant::now();
    eventually("the watch to be freed", async || {
        (watches(&server).await == 0).then_some(())
    })
    .await;
    // Interval and timeout are 2 s together; the default is 40 s.
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
}

async fn watches(server: &Server) -> usize {
    let answer = server
        .admin()
        .list_watches(ListWatchesRequest::default())
        .await;
    answer.expect("a list").into_inner().watches.len()
}

#[tokio::test]
async fn s30_a_client_that_reads_a_frame_a_second_receives_all_of_ten_thousand() {
    let server = Server::start().await;
    let mut watcher = server.watch(latest("")).await;
    watcher.until_caught_up().await;
    let writing = async {
        for batch in 0..20 {
            server
                .publish_all((0..500).map(|n| event(&format!("e-{batch}-{n}"))))
                .await;
        }
    };
    let mut received = Vec::new();
    {
        let mut writing = std::pin::pin!(writing);
        // How slowly it reads is what is tested here.
        while tokio::time::timeout(Duration::from_secs(1), &mut writing)
            .await
            .is_err()
        {
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
