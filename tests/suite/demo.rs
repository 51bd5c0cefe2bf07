//! The starting data, served.

use entente::proto::v1::{
    GetEventRequest, ListEventsRequest, State, SummarizeEventsRequest, Verdict,
};

use crate::harness::{Server, earliest, event, snapshot};

#[tokio::test]
async fn the_starting_data_is_there_whole_with_its_corrections() {
    let mut server = Server::start_with(&["--demo"]).await;
    let info = server.info().await;
    assert_eq!((info.partnerships, info.active_events), (42, 217));
    let (log, _) = server.watch(earliest("")).await.until_caught_up().await;
    assert_eq!(log.len() as i64, info.head_position, "no drill is among it");
    let request = ListEventsRequest {
        filter: "kind = MEETING AND partnership:eu-japan-digital-partnership".into(),
        ..ListEventsRequest::default()
    };
    let listed = server
        .events()
        .list_events(request)
        .await
        .expect("valid")
        .into_inner();
    assert!(listed.total_size >= 3, "{listed:?}");
    for (id, state) in [
        ("eu-japan-quantum-agreements-2025", State::Merged),
        (
            "eu-japan-digital-council-second-iteration",
            State::Retracted,
        ),
    ] {
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
        assert_eq!(event.map(|event| event.state()), Some(state), "{id}");
    }
    let claims = log
        .iter()
        .filter_map(|change| change.event.as_ref())
        .flat_map(|e| &e.claims);
    assert!(
        claims
            .clone()
            .any(|claim| claim.verdict() == Verdict::Disputed)
    );
    server.kill_and_start_again().await;
    assert_eq!(
        server.info().await.head_digest,
        info.head_digest,
        "it is loaded once"
    );
}

#[tokio::test]
async fn the_starting_data_is_counted_by_partnership_and_year() {
    let server = Server::start_with(&["--demo"]).await;
    let group_by = vec!["partnership".to_owned(), "year".to_owned()];
    let request = SummarizeEventsRequest {
        group_by,
        ..Default::default()
    };
    let answer = server
        .events()
        .summarize_events(request)
        .await
        .expect("valid")
        .into_inner();
    assert_eq!(answer.total, 217);
    assert!(answer.rows.len() > 42, "{}", answer.rows.len());
    let (existing, _) = server.watch(snapshot("")).await.until_caught_up().await;
    assert_eq!(existing.len(), 217 + 42);
}

#[tokio::test]
async fn a_store_with_anything_in_it_gets_no_starting_data() {
    let mut server = Server::start().await;
    server.publish(event("a")).await;
    server.kill();
    server.start_again_with(&["--demo"]).await;
    assert_eq!(server.info().await.head_position, 1);
}
