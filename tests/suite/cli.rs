//! The command line from end to end: what it prints, and how it ends.

use entente::proto::v1::ListEventsRequest;
use serde_json::Value;

use crate::harness::{Build, Ended, Server, entente, event, eventually, latest, partnership};

async fn run(server: &Server, arguments: &[&str]) -> Ended {
    run_with(server, arguments, "").await
}

async fn run_with(server: &Server, arguments: &[&str], input: &str) -> Ended {
    let address = format!("--server={}", server.grpc_address());
    let arguments: Vec<&str> = arguments
        .iter()
        .copied()
        .chain([address.as_str()])
        .collect();
    entente(&arguments, input).await
}

/// The output of a command that succeeds, one value a line.
async fn lines(server: &Server, arguments: &[&str]) -> Vec<Value> {
    let ended = run(server, arguments).await;
    assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("NDJSON in a pipe"))
        .collect()
}

#[tokio::test]
async fn an_event_is_published_listed_corrected_withdrawn_and_brought_back() {
    let server = Server::start().await;
    let publish = [
        "publish",
        "--id=council",
        "--kind=meeting",
        "--status=scheduled",
        "--title=Third council",
        "--date=2026-05",
        "--party=JP:host",
        "--party=EU",
        "--topic=chips",
        "--source-publisher=Ministry",
        "--request-id=r-1",
    ];
    let written = lines(&server, &publish).await;
    assert_eq!(written[0]["event"]["name"], "events/council");
    assert_eq!(written[0]["event"]["position"], "1");
    let again = lines(&server, &publish).await;
    assert_eq!(again[0]["replayed"], true);

    let listed = lines(
        &server,
        &["list", "party:JP AND topic:chips", "-o", "ndjson"],
    )
    .await;
    assert_eq!(
        (listed.len(), &listed[0]["title"]),
        (1, &Value::from("Third council"))
    );
    let event = &lines(&server, &["get", "council"]).await[0];
    assert_eq!(event["parties"][0]["role"], "ROLE_HOST");

    let etag = format!("--etag={}", event["etag"].as_str().expect("an etag"));
    let update = [
        "update",
        "council",
        "--status=occurred",
        &etag,
        "--reason=status-changed",
        "--note=It took place.",
    ];
    let updated = &lines(&server, &update).await[0]["event"];
    assert_eq!(
        (&updated["status"], &updated["revision"]),
        (&"STATUS_OCCURRED".into(), &2.into())
    );
    let stale = run(&server, &update).await;
    assert_eq!(stale.code, Some(1), "{stale:?}");
    assert!(stale.stderr.contains("read it again"), "{stale:?}");

    lines(&server, &["retract", "council", "--reason=duplicate"]).await;
    assert!(lines(&server, &["list"]).await.is_empty());
    let restored = &lines(&server, &["restore", "council"]).await[0]["event"];
    assert_eq!(restored["state"], "STATE_ACTIVE");
    let revisions = lines(&server, &["get", "council", "--revisions"]).await;
    assert_eq!(revisions.len(), 4);
    let before = run(&server, &["get", "council", "--as-of-position=0"]).await;
    assert_eq!(
        before.code,
        Some(2),
        "there is no state before the first: {before:?}"
    );
    let first = &lines(&server, &["get", "council", "--as-of-position=1"]).await[0];
    assert_eq!(first["status"], "STATUS_SCHEDULED");
}

/// S55 (Trial A1).
#[tokio::test]
async fn a1_an_update_that_changes_nothing_says_so_and_a_change_of_presence_is_one() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let patch = |json: &'static str| {
        let arguments = ["update", "a", "-p", "-", "--note=Read anew.", "-o", "table"];
        let server = &server;
        async move { run_with(server, &arguments, json).await.stdout }
    };
    let written = patch(r#"{"binding": false}"#).await;
    assert_eq!(written, "events/a updated: revision 2, position 2\n");
    let event = &lines(&server, &["get", "a"]).await[0];
    assert_eq!(event["changeNote"]["text"], "Read anew.");
    let unchanged = patch(r#"{"binding": false}"#).await;
    assert!(
        unchanged.starts_with("events/a unchanged: revision 2; nothing was written"),
        "{unchanged}"
    );
    assert_eq!(server.info().await.head_position, 2);
}

#[tokio::test]
async fn events_are_published_from_a_file_or_a_pipe_all_or_none() {
    let server = Server::start().await;
    let json = |id: &str| {
        format!(
            r#"{{"name":"events/{id}","kind":"KIND_MEETING","status":"STATUS_OCCURRED",
               "title":"T","sources":[{{"id":"press"}}]}}"#
        )
    };
    let both = json("a") + "\n" + &json("b");
    let dry = run_with(&server, &["publish", "-f", "-", "--dry-run"], &both).await;
    assert_eq!(
        (dry.code, server.info().await.head_position),
        (Some(0), 0),
        "{dry:?}"
    );
    let published = run_with(&server, &["publish", "-f", "-"], &both).await;
    assert_eq!(published.code, Some(0), "{published:?}");
    let one_is_there = run_with(&server, &["publish", "-f", "-"], &(json("c") + &json("a"))).await;
    assert_eq!(one_is_there.code, Some(1), "{one_is_there:?}");
    assert_eq!(server.info().await.head_position, 2);
}

