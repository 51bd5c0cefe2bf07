//! `entente watch`: goes on after every interruption, also of itself.

use std::fs;

use serde_json::Value;

use crate::harness::{Build, Proxy, Running, Server, entente, event};

fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
}

fn name(line: &str) -> String {
    parsed(line)["change"]["event"]["name"]
        .as_str()
        .expect("a change of an event")
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_goes_on_by_itself_after_the_server_was_killed() {
    let mut server = Server::start().await;
    let proxy = Proxy::to(server.grpc_address()).await;
    let address = format!("--server={}", proxy.address());
    server.publish_all([event("e-0"), event("e-1")]).await;
    let mut watch = Running::start(&["watch", "--from=earliest", &address], "");
    assert_eq!(
        [name(&watch.line().await), name(&watch.line().await)],
        ["events/e-0", "events/e-1"]
    );
    for round in 1..4 {
        server.kill();
        watch.error_with("interrupted").await;
        server.start_again().await;
        proxy.point_at(server.grpc_address());
        let (first, second) = (format!("r-{round}-a"), format!("r-{round}-b"));
        server.publish(event(&first)).await;
        server.publish(event(&second)).await;
        assert_eq!(name(&watch.line().await), format!("events/{first}"));
        assert_eq!(name(&watch.line().await), format!("events/{second}"));
    }
    watch.kill();
}

/// A consumer ended when its server was killed, and was told of a resume token, which it has not,
/// when it was shut down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_goes_on_by_itself_after_the_server_was_killed_or_shut_down() {
    let mut server = Server::start().await;
    let proxy = Proxy::to(server.grpc_address()).await;
    let address = format!("--server={}", proxy.address());
    let made = entente(&["subscribe", "desk", "--from=earliest", &address], "").await;
    assert_eq!(made.code, Some(0), "{made:?}");
    server.publish(event("e-0")).await;
    let mut consume = Running::start(&["consume", "desk", &address], "");
    let consumed = |line: String| {
        let line = parsed(&line)["frame"]["change"]["event"]["name"].clone();
        line.as_str().expect("a change of an event").to_owned()
    };
    assert_eq!(consumed(consume.line().await), "events/e-0");
    for round in 1..4 {
        match round {
            2 => {
                server.terminate();
                let told = consume.error_with("shutting down").await;
                assert!(
                    told.contains("retrying in") && !told.contains("token"),
                    "{told}"
                );
                server.ended().await;
            }
            _ => {
                server.kill();
                consume.error_with("interrupted").await;
            }
        }
        server.start_again().await;
        proxy.point_at(server.grpc_address());
        let id = format!("r-{round}");
        server.publish(event(&id)).await;
        let name = format!("events/{id}");
        // What was printed and not yet acknowledged may come again.
        while consumed(consume.line().await) != name {}
    }
    consume.kill();
    let gone = entente(&["consume", "nothing", &address], "").await;
    assert_eq!(gone.code, Some(1), "{gone:?}");
    let help = entente(&["consume", "--help"], "").await;
    assert!(help.stdout.contains("reconnects after every"), "{help:?}");
}

