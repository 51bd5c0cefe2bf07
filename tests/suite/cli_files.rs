//! The command line with the content of events and partnerships in files.

use serde_json::Value;

use super::cli::run_with;
use crate::harness::{Build, Ended, Server, entente, event, partnership};

async fn done(server: &Server, arguments: &[&str], input: &str) -> Ended {
    let ended = run_with(server, arguments, input).await;
    assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    ended
}

/// The etag in a file was ignored, and what somebody else had written meanwhile was lost.
#[tokio::test]
async fn a_file_that_was_read_before_somebody_else_wrote_is_refused() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    server.publish_partnership(partnership("pact")).await;
    for (name, theirs, ours) in [
        (
            "events/a",
            ["update", "a", "--title=Theirs"],
            r#""title":"Ours","#,
        ),
        (
            "partnerships/pact",
            ["update-partnership", "pact", "--display-name=Theirs"],
            r#""displayName":"Ours","#,
        ),
    ] {
        for format in ["json", "ndjson"] {
            let read = done(&server, &["get", name, "-o", format], "").await.stdout;
            let mut edited: Value = serde_json::from_str(&read).expect("JSON");
            let (key, value) = ours.trim_end_matches(',').split_once(':').expect("a pair");
            edited[key.trim_matches('"')] = value.trim_matches('"').into();
            let edited = edited.to_string();
            done(&server, &theirs, "").await;
            done(&server, &[theirs[0], theirs[1], "--add-topic=chips"], "").await;

            let update = ["update", name, "-p", "-"];
            let stale = run_with(&server, &update, &edited).await;
            assert_eq!(stale.code, Some(1), "{stale:?}");
            assert!(stale.stderr.contains("read it again"), "{stale:?}");
            let dry = run_with(&server, &[&update[..], &["--dry-run"]].concat(), &edited).await;
            assert_eq!(dry.code, Some(1), "{dry:?}");
            let now = done(&server, &["get", name], "").await.stdout;
            assert!(now.contains("Theirs") && !now.contains("Ours"), "{now}");

            // An option that names an etag counts more than the file.
            let etag: Value = serde_json::from_str(&now).expect("JSON");
            let etag = format!("--etag={}", etag["etag"].as_str().expect("an etag"));
            done(&server, &[&update[..], &[&etag]].concat(), &edited).await;
            let stale = run_with(&server, &update, &edited).await;
            assert_eq!(stale.code, Some(1), "{stale:?}");
            let ignored = [&update[..], &["--ignore-etag"]].concat();
            done(&server, &ignored, &edited).await;

            // What was just read is written.
            let read = done(&server, &["get", name, "-o", format], "").await.stdout;
            let edited = read.replace("Ours", "Anew");
            done(&server, &update, &edited).await;
            let now = done(&server, &["get", name], "").await.stdout;
            assert!(now.contains("Anew"), "{now}");
        }
    }
}