#[tokio::test]
async fn duplicates_are_merged() {
    let server = Server::start().await;
    server
        .publish_all([event("a"), event("b"), event("c")])
        .await;
    let merged = lines(
        &server,
        &["merge", "--into", "a", "b", "c", "--reason=duplicate"],
    )
    .await;
    assert_eq!(merged[0]["event"]["name"], "events/a");
    assert_eq!(lines(&server, &["list"]).await.len(), 1);
    assert_eq!(
        lines(&server, &["get", "b"]).await[0]["supersededBy"],
        "events/a"
    );
}

#[tokio::test]
async fn events_are_counted_and_filters_explained() {
    let server = Server::start().await;
    server
        .publish_all([event("a").on("2025"), event("b").on("2025"), event("c")])
        .await;
    let rows = lines(&server, &["summarize", "--by=year"]).await;
    assert_eq!(
        (&rows[0]["group"]["year"], &rows[0]["count"]),
        (&"2025".into(), &"2".into())
    );
    let explained = &lines(&server, &["explain", "kind = MEETING"]).await[0];
    assert_eq!(explained["matchingEvents"], "3");
}

#[tokio::test]
async fn every_format_says_the_same() {
    let server = Server::start().await;
    server.publish(event("a").titled("A title")).await;
    for format in ["table", "json", "ndjson", "yaml"] {
        for command in [
            &["list"][..],
            &["get", "a"],
            &["explain", ""],
            &["summarize", "--by=kind"],
        ] {
            let arguments: Vec<&str> = command.iter().copied().chain(["-o", format]).collect();
            let ended = run(&server, &arguments).await;
            assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
            assert!(!ended.stdout.trim().is_empty(), "{arguments:?}");
            if format == "json" {
                serde_json::from_str::<Value>(&ended.stdout).expect("one JSON value");
            }
        }
        let ended = run(&server, &["list", "-o", format]).await;
        assert!(ended.stdout.contains("A title"), "{format}: {ended:?}");
    }
    // A title from outside cannot steer the terminal.
    let ended = run(&server, &["list", "-o", "table"]).await;
    assert!(!ended.stdout.contains('\u{1b}'), "{ended:?}");
}

#[tokio::test]
async fn a_list_is_cut_at_its_limit_and_whole_when_asked_for() {
    let server = Server::start().await;
    server
        .publish_all((0..120).map(|n| event(&format!("e-{n:03}"))))
        .await;
    assert_eq!(lines(&server, &["list"]).await.len(), 50);
    assert_eq!(
        lines(&server, &["list", "--limit=7", "--order-by=name"])
            .await
            .len(),
        7
    );
    let all = lines(&server, &["list", "--all", "--order-by=name"]).await;
    assert_eq!(
        (all.len(), &all[119]["name"]),
        (120, &"events/e-119".into())
    );
    // Whoever counts the lines must not take a part for the whole.
    server.publish_partnership(partnership("p-1")).await;
    server.publish_partnership(partnership("p-2")).await;
    for format in ["csv", "names", "ndjson", "table"] {
        let cut = run(&server, &["list", "-o", format]).await;
        assert!(cut.stderr.contains("50 of 120 events; --all"), "{cut:?}");
        let whole = run(&server, &["list", "--all", "-o", format]).await;
        assert_eq!(whole.stderr, "", "{whole:?}");
        let cut = run(&server, &["partnerships", "--limit=1", "-o", format]).await;
        assert!(cut.stderr.contains("only the first 1"), "{cut:?}");
        let whole = run(&server, &["partnerships", "--limit=2", "-o", format]).await;
        assert_eq!(whole.stderr, "", "{whole:?}");
    }
    let json = run(&server, &["list", "-o", "json"]).await;
    assert!(json.stdout.contains("nextPageToken") && json.stderr.is_empty());
    // A limit within the second page: its token is that of what comes after the limit.
    let titled = |n: i32| event(&format!("f-{n:04}"));
    server.publish_all((0..500).map(titled)).await;
    server.publish_all((500..1_000).map(titled)).await;
    let ordered = ["list", "-o=json", "--order-by=name", "--limit=1100"];
    let json = run(&server, &ordered).await.stdout;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let rest = server
        .events()
        .list_events(ListEventsRequest {
            page_size: 1_000,
            page_token: json["nextPageToken"].as_str().expect("a token").into(),
            order_by: "name".into(),
            ..Default::default()
        })
        .await
        .expect("the token of the next page");
    assert_eq!(rest.into_inner().events.len(), 20);
}

