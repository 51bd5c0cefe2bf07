//! When the world knew: a time of its own beside the commit.

use entente::proto::v1::{
    BatchGetEventsRequest, CreateEventRequest, CreatePartnershipRequest, Event,
    ExplainFilterRequest, GetEventRequest, GetPartnershipRequest, ListEventsRequest,
    ListPartnershipsRequest, RetractEventRequest, State, Status as EventStatus,
    SummarizeEventsRequest, UpdateEventRequest,
};
use prost_types::Timestamp;
use tonic::{Code, Status};

use crate::{
    clocked::Clocked,
    harness::{Build, Server, assert_invalid_fields, assert_refused, event, partnership},
};

/// A day of the year 2024, by its number.
fn day(day: i64) -> Timestamp {
    Timestamp {
        seconds: 1_704_067_200 + 86_400 * (day - 1),
        nanos: 0,
    }
}

async fn create(
    server: &Server,
    event: Event,
    known_since: Option<Timestamp>,
) -> Result<Event, Status> {
    let request = CreateEventRequest {
        event: Some(event),
        known_since,
        ..CreateEventRequest::default()
    };
    let answer = server.publisher().create_event(request).await?;
    Ok(answer.into_inner().event.expect("the answer has the event"))
}

async fn retitle(
    server: &Server,
    name: &str,
    title: &str,
    known_since: Option<Timestamp>,
) -> Result<Event, Status> {
    let request = UpdateEventRequest {
        event: Some(Event {
            name: name.to_owned(),
            title: title.to_owned(),
            ..Event::default()
        }),
        known_since,
        ..UpdateEventRequest::default()
    };
    let answer = server.publisher().update_event(request).await?;
    Ok(answer.into_inner().event.expect("the answer has the event"))
}

/// Names and titles of what was known at a time.
async fn known(server: &Server, filter: &str, at: Timestamp, order_by: &str) -> Vec<String> {
    let mut request = ListEventsRequest {
        filter: filter.to_owned(),
        known_at: Some(at),
        order_by: order_by.to_owned(),
        page_size: 1,
        ..ListEventsRequest::default()
    };
    let mut found = Vec::new();
    loop {
        let page = server.events().list_events(request.clone()).await;
        let page = page.expect("a page").into_inner();
        assert_eq!(page.resume_token, "");
        let rows = page.events.iter();
        found.extend(rows.map(|event| format!("{} {}", &event.name[7..], event.title)));
        assert!(found.len() as i64 <= page.total_size);
        if page.next_page_token.is_empty() {
            return found;
        }
        request.page_token = page.next_page_token;
    }
}

/// Three events, of which one was corrected and one withdrawn.
async fn history() -> Server {
    let server = Server::start().await;
    create(&server, event("a").titled("A"), Some(day(10)))
        .await
        .expect("valid");
    create(&server, event("b").titled("B"), Some(day(20)))
        .await
        .expect("valid");
    retitle(&server, "events/a", "A corrected", Some(day(30)))
        .await
        .expect("valid");
    create(&server, event("c").titled("C"), None)
        .await
        .expect("valid");
    let retraction = RetractEventRequest {
        name: "events/b".to_owned(),
        known_since: Some(day(40)),
        ..RetractEventRequest::default()
    };
    server
        .publisher()
        .retract_event(retraction)
        .await
        .expect("it is active");
    server
}

/// Trial D3.
#[tokio::test]
async fn d3_s61_what_was_known_at_a_time_is_read_whatever_was_committed_when() {
    let mut server = history().await;
    for restarted in [false, true] {
        if restarted {
            server.kill_and_start_again().await;
        }
        for (at, expected) in [
            (9, &[][..]),
            (10, &["a A"]),
            (25, &["a A", "b B"]),
            (30, &["a A corrected", "b B"]),
            (40, &["a A corrected"]),
        ] {
            for order in ["name", "position", "date"] {
                let mut found = known(&server, "", day(at), order).await;
                found.sort();
                assert_eq!(found, expected, "day {at} by {order}");
            }
        }
        assert_eq!(
            known(&server, "text:corrected", day(25), "name").await,
            [""; 0]
        );
        assert_eq!(
            known(&server, "text:corrected", day(35), "name").await,
            ["a A corrected"]
        );
        let request = SummarizeEventsRequest {
            group_by: vec!["state".to_owned()],
            known_at: Some(day(25)),
            ..SummarizeEventsRequest::default()
        };
        let summary = server
            .events()
            .summarize_events(request)
            .await
            .expect("a summary");
        assert_eq!(summary.into_inner().total, 2);
        let get = |known_at, as_of_position| GetEventRequest {
            name: "events/a".to_owned(),
            known_at: Some(known_at),
            as_of_position,
            ..GetEventRequest::default()
        };
        let read = server
            .events()
            .get_event(get(day(25), 0))
            .await
            .expect("it was known");
        assert_eq!(read.into_inner().event.expect("it").title, "A");
        let read = server
            .events()
            .get_event(get(day(35), 1))
            .await
            .expect("it was known");
        assert_eq!(read.into_inner().event.expect("it").title, "A");
        let refused = server.events().get_event(get(day(5), 0)).await;
        let refused = refused.expect_err("nobody knew it");
        let metadata = assert_refused(&refused, Code::NotFound, "EVENT_NOT_FOUND");
        assert!(metadata.contains_key("knownSince") && !metadata.contains_key("firstPosition"));
        assert!(refused.message().contains("became known"), "{refused:?}");
    }
}

