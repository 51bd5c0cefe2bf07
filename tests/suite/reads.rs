//! Reads of single events and of their revisions.

use entente::proto::v1::{
    BatchGetEventsRequest, Event, ExplainFilterRequest, GetEventRequest, ListEventRevisionsRequest,
    ListEventsRequest, Match, RelatedEvent, Relation, Status,
};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::harness::{
    Build, Server, assert_invalid_fields, assert_refused, earliest, event, name_of,
};
use crate::writing::get;

#[tokio::test]
async fn an_event_is_read_as_it_stood_at_any_position() {
    let server = Server::start().await;
    server.publish(event("other")).await;
    let first = server.publish(event("a")).await;
    server.publish(event("another")).await;
    let second = server.update(event("a").titled("Corrected")).await;
    let read = async |as_of_position: i64| {
        let request = GetEventRequest {
            name: "events/a".into(),
            as_of_position,
            ..Default::default()
        };
        server
            .events()
            .get_event(request)
            .await
            .map(|answer| answer.into_inner().event)
    };
    assert_eq!(read(0).await.expect("there"), Some(second.clone()));
    assert_eq!(read(2).await.expect("there"), Some(first.clone()));
    assert_eq!(read(3).await.expect("there"), Some(first));
    assert_eq!(read(4).await.expect("there"), Some(second));
    let refused = read(1).await.expect_err("not yet there");
    assert_eq!(
        assert_refused(&refused, Code::NotFound, "EVENT_NOT_FOUND")["name"],
        "events/a"
    );
    let refused = read(5).await.expect_err("in the future");
    assert_refused(&refused, Code::OutOfRange, "POSITION_IN_FUTURE");
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    for name in ["events/b", "events/a/revisions/2"] {
        let request = GetEventRequest {
            name: name.into(),
            ..Default::default()
        };
        let refused = server
            .events()
            .get_event(request)
            .await
            .expect_err("not there");
        assert_eq!(
            assert_refused(&refused, Code::NotFound, "EVENT_NOT_FOUND")["name"],
            name
        );
    }
    for name in [
        "",
        "a",
        "events/",
        "events/A",
        "partnerships/a",
        "events/a/revisions/0",
    ] {
        let request = GetEventRequest {
            name: name.into(),
            ..Default::default()
        };
        let refused = server
            .events()
            .get_event(request)
            .await
            .expect_err("no name");
        assert_invalid_fields(&refused, &["name"]);
    }
}

#[tokio::test]
async fn a_batch_of_reads_is_in_the_order_of_its_names_at_one_position() {
    let server = Server::start().await;
    server
        .publish_all((0..10).map(|n| event(&format!("e-{n}"))))
        .await;
    server.update(event("e-4").titled("Corrected")).await;
    let names: Vec<String> = [7, 4, 0].map(|n| format!("events/e-{n}")).into();
    let read = async |as_of_position: i64| {
        let request = BatchGetEventsRequest {
            names: names.clone(),
            as_of_position,
            ..Default::default()
        };
        server
            .events()
            .batch_get_events(request)
            .await
            .expect("there")
            .into_inner()
            .events
    };
    let now = read(0).await;
    assert_eq!(
        now.iter()
            .map(|event| event.name.clone())
            .collect::<Vec<_>>(),
        names
    );
    assert_eq!((now[1].revision, read(10).await[1].revision), (2, 1));
}

#[tokio::test]
async fn a_batch_of_reads_names_every_one_that_is_missing() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let names = ["events/a", "events/b", "events/c"]
        .map(str::to_owned)
        .into();
    let request = BatchGetEventsRequest {
        names,
        ..Default::default()
    };
    let refused = server
        .events()
        .batch_get_events(request)
        .await
        .expect_err("two are missing");
    assert_refused(&refused, Code::NotFound, "EVENT_NOT_FOUND");
    let told = format!("{:?}", refused.get_error_details());
    assert!(
        told.contains("events/b") && told.contains("events/c"),
        "{told}"
    );
    for count in [0, 1_001] {
        let names = (0..count).map(|n| format!("events/e-{n}")).collect();
        let request = BatchGetEventsRequest {
            names,
            ..Default::default()
        };
        let refused = server
            .events()
            .batch_get_events(request)
            .await
            .expect_err("out of bounds");
        assert_invalid_fields(&refused, &["names"]);
    }
}