#[tokio::test]
async fn a_refusal_is_a_sentence_and_what_to_do() {
    let server = Server::start().await;
    for (arguments, sentence) in [
        (&["get", "nowhere"][..], "there is no events/nowhere"),
        (&["list", "knd = MEETING"], "did you mean `kind`"),
        (&["restore", "nowhere"], "there is no events/nowhere"),
        (&["publish", "--id=a", "--title=T"], "sources"),
        (&["watch", "--token=garbage"], "resume_token"),
    ] {
        let ended = run(&server, arguments).await;
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(1), ""),
            "{arguments:?}: {ended:?}"
        );
        assert!(ended.stderr.starts_with("error: "), "{ended:?}");
        assert!(ended.stderr.contains(sentence), "{arguments:?}: {ended:?}");
    }
}

#[tokio::test]
async fn a_wrong_command_line_is_told_from_a_refusal_and_from_silence() {
    let server = Server::start().await;
    for arguments in [
        &["lst"][..],
        &["list", "kind", "=", "MEETING"],
        &["watch", "--from=somewhere"],
        &["watch", "--from=earliest", "--token=x"],
        &["publish", "--id=a", "--kind=party"],
    ] {
        let ended = run(&server, arguments).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
    }
    let ended = entente(&["list", "--server=127.0.0.1:1", "--timeout=5s"], "").await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(
        ended.stderr.contains("127.0.0.1:1") && ended.stderr.contains("--server"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn health_ends_with_the_codes_of_the_usual_probe() {
    let mut server = Server::start().await;
    let healthy = run(&server, &["health"]).await;
    assert_eq!(
        (healthy.code, healthy.stdout.as_str()),
        (Some(0), "SERVING\n")
    );
    assert_eq!(
        run(&server, &["health", "--service=entente.v1.EventService"])
            .await
            .code,
        Some(0)
    );
    assert_eq!(
        run(&server, &["health", "--service=nothing"]).await.code,
        Some(3)
    );
    assert_eq!(run(&server, &["health", "--nonsense"]).await.code, Some(1));
    server.kill();
    assert_eq!(
        run(&server, &["health", "--timeout=5s"]).await.code,
        Some(2)
    );
}

#[tokio::test]
async fn the_server_is_named_by_option_or_environment_and_help_tells_all_commands() {
    let help = entente(&["--help"], "").await;
    assert_eq!(help.code, Some(0));
    for command in [
        "serve",
        "list",
        "get",
        "watch",
        "summarize",
        "explain",
        "publish",
        "update",
        "retract",
        "restore",
        "merge",
        "import",
        "export",
        "health",
        "completions",
    ] {
        assert!(
            help.stdout.contains(&format!("  {command} ")),
            "{command}: {}",
            help.stdout
        );
    }
    assert!(help.stdout.contains("Exit codes"), "{}", help.stdout);
    let version = entente(&["--version"], "").await;
    assert_eq!(
        version.stdout,
        format!("entente {}\n", env!("CARGO_PKG_VERSION"))
    );
    for shell in ["bash", "zsh", "fish"] {
        let script = entente(&["completions", shell], "").await;
        assert!(
            script.code == Some(0) && script.stdout.contains("entente"),
            "{shell}"
        );
    }
}

/// Trial D1: the README's own filter was refused as an option.
#[tokio::test]
async fn d1_a_filter_may_begin_with_a_hyphen_and_options_are_still_known() {
    let server = Server::start().await;
    server
        .publish_all([event("dated").on("2025"), event("undated")])
        .await;
    let undated = ["-date:*", "-(date:*)", "-date:* -kind = STATEMENT"];
    for filter in undated {
        let listed = lines(&server, &["list", filter]).await;
        assert_eq!(listed.len(), 1, "{filter}");
        assert_eq!(listed[0]["name"], "events/undated");
        let explained = lines(&server, &["explain", filter]).await;
        assert_eq!(explained[0]["matchingEvents"], "1");
        let rows = lines(&server, &["summarize", "--by=kind", filter]).await;
        assert_eq!(rows[0]["count"], "1");
        let watch = ["watch", filter, "--from=snapshot", "--until-caught-up"];
        assert_eq!(lines(&server, &watch).await.len(), 1);
    }
    assert!(
        lines(&server, &["partnerships", "-topic:*"])
            .await
            .is_empty()
    );
    lines(&server, &["subscribe", "s", "-date:*"]).await;

    for options in [["-o=names", "-date:*"], ["-date:*", "-onames"]] {
        let names = run(&server, &[&["list"][..], &options].concat()).await;
        assert_eq!(names.stdout, "events/undated\n", "{names:?}");
    }
    for wrong in [["list", "--limt", "3"], ["list", "--limt=3", "-o=json"]] {
        let ended = run(&server, &wrong).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("'--limit'"), "{}", ended.stderr);
    }
}

/// Trial D1: `partnerships` printed names that `get` did not find.
#[tokio::test]
async fn d1_every_name_that_is_printed_can_be_shown() {
    let server = Server::start().await;
    server.publish_partnership(partnership("pact")).await;
    server.publish_all([event("council")]).await;
    lines(&server, &["subscribe", "desk"]).await;

    let names = [
        ("council", "events/council"),
        ("events/council", "events/council"),
        ("council/revisions/1", "events/council"),
        ("pact", "partnerships/pact"),
        ("partnerships/pact", "partnerships/pact"),
        ("desk", "subscriptions/desk"),
        ("subscriptions/desk", "subscriptions/desk"),
    ];
    for (typed, name) in names {
        assert_eq!(lines(&server, &["get", typed]).await[0]["name"], name);
    }
    let missing = run(&server, &["get", "nothing"]).await;
    assert_eq!(missing.code, Some(1), "{missing:?}");
    assert!(
        missing.stderr.contains("entente partnerships"),
        "{missing:?}"
    );
}

/// Trial D2: what is final was done without a question.
#[tokio::test]
async fn d2_nothing_is_erased_that_nobody_has_confirmed() {
    let server = Server::start().await;
    server.publish_all([event("a")]).await;

    let refused = run_with(&server, &["redact", "a"], "a\n").await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for part in ["for good", "--yes", "entente retract"] {
        assert!(refused.stderr.contains(part), "{refused:?}");
    }
    let checked = lines(&server, &["redact", "a", "--dry-run"]).await;
    assert_eq!(checked[0]["event"]["state"], "STATE_REDACTED");
    assert_eq!(server.info().await.head_position, 1);
    let redacted = lines(&server, &["redact", "a", "--yes"]).await;
    assert_eq!(redacted[0]["event"]["state"], "STATE_REDACTED");

    // What was taken over by another event stays there, which is told.
    server.publish_all([event("b"), event("c")]).await;
    lines(&server, &["merge", "b", "--into", "c"]).await;
    let merged = run(&server, &["redact", "b", "--yes"]).await;
    assert!(
        merged.stderr.contains("taken over by events/c"),
        "{merged:?}"
    );

    let help = entente(&["redact", "--help"], "").await.stdout;
    assert!(help.contains("cannot be undone") && help.contains("entente retract"));
    let help = entente(&["retract", "--help"], "").await.stdout;
    assert!(help.contains("entente restore") && help.contains("entente redact"));
}

/// An HTTP/1 server, as there are many: it answers whatever it is sent.
async fn web_server(answer: &'static str) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut said = [0; 1024];
                let _ = stream.read(&mut said).await;
                // A client that has gone away is its own business.
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    address
}

/// Trial D4: a wrong port was told in the words of HTTP/2.
#[tokio::test]
async fn d4_a_wrong_port_is_told_as_one() {
    let server = Server::start().await;
    let bad_request = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let ports = [
        (server.admin_address(), "admin port"),
        (web_server(bad_request).await, "answers HTTP/1"),
        (web_server("").await, "does not speak HTTP/2"),
        (
            web_server("SSH-2.0-OpenSSH_9.2\r\n").await,
            "does not speak HTTP/2",
        ),
    ];
    for (address, why) in ports {
        let option = format!("--server={address}");
        let asked: [&[&str]; 4] = [
            &["list", &option],
            &["watch", &option],
            &["get", "a", &option],
            &["publish", "--id=a", "--title=T", &option],
        ];
        for arguments in asked {
            let ended = entente(arguments, "").await;
            assert_eq!(ended.code, Some(3), "{arguments:?}: {ended:?}");
            let told = ended.stderr.contains(why) && ended.stderr.contains("not a gRPC server");
            assert!(told, "{arguments:?}: {ended:?}");
        }
        let conform = entente(&["conform", &address.to_string()], "").await;
        assert!(conform.stderr.contains(why), "{conform:?}");
    }
    let nobody = entente(&["list", "--server=127.0.0.1:1"], "").await;
    assert!(nobody.stderr.contains("cannot reach"), "{nobody:?}");
    let refused = run(&server, &["list", "partey:JP"]).await;
    assert!(!refused.stderr.contains("gRPC"), "{refused:?}");
}

/// Trial D4: a missing path was reported as "not empty".
#[tokio::test]
async fn d4_what_is_no_store_is_told_as_what_it_is() {
    let empty = tempfile::tempdir().expect("a directory for the test");
    let missing = empty.path().join("nothing");
    let path = |path: &std::path::Path| path.display().to_string();
    let asked = [
        (path(&missing), "No such file"),
        (path(empty.path()), "no MANIFEST"),
        ("Cargo.toml".to_owned(), "is a file"),
    ];
    for (directory, why) in asked {
        let ended = entente(&["verify", &directory], "").await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(why), "{ended:?}");
        assert!(!ended.stderr.contains("not empty"), "{ended:?}");
    }
}

/// Trial D6: what could not be asked and written on the command line.
#[tokio::test]
async fn d6_a_server_and_its_watches_are_shown_and_a_watch_is_ended() {
    let server = Server::start().await;
    let info = &lines(&server, &["info"]).await[0];
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
    assert!(lines(&server, &["watches"]).await.is_empty());

    let watch = server.watch(latest("kind = MEETING")).await;
    let open = lines(&server, &["watches"]).await;
    let name = open[0]["name"].as_str().expect("a name").to_owned();
    let shown = run(&server, &["watches", "-o", "table"]).await;
    let slug = name.trim_start_matches("watches/");
    assert!(shown.stdout.contains(slug), "{shown:?}");
    let ended = run(&server, &["disconnect", slug]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let (_, end) = watch.into_end().await;
    assert_eq!(
        end.expect_err("it was ended").code(),
        tonic::Code::Unavailable
    );
    let gone = run(&server, &["disconnect", &name]).await;
    assert_eq!(gone.code, Some(1), "{gone:?}");
    assert!(gone.stderr.contains("entente watches"), "{gone:?}");
}

#[tokio::test]
async fn d6_a_partnership_is_created_and_corrected_on_the_command_line() {
    let server = Server::start().await;
    let create = [
        "create-partnership",
        "--id=pact",
        "--display-name=A pact",
        "--form=dialogue",
        "--party=JP:lead",
        "--topic=chips",
        "--established=2022-05",
        "--source-publisher=Ministry",
        "--request-id=r-1",
    ];
    let created = lines(&server, &create).await;
    assert_eq!(created[0]["partnership"]["name"], "partnerships/pact");
    assert_eq!(lines(&server, &create).await[0]["replayed"], true);
    let update = [
        "update-partnership",
        "pact",
        "--status=active",
        "--add-party=EU",
        "--remove-topic=chips",
        "--add-source=site",
        "--source-uri=https://example.org/pact",
        "--note=It began.",
    ];
    let updated = &lines(&server, &update).await[0]["partnership"];
    assert_eq!(updated["status"], "active");
    assert_eq!(updated["parties"].as_array().map(Vec::len), Some(2));
    assert_eq!(updated["sources"].as_array().map(Vec::len), Some(2));
    assert_eq!(updated["topics"], Value::Null);
    let nothing = run(&server, &["update-partnership", "pact"]).await;
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
}

#[tokio::test]
async fn d6_one_source_party_and_sum_are_added_and_taken_away() {
    let server = Server::start().await;
    server.publish_all([event("a").with_state("JP")]).await;
    let add = [
        "update",
        "a",
        "--add-source=site",
        "--source-uri=https://example.org/a",
        "--source-type=official",
        "--add-party=EU:host",
        "--add-amount=EUR:90000000:commitment",
        "--add-topic=chips",
        "--title=Renamed",
        "--request-id=add-1",
    ];
    let added = lines(&server, &add).await;
    let event = &added[0]["event"];
    assert_eq!(event["title"], "Renamed");
    assert_eq!(event["sources"][1]["type"], "SOURCE_TYPE_OFFICIAL");
    assert_eq!(event["parties"][1]["role"], "ROLE_HOST");
    assert_eq!(event["amounts"][0]["value"], "90000000");
    assert_eq!(event["revision"], 2);

    let again = run(&server, &["update", "a", "--add-topic=chips"]).await;
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.stderr.contains("nothing to change"), "{again:?}");
    let remove = [
        "update",
        "a",
        "--remove-source=press",
        "--remove-party=JP",
        "--remove-amount=EUR:90000000",
    ];
    let removed = &lines(&server, &remove).await[0]["event"];
    assert_eq!(removed["sources"][0]["id"], "site");
    assert_eq!(removed["parties"].as_array().map(Vec::len), Some(1));
    assert_eq!(removed["amounts"], Value::Null);
    assert_eq!(removed["topics"][0], "chips");

    for (arguments, why) in [
        (["update", "a", "--remove-topic=none"], "no topic none"),
        (["update", "a", "--source-uri=https://b"], "--add-source"),
        (["update", "a", "--add-amount=lots"], "is not a sum"),
    ] {
        let ended = run(&server, &arguments).await;
        assert_ne!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stderr.contains(why), "{ended:?}");
    }
    let stale = ["update", "a", "--add-topic=more", "--etag=stale"];
    assert_eq!(run(&server, &stale).await.code, Some(1));
    assert_eq!(server.info().await.head_position, 3);
}