#[tokio::test]
async fn s61_a_revision_is_never_known_later_than_now_or_earlier_than_the_one_before() {
    let server = history().await;
    let future = Timestamp {
        seconds: 32_000_000_000,
        nanos: 0,
    };
    let mut bad = event("d");
    bad.title.clear();
    let refused = create(&server, bad, Some(future))
        .await
        .expect_err("two faults");
    assert_invalid_fields(&refused, &["event.title", "known_since"]);
    let refused = retitle(&server, "events/a", "Again", Some(day(29))).await;
    let metadata = assert_refused(
        &refused.expect_err("it is earlier"),
        Code::FailedPrecondition,
        "KNOWN_SINCE_TOO_EARLY",
    );
    assert_eq!(metadata["knownSince"], "2024-01-30T00:00:00Z");
    let same = retitle(&server, "events/a", "Again", Some(day(30)))
        .await
        .expect("not earlier");
    assert_eq!(same.known_since, Some(day(30)));
    let plain = retitle(&server, "events/a", "At last", None)
        .await
        .expect("valid");
    assert_eq!(plain.known_since, None);
    // It became known when it was committed.
    let refused = retitle(&server, "events/a", "Backdated", Some(day(50))).await;
    assert!(refused.is_err());
    let request = GetEventRequest {
        name: "events/b".to_owned(),
        ..GetEventRequest::default()
    };
    let read = server
        .events()
        .get_event(request)
        .await
        .expect("it is there");
    let event = read.into_inner().event.expect("it");
    assert_eq!(event.state(), State::Retracted);
}

#[tokio::test]
async fn s61_an_event_is_overdue_by_the_day_of_what_is_known() {
    let server = Server::start().await;
    for id in ["a", "b"] {
        let planned = event(id).of_status(EventStatus::Scheduled).on("2024-02");
        create(&server, planned, Some(day(10)))
            .await
            .expect("valid");
    }
    let (february, march) = (Some(day(60)), Some(day(61)));
    let in_future = Timestamp {
        seconds: 32_000_000_000,
        nanos: 0,
    };
    let filter = || "overdue = true".to_owned();
    let mut events = server.events();
    for (known_at, overdue) in [
        (february, false),
        (march, true),
        (None, true),
        (Some(in_future), true),
    ] {
        let name = "events/a".to_owned();
        let request = GetEventRequest {
            name: name.clone(),
            known_at,
            ..GetEventRequest::default()
        };
        let read = events.get_event(request).await.expect("it was known");
        let read = read.into_inner().event.expect("it");
        assert_eq!(read.overdue, overdue, "{known_at:?}");
        let request = BatchGetEventsRequest {
            names: vec![name],
            known_at,
            ..BatchGetEventsRequest::default()
        };
        let read = events.batch_get_events(request).await.expect("known");
        assert_eq!(read.into_inner().events[0].overdue, overdue);
        let request = SummarizeEventsRequest {
            filter: filter(),
            group_by: vec!["state".to_owned()],
            known_at,
            ..SummarizeEventsRequest::default()
        };
        let summary = events.summarize_events(request).await.expect("a summary");
        assert_eq!(summary.into_inner().total, if overdue { 2 } else { 0 });
        let request = ExplainFilterRequest {
            filter: filter(),
            known_at,
            ..ExplainFilterRequest::default()
        };
        let explained = events.explain_filter(request).await.expect("a filter");
        let explained = explained.into_inner();
        assert_eq!(explained.matching_events, if overdue { 2 } else { 0 });
        // The token of the first page has the day for the second.
        let listed = format!("overdue = {overdue}");
        let mut request = ListEventsRequest {
            filter: listed,
            known_at,
            page_size: 1,
            ..ListEventsRequest::default()
        };
        for is_last in [false, true] {
            let page = events.list_events(request.clone()).await;
            let page = page.expect("a page").into_inner();
            assert_eq!(page.events.len(), 1, "{known_at:?}");
            assert_eq!(page.events[0].overdue, overdue);
            assert_eq!(page.next_page_token.is_empty(), is_last);
            request.page_token = page.next_page_token;
        }
    }
}