#[tokio::test]
async fn an_answer_that_would_be_too_large_is_refused_with_the_limit() {
    let server = Server::start().await;
    let mut names = Vec::new();
    for batch in 0..2 {
        let id = |n: usize| format!("e-{batch}-{n}");
        let written = server
            .publish_all((0..70).map(|n| event(&id(n)).heavy()))
            .await;
        names.extend(written.into_iter().map(|event| event.name));
    }
    let request = BatchGetEventsRequest {
        names,
        ..Default::default()
    };
    let refused = server
        .events()
        .batch_get_events(request)
        .await
        .expect_err("4 MB");
    let metadata = assert_refused(&refused, Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
    assert!(metadata["limit"].parse::<usize>().is_ok(), "{metadata:?}");
}

#[tokio::test]
async fn revisions_are_listed_newest_first_page_by_page() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    for n in 2..=7 {
        server
            .update(event("a").titled(&format!("Title {n}")))
            .await;
    }
    let parent = "events/a".to_owned();
    let mut request = ListEventRevisionsRequest {
        parent,
        page_size: 3,
        ..Default::default()
    };
    let mut listed = Vec::new();
    loop {
        let page = server
            .events()
            .list_event_revisions(request.clone())
            .await
            .expect("a page");
        let page = page.into_inner();
        for revision in page.revisions {
            let event = revision.snapshot.expect("every revision has its event");
            assert_eq!(revision.create_time, event.update_time);
            listed.push((revision.name, event.revision));
        }
        // What comes later belongs to another listing.
        server
            .update(event("a").titled(&format!("Later {}", listed.len())))
            .await;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let expected = (1..=7)
        .rev()
        .map(|n| (format!("events/a/revisions/{n}"), n));
    assert_eq!(listed, expected.collect::<Vec<_>>());
    let request = ListEventRevisionsRequest {
        parent: "events/b".into(),
        ..Default::default()
    };
    let refused = server
        .events()
        .list_event_revisions(request)
        .await
        .expect_err("not there");
    assert_refused(&refused, Code::NotFound, "EVENT_NOT_FOUND");
}

#[tokio::test]
async fn what_should_have_happened_by_now_is_overdue() {
    let server = Server::start().await;
    let written = server
        .publish_all([
            event("past").of_status(Status::Scheduled).on("2020-05"),
            event("future").of_status(Status::Scheduled).on("2999"),
            event("occurred").of_status(Status::Occurred).on("2020-05"),
        ])
        .await;
    assert_eq!(
        written
            .iter()
            .filter(|event| event.name == "events/past")
            .count(),
        1
    );
    for (id, overdue) in [("past", true), ("future", false), ("occurred", false)] {
        let request = GetEventRequest {
            name: format!("events/{id}"),
            ..Default::default()
        };
        let event = server
            .events()
            .get_event(request)
            .await
            .expect("there")
            .into_inner()
            .event;
        assert_eq!(event.map(|event| event.overdue), Some(overdue), "{id}");
    }
}

/// Trial A10.
#[tokio::test]
async fn a10_what_another_event_delivered_or_replaced_is_not_overdue() {
    let server = Server::start().await;
    let late = |id: &str| event(id).of_status(Status::Scheduled).on("2020-05");
    let related = |id: &str, relation: Relation| Event {
        related_events: vec![RelatedEvent {
            relation: relation.into(),
            event: "events/other".into(),
        }],
        ..late(id)
    };
    let written = server
        .publish_all([
            late("late"),
            related("fulfilled", Relation::FulfilledBy),
            related("rescheduled", Relation::RescheduledAs),
            related("implements", Relation::Implements),
            event("other"),
        ])
        .await;
    // What stands for it may have been withdrawn: its publisher says whether it still does.
    server.retract("events/other").await;
    let overdue = ["events/late", "events/implements"];
    for event in &written {
        let is_overdue = get(&server, &event.name).await.overdue;
        assert_eq!(is_overdue, overdue.contains(&event.name.as_str()));
    }
    let filter = "overdue = true";
    let mut events = server.events();
    let listed = events.list_events(ListEventsRequest {
        filter: filter.into(),
        ..Default::default()
    });
    let listed = listed.await.expect("a filter").into_inner().events;
    assert_eq!(listed.len(), 2, "{listed:?}");
    let explained = events.explain_filter(ExplainFilterRequest {
        filter: filter.into(),
        ..Default::default()
    });
    let explained = explained.await.expect("a filter").into_inner();
    assert_eq!(explained.matching_events, 2);

    let mut watcher = server.watch(earliest(filter)).await;
    let (seen, _) = watcher.until_caught_up().await;
    assert_eq!(seen.iter().map(name_of).collect::<Vec<_>>(), overdue);
    server.update(related("late", Relation::FulfilledBy)).await;
    assert_eq!(watcher.change().await.r#match(), Match::Left);
    assert!(!get(&server, "events/late").await.overdue);
}

#[tokio::test]
async fn a_position_that_does_not_come_is_waited_for_until_the_deadline() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let request = GetEventRequest {
        name: "events/a".into(),
        min_position: 9,
        ..Default::default()
    };
    let mut request = tonic::Request::new(request);
    request.set_timeout(std::time::Duration::from_millis(300));
    let refused = server
        .events()
        .get_event(request)
        .await
        .expect_err("it never comes");
    assert!(
        matches!(refused.code(), Code::DeadlineExceeded | Code::Cancelled),
        "{refused:?}"
    );
}
