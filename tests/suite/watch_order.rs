//! S15-S19, S21-S23: what a stream consists of.

use bytes::Bytes;
use entente::proto::v1::{
    ChangeType, Event, GetEventRequest, Kind, Match, RestoreEventRequest, WatchEventsRequest,
};
use prost::Message as _;
use tonic::Request;

use crate::harness::{
    Build, Server, Watcher, change_of, earliest, event, field, latest, name_of, partnership,
    position_of, stream_raw,
};

const WATCH_EVENTS: &str = "/entente.v1.EventService/WatchEvents";
/// `WatchEventsResponse.change`
const CHANGE: u32 = 6;

#[tokio::test]
async fn s15_an_unfiltered_stream_shows_every_position() {
    let server = Server::start().await;
    let mut live = server.watch(latest("")).await;
    server.publish_partnership(partnership("p")).await;
    server
        .publish_all((0..200).map(|n| event(&format!("e-{n}")).within("p")))
        .await;
    server.update(event("e-3").titled("Corrected")).await;
    server.retract("events/e-4").await;
    let head = server.info().await.head_position;
    assert_eq!(head, 203);
    let history = server.watch(earliest("")).await.until_caught_up().await.0;
    assert_eq!(
        history.iter().map(position_of).collect::<Vec<_>>(),
        (1..=head).collect::<Vec<_>>()
    );
    assert_eq!(live.changes(203).await, history);
}

#[tokio::test]
async fn s15_a_write_that_changes_nothing_takes_no_position() {
    let server = Server::start().await;
    let first = server.publish(event("a")).await;
    let same = server.update(event("a")).await;
    assert_eq!(
        (same.position, same.revision, &same.etag),
        (1, 1, &first.etag)
    );
    assert_eq!(server.publish(event("b")).await.position, 2);
}