#[tokio::test]
async fn s61_a_partnership_counts_the_events_that_were_known_at_a_time() {
    let server = Server::start().await;
    let request = CreatePartnershipRequest {
        partnership: Some(partnership("p")),
        known_since: Some(day(1)),
        ..CreatePartnershipRequest::default()
    };
    let created = server.partnerships().create_partnership(request).await;
    created.expect("valid");
    for (id, since) in [("a", Some(day(10))), ("b", Some(day(20))), ("c", None)] {
        let event = event(id).within("p");
        create(&server, event, since).await.expect("valid");
    }
    let retraction = RetractEventRequest {
        name: "events/a".to_owned(),
        known_since: Some(day(30)),
        ..RetractEventRequest::default()
    };
    let retracted = server.publisher().retract_event(retraction).await;
    retracted.expect("it is active");
    for (known_at, expected) in [
        (Some(day(9)), 0),
        (Some(day(10)), 1),
        (Some(day(29)), 2),
        (Some(day(30)), 1),
        (None, 2),
    ] {
        let request = GetPartnershipRequest {
            name: "partnerships/p".to_owned(),
            known_at,
            ..GetPartnershipRequest::default()
        };
        let read = server.partnerships().get_partnership(request).await;
        let read = read.expect("it was known").into_inner().partnership;
        assert_eq!(read.expect("it").event_count, expected, "{known_at:?}");
        let request = ListPartnershipsRequest {
            known_at,
            ..ListPartnershipsRequest::default()
        };
        let listed = server.partnerships().list_partnerships(request).await;
        let listed = listed.expect("a page").into_inner().partnerships;
        let counts: Vec<_> = listed.iter().map(|it| it.event_count).collect();
        assert_eq!(counts, [expected], "{known_at:?}");
    }
}

#[tokio::test]
async fn s61_a_revision_that_is_named_is_read_only_if_it_was_known() {
    let server = history().await;
    let read = async |name: &str, at: Timestamp| {
        let request = GetEventRequest {
            name: name.to_owned(),
            known_at: Some(at),
            ..GetEventRequest::default()
        };
        let answer = server.events().get_event(request).await?;
        let event = answer.into_inner().event.expect("it");
        Ok::<String, Status>(event.title)
    };
    let (first, second) = ("events/a/revisions/1", "events/a/revisions/2");
    for (name, at, title) in [
        (first, 10, "A"),
        (first, 30, "A"),
        (second, 30, "A corrected"),
    ] {
        let found = read(name, day(at)).await.expect("it was known");
        assert_eq!(found, title, "{name} on day {at}");
    }
    for (name, at) in [(first, 9), (second, 29)] {
        let refused = read(name, day(at)).await.expect_err("not known yet");
        assert_refused(&refused, Code::NotFound, "EVENT_NOT_FOUND");
        assert!(
            refused.message().contains("was not known yet"),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn s61_a_hint_tells_nothing_that_became_known_later() {
    let server = Server::start().await;
    let later = event("a").with_topic("semiconductors");
    create(&server, later, Some(day(20))).await.expect("valid");
    let hints = async |known_at: Option<Timestamp>| {
        let request = ListEventsRequest {
            filter: "topic:semicondutors".to_owned(),
            known_at,
            ..ListEventsRequest::default()
        };
        let listed = server.events().list_events(request).await;
        listed.expect("a page").into_inner().hints
    };
    let told = "no record has topic:semicondutors";
    assert_eq!(hints(Some(day(10))).await, [told]);
    let now = hints(None).await;
    assert_eq!(now, [format!("{told}; did you mean topic:semiconductors?")]);
}

#[tokio::test]
async fn s61_what_is_known_since_the_last_commit_is_taken_when_the_clock_was_set_back() {
    let server = Clocked::start().await;
    server.clock().step_micros(30_000_000);
    let first = server.publish(event("ahead")).await;
    let head = first.update_time.expect("every revision has it");
    server.clock().step_micros(-30_000_000);
    let write = async |id: &str, known_since: Timestamp| {
        let request = CreateEventRequest {
            event: Some(event(id)),
            known_since: Some(known_since),
            ..CreateEventRequest::default()
        };
        let answer = server.publisher().create_event(request).await?;
        Ok::<Event, Status>(answer.into_inner().event.expect("it"))
    };
    let written = write("at-the-head", head)
        .await
        .expect("no commit is earlier");
    assert_eq!(written.known_since, Some(head));
    assert_eq!(written.update_time, Some(head));
    let later = Timestamp {
        seconds: head.seconds + 60,
        ..head
    };
    let refused = write("later", later)
        .await
        .expect_err("it is in the future");
    assert_invalid_fields(&refused, &["known_since"]);
    let told = format!("{refused:?}");
    assert!(told.contains("send the request again when"), "{told}");
}