#[tokio::test]
async fn a_watch_with_a_token_file_misses_nothing_over_kills_of_both_sides() {
    let mut server = Server::start().await;
    let directory = tempfile::tempdir().expect("a directory for the test");
    let file = directory.path().join("token");
    let token_file = format!("--token-file={}", file.display());
    let mut seen = Vec::new();
    for round in 0..3 {
        for n in 0..5 {
            server
                .publish(event(&format!("r-{round}-{n}")).with_topic("chips"))
                .await;
            server.publish(event(&format!("other-{round}-{n}"))).await;
        }
        let address = format!("--server={}", server.grpc_address());
        let arguments = [
            "watch",
            "topic:chips",
            "--from=earliest",
            &token_file,
            &address,
        ];
        let mut watch = Running::start(&arguments, "");
        for _ in 0..5 {
            seen.push(name(&watch.line().await));
        }
        let position = server.info().await.head_position - 1;
        crate::harness::eventually("the token to be saved", async || {
            let token = fs::read_to_string(&file).ok()?;
            let saved: i64 = token.split(".l").nth(1)?.split('.').next()?.parse().ok()?;
            (saved >= position).then_some(())
        })
        .await;
        match round {
            0 => watch.kill(),
            _ => {
                server.kill_and_start_again().await;
                watch.kill();
            }
        }
    }
    let expected: Vec<String> = (0..15)
        .map(|n| format!("events/r-{}-{}", n / 5, n % 5))
        .collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_watch_stops_where_it_was_told_to() {
    let server = Server::start().await;
    server
        .publish_all((0..9).map(|n| event(&format!("e-{n}"))))
        .await;
    let address = format!("--server={}", server.grpc_address());
    for (stop, count) in [
        ("--until-caught-up", 9),
        ("--stop-count=4", 4),
        ("--stop-position=7", 7),
        ("--stop-time=2000-01-01", 0),
    ] {
        let ended = entente(&["watch", "--from=earliest", stop, &address], "").await;
        assert_eq!(ended.code, Some(0), "{stop}: {ended:?}");
        assert_eq!(ended.stdout.lines().count(), count, "{stop}: {ended:?}");
    }
    let ended = entente(
        &["watch", "--from=snapshot", "--until-caught-up", &address],
        "",
    )
    .await;
    let first = ended
        .stdout
        .lines()
        .next()
        .map(parsed)
        .expect("the first event");
    assert_eq!(first["change"]["type"], "CHANGE_TYPE_EXISTING");
    let ended = entente(&["watch", "--from=6", "--until-caught-up", &address], "").await;
    assert_eq!(ended.stdout.lines().map(name).collect::<Vec<_>>().len(), 3);
}

#[tokio::test]
async fn every_frame_is_printed_when_asked_for() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let address = format!("--server={}", server.grpc_address());
    let arguments = [
        "watch",
        "--from=earliest",
        "--until-caught-up",
        "--all-frames",
        &address,
    ];
    let ended = entente(&arguments, "").await;
    let frames: Vec<Value> = ended.stdout.lines().map(parsed).collect();
    assert!(frames.len() >= 3, "{ended:?}");
    assert!(
        frames[0]["started"].is_object() && frames[1]["change"].is_object(),
        "{ended:?}"
    );
    assert!(frames[2]["caughtUp"].is_object(), "{ended:?}");
}

#[tokio::test]
async fn a_watch_for_people_is_a_line_for_each_change() {
    let server = Server::start().await;
    server
        .publish(event("a").on("2025-05").titled("A title"))
        .await;
    server.retract("events/a").await;
    let address = format!("--server={}", server.grpc_address());
    let arguments = [
        "watch",
        "--from=earliest",
        "--until-caught-up",
        "-o",
        "table",
        &address,
    ];
    let ended = entente(&arguments, "").await;
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{ended:?}");
    for word in ["1", "created", "entered", "2025-05", "events/a", "A title"] {
        assert!(lines[0].contains(word), "{word}: {ended:?}");
    }
    assert!(lines[1].contains("retracted"), "{ended:?}");
}

#[tokio::test]
async fn a_token_of_another_store_is_refused_with_what_to_do() {
    let (server, other) = tokio::join!(Server::start(), Server::start());
    let directory = tempfile::tempdir().expect("a directory for the test");
    let file = directory.path().join("token");
    fs::write(
        &file,
        server.watch(crate::harness::latest("")).await.token(),
    )
    .expect("writable");
    let token_file = format!("--token-file={}", file.display());
    let address = format!("--server={}", other.grpc_address());
    let ended = entente(&["watch", &token_file, &address], "").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("--from snapshot"), "{ended:?}");
}

/// Trial D7: a watch said nothing until something changed.
#[tokio::test]
async fn d7_a_watch_says_that_it_has_begun() {
    let server = Server::start().await;
    server.publish_all([event("a")]).await;
    let address = format!("--server={}", server.grpc_address());
    let mut watch = Running::start(&["watch", "topic:chips", &address], "");
    let begun = watch.error_with("watching").await;
    assert!(
        begun.contains("topic:chips") && begun.contains("after position 1"),
        "{begun}"
    );
    watch.kill();
}

/// Trial D4: with an empty token file a watch began at the latest in silence.
#[tokio::test]
async fn d4_an_empty_token_file_is_no_place_to_go_on_from() {
    let server = Server::start().await;
    let file = tempfile::NamedTempFile::new().expect("a file for the test");
    let file = format!("--token-file={}", file.path().display());
    let address = format!("--server={}", server.grpc_address());
    let ended = entente(&["watch", &file, &address], "").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("--from"), "{ended:?}");
}
