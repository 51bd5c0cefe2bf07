use std::time::Duration;

use entente::client::{Client, Item, Start, WatchOptions};
use entente::proto::v1::ListWatchesRequest;

use crate::{
    change,
    harness::{Server, event, eventually},
    item,
};

const CHANGES: usize = 6_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_program_buffers_a_bounded_part_of_the_backlog_and_misses_nothing() {
    let server = Server::start().await;
    let summary = "x".repeat(1_000);
    for from in (0..CHANGES).step_by(500) {
        let event = |n| entente::proto::v1::Event {
            summary: summary.clone(),
            ..event(&format!("e-{n}"))
        };
        server.publish_all((from..from + 500).map(event)).await;
    }
    let client = Client::builder(format!("http://{}", server.grpc_address()))
        .windows(64 << 10, 64 << 10)
        .build()
        .expect("an address");
    let mut watch = client.watch(WatchOptions::new("").start(Start::Earliest));
    assert!(matches!(item(&mut watch).await, Item::Started(_)));
    // While the program does not read, the server can send no more than the windows hold.
    let reached = eventually("the server to stand still", async || {
        let before = sent(&server).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        (before > 0 && before == sent(&server).await).then_some(before)
    })
    .await;
    assert!(
        reached < CHANGES as i64 / 2,
        "{reached} changes were sent to a program that asked for none"
    );
    for n in 0..CHANGES {
        assert_eq!(change(&mut watch).await.name(), format!("events/e-{n}"));
        if n % 1_000 == 0 {
            let ahead = sent(&server).await - n as i64;
            assert!(ahead < CHANGES as i64 / 2, "{ahead} more were sent");
        }
    }
}

/// Returns the position up to which the only watch was sent.
async fn sent(server: &Server) -> i64 {
    let answer = server
        .admin()
        .list_watches(ListWatchesRequest::default())
        .await;
    answer.expect("it is always served").into_inner().watches[0].position
}
