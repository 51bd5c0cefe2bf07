//! Writes of single events.

use entente::proto::v1::{
    ChangeNote, CreateEventRequest, Event, Kind, Reason, RestoreEventRequest, RetractEventRequest,
    State, UpdateEventRequest,
};
use prost_types::FieldMask;
use tonic::Code;

use crate::harness::{
    Build, Server, assert_refused, earliest, event, partnership, position_of, source,
};
use crate::writing::{create, created, get, masked, updated};

#[tokio::test]
async fn a_new_event_is_answered_as_it_is_written_and_read() {
    let server = Server::start().await;
    server.publish_partnership(partnership("p")).await;
    let content = event("a")
        .on("2025-05")
        .with_state("JP")
        .with_topic("chips")
        .within("p");
    let written = server.publish(content.clone()).await;
    assert_eq!(
        (written.state(), written.revision, written.position),
        (State::Active, 1, 2)
    );
    assert!(!written.etag.is_empty() && !written.author.is_empty());
    assert_eq!(written.create_time, written.update_time);
    let date = written.date.as_ref().expect("it was given");
    assert_eq!(
        (date.earliest.as_str(), date.latest.as_str()),
        ("2025-05-01", "2025-05-31")
    );
    assert_eq!(get(&server, "events/a").await, written);
    assert_eq!(
        (&written.title, &written.parties),
        (&content.title, &content.parties)
    );
}

#[tokio::test]
async fn what_only_the_server_says_is_ignored_when_a_client_says_it() {
    let server = Server::start().await;
    let boasting = Event {
        state: State::Retracted.into(),
        revision: 7,
        position: 99,
        etag: "mine".into(),
        author: "somebody".into(),
        superseded_by: "events/b".into(),
        overdue: true,
        ..event("a")
    };
    let written = server.publish(boasting).await;
    assert_eq!(
        (written.state(), written.revision, written.position),
        (State::Active, 1, 1)
    );
    assert!(written.etag != "mine" && written.author != "somebody");
    assert!(written.superseded_by.is_empty() && !written.overdue);
}

#[tokio::test]
async fn an_id_and_a_name_are_two_ways_to_say_the_same() {
    let server = Server::start().await;
    let unnamed = Event {
        name: String::new(),
        ..event("a")
    };
    let by_id = CreateEventRequest {
        event_id: "by-id".into(),
        ..create(unnamed, "")
    };
    let written = created(&server, by_id)
        .await
        .expect("valid")
        .event
        .expect("an event");
    assert_eq!(written.name, "events/by-id");
    let both = CreateEventRequest {
        event_id: "both".into(),
        ..create(event("both"), "")
    };
    created(&server, both).await.expect("they agree");
}

#[tokio::test]
async fn a_taken_id_is_refused_with_the_event_that_has_it() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let refused = created(&server, create(event("a"), ""))
        .await
        .expect_err("it is taken");
    let metadata = assert_refused(&refused, Code::AlreadyExists, "EVENT_EXISTS");
    assert_eq!(metadata["event"], "events/a");
    server.retract("events/a").await;
    let refused = created(&server, create(event("a"), ""))
        .await
        .expect_err("it is still taken");
    assert_refused(&refused, Code::AlreadyExists, "EVENT_EXISTS");
}

#[tokio::test]
async fn checking_only_answers_as_if_and_writes_nothing() {
    let server = Server::start().await;
    let request = CreateEventRequest {
        validate_only: true,
        ..create(event("a"), "r-1")
    };
    let checked = created(&server, request)
        .await
        .expect("valid")
        .event
        .expect("an event");
    assert_eq!(
        (checked.name.as_str(), checked.position, checked.revision),
        ("events/a", 0, 1)
    );
    assert_eq!(server.info().await.head_position, 0);
    // Its request id is not used up.
    assert!(
        !created(&server, create(event("a"), "r-1"))
            .await
            .expect("valid")
            .replayed
    );
    let request = UpdateEventRequest {
        validate_only: true,
        ..masked(event("a").titled("New"), &["title"])
    };
    let checked = updated(&server, request)
        .await
        .expect("valid")
        .event
        .expect("an event");
    assert_eq!(
        (checked.title.as_str(), checked.position, checked.revision),
        ("New", 0, 2)
    );
    let request = RetractEventRequest {
        name: "events/a".into(),
        validate_only: true,
        ..RetractEventRequest::default()
    };
    server
        .publisher()
        .retract_event(request)
        .await
        .expect("valid");
    assert_eq!(get(&server, "events/a").await.state(), State::Active);
    assert_eq!(server.info().await.head_position, 1);
}