/// A file about one event was written to another.
#[tokio::test]
async fn a_file_about_something_else_is_refused() {
    let server = Server::start().await;
    server.publish_all([event("a"), event("b")]).await;
    server.publish_partnership(partnership("pact")).await;
    for (name, file) in [
        ("a", r#"{"name":"events/b","title":"Other"}"#),
        ("events/a", r#"{"name":"b","title":"Other"}"#),
        (
            "partnerships/pact",
            r#"{"name":"partnerships/other","form":"treaty"}"#,
        ),
    ] {
        let refused = run_with(&server, &["update", name, "-p", "-"], file).await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(
            refused.stderr.contains("correct one of the names"),
            "{refused:?}"
        );
    }
    let create = ["create-partnership", "--id=one", "-f", "-"];
    let file = r#"{"name":"partnerships/two","displayName":"T","sources":[{"id":"s"}]}"#;
    let refused = run_with(&server, &create, file).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert_eq!(server.info().await.head_position, 3);
    for file in [
        r#"{"name":"events/a","title":"One"}"#,
        r#"{"name":"a","title":"Two"}"#,
        r#"{"title":"Three"}"#,
    ] {
        done(&server, &["update", "a", "-p", "-"], file).await;
    }
}

/// Nothing said where the name of an event in a file goes, and --id was refused beside a file.
#[tokio::test]
async fn a_file_without_a_name_is_told_where_it_goes() {
    let server = Server::start().await;
    let nameless = r#"{"kind":"KIND_MEETING","status":"STATUS_OCCURRED","title":"T","sources":[{"id":"press"}]}"#;
    let named = nameless.replacen('{', r#"{"name":"events/a","#, 1);
    let publish = ["publish", "-f", "-"];
    let with_id = ["publish", "-f", "-", "--id=b"];
    let both = format!("{named}{nameless}");
    for (arguments, file, why) in [
        (
            &publish[..],
            nameless,
            r#"put "name": "events/ID" into it, or give --id"#,
        ),
        (&publish, &both, "event 2 has no name"),
        (&with_id, &both, "has 2 events, but --id names only one"),
        (&with_id, &named, "give one of them, or both alike"),
        (
            &["create-partnership", "-f", "-"],
            r#"{"displayName":"P","sources":[{"id":"press"}]}"#,
            r#"put "name": "partnerships/ID" into it, or give --id"#,
        ),
    ] {
        let ended = run_with(&server, arguments, file).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(why), "{ended:?}");
    }
    assert_eq!(server.info().await.head_position, 0);
    done(&server, &with_id, nameless).await;
    done(&server, &publish, &named).await;
    done(&server, &["get", "events/b"], "").await;
    for command in ["publish", "create-partnership"] {
        let help = entente(&[command, "--help"], "").await.stdout;
        assert!(help.contains("Required unless a file"), "{help}");
    }
}

/// A misspelled status took a partnership out of the lists, and an empty one was "updated".
#[tokio::test]
async fn a_word_that_is_new_and_a_field_that_is_cleared_are_told() {
    let server = Server::start().await;
    server.publish_partnership(partnership("pact")).await;
    server.publish(event("a").on("2025")).await;
    let update = ["update-partnership", "pact"];
    for (arguments, file, told) in [
        (
            &["update-partnership", "pact", "--status=activ"][..],
            "",
            "did you mean active?",
        ),
        (
            &["update", "partnerships/pact", "-p", "-"],
            r#"{"form":"treatey"}"#,
            "did you mean treaty?",
        ),
        (
            &["create-partnership", "-f", "-"],
            r#"{"name":"partnerships/new","displayName":"N","status":"suspend","sources":[{"id":"s"}]}"#,
            "did you mean suspended?",
        ),
        (
            &["update-partnership", "pact", "--status=", "--dry-run"],
            "",
            "would be cleared: status",
        ),
        (
            &["update-partnership", "pact", "--status="],
            "",
            "cleared: status",
        ),
        (
            &[
                "update",
                "partnerships/pact",
                "-p",
                "-",
                "--mask=form,notes",
            ],
            r#"{"notes":"None."}"#,
            "cleared: form\n",
        ),
        (&["update", "a", "--date="], "", "cleared: date"),
        (
            &[
                "update",
                "a",
                "-p",
                "-",
                "--mask=title,sources,kind,status,summary",
            ],
            r#"{"title":"T","sources":[{"id":"press"}],"kind":"KIND_MEETING","status":"STATUS_OCCURRED"}"#,
            "cleared: summary\n",
        ),
    ] {
        let ended = done(&server, arguments, file).await;
        assert!(ended.stderr.contains(told), "{arguments:?}: {ended:?}");
    }
    for quiet in [
        ["--status=active", "--form=treaty"],
        ["--status=concluded", "--notes=N."],
    ] {
        let ended = done(&server, &[&update[..], &quiet].concat(), "").await;
        assert_eq!(ended.stderr, "", "{ended:?}");
    }
    let help = entente(&["update-partnership", "--help"], "").await.stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(help.matches("or another word").count(), 2, "{help}");
}

/// A redacted event has no sources, so that a note cannot rest on one.
#[tokio::test]
async fn a_redaction_offers_no_sources_for_its_note() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let help = entente(&["redact", "--help"], "").await.stdout;
    assert!(
        !help.contains("--note-source") && help.contains("--reason"),
        "{help}"
    );
    let redact = ["redact", "a", "-y", "--note-source=press"];
    assert_eq!(run_with(&server, &redact, "").await.code, Some(2));
    done(&server, &["redact", "a", "-y", "--note=Asked for."], "").await;
}
