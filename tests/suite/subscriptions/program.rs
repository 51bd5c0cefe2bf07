//! The commands of the program.

use super::consumer::{get, try_get};
use crate::harness::{Running, Server, entente, event, eventually};

#[tokio::test]
async fn the_commands_make_consume_move_and_delete_a_subscription() {
    let server = Server::start().await;
    server
        .publish_all((1..=3).map(|n| event(&format!("e-{n}"))))
        .await;
    let address = server.grpc_address().to_string();
    let run = async |arguments: &[&str]| {
        let ended = entente(&[arguments, &["--server", &address]].concat(), "").await;
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
        ended.stdout
    };
    let made = run(&["subscribe", "news", "kind = MEETING", "--from", "earliest"]).await;
    assert!(made.contains("subscriptions/news"), "{made}");
    let consumed = run(&["consume", "news", "--until-caught-up"]).await;
    assert_eq!(consumed.lines().count(), 3, "{consumed}");
    assert_eq!(get(&server, "news").await.acked_position, 3);
    run(&["seek", "news", "2"]).await;
    let again = run(&["consume", "news", "--until-caught-up"]).await;
    assert!(
        again.lines().count() == 1 && again.contains("events/e-3"),
        "{again}"
    );
    let listed = run(&["subscriptions", "--output", "table"]).await;
    assert!(
        listed.contains("news") && listed.contains("3/3"),
        "{listed}"
    );
    run(&["unsubscribe", "news"]).await;
    assert!(try_get(&server, "news").await.is_err());
    let ended = entente(&["consume", "news", "--server", &address], "").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("entente subscriptions"), "{ended:?}");
}

#[tokio::test]
async fn s40_a_consumer_that_is_killed_loses_nothing_and_repeats_at_most_what_it_had_not_acknowledged()
 {
    let server = Server::start().await;
    server
        .publish_all((1..=400).map(|n| event(&format!("e-{n}"))))
        .await;
    let address = server.grpc_address().to_string();
    let subscribed = [
        "subscribe",
        "news",
        "--from",
        "earliest",
        "--server",
        &address,
    ];
    assert_eq!(entente(&subscribed, "").await.code, Some(0));
    let arguments = [
        "consume", "news", "--output", "ndjson", "--server", &address,
    ];
    let mut running = Running::start(&arguments, "");
    for n in 1..=20 {
        let line = running.line().await;
        assert!(line.contains(&format!("\"events/e-{n}\"")), "{line}");
    }
    running.kill();
    eventually("the server to notice", async || {
        get(&server, "news").await.consumer.is_empty().then_some(())
    })
    .await;
    let acked = get(&server, "news").await.acked_position;
    assert!(
        acked >= 19,
        "{acked}: what is printed next is printed after the acknowledgement"
    );
    let mut running = Running::start(&arguments, "");
    let line = running.line().await;
    assert!(
        line.contains(&format!("\"events/e-{}\"", acked + 1)),
        "{acked}: {line}"
    );
    assert!(line.contains("\"deliveryAttempt\":2"), "{line}");
}