#[tokio::test]
async fn a_mask_says_what_an_update_takes_and_what_it_clears() {
    let server = Server::start().await;
    let full = Event {
        summary: "Summary".into(),
        ..event("a").on("2025").with_topic("chips")
    };
    server.publish(full).await;
    let bare = Event {
        name: "events/a".into(),
        title: "New".into(),
        ..Event::default()
    };
    let event = updated(&server, masked(bare.clone(), &["title", "summary"])).await;
    let event = event.expect("valid").event.expect("an event");
    assert_eq!((event.title.as_str(), event.summary.as_str()), ("New", ""));
    assert_eq!(event.topics, ["chips"]);
    let kind = Event {
        name: "events/a".into(),
        kind: Kind::Policy.into(),
        ..Event::default()
    };
    let request = UpdateEventRequest {
        event: Some(kind),
        ..UpdateEventRequest::default()
    };
    let event = updated(&server, request)
        .await
        .expect("valid")
        .event
        .expect("an event");
    assert_eq!(
        (event.kind(), event.title.as_str()),
        (Kind::Policy, "New"),
        "those that are set"
    );
    let whole = crate::harness::event("a");
    let event = updated(&server, masked(whole, &["*"]))
        .await
        .expect("valid")
        .event;
    let event = event.expect("an event");
    assert!(event.topics.is_empty() && event.date.is_none());
    assert_eq!(event.kind(), Kind::Meeting);
    let log = server.watch(earliest("")).await.changes(4).await;
    let changed = |at: usize| {
        log[at]
            .changed_fields
            .clone()
            .map(|mask: FieldMask| mask.paths)
    };
    assert_eq!(changed(1).unwrap_or_default(), ["title", "summary"]);
    assert_eq!(
        changed(3).unwrap_or_default(),
        ["kind", "title", "date", "topics"]
    );
}

#[tokio::test]
async fn a_correction_keeps_its_reason_and_what_it_rests_on() {
    let server = Server::start().await;
    server
        .publish(Event {
            sources: vec![source("press"), source("ministry")],
            ..event("a")
        })
        .await;
    let note = ChangeNote {
        reason: Reason::FactCorrected.into(),
        text: "The ministry says otherwise.".into(),
        sources: vec!["ministry".into()],
    };
    let request = UpdateEventRequest {
        change_note: Some(note.clone()),
        ..masked(event("a").titled("Corrected"), &["title"])
    };
    let event = updated(&server, request)
        .await
        .expect("valid")
        .event
        .expect("an event");
    assert_eq!(event.change_note, Some(note.clone()));
    let log = server
        .watch(earliest("change_reason = FACT_CORRECTED"))
        .await
        .changes(1)
        .await;
    assert_eq!(position_of(&log[0]), 2);
    assert_eq!(
        log[0]
            .event
            .as_ref()
            .and_then(|event| event.change_note.clone()),
        Some(note)
    );
}

#[tokio::test]
async fn a_retraction_withdraws_and_a_restoration_brings_back() {
    let server = Server::start().await;
    server.publish_all([event("a"), event("b")]).await;
    let request = RetractEventRequest {
        name: "events/a".into(),
        superseded_by: "events/b".into(),
        ..RetractEventRequest::default()
    };
    let answer = server
        .publisher()
        .retract_event(request)
        .await
        .expect("valid")
        .into_inner();
    let retracted = answer.event.expect("an event");
    assert_eq!(
        (retracted.state(), retracted.revision),
        (State::Retracted, 2)
    );
    assert_eq!(retracted.superseded_by, "events/b");
    assert_eq!(retracted.retract_time, retracted.update_time);
    assert_eq!(
        get(&server, "events/a").await,
        retracted,
        "it stays addressable"
    );
    let refused = updated(&server, masked(event("a").titled("New"), &["title"])).await;
    let refused = refused.expect_err("it is withdrawn");
    let metadata = assert_refused(&refused, Code::FailedPrecondition, "EVENT_RETRACTED");
    assert_eq!(metadata["event"], "events/a");
    let request = RestoreEventRequest {
        name: "events/a".into(),
        ..Default::default()
    };
    let answer = server
        .publisher()
        .restore_event(request.clone())
        .await
        .expect("valid");
    let restored = answer.into_inner().event.expect("an event");
    assert_eq!((restored.state(), restored.revision), (State::Active, 3));
    assert!(restored.superseded_by.is_empty() && restored.retract_time.is_none());
    let refused = server
        .publisher()
        .restore_event(request)
        .await
        .expect_err("it stands");
    assert_refused(&refused, Code::FailedPrecondition, "NOT_RETRACTED");
}
