//! Import and export: files of one write a line.

use std::{fs, path::Path};

use entente::proto::v1::{
    Body, BodyKind, ChangeNote, Claim, CreateBodyRequest, CreateEventRequest, Event, EventChange,
    GetEventRequest, MergeEventsRequest, Partnership, Party, PartyType, RedactBodyRequest,
    RedactEventRequest, RedactPartnershipRequest, RestoreEventRequest, Tracking, UpdateBodyRequest,
    UpdateEventRequest, UpdatePartnershipRequest, Verdict,
};
use prost_types::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Build, Ended, Server, body, earliest, entente, event, partnership, source};

async fn run(server: &Server, command: &str, file: &Path, options: &[&str]) -> Ended {
    let address = format!("--server={}", server.grpc_address());
    let file = file.to_str().expect("plain text");
    let arguments: Vec<&str> = [command, file, &address]
        .into_iter()
        .chain(options.iter().copied())
        .collect();
    entente(&arguments, "").await
}

fn counts(ended: &Ended) -> [u64; 4] {
    let counts: Value = serde_json::from_str(&ended.stdout).expect("counts as JSON in a pipe");
    ["written", "replayed", "failed", "not_sent"].map(|name| counts[name].as_u64().expect(name))
}

fn create(id: &str) -> String {
    format!(
        r#"{{"create_event":{{"event_id":"{id}","event":{{"kind":"KIND_MEETING","status":"STATUS_OCCURRED","title":"Title of {id}","sources":[{{"id":"press"}}]}}}}}}"#
    )
}

fn file(lines: &[String]) -> (TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().expect("a directory for the test");
    let path = directory.path().join("lines.ndjson");
    fs::write(&path, lines.join("\n") + "\n").expect("writable");
    (directory, path)
}

/// Trial A12.
#[tokio::test]
async fn a12_what_has_not_changed_is_printed_and_exported_the_same_each_time() {
    let server = Server::start().await;
    let annotations = (0..32).map(|n| (format!("key-{n}"), n.to_string()));
    let annotated = Event {
        annotations: annotations.collect(),
        ..event("a")
    };
    server.publish(annotated).await;
    let address = format!("--server={}", server.grpc_address());
    for arguments in [
        &["export"][..],
        &["export", "-"],
        &["get", "a", "-o", "json"],
        &["get", "a", "-o", "ndjson"],
        &["get", "a", "-o", "yaml"],
        &["get", "a", "-o", "table"],
        &["summarize", "--by=kind,status,month", "-o", "json"],
        &["list", "annotations.nothing:*", "-o", "json"],
    ] {
        let arguments: Vec<&str> = arguments.iter().copied().chain([&*address]).collect();
        let first = entente(&arguments, "").await;
        assert_eq!(first.code, Some(0), "{first:?}");
        for _ in 0..2 {
            let again = entente(&arguments, "").await;
            assert_eq!(again.stdout, first.stdout, "{arguments:?}");
        }
        assert!(!first.stdout.is_empty(), "{arguments:?}");
    }
}

#[tokio::test]
async fn an_import_with_bad_lines_tells_each_and_writes_nothing() {
    let server = Server::start().await;
    let bad = r#"{"create_event":{"event":{"title":"No kind"}}}"#.to_owned();
    let (_directory, path) = file(&[create("a"), "nonsense".into(), create("b"), bad]);
    let ended = run(&server, "import", &path, &[]).await;
    assert_eq!(
        (ended.code, counts(&ended)),
        (Some(1), [0, 0, 2, 2]),
        "{ended:?}"
    );
    let place = |line: usize| format!("{}:{line}: ", path.display());
    for (line, what) in [(2, "expected"), (4, "event.kind")] {
        let told = ended
            .stderr
            .lines()
            .find(|told| told.starts_with(&place(line)));
        assert!(
            told.is_some_and(|told| told.contains(what)),
            "{line}: {ended:?}"
        );
    }
    assert_eq!(server.info().await.head_position, 0);

    let ended = run(&server, "import", &path, &["--keep-going"]).await;
    assert_eq!(
        (ended.code, counts(&ended)),
        (Some(1), [2, 0, 2, 0]),
        "{ended:?}"
    );
    assert_eq!(server.info().await.head_position, 2);
}

