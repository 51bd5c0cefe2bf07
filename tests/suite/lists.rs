//! Lists of events: filters, orders, pages, positions.

use entente::proto::v1::{
    Event, ExplainFilterRequest, Kind, ListEventsRequest, ListEventsResponse, Status, Translation,
    View,
};
use tonic::Code;

use crate::harness::{Build, Server, assert_invalid_fields, assert_refused, event, partnership};

pub async fn list(server: &Server, request: ListEventsRequest) -> ListEventsResponse {
    match server.events().list_events(request.clone()).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => panic!("{request:?} is refused: {status:?}"),
    }
}

pub fn ids(answer: &ListEventsResponse) -> Vec<&str> {
    answer
        .events
        .iter()
        .filter_map(|event| event.name.strip_prefix("events/"))
        .collect()
}

pub fn matching(filter: &str) -> ListEventsRequest {
    let order_by = "name".to_owned();
    ListEventsRequest {
        filter: filter.to_owned(),
        order_by,
        ..ListEventsRequest::default()
    }
}

async fn with_variety() -> Server {
    let server = Server::start().await;
    server.publish_partnership(partnership("eu-japan")).await;
    let translation = Translation {
        language_code: "ja".into(),
        title: "半導体に関する協力".into(),
        ..Translation::default()
    };
    let drill = Event {
        exercise: true,
        ..event("drill")
    };
    let chips = Event {
        translations: vec![translation],
        ..event("chips")
            .of_kind(Kind::Agreement)
            .on("2025-05-12")
            .with_topic("semiconductors")
    };
    server
        .publish_all([
            chips.with_state("JP").within("eu-japan"),
            event("council")
                .on("2023-07")
                .with_state("JP")
                .with_state("FR")
                .within("eu-japan"),
            event("6g")
                .titled("Joint work on 6G networks")
                .on("2024")
                .with_topic("networks"),
            event("summit")
                .of_status(Status::Scheduled)
                .on("2999")
                .with_state("GB"),
            event("undated"),
            drill,
        ])
        .await;
    server.publish_all([event("wrong"), event("double")]).await;
    server.retract("events/wrong").await;
    server
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let server = with_variety().await;
    for (filter, expected) in [
        (
            "",
            &["6g", "chips", "council", "double", "summit", "undated"][..],
        ),
        ("kind = MEETING AND party:JP", &["council"]),
        (
            "kind = AGREEMENT OR status = SCHEDULED",
            &["chips", "summit"],
        ),
        ("party:JP AND NOT party:FR", &["chips"]),
        ("date >= \"2024-01\" AND date < \"2026\"", &["6g", "chips"]),
        ("partnership:eu-japan", &["chips", "council"]),
        ("topic:semiconductors", &["chips"]),
        ("text:\"6G\"", &["6g"]),
        ("text:\"半導体\"", &["chips"]),
        ("exercise = true", &["drill"]),
        ("state = RETRACTED", &["wrong"]),
        ("overdue = true", &[]),
        ("name = \"events/6g\"", &["6g"]),
        ("(party:GB OR party:FR) AND status != OCCURRED", &["summit"]),
    ] {
        let answer = list(&server, matching(filter)).await;
        assert_eq!(ids(&answer), expected, "{filter}");
        assert_eq!(answer.total_size as usize, expected.len(), "{filter}");
    }
}

#[tokio::test]
async fn what_is_withdrawn_is_listed_when_it_is_asked_for() {
    let server = with_variety().await;
    let request = ListEventsRequest {
        show_retracted: true,
        ..matching("")
    };
    assert!(ids(&list(&server, request).await).contains(&"wrong"));
}

#[tokio::test]
async fn lists_are_sorted_as_they_were_asked_to_be() {
    let server = with_variety().await;
    for (order_by, expected) in [
        (
            "",
            ["summit", "chips", "6g", "council", "double", "undated"],
        ),
        (
            "date",
            ["council", "6g", "chips", "summit", "undated", "double"],
        ),
        (
            "date desc",
            ["summit", "chips", "6g", "council", "double", "undated"],
        ),
        (
            "position",
            ["chips", "council", "6g", "summit", "undated", "double"],
        ),
        (
            "position desc",
            ["double", "undated", "summit", "6g", "council", "chips"],
        ),
        (
            "name asc",
            ["6g", "chips", "council", "double", "summit", "undated"],
        ),
        (
            "name desc",
            ["undated", "summit", "double", "council", "chips", "6g"],
        ),
    ] {
        let request = ListEventsRequest {
            order_by: order_by.to_owned(),
            ..ListEventsRequest::default()
        };
        assert_eq!(ids(&list(&server, request).await), expected, "{order_by:?}");
    }
    let request = ListEventsRequest {
        order_by: "title".into(),
        ..Default::default()
    };
    let refused = server
        .events()
        .list_events(request)
        .await
        .expect_err("no such order");
    assert_invalid_fields(&refused, &["order_by"]);
}