#[tokio::test]
async fn d6_a_list_is_printed_as_csv_and_as_names_alone() {
    let server = Server::start().await;
    server.publish_partnership(partnership("pact")).await;
    server
        .publish_all([
            event("a").titled("One, \"two\"").with_state("JP"),
            event("b"),
        ])
        .await;
    let csv = run(&server, &["list", "-o", "csv", "--order-by=name"]).await;
    let rows: Vec<_> = csv.stdout.lines().collect();
    assert_eq!(rows.len(), 3, "{csv:?}");
    assert!(rows[0].starts_with("name,date,kind,status,"), "{csv:?}");
    assert!(rows[1].contains("\"One, \"\"two\"\"\""), "{csv:?}");
    let names = run(&server, &["list", "-o", "names", "--order-by=name"]).await;
    assert_eq!(names.stdout, "events/a\nevents/b\n");
    let names = run(&server, &["partnerships", "-o", "names"]).await;
    assert_eq!(names.stdout, "partnerships/pact\n");
    let counts = run(&server, &["summarize", "--by=kind", "-o", "csv"]).await;
    assert_eq!(counts.stdout, "count,kind\n2,MEETING\n");
    let one = run(&server, &["retract", "a", "-o", "csv"]).await;
    assert_eq!(one.code, Some(1), "{one:?}");
    assert_eq!(server.info().await.head_position, 3);
}