/// The message for a line of the wrong shape used to give a column and no field.
#[tokio::test]
async fn a_line_of_the_wrong_shape_is_told_by_its_field() {
    let server = Server::start().await;
    let with = |from: &str, to: &str| create("a").replacen(from, to, 1);
    let lines = [
        with("KIND_MEETING", "MEETING"),
        with(r#""title":"Title of a""#, r#""title":["A"]"#),
        with(r#"[{"id":"press"}]"#, r#"[{"id":"press"},{"uri":7}]"#),
        with(r#""title""#, r#""titel""#),
    ];
    let (_directory, path) = file(&lines);
    let ended = run(&server, "import", &path, &["--dry-run"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for (line, field, expected) in [
        (
            1,
            "event.kind: unknown enum value 'MEETING'",
            "KIND_MEETING",
        ),
        (2, "event.title", "expected a string"),
        (3, "event.sources[1].uri: ", "expected a string"),
        (4, "event.titel: unknown field 'titel'", "title"),
    ] {
        let begin = format!("{}:{line}: {field}", path.display());
        let told = ended.stderr.lines().find(|told| told.starts_with(&begin));
        assert!(
            told.is_some_and(|told| told.contains(expected) && told.contains(" at column ")),
            "{begin}: {ended:?}"
        );
    }
}

#[tokio::test]
async fn one_of_a_thing_is_told_in_the_singular() {
    let server = Server::start().await;
    let (_directory, path) = file(&[create("a")]);
    let checked = run(&server, "import", &path, &["--dry-run", "-o", "table"]).await;
    assert!(
        checked.stdout.starts_with("1 line is good, 0 bad"),
        "{checked:?}"
    );
    let written = run(&server, "import", &path, &["-o", "table"]).await;
    assert!(
        written.stdout.starts_with("1 line written, 0 already"),
        "{written:?}"
    );
    let address = format!("--server={}", server.grpc_address());
    let verified = entente(&["verify", &address], "").await;
    let told =
        "checked 1 change (checksums, positions, chain of digests, index) and 0 subscriptions";
    assert!(verified.stderr.contains(told), "{verified:?}");
}

#[tokio::test]
async fn an_import_can_be_repeated_until_all_of_it_is_there() {
    let server = Server::start().await;
    let lines: Vec<String> = (0..30).map(|n| create(&format!("e-{n:02}"))).collect();
    let (_directory, path) = file(&lines[..20]);
    assert_eq!(
        counts(&run(&server, "import", &path, &[]).await),
        [20, 0, 0, 0]
    );
    fs::write(&path, lines.join("\n")).expect("writable");
    let ended = run(&server, "import", &path, &[]).await;
    assert_eq!(
        (ended.code, counts(&ended)),
        (Some(0), [10, 20, 0, 0]),
        "{ended:?}"
    );
    let ended = run(&server, "import", &path, &["--parallel=8"]).await;
    assert_eq!(
        (ended.code, counts(&ended)),
        (Some(0), [0, 30, 0, 0]),
        "{ended:?}"
    );
    let changes = server.watch(earliest("")).await.changes(30).await;
    let names: Vec<_> = changes
        .iter()
        .filter_map(|change| change.event.as_ref())
        .collect();
    let in_order = (0..30).map(|n| format!("events/e-{n:02}"));
    assert!(names.iter().map(|event| event.name.clone()).eq(in_order));
    assert_eq!(server.info().await.head_position, 30);
}

#[tokio::test]
async fn an_import_stops_at_a_line_that_the_server_refuses() {
    let server = Server::start().await;
    server.publish(event("b").titled("Another")).await;
    let (_directory, path) = file(&[create("a"), create("b"), create("c")]);
    let ended = run(&server, "import", &path, &[]).await;
    assert_eq!(
        (ended.code, counts(&ended)),
        (Some(1), [1, 0, 1, 1]),
        "{ended:?}"
    );
    assert!(
        ended.stderr.contains(":2: ") && ended.stderr.contains("events/b"),
        "{ended:?}"
    );
    let ended = run(&server, "import", &path, &["--keep-going"]).await;
    assert_eq!(
        (ended.code, counts(&ended)),
        (Some(1), [1, 1, 1, 0]),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_a_missing_file_is_named() {
    let server = Server::start().await;
    let (_directory, path) = file(&[create("a")]);
    let ended = run(&server, "import", &path, &["--dry-run"]).await;
    assert_eq!(
        (ended.code, counts(&ended)),
        (Some(0), [0, 0, 0, 1]),
        "{ended:?}"
    );
    assert_eq!(server.info().await.head_position, 0);
    // Trial D7: the good lines were not counted.
    let (_directory, mixed) = file(&[create("a"), create("b"), "nonsense".to_owned()]);
    let checked = run(&server, "import", &mixed, &["--dry-run", "-o", "table"]).await;
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(
        checked.stdout.starts_with("2 lines are good, 1 bad"),
        "{checked:?}"
    );
    let ended = run(&server, "import", &path.with_extension("nowhere"), &[]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("lines.nowhere"), "{ended:?}");
}

/// A store with every sort of change in it.
async fn with_history() -> Server {
    let server = Server::start().await;
    server.publish_partnership(partnership("p")).await;
    let renamed = UpdatePartnershipRequest {
        partnership: Some(entente::proto::v1::Partnership {
            display_name: "New name".into(),
            ..partnership("p")
        }),
        ..UpdatePartnershipRequest::default()
    };
    server
        .partnerships()
        .update_partnership(renamed)
        .await
        .expect("valid");
    let drill = Event {
        exercise: true,
        ..event("drill")
    };
    server
        .publish_all([event("a").within("p").on("2025~"), drill, event("b")])
        .await;
    server
        .publish(event("c").titled("第三回").with_state("JP"))
        .await;
    server
        .update(Event {
            summary: "More.".into(),
            ..event("a").titled("Corrected")
        })
        .await;
    server.retract("events/b").await;
    let restore = RestoreEventRequest {
        name: "events/b".into(),
        change_note: Some(ChangeNote {
            text: "It was right.".into(),
            ..Default::default()
        }),
        ..RestoreEventRequest::default()
    };
    server
        .publisher()
        .restore_event(restore)
        .await
        .expect("valid");
    let merge = MergeEventsRequest {
        into: "events/a".into(),
        names: vec!["events/b".into(), "events/c".into()],
        ..MergeEventsRequest::default()
    };
    server.publisher().merge_events(merge).await.expect("valid");
    server
}

async fn log(server: &Server) -> Vec<EventChange> {
    let everything =
        "exercise = true OR exercise = false OR resource = PARTNERSHIP OR resource = BODY";
    server
        .watch(earliest(everything))
        .await
        .until_caught_up()
        .await
        .0
}

/// Without what belongs to the store that it was written to.
fn told(change: &EventChange) -> EventChange {
    let mut change = EventChange {
        commit_time: None,
        digest: String::new(),
        // Events of one batch are exported one by one.
        continued: false,
        ..change.clone()
    };
    if let Some(event) = &mut change.event {
        // An import keeps the time of the commit as that of the knowledge.
        event.known_since = event.known_since.or(event.update_time);
        (event.create_time, event.update_time, event.retract_time) = (None, None, None);
        (event.etag, event.author) = Default::default();
    }
    if let Some(body) = &mut change.body {
        body.known_since = body.known_since.or(body.update_time);
        (body.create_time, body.update_time) = (None, None);
        (body.etag, body.author) = Default::default();
    }
    if let Some(partnership) = &mut change.partnership {
        partnership.known_since = partnership.known_since.or(partnership.update_time);
        (partnership.create_time, partnership.update_time) = (None, None);
        (partnership.etag, partnership.author) = Default::default();
    }
    change
}

#[tokio::test]
async fn what_is_exported_and_imported_gives_the_same_changes() {
    let (server, copy) = tokio::join!(with_history(), Server::start());
    let (_directory, path) = file(&[]);
    let ended = run(&server, "export", &path, &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let ended = run(&copy, "import", &path, &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let (original, copied) = (log(&server).await, log(&copy).await);
    assert_eq!(original.len(), 12);
    for (original, copied) in original.iter().zip(&copied) {
        assert_eq!(told(original), told(copied));
    }
    assert_eq!(original.len(), copied.len());
    let ended = run(&copy, "import", &path, &[]).await;
    assert_eq!(
        counts(&ended)[0],
        0,
        "a second time writes nothing: {ended:?}"
    );
    assert_eq!(copy.info().await.head_position, 12);
}

/// A store with bodies in it, one of them redacted, and with events that name them.
async fn with_bodies() -> Server {
    let server = Server::start().await;
    let body = |id: &str| Body {
        name: format!("bodies/{id}"),
        kind: BodyKind::Company.into(),
        display_name: format!("Name of {id}"),
        sources: vec![source("register")],
        ..Default::default()
    };
    let day = |day: i64| Timestamp {
        seconds: 1_700_000_000 + day * 86_400,
        nanos: 0,
    };
    for (id, known_since) in [("kept", Some(day(0))), ("gone", None)] {
        let create = CreateBodyRequest {
            body: Some(body(id)),
            known_since,
            ..Default::default()
        };
        server.bodies().create_body(create).await.expect("valid");
    }
    let party = |id: &str, display_name: &str| Party {
        r#type: PartyType::Company.into(),
        body: format!("bodies/{id}"),
        display_name: display_name.to_owned(),
        ..Default::default()
    };
    let created = CreateEventRequest {
        event: Some(Event {
            parties: vec![party("kept", ""), party("gone", "As stated")],
            ..event("a")
        }),
        known_since: Some(day(1)),
        ..Default::default()
    };
    server
        .publisher()
        .create_event(created)
        .await
        .expect("valid");
    let renamed = UpdateBodyRequest {
        body: Some(Body {
            display_name: "Renamed".into(),
            ..body("kept")
        }),
        known_since: Some(day(2)),
        ..Default::default()
    };
    server.bodies().update_body(renamed).await.expect("valid");
    let redact = RedactBodyRequest {
        name: "bodies/gone".into(),
        ..Default::default()
    };
    server
        .admin()
        .redact_body(redact)
        .await
        .expect("it is there");
    server
}

#[tokio::test]
async fn bodies_and_what_was_known_when_are_exported_and_imported() {
    let (server, copy) = tokio::join!(with_bodies(), Server::start());
    let (_directory, path) = file(&[]);
    let ended = run(&server, "export", &path, &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let ended = run(&copy, "import", &path, &[]).await;
    assert_eq!(
        (ended.code, counts(&ended)),
        (Some(0), [3, 0, 0, 0]),
        "{ended:?}"
    );

    let content = |change: EventChange| (change.event, change.body);
    let log = async |server: &Server| {
        let changes = log(server).await;
        let changes = changes.iter().map(told).map(content);
        changes.collect::<Vec<_>>()
    };
    let (original, copied) = (log(&server).await, log(&copy).await);
    // The redacted body is left out, and so is that the event named it.
    let kept = |(event, body): &(Option<Event>, Option<Body>)| match (event, body) {
        (Some(event), _) => (event.title.clone(), event.known_since),
        (_, Some(body)) => (body.display_name.clone(), body.known_since),
        _ => panic!("a change of an event or a body"),
    };
    let original: Vec<_> = original
        .iter()
        .map(kept)
        .filter(|(name, _)| !name.is_empty())
        .collect();
    assert_eq!(original, copied.iter().map(kept).collect::<Vec<_>>());
    assert_eq!(original.len(), 3);
    assert!(
        original
            .iter()
            .all(|(_, known_since)| known_since.is_some()),
        "{original:?}"
    );
    let parties = copied
        .iter()
        .find_map(|(event, _)| event.as_ref())
        .map(|event| &event.parties);
    let parties: Vec<_> = parties
        .into_iter()
        .flatten()
        .map(|it| (&*it.body, &*it.display_name))
        .collect();
    assert_eq!(parties, [("bodies/kept", ""), ("", "As stated")]);
}

/// A store in which a body, a partnership and a merged duplicate were redacted, after events had named
/// them in every way.
async fn with_redacted() -> Server {
    let server = Server::start().await;
    for id in ["gone", "kept"] {
        server
            .publish_body(body(id, &[&format!("Name of {id}")]))
            .await;
        server.publish_partnership(partnership(id)).await;
    }
    let party = |r#type: PartyType, id: &str, name: &str| Party {
        r#type: r#type.into(),
        body: id.to_owned(),
        display_name: name.to_owned(),
        country_code: "JP".to_owned(),
        ..Default::default()
    };
    let (company, state) = (PartyType::Company, PartyType::State);
    let parties = || {
        vec![
            // Becomes the same as the next one.
            party(company, "bodies/gone", "As stated"),
            party(company, "", "As stated"),
            // Has no name of its own.
            party(company, "bodies/gone", ""),
            party(state, "", ""),
            party(company, "bodies/gone", "Another"),
            party(company, "bodies/kept", ""),
        ]
    };
    let named = Event {
        parties: parties(),
        subjects: vec![party(company, "bodies/gone", "")],
        ..event("a").within("gone")
    };
    server.publish(named).await;
    let also = Partnership {
        parties: parties(),
        ..partnership("also")
    };
    server.publish_partnership(also).await;
    let duplicate = |id: &str| Event {
        sources: vec![source(id)],
        ..event(id).titled(id)
    };
    for id in ["b", "c"] {
        server.publish(duplicate(id)).await;
    }
    let merge = MergeEventsRequest {
        into: "events/a".into(),
        names: vec!["events/b".into(), "events/c".into()],
        change_note: Some(ChangeNote {
            sources: vec!["b".into()],
            ..Default::default()
        }),
        tracking: Some(Tracking {
            source: "feed".into(),
            position: 1,
        }),
        ..Default::default()
    };
    server.publisher().merge_events(merge).await.expect("valid");
    // Cites a source that only the duplicate had which is redacted below.
    let claims = Event {
        name: "events/a".into(),
        claims: vec![Claim {
            field_path: "title".into(),
            claim: "it was another one".into(),
            verdict: Verdict::Disputed.into(),
            sources: vec!["b".into()],
            ..Default::default()
        }],
        ..Default::default()
    };
    let update = UpdateEventRequest {
        event: Some(claims),
        ..Default::default()
    };
    server
        .publisher()
        .update_event(update)
        .await
        .expect("valid");
    let mut admin = server.admin();
    let redact = RedactBodyRequest {
        name: "bodies/gone".into(),
        ..Default::default()
    };
    admin.redact_body(redact).await.expect("it is there");
    let redact = RedactPartnershipRequest {
        name: "partnerships/gone".into(),
        ..Default::default()
    };
    admin.redact_partnership(redact).await.expect("it is there");
    let redact = RedactEventRequest {
        name: "events/b".into(),
        ..Default::default()
    };
    admin.redact_event(redact).await.expect("it is there");
    server
}

/// Parties that became alike were refused by the import, and some losses were not told.
#[tokio::test]
async fn an_export_of_a_store_with_redactions_is_imported_and_tells_what_it_has_lost() {
    let (server, copy) = tokio::join!(with_redacted(), Server::start());
    assert_eq!(server.info().await.tracking_sources, 1);
    let (_directory, path) = file(&[]);
    let exported = run(&server, "export", &path, &[]).await;
    assert_eq!(exported.code, Some(0), "{exported:?}");
    for told in [
        "left out 3 changes of redacted events,",
        "left out 2 changes of redacted partnerships,",
        "left out 2 changes of redacted bodies,",
        "5 parties are left out,",
        "2 parties are exported by their names, without their redacted bodies",
        "1 event is exported without the redacted partnership",
        "left out the tracking of 1 source:",
    ] {
        assert!(exported.stderr.contains(told), "{told}: {exported:?}");
    }
    let imported = run(&copy, "import", &path, &[]).await;
    assert_eq!(
        (imported.code, counts(&imported)[2]),
        (Some(0), 0),
        "{imported:?}"
    );

    let newest = async |server: &Server| {
        let get = GetEventRequest {
            name: "events/a".into(),
            ..Default::default()
        };
        let event = server.events().get_event(get).await.expect("it is there");
        event.into_inner().event.expect("the event")
    };
    let (original, copied) = (newest(&server).await, newest(&copy).await);
    assert_eq!(original.sources, copied.sources);
    assert_eq!(original.claims, copied.claims);
    let parties = copied.parties.iter();
    let parties: Vec<_> = parties
        .map(|it| (it.r#type(), &*it.body, &*it.display_name))
        .collect();
    let expected = [
        (PartyType::Company, "", "As stated"),
        (PartyType::State, "", ""),
        (PartyType::Company, "", "Another"),
        (PartyType::Company, "bodies/kept", ""),
    ];
    assert_eq!(parties, expected);
    assert!(copied.subjects.is_empty() && copied.partnerships.is_empty());
}

#[tokio::test]
async fn an_export_into_a_pipe_is_the_same_as_into_a_file() {
    let server = with_history().await;
    let (_directory, path) = file(&[]);
    run(&server, "export", &path, &[]).await;
    let address = format!("--server={}", server.grpc_address());
    let piped = entente(&["export", &address], "").await;
    assert_eq!(
        piped.stdout,
        fs::read_to_string(&path).expect("it was written")
    );
    assert_eq!(piped.stdout.lines().count(), 10);
}

/// Any file of that name was replaced.
#[tokio::test]
async fn what_is_no_export_and_no_backup_is_not_replaced() {
    let server = with_history().await;
    let address = format!("--server={}", server.grpc_address());
    let (_directory, path) = file(&["notes about trade".to_owned()]);
    let text = path.to_str().expect("a path");
    for command in [&["export", text][..], &["backup", "create", text]] {
        let refused = entente(&[command, &[&address]].concat(), "").await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("name another file"), "{refused:?}");
        let kept = fs::read_to_string(&path).expect("it is there");
        assert!(kept.starts_with("notes about trade"), "{kept}");
    }
}
