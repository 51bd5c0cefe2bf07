//! S11, S12: watches that begin with what there is.

use std::collections::BTreeMap;

use entente::proto::v1::{
    ChangeType, EventChange, ListEventsRequest, State, WatchEventsRequest,
    watch_events_request::End,
};

use crate::harness::{
    Build, Server, change_of, event, name_of, partnership, position_of, resumed, snapshot,
};

/// What a client holds that applies every change it gets.
#[derive(Debug, Default, PartialEq)]
struct Held(BTreeMap<String, i64>);

impl Held {
    fn apply(&mut self, change: &EventChange) {
        let name = name_of(change).to_owned();
        let gone = change
            .event
            .as_ref()
            .is_some_and(|event| event.state() != State::Active);
        match gone {
            true => self.0.remove(&name),
            false => self.0.insert(name, position_of(change)),
        };
    }
}

/// Ten events, some corrected and one withdrawn, and one partnership.
async fn with_history() -> Server {
    let server = Server::start().await;
    server
        .publish_all((0..10).map(|n| event(&format!("e-{n}"))))
        .await;
    server.publish_partnership(partnership("p")).await;
    server.update(event("e-3").titled("Corrected")).await;
    server.update(event("e-5").titled("Corrected")).await;
    server.retract("events/e-7").await;
    server
}

#[tokio::test]
async fn s11_a_snapshot_sends_what_stands_once_and_then_every_change() {
    let server = with_history().await;
    let mut watcher = server.watch(snapshot("")).await;
    let head = watcher.started().head_position;
    server.publish(event("new")).await;
    server.retract("events/e-1").await;
    let (existing, caught_up) = watcher.until_caught_up().await;
    let mut names: Vec<&str> = existing.iter().map(name_of).collect();
    names.sort_unstable();
    let mut expected: Vec<String> = (0..10)
        .filter(|n| *n != 7)
        .map(|n| format!("events/e-{n}"))
        .collect();
    expected.push("partnerships/p".to_owned());
    assert_eq!(names, expected);
    assert_eq!(caught_up.sent_changes, 10);
    for change in &existing {
        assert_eq!(change.r#type(), ChangeType::Existing, "{change:?}");
        assert!(position_of(change) <= head, "{change:?}");
        assert!(
            change.commit_time.is_some() && change.digest.is_empty(),
            "{change:?}"
        );
    }
    let corrected = existing
        .iter()
        .find(|change| name_of(change) == "events/e-3");
    assert_eq!(
        corrected.and_then(|c| c.event.as_ref()).map(|e| e.revision),
        Some(2)
    );
    let changes = watcher.changes(2).await;
    let told: Vec<_> = changes
        .iter()
        .map(|c| (position_of(c), c.r#type()))
        .collect();
    assert_eq!(
        told,
        [
            (head + 1, ChangeType::Created),
            (head + 2, ChangeType::Retracted)
        ]
    );
}

#[tokio::test]
async fn s11_all_of_a_snapshot_is_one_position_and_under_its_filter() {
    let server = Server::start().await;
    server
        .publish_all((0..6).map(|n| event(&format!("in-{n}")).with_topic("chips")))
        .await;
    server
        .publish_all((0..6).map(|n| event(&format!("out-{n}"))))
        .await;
    let mut watcher = server.watch(snapshot("topic:chips")).await;
    let mut names = Vec::new();
    let caught_up = loop {
        let frame = watcher.frame().await;
        match change_of(&frame) {
            Some(change) => names.push(name_of(change).to_owned()),
            None => break frame,
        }
        assert_eq!(frame.position, 0);
    };
    assert_eq!(caught_up.position, 12);
    assert_eq!(
        names,
        (0..6).map(|n| format!("events/in-{n}")).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn s11_a_snapshot_of_nothing_is_caught_up_at_once() {
    let server = Server::start().await;
    let (existing, caught_up) = server.watch(snapshot("")).await.until_caught_up().await;
    assert_eq!((existing.len(), caught_up.sent_changes), (0, 0));
}

#[tokio::test]
async fn s12_a_snapshot_cut_at_any_frame_ends_with_the_same_as_an_uncut_one() {
    let server = with_history().await;
    let mut whole = server.watch(snapshot("")).await;
    let mut held = Held::default();
    let mut cuts = vec![(Held::default(), whole.token().to_owned())];
    loop {
        let frame = whole.frame().await;
        let Some(change) = change_of(&frame) else {
            break;
        };
        held.apply(change);
        cuts.push((Held(held.0.clone()), frame.resume_token));
    }
    // What the rest of a snapshot says is the state as it was, whatever happens in between.
    server.update(event("e-0").titled("Corrected")).await;
    server.update(event("e-9").titled("Corrected")).await;
    server.retract("events/e-2").await;
    server.publish(event("new")).await;
    for change in whole.changes(4).await {
        held.apply(&change);
    }
    for (mut cut, token) in cuts {
        let before = cut.0.len();
        let mut rest = server.watch(resumed("", &token)).await;
        let (changes, caught_up) = rest.until_caught_up().await;
        assert_eq!(caught_up.sent_changes as usize, changes.len());
        changes.iter().for_each(|change| cut.apply(change));
        assert_eq!(cut, held, "cut after {before}");
        // It ends where live changes would begin, which is the head and not the snapshot's position.
        let request = WatchEventsRequest {
            end: Some(End::StopWhenCaughtUp(true)),
            ..resumed("", &token)
        };
        let (frames, end) = server.watch(request).await.into_end().await;
        end.expect("it ends with OK");
        let sent = frames.iter().filter_map(change_of).count();
        assert_eq!(sent, changes.len(), "cut after {before}");
    }
    let listed = server
        .events()
        .list_events(ListEventsRequest::default())
        .await
        .expect("a page");
    assert_eq!(listed.into_inner().total_size as usize + 1, held.0.len());
}

#[tokio::test]
async fn s12_a_snapshot_goes_on_after_the_server_was_killed() {
    let mut server = with_history().await;
    let mut watcher = server.watch(snapshot("")).await;
    let mut held = Held::default();
    watcher
        .changes(4)
        .await
        .iter()
        .for_each(|change| held.apply(change));
    let token = watcher.token().to_owned();
    server.kill_and_start_again().await;
    let mut rest = server.watch(resumed("", &token)).await;
    let (existing, _) = rest.until_caught_up().await;
    assert_eq!(existing.len(), 6);
    existing.iter().for_each(|change| held.apply(change));
    let mut fresh = Held::default();
    let (existing, _) = server.watch(snapshot("")).await.until_caught_up().await;
    existing.iter().for_each(|change| fresh.apply(change));
    assert_eq!(held, fresh);
}
