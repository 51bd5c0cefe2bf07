//! Counts of events.

use entente::proto::v1::{Event, Kind, SummarizeEventsRequest, SummarizeEventsResponse};
use tonic::Code;

use crate::harness::{Build, Server, assert_invalid_fields, assert_refused, event, partnership};

const STATES: [&str; 26] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SK",
];

async fn summarize(server: &Server, request: SummarizeEventsRequest) -> SummarizeEventsResponse {
    server
        .events()
        .summarize_events(request)
        .await
        .expect("valid")
        .into_inner()
}

fn by(fields: &[&str]) -> SummarizeEventsRequest {
    let group_by = fields.iter().map(|field| (*field).to_owned()).collect();
    SummarizeEventsRequest {
        group_by,
        ..SummarizeEventsRequest::default()
    }
}

/// Each row as its values in the order asked for, and its count.
fn rows(answer: &SummarizeEventsResponse, fields: &[&str]) -> Vec<(String, i64)> {
    let values = |row: &entente::proto::v1::SummaryRow| {
        fields
            .iter()
            .map(|field| row.group[*field].clone())
            .collect::<Vec<_>>()
            .join(" ")
    };
    answer
        .rows
        .iter()
        .map(|row| (values(row), row.count))
        .collect()
}

fn expected(rows: &[(&str, i64)]) -> Vec<(String, i64)> {
    rows.iter()
        .map(|(values, count)| ((*values).to_owned(), *count))
        .collect()
}

async fn with_variety() -> Server {
    let server = Server::start().await;
    server.publish_partnership(partnership("p")).await;
    server.publish_partnership(partnership("q")).await;
    let drill = Event {
        exercise: true,
        ..event("drill")
    };
    server
        .publish_all([
            event("a").on("2024-05").with_state("JP").within("p"),
            event("b")
                .on("2024-05-12")
                .with_state("JP")
                .with_state("FR")
                .within("p")
                .within("q"),
            event("c").on("2025").of_kind(Kind::Policy).with_state("FR"),
            event("d"),
            drill,
        ])
        .await;
    server.publish(event("wrong").on("2024")).await;
    server.retract("events/wrong").await;
    server
}

#[tokio::test]
async fn events_are_counted_by_one_field_the_largest_group_first() {
    let server = with_variety().await;
    for (field, groups) in [
        ("kind", &[("MEETING", 3), ("POLICY", 1)][..]),
        ("party", &[("FR", 2), ("JP", 2), ("", 1)]),
        ("partnership", &[("", 2), ("p", 2), ("q", 1)]),
        ("year", &[("2024", 2), ("", 1), ("2025", 1)]),
        // Trial C7: what is known by its year alone did not happen in January.
        ("month", &[("2024-05", 2), ("", 1), ("2025-XX", 1)]),
        ("quarter", &[("2024-Q2", 2), ("", 1), ("2025-XX", 1)]),
        ("half", &[("2024-H1", 2), ("", 1), ("2025-XX", 1)]),
    ] {
        let answer = summarize(&server, by(&[field])).await;
        assert_eq!(rows(&answer, &[field]), expected(groups), "{field}");
        assert_eq!(answer.total, 4, "each event counts once");
    }
}

#[tokio::test]
async fn events_are_counted_by_several_fields_at_once() {
    let server = with_variety().await;
    let answer = summarize(&server, by(&["partnership", "year"])).await;
    let groups = [("p 2024", 2), (" ", 1), (" 2025", 1), ("q 2024", 1)];
    assert_eq!(rows(&answer, &["partnership", "year"]), expected(&groups));
    let answer = summarize(&server, by(&["kind", "party", "month"])).await;
    let found = rows(&answer, &["kind", "party", "month"]);
    assert!(
        found.contains(&("MEETING JP 2024-05".into(), 2)),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_summary_is_under_a_filter_and_at_a_position() {
    let server = with_variety().await;
    let filter = "party:JP".to_owned();
    let answer = summarize(
        &server,
        SummarizeEventsRequest {
            filter,
            ..by(&["kind"])
        },
    )
    .await;
    assert_eq!(
        (rows(&answer, &["kind"]), answer.total),
        (expected(&[("MEETING", 2)]), 2)
    );
    let as_of_position = 4;
    let answer = summarize(
        &server,
        SummarizeEventsRequest {
            as_of_position,
            ..by(&["kind"])
        },
    )
    .await;
    assert_eq!((answer.total, answer.position), (2, 4));
    let show_retracted = true;
    let answer = summarize(
        &server,
        SummarizeEventsRequest {
            show_retracted,
            ..by(&["state"])
        },
    )
    .await;
    assert_eq!(
        rows(&answer, &["state"]),
        expected(&[("ACTIVE", 4), ("RETRACTED", 1)])
    );
}

#[tokio::test]
async fn a_summary_of_nothing_is_empty() {
    let server = Server::start().await;
    let answer = summarize(&server, by(&["kind"])).await;
    assert_eq!(
        (answer.rows.len(), answer.total, answer.position),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn groups_that_there_are_not_are_refused() {
    let server = Server::start().await;
    for fields in [
        &[][..],
        &["colour"],
        &["kind", "kind"],
        &["kind", "party", "topic", "year"],
    ] {
        let refused = server
            .events()
            .summarize_events(by(fields))
            .await
            .expect_err("refused");
        assert_invalid_fields(&refused, &["group_by"]);
    }
    let request = SummarizeEventsRequest {
        as_of_position: 1,
        ..by(&["kind"])
    };
    let refused = server
        .events()
        .summarize_events(request)
        .await
        .expect_err("in the future");
    assert_refused(&refused, Code::OutOfRange, "POSITION_IN_FUTURE");
}

#[tokio::test]
async fn a_summary_that_would_be_too_large_is_refused() {
    let server = Server::start().await;
    let long = |kind: &str, n: usize| format!("{}-{kind}{n}", "x".repeat(110));
    let mut large = event("large");
    for n in 0..16 {
        server.publish_partnership(partnership(&long("p", n))).await;
        large = large.within(&long("p", n));
    }
    large = (0..32).fold(large, |large, n| large.with_topic(&long("t", n)));
    for state in STATES {
        large = large.with_state(state);
    }
    server.publish(large).await;
    let fields = ["topic", "partnership", "party"];
    let summary = server.events().summarize_events(by(&fields)).await;
    let refused = summary.expect_err("too large");
    let metadata = assert_refused(&refused, Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
    assert_eq!(metadata["limit"], (3 << 20).to_string());
    let answer = summarize(&server, by(&["topic", "partnership"])).await;
    assert_eq!(answer.rows.len(), 16 * 32);
}
