//! The command line from end to end: what its commands do.

use entente::proto::v1::ListEventsRequest;
use serde_json::Value;

use crate::harness::{Build, Ended, Server, entente, event, latest, partnership};

pub(super) async fn run(server: &Server, arguments: &[&str]) -> Ended {
    run_with(server, arguments, "").await
}

pub(super) async fn run_with(server: &Server, arguments: &[&str], input: &str) -> Ended {
    let address = format!("--server={}", server.grpc_address());
    let arguments: Vec<&str> = arguments
        .iter()
        .copied()
        .chain([address.as_str()])
        .collect();
    entente(&arguments, input).await
}

/// The output of a command that succeeds, one value a line.
pub(super) async fn lines(server: &Server, arguments: &[&str]) -> Vec<Value> {
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
    assert!(merged.stderr.contains("merged into events/c"), "{merged:?}");

    let help = entente(&["redact", "--help"], "").await.stdout;
    assert!(help.contains("cannot be undone") && help.contains("entente retract"));
    let help = entente(&["retract", "--help"], "").await.stdout;
    assert!(help.contains("entente restore") && help.contains("entente redact"));
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
    assert!(wrong.stderr.contains("as in en, ja"), "{}", wrong.stderr);
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
