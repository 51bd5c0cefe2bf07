//! S04-S07, S13: going on with a token.

use entente::proto::v1::{EventChange, ListEventsRequest, WatchEventsRequest};
use tonic::{Code, Status};

use crate::harness::{
    Build, Random, Server, Watcher, after, assert_refused, change_of, earliest, event, latest,
    position_of, resumed, snapshot,
};

async fn refusal(server: &Server, request: WatchEventsRequest) -> Status {
    Watcher::try_open(server, request)
        .await
        .err()
        .expect("a refusal")
}

fn positions(changes: &[EventChange]) -> Vec<i64> {
    changes.iter().map(position_of).collect()
}

#[tokio::test]
async fn s04_the_token_of_any_frame_goes_on_without_a_gap_and_without_a_repetition() {
    let server = Server::start().await;
    server
        .publish_all((0..12).map(|n| event(&format!("e-{n}"))))
        .await;
    let mut whole = server.watch(earliest("")).await;
    let mut tokens = vec![(0, whole.token().to_owned())];
    let mut seen = 0;
    while seen < 12 {
        let frame = whole.frame().await;
        seen += usize::from(change_of(&frame).is_some());
        tokens.push((seen as i64, frame.resume_token));
    }
    server.publish(event("later")).await;
    for (seen, token) in tokens {
        let mut rest = server.watch(resumed("", &token)).await;
        let (changes, _) = rest.until_caught_up().await;
        assert_eq!(positions(&changes), (seen + 1..=13).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn s04_a_token_under_a_filter_goes_on_with_the_next_matching_change() {
    let server = Server::start().await;
    let mut watcher = server.watch(latest("topic:chips")).await;
    watcher.until_caught_up().await;
    let mut expected = Vec::new();
    for n in 0..10 {
        let first = server
            .publish(event(&format!("yes-{n}")).with_topic("chips"))
            .await;
        server.publish(event(&format!("no-{n}"))).await;
        expected.push(first.position);
        // The token is of a stream that has seen half of what there is.
        let mut next = server.watch(resumed("topic:chips", watcher.token())).await;
        assert_eq!(position_of(&next.change().await), first.position);
        watcher = next;
    }
    assert_eq!(server.info().await.head_position, 20);
}

#[tokio::test]
async fn s05_the_token_of_any_frame_goes_on_after_the_server_was_killed() {
    let mut server = Server::start().await;
    let mut random = Random::new(5);
    let mut seen: Vec<EventChange> = Vec::new();
    let mut token: Option<String> = None;
    for round in 0..4 {
        let request = match &token {
            None => earliest(""),
            Some(token) => resumed("", token),
        };
        let mut watcher = server.watch(request).await;
        let mut publisher = server.publisher();
        let writing = tokio::spawn(async move {
            // Until the server is gone.
            for n in 0.. {
                let event = Some(event(&format!("round-{round}-{n}")));
                let request = entente::proto::v1::CreateEventRequest {
                    event,
                    ..Default::default()
                };
                if publisher.create_event(request).await.is_err() {
                    return;
                }
            }
        });
        let frames = 3 + random.below(60);
        for _ in 0..frames {
            seen.extend(change_of(&watcher.frame().await).cloned());
        }
        token = Some(watcher.token().to_owned());
        server.kill();
        writing.await.expect("it ends with the server");
        server.start_again().await;
    }
    let token = token.expect("there was a round");
    let mut rest = server.watch(resumed("", &token)).await;
    seen.extend(rest.until_caught_up().await.0);
    let (log, _) = server.watch(earliest("")).await.until_caught_up().await;
    assert_eq!(
        positions(&seen),
        (1..=server.info().await.head_position).collect::<Vec<_>>()
    );
    assert_eq!(seen, log);
}

#[tokio::test]
async fn s06_a_token_of_another_filter_is_refused_with_both() {
    let server = Server::start().await;
    let token = server.watch(latest("party:JP")).await.token().to_owned();
    let refused = refusal(&server, resumed("party:GB", &token)).await;
    let metadata = assert_refused(
        &refused,
        Code::InvalidArgument,
        "RESUME_TOKEN_FILTER_MISMATCH",
    );
    assert!(metadata["tokenFilter"].contains("party:JP"), "{metadata:?}");
    assert!(
        metadata["requestFilter"].contains("party:GB"),
        "{metadata:?}"
    );
    refusal(&server, resumed("", &token)).await;
    server.watch(resumed("  party : JP ", &token)).await;
}

#[tokio::test]
async fn s07_a_token_of_another_history_is_refused_with_both_epochs() {
    let (server, other) = tokio::join!(Server::start(), Server::start());
    other.publish(event("a")).await;
    let token = other.watch(earliest("")).await.token().to_owned();
    let refused = refusal(&server, resumed("", &token)).await;
    let metadata = assert_refused(&refused, Code::FailedPrecondition, "STORE_EPOCH_CHANGED");
    assert_eq!(metadata["tokenEpoch"], other.info().await.store_epoch);
    assert_eq!(metadata["storeEpoch"], server.info().await.store_epoch);
    assert_eq!(metadata["headPosition"], "0");
}

#[tokio::test]
async fn s07_the_epoch_of_a_store_outlives_its_process() {
    let mut server = Server::start().await;
    let epoch = server.info().await.store_epoch;
    let token = server.watch(latest("")).await.token().to_owned();
    server.kill_and_start_again().await;
    assert_eq!(server.info().await.store_epoch, epoch);
    server.watch(resumed("", &token)).await;
}

#[tokio::test]
async fn a_token_that_is_not_whole_is_refused_by_name() {
    let server = Server::start().await;
    let token = server.watch(latest("")).await.token().to_owned();
    let mut damaged = token.clone();
    damaged.replace_range(10..11, if &token[10..11] == "0" { "1" } else { "0" });
    let half = &token[..token.len() / 2];
    for garbage in [
        "",
        "hello",
        "....",
        half,
        &damaged,
        &format!("{token}x"),
        "\u{1f642}.é..",
    ] {
        let refused = refusal(&server, resumed("", garbage)).await;
        assert_refused(&refused, Code::InvalidArgument, "RESUME_TOKEN_INVALID");
    }
}

#[tokio::test]
async fn s13_a_list_and_the_watch_after_it_are_the_state_after_any_later_write() {
    let server = Server::start().await;
    server
        .publish_all((0..25).map(|n| event(&format!("e-{n:02}"))))
        .await;
    let mut names = Vec::new();
    let mut request = ListEventsRequest {
        page_size: 10,
        ..Default::default()
    };
    let token = loop {
        let page = server
            .events()
            .list_events(request.clone())
            .await
            .expect("a page")
            .into_inner();
        names.extend(
            page.events
                .iter()
                .map(|event| (event.name.clone(), event.title.clone())),
        );
        if page.next_page_token.is_empty() {
            break page.resume_token;
        }
        // Between the pages, everything moves.
        let turn = names.len();
        server.publish(event(&format!("new-{turn}"))).await;
        server.retract(&format!("events/e-{:02}", turn % 25)).await;
        server
            .update(event(&format!("e-{:02}", turn % 25 + 1)).titled("Corrected"))
            .await;
        request.page_token = page.next_page_token;
    };
    assert_eq!(names.len(), 25, "the pages are one state");
    let mut watcher = server.watch(resumed("", &token)).await;
    let (changes, _) = watcher.until_caught_up().await;
    assert_eq!(positions(&changes), (26..=31).collect::<Vec<_>>());
    let mut state: std::collections::BTreeMap<_, _> = names.into_iter().collect();
    for change in changes {
        let event = change.event.expect("only events were written");
        match event.state() {
            entente::proto::v1::State::Active => state.insert(event.name, event.title),
            _ => state.remove(&event.name),
        };
    }
    let request = ListEventsRequest {
        page_size: 1_000,
        ..Default::default()
    };
    let now = server
        .events()
        .list_events(request)
        .await
        .expect("a page")
        .into_inner();
    let now = now
        .events
        .into_iter()
        .map(|event| (event.name, event.title));
    assert_eq!(state, now.collect());
}

#[tokio::test]
async fn s13_every_page_hands_out_the_same_place_in_the_log() {
    let server = Server::start().await;
    server
        .publish_all((0..5).map(|n| event(&format!("e-{n}")).with_topic("chips")))
        .await;
    let mut request = ListEventsRequest {
        page_size: 2,
        filter: "topic:chips".into(),
        ..Default::default()
    };
    let mut places = std::collections::BTreeSet::new();
    for number in 0.. {
        let page = server
            .events()
            .list_events(request.clone())
            .await
            .expect("a page")
            .into_inner();
        places.insert((page.position, page.resume_token, page.total_size));
        server
            .publish(event(&format!("new-{number}")).with_topic("chips"))
            .await;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let places: Vec<_> = places.into_iter().collect();
    let [(5, token, 5)] = &places[..] else {
        panic!("{places:?}")
    };
    let (changes, _) = server
        .watch(resumed("topic:chips", token))
        .await
        .until_caught_up()
        .await;
    assert_eq!(positions(&changes)[0], 6);
}

#[tokio::test]
async fn a_token_can_be_used_with_another_view_heartbeat_and_end() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let token = server.watch(snapshot("")).await.token().to_owned();
    let request = WatchEventsRequest {
        view: entente::proto::v1::View::Basic.into(),
        heartbeat_interval: Some(prost_types::Duration {
            seconds: 2,
            nanos: 0,
        }),
        include_previous: true,
        client_label: "another".into(),
        ..resumed("", &token)
    };
    let (existing, _) = server.watch(request).await.until_caught_up().await;
    assert_eq!(positions(&existing), [1]);
    server.watch(after("", 1)).await;
}
