//! S45: what is left of an event whose content was erased, and where the content is not any more.

use std::path::PathBuf;

use entente::proto::v1::{
    ChangeNote, ChangeType, Event, EventChange, GetEventRequest, ListEventRevisionsRequest,
    ListEventsRequest, Match, Reason, RedactEventRequest, RedactEventResponse, State,
};
use prost::Message as _;
use tempfile::TempDir;
use tonic::{Code, Status};

use crate::{
    harness::{
        Server, after, assert_invalid_fields, assert_refused, earliest, entente, event, eventually,
        files_with, latest, places_of, position_of, resumed,
    },
    subscriptions::consumer::{self, Consumer},
};

/// In no other text of a store.
const SECRET: &str = "Xylograph";

fn secret(id: &str) -> Event {
    Event {
        title: format!("{SECRET} talks"),
        notes: format!("As the {SECRET} desk says."),
        annotations: [("desk".to_owned(), SECRET.to_owned())].into(),
        ..event(id)
    }
}

async fn try_redact(
    server: &Server,
    request: RedactEventRequest,
) -> Result<RedactEventResponse, Status> {
    let answer = server.admin().redact_event(request).await;
    answer.map(tonic::Response::into_inner)
}

pub async fn redact(server: &Server, name: &str) -> Event {
    let request = RedactEventRequest {
        name: name.to_owned(),
        change_note: Some(ChangeNote {
            reason: Reason::Legal.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let answer = try_redact(server, request).await.expect("it is there");
    assert!(!answer.erasure_pending, "{}", server.log());
    answer.event.expect("what is left")
}

/// Three revisions with the secret between events without it.
async fn filled() -> Server {
    let server = Server::start().await;
    server
        .publish_all((0..300).map(|n| event(&format!("before-{n}"))))
        .await;
    let first = server.publish(secret("e")).await;
    let title = format!("{SECRET} talks go on");
    server.update(Event { title, ..first }).await;
    server.retract("events/e").await;
    server
        .publish_all((0..300).map(|n| event(&format!("after-{n}"))))
        .await;
    server
}

async fn whole_log(server: &Server) -> Vec<EventChange> {
    let mut watcher = server.watch(earliest("")).await;
    watcher.until_caught_up().await.0
}

fn digests(changes: &[EventChange]) -> Vec<String> {
    changes.iter().map(|change| change.digest.clone()).collect()
}

#[tokio::test]
async fn s45_redaction_takes_the_content_out_of_files_replays_and_later_backups() {
    let mut server = filled().await;
    assert!(!files_with(&server.data_dir(), SECRET).is_empty());
    let before = whole_log(&server).await;
    let left = redact(&server, "events/e").await;
    assert_eq!((left.state(), left.revision), (State::Redacted, 4));
    assert_eq!(left.title, "");

    for round in ["served on", "started again"] {
        assert_eq!(
            files_with(&server.data_dir(), SECRET),
            Vec::<PathBuf>::new(),
            "{round}"
        );
        let replayed = whole_log(&server).await;
        assert_eq!(replayed.len(), before.len() + 1, "{round}");
        assert_eq!(
            digests(&replayed)[..before.len()],
            digests(&before),
            "{round}"
        );
        let bytes: Vec<u8> = replayed
            .iter()
            .flat_map(EventChange::encode_to_vec)
            .collect();
        assert!(places_of(&bytes, SECRET).is_empty(), "{round}");
        assert_eq!(server.info().await.head_position, 604);
        let served = format!("--server={}", server.grpc_address());
        let verified = entente(&["verify", &served], "").await;
        assert_eq!(verified.code, Some(0), "{round}: {verified:?}");
        server.kill_and_start_again().await;
    }
    let home = TempDir::new().expect("a directory for the test");
    restored_is_without_secret(&server, &home).await;
}

async fn restored_is_without_secret(server: &Server, home: &TempDir) {
    let text = |name: &str| home.path().join(name).display().to_string();
    let address = format!("--server={}", server.grpc_address());
    let created = entente(&["backup", "create", &text("b"), &address], "").await;
    assert_eq!(created.code, Some(0), "{created:?}");
    let directory = format!("--data-dir={}", text("restored"));
    let restored = entente(&["backup", "restore", &text("b"), &directory], "").await;
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert_eq!(files_with(home.path(), SECRET), Vec::<PathBuf>::new());
    let verified = entente(&["verify", &text("restored")], "").await;
    assert!(
        verified.stderr.contains(&server.info().await.head_digest),
        "{verified:?}"
    );
}

#[tokio::test]
async fn s45_a_backup_that_knows_of_a_redaction_erases_the_content_of_the_one_before() {
    let server = filled().await;
    let home = TempDir::new().expect("a directory for the test");
    let text = |name: &str| home.path().join(name).display().to_string();
    let address = format!("--server={}", server.grpc_address());
    let whole = entente(&["backup", "create", &text("whole"), &address], "").await;
    assert_eq!(whole.code, Some(0), "{whole:?}");
    redact(&server, "events/e").await;
    let after = format!("--after={}", text("whole"));
    let more = entente(&["backup", "create", &text("more"), &after, &address], "").await;
    assert_eq!(more.code, Some(0), "{more:?}");

    let directory = format!("--data-dir={}", text("restored"));
    let (whole, more) = (text("whole"), text("more"));
    let restored = entente(&["backup", "restore", &whole, &more, &directory], "").await;
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let restored = home.path().join("restored");
    assert_eq!(files_with(&restored, SECRET), Vec::<PathBuf>::new());
    let verified = entente(&["verify", &restored.display().to_string()], "").await;
    assert!(
        verified.stderr.contains(&server.info().await.head_digest),
        "{verified:?}"
    );
}

#[tokio::test]
async fn s45_everybody_who_watches_is_told_of_a_redaction_whatever_the_filter() {
    let server = filled().await;
    let mut away = server.watch(earliest("text:xylograph")).await;
    away.until_caught_up().await;
    let token = away.token().to_owned();
    drop(away);
    let filters = ["", "text:xylograph", "kind = INVESTMENT", "NOT text:talks"];
    let mut watchers = Vec::new();
    for filter in filters {
        watchers.push(server.watch(latest(filter)).await);
    }
    consumer::create(&server, "s", "kind = INVESTMENT").await;
    let mut consumer = Consumer::open(&server, "s").await;

    let left = redact(&server, "events/e").await;
    watchers.push(server.watch(resumed("text:xylograph", &token)).await);
    for watcher in &mut watchers {
        let change = watcher.change().await;
        assert_eq!(change.r#type(), ChangeType::Redacted);
        assert_eq!(position_of(&change), left.position);
        assert_eq!(
            change.event.as_ref().map(|event| &*event.name),
            Some("events/e")
        );
    }
    assert_eq!(consumer.changes(1).await[0].0, left.position);
    // Whoever begins after it is spared, and a filter for what is gone finds nothing else.
    let mut late = server.watch(earliest("text:xylograph")).await;
    let (changes, _) = late.until_caught_up().await;
    let left: Vec<_> = changes
        .iter()
        .map(|change| (change.r#type(), change.r#match()))
        .collect();
    assert_eq!(left, [(ChangeType::Redacted, Match::Left)]);
}

#[tokio::test]
async fn s45_a_redacted_event_is_still_addressable_and_has_no_content() {
    let server = filled().await;
    redact(&server, "events/e").await;
    for (name, at) in [
        ("events/e", 0),
        ("events/e", 302),
        ("events/e/revisions/1", 0),
    ] {
        let request = GetEventRequest {
            name: name.to_owned(),
            as_of_position: at,
            ..Default::default()
        };
        let answer = server
            .events()
            .get_event(request)
            .await
            .expect("it is there");
        let event = answer.into_inner().event.expect("what is left");
        assert_eq!(event.state(), State::Redacted, "{name} at {at}");
        assert!(
            places_of(&event.encode_to_vec(), SECRET).is_empty(),
            "{name} at {at}"
        );
        assert!(
            event.create_time.is_some() && !event.etag.is_empty(),
            "{event:?}"
        );
    }
    let request = ListEventRevisionsRequest {
        parent: "events/e".to_owned(),
        ..Default::default()
    };
    let revisions = server
        .events()
        .list_event_revisions(request)
        .await
        .expect("it is there");
    assert_eq!(revisions.into_inner().revisions.len(), 4);
    for (filter, found) in [
        ("text:xylograph", 0),
        ("annotations.desk = Xylograph", 0),
        ("state = REDACTED", 1),
    ] {
        let request = ListEventsRequest {
            filter: filter.to_owned(),
            show_retracted: true,
            ..Default::default()
        };
        let listed = server
            .events()
            .list_events(request)
            .await
            .expect("a good filter");
        assert_eq!(listed.into_inner().events.len(), found, "{filter}");
    }
}

#[tokio::test]
async fn a_redaction_is_refused_with_reasons_and_repeated_without_harm() {
    let server = Server::start().await;
    server.publish(secret("e")).await;
    let request = |name: &str| RedactEventRequest {
        name: name.to_owned(),
        ..Default::default()
    };
    let refusal = |request| async { try_redact(&server, request).await.expect_err("refused") };
    assert_eq!(refusal(request("events/none")).await.code(), Code::NotFound);
    assert_invalid_fields(&refusal(request("e")).await, &["name"]);
    let stale = RedactEventRequest {
        etag: "x".to_owned(),
        ..request("events/e")
    };
    assert_refused(&refusal(stale).await, Code::Aborted, "ETAG_MISMATCH");
    let cites = RedactEventRequest {
        change_note: Some(ChangeNote {
            sources: vec!["a".to_owned()],
            ..Default::default()
        }),
        ..request("events/e")
    };
    assert_invalid_fields(&refusal(cites).await, &["change_note.sources[0]"]);
    let dry = RedactEventRequest {
        validate_only: true,
        ..request("events/e")
    };
    try_redact(&server, dry).await.expect("it could be done");
    assert!(!files_with(&server.data_dir(), SECRET).is_empty());

    let named = RedactEventRequest {
        request_id: "r-1".to_owned(),
        ..request("events/e")
    };
    assert!(
        !try_redact(&server, named.clone())
            .await
            .expect("done")
            .replayed
    );
    let again = try_redact(&server, named).await.expect("done before");
    assert!(again.replayed && !again.erasure_pending);
    assert_refused(
        &refusal(request("events/e")).await,
        Code::FailedPrecondition,
        "EVENT_REDACTED",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_and_watches_go_on_over_redactions() {
    let mut server = Server::start().await;
    server
        .publish_all((0..4).map(|n| secret(&format!("secret-{n}"))))
        .await;
    consumer::create(&server, "s", "").await;
    let mut watcher = server.watch(after("", 4)).await;
    let writes = async {
        for n in 0..200 {
            server.publish(event(&format!("e-{n}"))).await;
        }
    };
    let redactions = async {
        for n in 0..4 {
            redact(&server, &format!("events/secret-{n}")).await;
        }
    };
    tokio::join!(writes, redactions);
    let positions: Vec<_> = watcher.changes(204).await.iter().map(position_of).collect();
    assert_eq!(positions, (5..=208).collect::<Vec<_>>());
    assert_eq!(
        files_with(&server.data_dir(), SECRET),
        Vec::<PathBuf>::new()
    );
    let digest = server.info().await.head_digest;
    server.kill_and_start_again().await;
    assert_eq!(server.info().await.head_digest, digest);
    let mut consumer = Consumer::open(&server, "s").await;
    assert_eq!(consumer.changes(204).await.len(), 204);
}

#[tokio::test]
async fn an_export_leaves_redacted_events_out_and_says_so() {
    let server = filled().await;
    redact(&server, "events/e").await;
    let address = format!("--server={}", server.grpc_address());
    let exported = entente(&["export", &address], "").await;
    assert_eq!(exported.code, Some(0), "{exported:?}");
    assert_eq!(exported.stdout.lines().count(), 600);
    assert!(
        exported.stderr.contains("4 changes of redacted events"),
        "{exported:?}"
    );
}

#[tokio::test]
async fn the_command_redacts() {
    let server = Server::start().await;
    server.publish(secret("e")).await;
    let address = format!("--server={}", server.grpc_address());
    let done = entente(&["redact", "e", "--yes", "--reason=legal", &address], "").await;
    assert_eq!(done.code, Some(0), "{done:?}");
    let gone = eventually("the files are without it", async || {
        files_with(&server.data_dir(), SECRET)
            .is_empty()
            .then_some(())
    });
    gone.await;
    assert!(done.stdout.contains("REDACTED"), "{done:?}");
}

#[test]
fn what_is_compressed_is_looked_into() {
    let text: String = (0..200).map(|n| format!("{n} {SECRET}, ")).collect();
    let compressed = zstd::encode_all(text.as_bytes(), 0).expect("in memory");
    let lies_plain = |bytes: &[u8]| bytes == SECRET.as_bytes();
    assert!(!compressed.windows(SECRET.len()).any(lies_plain));
    let among = [b"xylographs (", &compressed[..], b") after"].concat();
    assert_eq!(places_of(&among, SECRET), [0, 12]);
    assert_eq!(places_of(&among, "another"), [0; 0]);
}