/// Trial D7: of three spellings of enums, options took one.
#[tokio::test]
async fn d7_words_of_enums_are_taken_in_every_spelling_and_shown_in_one() {
    let server = Server::start().await;
    for (nth, status) in ["in-force", "IN_FORCE", "STATUS_IN_FORCE", "Status-In-Force"]
        .into_iter()
        .enumerate()
    {
        let id = format!("--id=e-{nth}");
        let status = format!("--status={status}");
        let publish = [
            "publish",
            &id,
            &status,
            "--kind=Kind_Agreement",
            "--title=T",
        ];
        let publish = [
            &publish[..],
            &["--source-publisher=P", "--party=JP:ROLE_HOST"],
        ]
        .concat();
        let written = lines(&server, &publish).await;
        assert_eq!(written[0]["event"]["status"], "STATUS_IN_FORCE");
        assert_eq!(written[0]["event"]["parties"][0]["role"], "ROLE_HOST");
    }
    let table = run(&server, &["summarize", "--by=status", "-o=table"]).await;
    assert!(table.stdout.contains("in-force"), "{table:?}");
    let filter = "status = STATUS_IN_FORCE AND status = in-force";
    assert_eq!(lines(&server, &["list", filter]).await.len(), 4);
    let wrong = run(&server, &["update", "e-0", "--status=unspecified"]).await;
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.stderr.contains("in-force"), "{wrong:?}");
}

