//! D01, D03, D04: what a kill leaves behind.

use std::collections::BTreeMap;

use entente::proto::v1::{BatchCreateEventsRequest, CreateEventRequest, Event, UpdateEventRequest};

use crate::harness::{Build, Random, Server, earliest, event, position_of};

/// A few writers that write until the server is gone, and what each was told.
fn writers(server: &Server, round: usize) -> Vec<tokio::task::JoinHandle<Vec<Event>>> {
    let writer = |writer: usize| {
        let mut publisher = server.publisher();
        tokio::spawn(async move {
            let mut told = Vec::new();
            for n in 0.. {
                let event = event(&format!("r-{round}-w-{writer}-{n}"));
                let request = CreateEventRequest {
                    event: Some(event),
                    ..Default::default()
                };
                let Ok(answer) = publisher.create_event(request).await else {
                    return told;
                };
                told.extend(answer.into_inner().event);
                let update = told.last().cloned().map(|event| event.titled("Corrected"));
                let request = UpdateEventRequest {
                    event: update,
                    ..Default::default()
                };
                let Ok(answer) = publisher.update_event(request).await else {
                    return told;
                };
                told.extend(answer.into_inner().event);
            }
            told
        })
    };
    (0..6).map(writer).collect()
}

#[tokio::test]
async fn d01_what_was_answered_outlives_a_kill_at_any_moment() {
    let mut server = Server::start().await;
    let mut random = Random::new(1);
    let mut told: BTreeMap<i64, Event> = BTreeMap::new();
    for round in 0..4 {
        let mut watcher = server.watch(crate::harness::latest("")).await;
        let writers = writers(&server, round);
        watcher.changes(20 + random.below(150)).await;
        server.kill();
        for writer in writers {
            let answers = writer.await.expect("it ends with the server");
            told.extend(answers.into_iter().map(|event| (event.position, event)));
        }
        server.start_again().await;
    }
    assert!(told.len() > 80, "{}", told.len());
    let head = server.info().await.head_position;
    let (log, _) = server.watch(earliest("")).await.until_caught_up().await;
    let positions: Vec<i64> = log.iter().map(position_of).collect();
    assert_eq!(
        positions,
        (1..=head).collect::<Vec<_>>(),
        "D03: the log is dense"
    );
    for (position, event) in &told {
        assert_eq!(log[*position as usize - 1].event.as_ref(), Some(event));
    }
    assert_eq!(
        log.last().map(|change| change.digest.clone()),
        Some(server.info().await.head_digest)
    );
}

#[tokio::test]
async fn d04_a_batch_that_was_not_answered_is_there_whole_or_not_at_all() {
    let mut server = Server::start().await;
    for round in 0..4 {
        let mut publisher = server.publisher();
        let writing = tokio::spawn(async move {
            for batch in 0.. {
                let request = |n: usize| CreateEventRequest {
                    event: Some(event(&format!("r-{round}-{batch}-{n}"))),
                    ..CreateEventRequest::default()
                };
                let requests = (0..150).map(request).collect();
                let request = BatchCreateEventsRequest {
                    requests,
                    ..Default::default()
                };
                if publisher.batch_create_events(request).await.is_err() {
                    return;
                }
            }
        });
        let mut watcher = server.watch(crate::harness::latest("")).await;
        watcher.changes(1 + 97 * round).await;
        server.kill();
        writing.await.expect("it ends with the server");
        server.start_again().await;
        let head = server.info().await.head_position;
        assert_eq!(head % 150, 0, "round {round}");
        let (log, _) = server.watch(earliest("")).await.until_caught_up().await;
        let sizes = log
            .split_inclusive(|change| !change.continued)
            .map(<[_]>::len);
        assert!(sizes.eq((0..head / 150).map(|_| 150)), "round {round}");
    }
}

#[tokio::test]
async fn d03_state_and_request_ids_agree_with_the_log_after_a_kill() {
    let mut server = Server::start().await;
    let request = CreateEventRequest {
        event: Some(event("a").with_topic("chips")),
        request_id: "r-1".into(),
        ..CreateEventRequest::default()
    };
    let first = server
        .publisher()
        .create_event(request.clone())
        .await
        .expect("valid")
        .into_inner();
    server
        .publish_all((0..50).map(|n| event(&format!("e-{n}")).with_topic("chips")))
        .await;
    server.retract("events/e-3").await;
    let list = entente::proto::v1::ListEventsRequest {
        filter: "topic:chips".into(),
        page_size: 100,
        ..Default::default()
    };
    let before = server
        .events()
        .list_events(list.clone())
        .await
        .expect("a list")
        .into_inner();
    let info = server.info().await;
    server.kill_and_start_again().await;
    let after = server
        .events()
        .list_events(list)
        .await
        .expect("a list")
        .into_inner();
    assert_eq!(before, after);
    let again = server
        .publisher()
        .create_event(request)
        .await
        .expect("repeated")
        .into_inner();
    assert!(again.replayed && again.event == first.event);
    let now = server.info().await;
    assert_eq!(
        (now.head_digest, now.active_events),
        (info.head_digest, info.active_events)
    );
}

#[tokio::test]
async fn a_server_that_is_killed_while_it_starts_starts_again() {
    let mut server = Server::start().await;
    server
        .publish_all((0..200).map(|n| event(&format!("e-{n}"))))
        .await;
    for _ in 0..4 {
        // Killed as soon as it serves, before it has done anything else.
        server.kill_and_start_again().await;
    }
    assert_eq!(server.info().await.head_position, 200);
}
