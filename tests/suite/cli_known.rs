//! What was known when, conditions of writes and places in sources, on the command line.

use std::fs;

use serde_json::Value;

use super::cli::{lines, run};
use crate::harness::{Ended, Server, event};

async fn publish(server: &Server, id: &str, options: &[&str]) -> Ended {
    let id = format!("--id={id}");
    let publish = [
        "publish",
        &id,
        "--kind=meeting",
        "--status=occurred",
        "--title=T",
    ];
    let source = ["--source-publisher=Ministry"];
    run(server, &[&publish[..], &source, options].concat()).await
}

#[tokio::test]
async fn a_read_shows_what_was_known_at_a_time() {
    let server = Server::start().await;
    let ended = publish(&server, "a", &["--known-since=2024-06-01T12:00:00Z"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let update = [
        "update",
        "a",
        "--title=Corrected",
        "--known-since=2024-07-01",
    ];
    lines(&server, &update).await;
    let body = [
        "create-body",
        "--id=b",
        "--kind=company",
        "--display-name=B",
        "--source-publisher=R",
        "--known-since=2024-06-01",
    ];
    lines(&server, &body).await;
    let correct = [
        "update-body",
        "b",
        "--display-name=C",
        "--known-since=2024-07-01",
    ];
    lines(&server, &correct).await;
    let pact = [
        "create-partnership",
        "--id=p",
        "--display-name=P",
        "--source-publisher=R",
        "--known-since=2024-06-01",
    ];
    lines(&server, &pact).await;
    let correct = [
        "update-partnership",
        "p",
        "--display-name=Q",
        "--known-since=2024-07-01",
    ];
    lines(&server, &correct).await;

    // A day is its last moment.
    for (known_at, title) in [
        ("2024-06-01", "T"),
        ("2024-06-30", "T"),
        ("2024-07-01", "Corrected"),
    ] {
        let known_at = format!("--known-at={known_at}");
        assert_eq!(
            lines(&server, &["get", "a", &known_at]).await[0]["title"],
            title
        );
        assert_eq!(
            lines(&server, &["list", &known_at]).await[0]["title"],
            title
        );
        let summary = lines(&server, &["summarize", "--by=kind", &known_at]).await;
        assert_eq!(summary[0]["count"], "1");
        let name = if title == "T" { ["B", "P"] } else { ["C", "Q"] };
        let body = lines(&server, &["get", "bodies/b", &known_at]).await;
        assert_eq!(body[0]["displayName"], name[0]);
        assert_eq!(
            lines(&server, &["bodies", &known_at]).await[0]["displayName"],
            name[0]
        );
        let pact = lines(&server, &["get", "partnerships/p", &known_at]).await;
        assert_eq!(pact[0]["displayName"], name[1]);
        assert_eq!(
            lines(&server, &["partnerships", &known_at]).await[0]["displayName"],
            name[1]
        );
    }
    for known_at in ["--known-at=2024-06-01T11:59:59Z", "--known-at=2024-05-31"] {
        assert_eq!(
            lines(&server, &["list", known_at]).await,
            [0; 0].map(Value::from)
        );
        assert_eq!(run(&server, &["get", "a", known_at]).await.code, Some(1));
        let explained = lines(&server, &["explain", "kind = MEETING", known_at]).await;
        assert!(explained[0]["matchingEvents"].is_null(), "{explained:?}");
    }

    let early = ["update", "a", "--title=T", "--known-since=2024-06-15"];
    let refused = run(&server, &early).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stderr.contains("--known-since is earlier"),
        "{refused:?}"
    );
    assert_eq!(
        run(&server, &["get", "a", "--known-at=June"]).await.code,
        Some(2)
    );
    let both = ["get", "a", "--revisions", "--known-at=2024-06-01"];
    assert_eq!(run(&server, &both).await.code, Some(2));
}

#[tokio::test]
async fn every_write_of_an_event_takes_known_since_and_tracking() {
    let server = Server::start().await;
    server.publish(event("b")).await;
    for (nth, write) in [
        &[
            "publish",
            "--id=a",
            "--kind=meeting",
            "--status=occurred",
            "--title=T",
            "--source-title=S",
        ][..],
        &["update", "a", "--title=Corrected"],
        &["retract", "a"],
        &["restore", "a"],
        &["merge", "b", "--into=a"],
        &["redact", "a", "--yes"],
    ]
    .into_iter()
    .enumerate()
    {
        let known_since = format!("--known-since=2024-0{}-01", nth + 1);
        let tracking = format!("--tracking=minutes={}", nth + 1);
        let written = run(&server, &[write, &[&known_since, &tracking]].concat()).await;
        // The event that is merged was known later.
        if write[0] == "merge" {
            assert!(
                written.stderr.contains("--known-since is earlier"),
                "{written:?}"
            );
            continue;
        }
        assert_eq!(written.code, Some(0), "{written:?}");
        let event = &lines(&server, &["get", "a"]).await[0];
        let known_since = format!("2024-0{}-01T00:00:00Z", nth + 1);
        assert_eq!(event["knownSince"], known_since, "{write:?}");
        let tracked = &lines(&server, &["tracking", "minutes"]).await[0];
        assert_eq!(tracked["position"], (nth + 1).to_string());
        assert_eq!(tracked["logPosition"], event["position"]);
    }
}

#[tokio::test]
async fn a_creation_is_refused_when_something_like_it_is_there() {
    let server = Server::start().await;
    let first = publish(&server, "a", &["--party=JP", "--unless=party:JP"]).await;
    assert_eq!(first.code, Some(0), "{first:?}");
    let refused = publish(&server, "b", &["--unless=party:JP"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("events/a matches the filter of --unless"),
        "{refused:?}"
    );
    assert!(refused.stderr.contains("--after"), "{refused:?}");
    let pact = [
        "create-partnership",
        "--id=p",
        "--display-name=P",
        "--source-title=S",
        "--unless=party:JP",
    ];
    assert_eq!(run(&server, &pact).await.code, Some(1));
    let body = [
        "create-body",
        "--id=b",
        "--kind=company",
        "--display-name=B",
        "--source-title=S",
        "--unless=party:JP",
    ];
    assert_eq!(run(&server, &body).await.code, Some(1));
    let negated = publish(&server, "b", &["--unless=-party:JP"]).await;
    assert_eq!(negated.code, Some(0), "{negated:?}");
    let seen = publish(&server, "c", &["--unless=party:JP", "--after=1"]).await;
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert_eq!(publish(&server, "d", &["--after=1"]).await.code, Some(2));
}

#[tokio::test]
async fn a_source_is_written_once() {
    let server = Server::start().await;
    let unknown = run(&server, &["tracking", "minutes", "-o", "table"]).await;
    assert_eq!(unknown.stdout, "nothing of minutes was written\n");
    publish(&server, "a", &["--tracking=minutes=41"]).await;
    let refused = publish(&server, "b", &["--tracking=minutes=41"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("give a higher position with --tracking"),
        "{refused:?}"
    );
    for wrong in ["--tracking=minutes", "--tracking=minutes=0"] {
        assert_eq!(publish(&server, "b", &[wrong]).await.code, Some(2));
    }
    let known = run(&server, &["tracking", "minutes", "-o", "table"]).await;
    assert_eq!(
        known.stdout,
        "minutes was written up to 41, at position 1 of the log\n"
    );
}

#[tokio::test]
async fn an_import_goes_on_after_the_line_that_its_source_has_reached() {
    let server = Server::start().await;
    let directory = tempfile::tempdir().expect("a directory for the test");
    let path = directory.path().join("minutes.ndjson");
    let file = path.to_str().expect("plain text");
    let create = |id: &str| {
        format!(
            r#"{{"create_event":{{"event_id":"{id}","event":{{"kind":"KIND_MEETING","status":"STATUS_OCCURRED","title":"T","sources":[{{"id":"s"}}]}}}}}}"#
        )
    };
    let import = ["import", file, "--tracking=minutes"];
    let counts = async || {
        let counts = &lines(&server, &import).await[0];
        ["written", "replayed", "not_sent"].map(|name| counts[name].as_u64().expect(name))
    };
    fs::write(&path, format!("{}\n\n{}\n", create("a"), create("b"))).expect("writable");
    assert_eq!(counts().await, [2, 0, 0]);
    assert_eq!(
        lines(&server, &["tracking", "minutes"]).await[0]["position"],
        "3"
    );
    // These would be skipped, although nothing of them was written.
    for other in [
        create("x"),
        format!("{}\n", create("b")),
        format!("{}\n{}\n{}\n", create("b"), create("c"), create("d")),
        format!("{}\n{}\n\n{}\n", create("a"), create("b"), create("c")),
        format!("{}\n\n{}\n{}\n", create("a"), create("y"), create("c")),
    ] {
        fs::write(&path, other).expect("writable");
        let refused = run(&server, &import).await;
        assert!(
            refused.code == Some(1) && refused.stderr.contains("name a source of its own"),
            "{refused:?}"
        );
    }
    let own = create("c").replacen(
        r#""event_id""#,
        r#""tracking":{"source":"minutes","position":9},"event_id""#,
        1,
    );
    fs::write(
        &path,
        format!("{}\n\n{}\n{own}\n", create("a"), create("b")),
    )
    .expect("writable");
    let refused = run(&server, &import).await;
    assert!(
        refused.code == Some(1)
            && refused
                .stderr
                .contains("minutes.ndjson:4: has a tracking of its own"),
        "{refused:?}"
    );
    assert_eq!(server.info().await.head_position, 2);
    fs::write(
        &path,
        format!("{}\n\n{}\n{}\n", create("a"), create("b"), create("c")),
    )
    .expect("writable");
    assert_eq!(counts().await, [1, 2, 0]);
    assert_eq!(counts().await, [0, 3, 0]);
    let listed = run(&server, &["list", "--order-by=name", "-o", "names"]).await;
    assert_eq!(listed.stdout, "events/a\nevents/b\nevents/c\n");
    let two = run(&server, &[&import[..], &[file]].concat()).await;
    assert!(
        two.code == Some(1) && two.stderr.contains("one file"),
        "{two:?}"
    );
}