/// What was typed wrongly was told in words that led to more of it.
#[tokio::test]
async fn a_slip_of_the_command_line_is_told_with_what_was_meant() {
    let server = Server::start().await;
    for (arguments, code, told) in [
        (
            &["list", "party:JP", "AND", "topic:quantum"][..],
            2,
            "put all of it in quotes",
        ),
        (
            &["subscribe", "s", "party:JP", "OR", "party:EU"],
            2,
            "put all of it in quotes",
        ),
        (
            &["list", "--filter", "party:JP"],
            2,
            "entente list 'party:JP'",
        ),
        (
            &["watch", "--filter=party:JP"],
            2,
            "entente watch 'party:JP'",
        ),
        (
            &["summarize", "--by", "kind", "status"],
            1,
            "--by kind,status",
        ),
        (
            &["summarize", "--by", "kind,step", "status"],
            1,
            "--by kind,step,status",
        ),
        (
            &["summarize", "--by", "country"],
            1,
            "did you mean party or place.country?",
        ),
        (
            &["summarize", "--by", "type"],
            1,
            "did you mean kind or source.type?",
        ),
        (&["summarize", "--by", "stat"], 1, "did you mean stat"),
        (&["list", "--as-of-position=abc"], 2, "from 1 up"),
        (&["list", "--as-of-position=0"], 2, "from 1 up"),
        (&["watch", "--stop-position=abc"], 2, "from 1 up"),
        (&["watch", "--stop-count=0"], 2, "from 1 up"),
        (&["explain", "", "--sample=101"], 2, "from 0 to 100"),
        (&["import", "-", "--parallel=0"], 2, "from 1 to 64"),
        (&["list", "--timeout=1d"], 2, "24h"),
    ] {
        let ended = run(&server, arguments).await;
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        assert!(
            ended.stderr.contains(told),
            "{arguments:?}: {}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("-- --filter"), "{}", ended.stderr);
    }
    server.publish(event("a")).await;
    let bad = run_with(
        &server,
        &["update", "a", "-p", "-", "--mask=summary,dat"],
        "{}",
    )
    .await;
    assert_eq!(
        bad.stderr.matches("announce_date").count(),
        1,
        "{}",
        bad.stderr
    );
}

/// What the server says to programs was told on the command line, where nothing has those names.
#[tokio::test]
async fn a_refusal_is_in_the_words_of_the_command_line() {
    let server = Server::start().await;
    lines(&server, &["subscribe", "desk", "--idle-ttl=1h"]).await;
    let token = "--token=x";
    for (arguments, told) in [
        (&["seek", "desk", "2999-01-01"][..], "`latest` is now"),
        (&["subscribe", "s", "--from=2999-01-01"], "`latest` is now"),
        (&["watch", token], "give one as it was received\n"),
        (
            &["subscribe", "desk"],
            "subscriptions/desk is there already\n",
        ),
        (&["health", "--service=x"], "leave out --service"),
        (&["get", "events/none"], "look for a typing error\n"),
        (&["watch", "--from=9"], "give a position up to it"),
    ] {
        let ended = run(&server, arguments).await;
        assert_ne!(ended.code, Some(0), "{arguments:?}: {ended:?}");
        assert!(
            ended.stderr.contains(told),
            "{arguments:?}: {}",
            ended.stderr
        );
        for word in ["START_", "after_position", "send ", "update it"] {
            assert!(
                !ended.stderr.contains(word),
                "{arguments:?}: {}",
                ended.stderr
            );
        }
    }
    let shown = run(&server, &["get", "desk", "-o=table"]).await;
    assert!(shown.stdout.contains("3600s"), "{shown:?}");
}

/// Formats and options that had no effect were taken in silence.
#[tokio::test]
async fn a_format_or_an_option_without_effect_is_refused() {
    let server = Server::start().await;
    server.publish_partnership(partnership("pact")).await;
    server.publish(event("council")).await;
    lines(&server, &["subscribe", "desk"]).await;
    for (arguments, told) in [
        (
            &["summarize", "--by=kind", "-o=names"][..],
            "counts have no names",
        ),
        (&["export", "-o", "table"], "leave out -o"),
        (&["unsubscribe", "desk", "-o=json"], "leave out -o"),
        (&["disconnect", "w", "-o=json"], "leave out -o"),
        (&["get", "council", "-o=csv"], "get --revisions"),
        (
            &["get", "subscriptions/desk", "--as-of-position=1"],
            "no past",
        ),
        (&["get", "subscriptions/desk", "--as-of-time=2025"], "time"),
        (
            &["get", "desk", "--as-of-position=1"],
            "there is no events/desk",
        ),
        (&["get", "partnerships/pact", "--revisions"], "is no event"),
        (&["get", "subscriptions/desk", "--revisions"], "is no event"),
        (
            &["get", "partnership/pact"],
            "did you mean partnerships/pact?",
        ),
        (&["get", "event/council"], "did you mean events/council?"),
        (&["get", "counsil"], "did you mean name = events/council?"),
        (
            &["get", "events/counci"],
            "did you mean name = events/council?",
        ),
    ] {
        let ended = run(&server, arguments).await;
        assert_ne!(ended.code, Some(0), "{arguments:?}: {ended:?}");
        assert!(
            ended.stderr.contains(told),
            "{arguments:?}: {}",
            ended.stderr
        );
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
    for (arguments, printed) in [
        (
            &["get", "council", "--revisions", "-o=names"][..],
            "events/council",
        ),
        (&["get", "council", "--revisions", "-o=csv"], "name,date,"),
        (&["get", "council/revisions/1"], "events/council"),
        (&["watches", "-o=csv"], "name,peer,"),
        (&["list", "topic:none", "-o=csv"], "name,date,"),
        (
            &["summarize", "--by=kind,topic", "topic:none", "-o=csv"],
            "count,kind,topic\n",
        ),
        (
            &["summarize", "--by=year,kind", "-o=csv"],
            "count,kind,year\n1,MEETING,",
        ),
    ] {
        let ended = run(&server, arguments).await;
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
        assert!(ended.stdout.contains(printed), "{arguments:?}: {ended:?}");
    }
}

/// A usage line had --server as if it had to be given, where the environment names the server.
#[tokio::test]
async fn a_usage_line_is_the_same_whatever_the_environment_has() {
    let usage = |environment: &'static [(&str, &str)], arguments: &'static [&str]| {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_entente"));
        program.args(arguments).envs(environment.iter().copied());
        let output = program.output().expect("the program");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8(output.stderr).expect("text")
    };
    let environment = &[("ENTENTE_SERVER", "127.0.0.1:1"), ("ENTENTE_TIMEOUT", "9s")];
    for (arguments, line) in [
        (&["get"][..], "Usage: entente get [OPTIONS] <NAME>\n"),
        (
            &["backup", "create"],
            "Usage: entente backup create [OPTIONS] <FILE>\n",
        ),
        (
            &["list", "a", "b"],
            "Usage: entente list [OPTIONS] [FILTER]\n",
        ),
    ] {
        for environment in [&environment[..], &[]] {
            let told = usage(environment, arguments);
            assert!(told.contains(line), "{told}");
        }
    }
}

/// An id was refused in the form that all other commands take, and any word was a language.
#[tokio::test]
async fn an_id_is_taken_as_a_name_and_a_language_is_a_code() {
    let server = Server::start().await;
    let publish = [
        "publish",
        "--id=events/x",
        "--kind=meeting",
        "--status=occurred",
        "--title=T",
        "--source-publisher=P",
    ];
    let wrong = run(&server, &[&publish[..], &["--language=japanese"]].concat()).await;
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.stderr.contains("write en, ja"), "{}", wrong.stderr);
    let written = lines(&server, &publish).await;
    assert_eq!(written[0]["event"]["name"], "events/x");
    let create = [
        "create-partnership",
        "--id=partnerships/p",
        "--display-name=P",
        "--source-publisher=P",
    ];
    let created = lines(&server, &create).await;
    assert_eq!(created[0]["partnership"]["name"], "partnerships/p");
    let other = run(&server, &["publish", "--id=partnerships/p", "--title=T"]).await;
    assert_eq!(other.code, Some(1), "{other:?}");
}

/// Lines of help were broken where they had been typed, and again where the terminal ends.
#[tokio::test]
async fn help_is_in_whole_paragraphs_and_says_what_filters_are() {
    for command in ["redact", "retract", "consume", "conform", "list"] {
        let help = entente(&[command, "--help"], "").await.stdout;
        let lines: Vec<&str> = help.lines().collect();
        let is_text = |line: &str| !line.is_empty() && !line.starts_with(' ');
        for pair in lines.windows(2).filter(|pair| is_text(pair[1])) {
            assert!(!is_text(pair[0]) || pair[0].len() > 75, "{command}: {help}");
        }
    }
    for command in ["list", "watch", "subscribe", "summarize", "explain"] {
        let help = entente(&[command, "--help"], "").await.stdout;
        for part in ["party:JP", "entente explain", "place.country"] {
            assert!(help.contains(part), "{command}: {help}");
        }
    }
    let help = entente(&["partnerships", "--help"], "").await.stdout;
    assert!(help.contains("Other fields are name, form"), "{help}");
}

/// A server that takes long was said not to be there.
#[tokio::test]
async fn a_time_that_is_too_short_is_told_from_a_server_that_is_away() {
    // It accepts, and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let silent = silent.expect("a free port");
    let address = format!("--server={}", silent.local_addr().expect("bound"));
    let ended = entente(&["list", "--timeout=50ms", &address], "").await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let server = Server::start().await;
    let ended = run(&server, &["list", "--timeout=1ns"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("--timeout"), "{ended:?}");
    assert!(!ended.stderr.contains("start one"), "{ended:?}");
}

/// Trial D7: what a server said of its start was told twice, too early or not as it was.
#[tokio::test]
async fn d7_a_start_is_told_as_it_was() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let data = home.path().join("data");
    let file = home.path().join("file");
    std::fs::write(&file, "").expect("writable");
    let options = [
        "serve",
        "--listen=127.0.0.1:0",
        "--admin-listen=127.0.0.1:0",
    ];
    let refused = [&options[..], &["--data-dir", file.to_str().expect("text")]].concat();
    let refused = entente(&refused, "").await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert_eq!(refused.stderr.matches("os error").count(), 1, "{refused:?}");
    assert!(!refused.stderr.contains("every call"), "{refused:?}");

    let demo = [("ENTENTE_DEMO", "true")];
    let mut server = Server::start_in(&data, &demo).await;
    // A thread of its own writes the log.
    let log = logged(&server, "loaded the starting data").await;
    let made = log.lines().find(|line| line.contains("made a new store"));
    let directory = data.display().to_string();
    assert!(made.is_some_and(|line| line.contains(&directory)), "{log}");
    server.kill();
    let server = Server::start_in(&data, &demo).await;
    let log = logged(&server, "has the starting data already").await;
    assert!(!log.contains("made a new store"), "{log}");
}

/// The log, once it has this.
async fn logged(server: &Server, text: &str) -> String {
    eventually(text, async || {
        Some(server.log()).filter(|log| log.contains(text))
    })
    .await
}
