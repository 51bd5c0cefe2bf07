//! S43-S45: writes that meet, and reads that meet them.

use entente::proto::v1::{
    Event, GetEventRequest, ListEventRevisionsRequest, RestoreEventRequest, RetractEventRequest,
};
use tonic::Code;

use crate::harness::{Build, Server, assert_refused, event};
use crate::writing::{create, get, masked, updated};

#[tokio::test]
async fn of_many_who_create_one_event_at_once_one_succeeds() {
    let server = Server::start().await;
    let attempts = (0..16).map(|n| {
        let mut publisher = server.publisher();
        let request = create(event("a").titled(&format!("Attempt {n}")), "");
        tokio::spawn(async move { publisher.create_event(request).await })
    });
    let mut written = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.expect("it ends") {
            Ok(_) => written += 1,
            Err(status) => drop(assert_refused(&status, Code::AlreadyExists, "EVENT_EXISTS")),
        }
    }
    assert_eq!((written, server.info().await.head_position), (1, 1));
}

#[tokio::test]
async fn s43_of_two_updates_with_one_etag_exactly_one_wins() {
    let server = Server::start().await;
    let mut etag = server.publish(event("a")).await.etag;
    for round in 0..10 {
        let update = |title: String| {
            let event = Event {
                etag: etag.clone(),
                ..event("a").titled(&title)
            };
            updated(&server, masked(event, &["title"]))
        };
        let (one, other) = tokio::join!(
            update(format!("One {round}")),
            update(format!("Other {round}"))
        );
        let (won, lost) = match (one, other) {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
            both => panic!("{both:?}"),
        };
        let won = won.event.expect("an event");
        let metadata = assert_refused(&lost, Code::Aborted, "ETAG_MISMATCH");
        assert_eq!(metadata["currentEtag"], won.etag);
        assert_eq!(metadata["currentRevision"], won.revision.to_string());
        etag = won.etag;
    }
    assert_eq!(get(&server, "events/a").await.revision, 11);
}

#[tokio::test]
async fn s43_a_stale_etag_stops_a_retraction_and_a_restoration_too() {
    let server = Server::start().await;
    let stale = server.publish(event("a")).await.etag;
    let current = server.update(event("a").titled("Corrected")).await.etag;
    let name = || "events/a".to_owned();
    let retract = |etag: &str| RetractEventRequest {
        name: name(),
        etag: etag.to_owned(),
        ..RetractEventRequest::default()
    };
    let mut publisher = server.publisher();
    let refused = publisher
        .retract_event(retract(&stale))
        .await
        .expect_err("a stale etag");
    assert_eq!(
        assert_refused(&refused, Code::Aborted, "ETAG_MISMATCH")["currentEtag"],
        current
    );
    publisher
        .retract_event(retract(&current))
        .await
        .expect("the current etag");
    let restore = RestoreEventRequest {
        name: name(),
        etag: current,
        ..Default::default()
    };
    let refused = publisher
        .restore_event(restore)
        .await
        .expect_err("stale by now");
    assert_refused(&refused, Code::Aborted, "ETAG_MISMATCH");
}

#[tokio::test]
async fn updates_without_an_etag_all_count() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let updates = (0..12).map(|n| {
        let mut publisher = server.publisher();
        let event = event("a").titled(&format!("Title {n}"));
        tokio::spawn(async move { publisher.update_event(masked(event, &["title"])).await })
    });
    let mut revisions = Vec::new();
    for update in updates.collect::<Vec<_>>() {
        let answer = update
            .await
            .expect("it ends")
            .expect("nothing contradicts it");
        revisions.push(answer.into_inner().event.expect("an event").revision);
    }
    revisions.sort_unstable();
    assert_eq!(revisions, (2..=13).collect::<Vec<_>>());
}

#[tokio::test]
async fn s44_a_read_with_a_position_never_answers_from_before_it() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    for n in 2..40 {
        let reading = async |ahead: i64| {
            let name = "events/a".to_owned();
            let request = GetEventRequest {
                name,
                min_position: ahead,
                ..Default::default()
            };
            let answer = server
                .events()
                .get_event(request)
                .await
                .expect("it is there");
            answer.into_inner().event.expect("an event").position
        };
        let writing = async {
            server
                .update(event("a").titled(&format!("Title {n}")))
                .await
        };
        // The read is under way before the write is.
        let (read, written) = tokio::join!(reading(n), writing);
        assert_eq!((read, written.position), (n, n));
    }
}

#[tokio::test]
async fn s45_every_revision_stays_addressable() {
    let mut server = Server::start().await;
    let mut revisions = vec![server.publish(event("a")).await];
    for n in 2..6 {
        revisions.push(
            server
                .update(event("a").titled(&format!("Title {n}")))
                .await,
        );
    }
    revisions.push(server.retract("events/a").await);
    server.kill_and_start_again().await;
    for (number, revision) in (1..).zip(&revisions) {
        assert_eq!(
            &get(&server, &format!("events/a/revisions/{number}")).await,
            revision
        );
        let name = "events/a".to_owned();
        let as_of_position = revision.position;
        let request = GetEventRequest {
            name,
            as_of_position,
            ..Default::default()
        };
        let answer = server
            .events()
            .get_event(request)
            .await
            .expect("it stood")
            .into_inner();
        assert_eq!(answer.event.as_ref(), Some(revision));
    }
    let request = ListEventRevisionsRequest {
        parent: "events/a".into(),
        ..Default::default()
    };
    let listed = server
        .events()
        .list_event_revisions(request)
        .await
        .expect("there are some");
    let listed: Vec<Event> = listed
        .into_inner()
        .revisions
        .into_iter()
        .filter_map(|it| it.snapshot)
        .collect();
    revisions.reverse();
    assert_eq!(listed, revisions);
}