#[tokio::test]
async fn pages_in_every_order_are_the_whole_list_once() {
    let server = Server::start().await;
    let dated = |n: usize| event(&format!("e-{n:02}")).on(["2024", "2025-05", "2024-03"][n % 3]);
    server
        .publish_all((0..40).map(dated).chain([event("undated")]))
        .await;
    for order_by in [
        "date",
        "date desc",
        "position",
        "position desc",
        "name",
        "name desc",
    ] {
        let whole = ListEventsRequest {
            order_by: order_by.into(),
            ..Default::default()
        };
        let expected = list(&server, whole.clone()).await;
        for page_size in [1, 7, 40, 41, 1_000] {
            let mut request = ListEventsRequest {
                page_size,
                ..whole.clone()
            };
            let mut names = Vec::new();
            loop {
                let page = list(&server, request.clone()).await;
                assert!(page.events.len() <= page_size as usize);
                names.extend(page.events.into_iter().map(|event| event.name));
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            let expected: Vec<_> = expected.events.iter().map(|event| &event.name).collect();
            assert_eq!(
                names.iter().collect::<Vec<_>>(),
                expected,
                "{order_by} by {page_size}"
            );
        }
    }
}

#[tokio::test]
async fn a_page_of_large_events_ends_before_it_is_too_large() {
    let server = Server::start().await;
    for batch in 0..2 {
        let id = |n: usize| format!("e-{batch}-{n}");
        server
            .publish_all((0..80).map(|n| event(&id(n)).heavy()))
            .await;
    }
    let view = View::Full.into();
    let mut request = ListEventsRequest {
        page_size: 1_000,
        view,
        ..matching("")
    };
    let mut sizes = Vec::new();
    loop {
        // A page beyond what clients accept would fail here.
        let page = list(&server, request.clone()).await;
        sizes.push(page.events.len());
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(sizes.iter().sum::<usize>(), 160);
    assert!(sizes.len() > 1, "{sizes:?}");
}

#[tokio::test]
async fn a_list_is_what_was_known_at_a_position_or_time() {
    let server = Server::start().await;
    server.publish(event("a").with_topic("chips")).await;
    let second = server.publish(event("b").with_topic("chips")).await;
    server.retract("events/a").await;
    let corrected = Event {
        topics: vec!["ships".into()],
        ..event("b")
    };
    server.update(corrected).await;
    let chips = |as_of_position| ListEventsRequest {
        as_of_position,
        ..matching("topic:chips")
    };
    assert_eq!(ids(&list(&server, chips(1)).await), ["a"]);
    assert_eq!(ids(&list(&server, chips(2)).await), ["a", "b"]);
    assert_eq!(ids(&list(&server, chips(3)).await), ["b"]);
    assert!(ids(&list(&server, chips(0)).await).is_empty());
    let as_of_time = second.update_time;
    let request = ListEventsRequest {
        as_of_time,
        ..matching("topic:chips")
    };
    let answer = list(&server, request.clone()).await;
    assert_eq!((ids(&answer), answer.position), (vec!["a", "b"], 2));
    let request = ListEventsRequest {
        as_of_position: 1,
        ..request
    };
    let refused = server
        .events()
        .list_events(request)
        .await
        .expect_err("one of the two");
    assert_invalid_fields(&refused, &["as_of_time"]);
    let refused = server
        .events()
        .list_events(chips(5))
        .await
        .expect_err("in the future");
    assert_refused(&refused, Code::OutOfRange, "POSITION_IN_FUTURE");
}

#[tokio::test]
async fn lists_are_basic_unless_all_is_asked_for() {
    let server = Server::start().await;
    let written = server
        .publish(Event {
            summary: "Long.".into(),
            notes: "N.".into(),
            ..event("a")
        })
        .await;
    let basic = list(&server, matching("")).await.events.remove(0);
    assert!(basic.summary.is_empty() && basic.notes.is_empty() && basic.sources.is_empty());
    assert_eq!((&basic.title, &basic.etag), (&written.title, &written.etag));
    let view = View::Full.into();
    let full = list(
        &server,
        ListEventsRequest {
            view,
            ..matching("")
        },
    )
    .await
    .events
    .remove(0);
    assert_eq!(full, written);
}

#[tokio::test]
async fn an_empty_list_is_no_error() {
    let server = Server::start().await;
    let answer = list(&server, matching("")).await;
    assert_eq!(
        (answer.events.len(), answer.position, answer.total_size),
        (0, 0, 0)
    );
    assert!(answer.next_page_token.is_empty() && !answer.resume_token.is_empty());
}

#[tokio::test]
async fn a_filter_is_explained() {
    let server = with_variety().await;
    let filter = "party:JP and kind=meeting".to_owned();
    let request = ExplainFilterRequest {
        filter: filter.replace("and", "AND"),
        sample_size: 5,
        ..Default::default()
    };
    let answer = server
        .events()
        .explain_filter(request)
        .await
        .expect("valid")
        .into_inner();
    assert_eq!(
        (answer.matching_events, answer.sample_events),
        (1, vec!["events/council".into()])
    );
    assert!(
        answer.normalized_filter.contains("kind = MEETING"),
        "{}",
        answer.normalized_filter
    );
    assert!(!answer.explanation.is_empty() && !answer.indexes_used.is_empty());
    // What it prints means the same.
    let same = list(&server, matching(&answer.normalized_filter)).await;
    assert_eq!(ids(&same), ["council"]);
    for sample_size in [-1, 101] {
        let request = ExplainFilterRequest {
            sample_size,
            ..Default::default()
        };
        let refused = server
            .events()
            .explain_filter(request)
            .await
            .expect_err("out of bounds");
        assert_invalid_fields(&refused, &["sample_size"]);
    }
}