#[tokio::test]
async fn s18_watchers_with_one_filter_see_the_same_in_the_same_order() {
    let server = Server::start().await;
    let filter = "topic:chips OR status = SCHEDULED";
    let mut watchers = Vec::new();
    for _ in 0..8 {
        watchers.push(server.watch(earliest(filter)).await);
    }
    let writers = (0..4).map(|writer| {
        let mut publisher = server.publisher();
        tokio::spawn(async move {
            for n in 0..25 {
                let event = event(&format!("w-{writer}-{n}")).with_topic("chips");
                let request = entente::proto::v1::CreateEventRequest {
                    event: Some(event),
                    ..Default::default()
                };
                publisher
                    .create_event(request)
                    .await
                    .expect("a valid event");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("it wrote");
    }
    let first = watchers[0].changes(100).await;
    for watcher in &mut watchers[1..] {
        assert_eq!(watcher.changes(100).await, first);
    }
    // History is told as it was told live.
    assert_eq!(
        server.watch(earliest(filter)).await.changes(100).await,
        first
    );
}

#[tokio::test]
async fn s19_what_was_delivered_outlives_a_kill_at_that_moment() {
    let mut server = Server::start().await;
    for round in 0..3 {
        let mut watcher = server.watch(latest("")).await;
        let mut publisher = server.publisher();
        let writing = tokio::spawn(async move {
            for n in 0.. {
                let event = Some(event(&format!("r-{round}-{n}")));
                let request = entente::proto::v1::CreateEventRequest {
                    event,
                    ..Default::default()
                };
                if publisher.create_event(request).await.is_err() {
                    return;
                }
            }
        });
        let delivered = watcher
            .changes(20 + 13 * round)
            .await
            .pop()
            .expect("there is one");
        server.kill();
        writing.await.expect("it ends with the server");
        server.start_again().await;
        let request = GetEventRequest {
            name: name_of(&delivered).into(),
            ..Default::default()
        };
        let kept = server
            .events()
            .get_event(request)
            .await
            .expect("it is durable")
            .into_inner();
        assert_eq!(kept.event, delivered.event);
        let again = server
            .watch(crate::harness::after("", position_of(&delivered) - 1))
            .await;
        assert_eq!({ again }.change().await, delivered);
    }
}

#[tokio::test]
async fn s21_a_batch_is_adjacent_and_marked_up_to_its_last_change() {
    let server = Server::start().await;
    let batches = (0..4).map(|writer| {
        let server = &server;
        async move {
            for batch in 0..5 {
                let name = |n| format!("w-{writer}-{batch}-{n}");
                server.publish_all((0..7).map(|n| event(&name(n)))).await;
                server
                    .publish(event(&format!("w-{writer}-{batch}-alone")))
                    .await;
            }
        }
    });
    let batches: Vec<_> = batches.collect();
    let [a, b, c, d] = <[_; 4]>::try_from(batches).unwrap_or_else(|_| panic!("four writers"));
    tokio::join!(a, b, c, d);
    let changes = server.watch(earliest("")).await.changes(160).await;
    let mut groups = changes.split_inclusive(|change| !change.continued);
    let sizes: Vec<usize> = groups.clone().map(<[_]>::len).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 160);
    assert!(
        sizes.iter().all(|size| *size == 7 || *size == 1),
        "{sizes:?}"
    );
    let of_one_write = groups.all(|group| {
        let batch = |change| {
            name_of(change)
                .rsplit_once('-')
                .map(|(batch, _)| batch.to_owned())
        };
        group.iter().all(|change| batch(change) == batch(&group[0]))
            && group
                .iter()
                .all(|change| change.commit_time == group[0].commit_time)
    });
    assert!(of_one_write);
}

#[tokio::test]
async fn s22_a_change_tells_how_it_moved_across_the_filter() {
    let server = Server::start().await;
    let mut watcher = server.watch(latest("kind = MEETING")).await;
    server.publish(event("a").of_kind(Kind::Policy)).await;
    server.update(event("a").of_kind(Kind::Meeting)).await;
    let titled = |title: &str| Event {
        name: "events/a".into(),
        title: title.to_owned(),
        ..Event::default()
    };
    server.update(titled("Corrected")).await;
    server.update(event("a").of_kind(Kind::Policy)).await;
    server.update(titled("Corrected again")).await;
    server.update(event("a").of_kind(Kind::Meeting)).await;
    server.retract("events/a").await;
    let changes = watcher.changes(5).await;
    let moves: Vec<_> = changes
        .iter()
        .map(|c| (position_of(c), c.r#type(), c.r#match()))
        .collect();
    let expected = [
        (2, ChangeType::Updated, Match::Entered),
        (3, ChangeType::Updated, Match::Stayed),
        (4, ChangeType::Updated, Match::Left),
        (6, ChangeType::Updated, Match::Entered),
        (7, ChangeType::Retracted, Match::Stayed),
    ];
    assert_eq!(moves, expected);
    // The same when it is read as history.
    assert_eq!(
        server
            .watch(earliest("kind = MEETING"))
            .await
            .changes(5)
            .await,
        changes
    );
}

#[tokio::test]
async fn s22_a_filter_on_the_state_is_left_and_entered_by_retraction_and_restoration() {
    let server = Server::start().await;
    let mut watcher = server.watch(latest("state = ACTIVE")).await;
    server.publish(event("a")).await;
    server.retract("events/a").await;
    let request = RestoreEventRequest {
        name: "events/a".into(),
        ..Default::default()
    };
    server
        .publisher()
        .restore_event(request)
        .await
        .expect("a retracted event");
    let moves: Vec<_> = watcher
        .changes(3)
        .await
        .iter()
        .map(|c| (c.r#type(), c.r#match()))
        .collect();
    let expected = [
        (ChangeType::Created, Match::Entered),
        (ChangeType::Retracted, Match::Left),
        (ChangeType::Restored, Match::Entered),
    ];
    assert_eq!(moves, expected);
}

#[tokio::test]
async fn s23_the_same_request_is_answered_with_the_same_bytes() {
    let mut server = Server::start().await;
    server
        .publish_all((0..20).map(|n| event(&format!("e-{n}")).with_topic("chips")))
        .await;
    server.update(event("e-3").titled("Corrected")).await;
    let request = WatchEventsRequest {
        include_previous: true,
        ..earliest("topic:chips")
    };
    let live = payloads(&server, &request, 21).await;
    assert_eq!(live.len(), 21);
    assert_eq!(payloads(&server, &request, 21).await, live);
    server.kill_and_start_again().await;
    assert_eq!(
        payloads(&server, &request, 21).await,
        live,
        "from disk as from memory"
    );
}

async fn payloads(server: &Server, request: &WatchEventsRequest, count: usize) -> Vec<Bytes> {
    let request = Request::new(Bytes::from(request.encode_to_vec()));
    let stream = stream_raw(server.channel(), WATCH_EVENTS, request).await;
    let mut stream = stream.expect("a valid request");
    let mut payloads = Vec::new();
    while payloads.len() < count {
        let frame = crate::harness::soon("a frame", stream.message()).await;
        let frame = frame
            .expect("the stream stands")
            .expect("the stream goes on");
        payloads.extend(field(frame, CHANGE));
    }
    payloads
}

#[tokio::test]
async fn the_digest_at_the_head_is_the_one_that_every_watcher_saw_there() {
    let mut server = Server::start().await;
    server
        .publish_all((0..10).map(|n| event(&format!("e-{n}"))))
        .await;
    let info = server.info().await;
    let last = server
        .watch(earliest(""))
        .await
        .changes(10)
        .await
        .pop()
        .expect("there is one");
    assert_eq!(last.digest, info.head_digest);
    assert_eq!(info.head_digest.len(), 64);
    server.kill_and_start_again().await;
    assert_eq!(server.info().await.head_digest, last.digest);
}

#[tokio::test]
async fn a_change_brings_the_event_before_it_when_asked_to() {
    let server = Server::start().await;
    server.publish_partnership(partnership("p")).await;
    let first = server.publish(event("a")).await;
    let second = server.update(event("a").titled("Corrected")).await;
    let request = WatchEventsRequest {
        include_previous: true,
        ..earliest("")
    };
    let changes = server.watch(request).await.changes(3).await;
    assert_eq!(changes[0].previous_partnership, None);
    assert_eq!(changes[1].previous_event, None);
    assert_eq!(changes[2].previous_event.as_ref(), Some(&first));
    assert_eq!(changes[2].event.as_ref(), Some(&second));
    let changed = changes[2]
        .changed_fields
        .as_ref()
        .expect("an update says what it changed");
    assert_eq!(changed.paths, ["title"]);
}

#[tokio::test]
async fn the_basic_view_leaves_the_long_parts_out() {
    let server = Server::start().await;
    let long = Event {
        summary: "Long.".into(),
        notes: "N.".into(),
        ..event("a")
    };
    server.publish(long).await;
    let view = entente::proto::v1::View::Basic.into();
    for begin in [earliest(""), crate::harness::snapshot("")] {
        let mut watcher = Watcher::open(&server, WatchEventsRequest { view, ..begin }).await;
        let event = watcher.change().await.event.expect("an event");
        assert_eq!((event.title.as_str(), event.position), ("Title of a", 1));
        assert!(event.summary.is_empty() && event.notes.is_empty() && event.sources.is_empty());
    }
}

#[tokio::test]
async fn drills_are_shown_to_those_who_ask_for_them_only() {
    let server = Server::start().await;
    let drill = Event {
        exercise: true,
        ..event("drill")
    };
    server.publish_all([event("a"), drill, event("b")]).await;
    let names = async |filter: &str| {
        let (changes, _) = server.watch(earliest(filter)).await.until_caught_up().await;
        changes
            .iter()
            .map(|change| name_of(change).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["events/a", "events/b"]);
    assert_eq!(names("exercise = true").await, ["events/drill"]);
    assert_eq!(names("exercise = true OR kind = MEETING").await.len(), 3);
}

#[tokio::test]
async fn changes_of_partnerships_can_be_left_out() {
    let server = Server::start().await;
    server.publish_partnership(partnership("p")).await;
    server.publish(event("a").within("p")).await;
    let mut watcher = server.watch(earliest("resource = EVENT")).await;
    let frame = watcher.frame().await;
    let change = change_of(&frame).expect("the first thing to say");
    assert_eq!(name_of(change), "events/a");
}
