//! Duplicates that become pointers to one event.

use entente::proto::v1::{
    ChangeNote, ChangeType, Claim, Event, GetEventRequest, ListEventsRequest, MergeEventsRequest,
    MergeEventsResponse, Reason, Relation, RestoreEventRequest, RetractEventRequest, Source, State,
    UpdateEventRequest, Verdict,
};
use tonic::{Code, Status};

use crate::harness::{
    Server, assert_invalid_fields, assert_refused, earliest, event, name_of, source,
};

async fn merge(
    server: &Server,
    request: MergeEventsRequest,
) -> Result<MergeEventsResponse, Status> {
    server
        .publisher()
        .merge_events(request)
        .await
        .map(tonic::Response::into_inner)
}

fn into(into: &str, names: &[&str]) -> MergeEventsRequest {
    MergeEventsRequest {
        into: format!("events/{into}"),
        names: names.iter().map(|name| format!("events/{name}")).collect(),
        ..MergeEventsRequest::default()
    }
}

async fn get(server: &Server, id: &str) -> Event {
    let request = GetEventRequest {
        name: format!("events/{id}"),
        ..Default::default()
    };
    let answer = server
        .events()
        .get_event(request)
        .await
        .expect("it is there")
        .into_inner();
    answer.event.expect("the answer has the event")
}

fn claiming(id: &str, source_id: &str, claim: &str) -> Event {
    let claim = Claim {
        field_path: "date".into(),
        claim: claim.into(),
        sources: vec![source_id.into()],
        verdict: Verdict::Disputed.into(),
        ..Claim::default()
    };
    let source = Source {
        title: format!("Report of the {source_id}"),
        ..source(source_id)
    };
    Event {
        sources: vec![source],
        claims: vec![claim],
        ..event(id)
    }
}

#[tokio::test]
async fn the_event_that_stays_takes_over_sources_and_claims() {
    let server = Server::start().await;
    server
        .publish_all([event("a"), claiming("b", "ministry", "in May"), event("c")])
        .await;
    let note = ChangeNote {
        reason: Reason::Duplicate.into(),
        ..ChangeNote::default()
    };
    let request = MergeEventsRequest {
        change_note: Some(note.clone()),
        ..into("a", &["b", "c"])
    };
    let stays = merge(&server, request)
        .await
        .expect("valid")
        .event
        .expect("an event");
    let sources: Vec<&str> = stays
        .sources
        .iter()
        .map(|source| source.id.as_str())
        .collect();
    assert_eq!(
        sources,
        ["press", "ministry"],
        "the one that both have is there once"
    );
    assert_eq!(
        (stays.claims[0].claim.as_str(), &*stays.claims[0].sources[0]),
        ("in May", "ministry")
    );
    assert_eq!((stays.state(), stays.revision), (State::Active, 2));
    assert_eq!(get(&server, "a").await, stays);
    for id in ["b", "c"] {
        let pointer = get(&server, id).await;
        assert_eq!(
            (pointer.state(), pointer.superseded_by.as_str()),
            (State::Merged, "events/a")
        );
        let related = pointer
            .related_events
            .iter()
            .find(|related| related.event == "events/a");
        assert_eq!(
            related.map(|related| related.relation()),
            Some(Relation::DuplicateOf)
        );
        assert_eq!(
            pointer.change_note.as_ref().map(ChangeNote::reason),
            Some(note.reason())
        );
    }
    let listed = server
        .events()
        .list_events(ListEventsRequest::default())
        .await
        .expect("a page");
    assert_eq!(listed.into_inner().total_size, 1);
}

#[tokio::test]
async fn s21_a_merger_is_one_write() {
    let server = Server::start().await;
    server
        .publish_all([event("a"), event("b"), event("c")])
        .await;
    merge(&server, into("a", &["b", "c"])).await.expect("valid");
    let changes = server.watch(earliest("")).await.changes(6).await;
    let told: Vec<_> = changes[3..]
        .iter()
        .map(|c| (name_of(c), c.r#type(), c.continued))
        .collect();
    let expected = [
        ("events/a", ChangeType::Updated, true),
        ("events/b", ChangeType::Merged, true),
        ("events/c", ChangeType::Merged, false),
    ];
    assert_eq!(told, expected);
    assert!(
        changes[3..]
            .iter()
            .all(|change| change.commit_time == changes[3].commit_time)
    );
}

#[tokio::test]
async fn a_pointer_is_written_to_no_more() {
    let server = Server::start().await;
    server
        .publish_all([event("a"), event("b"), event("c")])
        .await;
    merge(&server, into("a", &["b"])).await.expect("valid");
    let update = UpdateEventRequest {
        event: Some(event("b")),
        ..Default::default()
    };
    let refused = server
        .publisher()
        .update_event(update)
        .await
        .expect_err("a pointer");
    let metadata = assert_refused(&refused, Code::FailedPrecondition, "EVENT_MERGED");
    assert_eq!(metadata["event"], "events/b");
    for request in [into("c", &["b"]), into("b", &["c"])] {
        let refused = merge(&server, request).await.expect_err("a pointer");
        assert_refused(&refused, Code::FailedPrecondition, "EVENT_MERGED");
    }
    let restore = RestoreEventRequest {
        name: "events/b".into(),
        ..Default::default()
    };
    let refused = server
        .publisher()
        .restore_event(restore)
        .await
        .expect_err("a pointer");
    assert_refused(&refused, Code::FailedPrecondition, "NOT_RETRACTED");
    assert_eq!(get(&server, "c").await.state(), State::Active);
}

#[tokio::test]
async fn a_merger_that_makes_no_sense_is_refused_whole() {
    let server = Server::start().await;
    server
        .publish_all([event("a"), event("b"), event("c")])
        .await;
    for (request, field) in [
        (into("a", &[]), "names"),
        (into("a", &["a"]), "names[0]"),
        (into("a", &["b", "b"]), "names[1]"),
    ] {
        let refused = merge(&server, request).await.expect_err("no sense");
        assert_invalid_fields(&refused, &[field]);
    }
    let refused = merge(&server, into("a", &["b", "nowhere"]))
        .await
        .expect_err("not there");
    let metadata = assert_refused(&refused, Code::NotFound, "EVENT_NOT_FOUND");
    assert_eq!(metadata["name"], "events/nowhere");
    server.retract("events/c").await;
    let refused = merge(&server, into("a", &["b", "c"]))
        .await
        .expect_err("withdrawn");
    assert_refused(&refused, Code::FailedPrecondition, "EVENT_RETRACTED");
    let stale = MergeEventsRequest {
        etag: "stale".into(),
        ..into("a", &["b"])
    };
    let refused = merge(&server, stale).await.expect_err("stale");
    assert_refused(&refused, Code::Aborted, "ETAG_MISMATCH");
    assert_eq!(server.info().await.head_position, 4, "nothing was written");
}

#[tokio::test]
async fn s42_a_repeated_merger_is_answered_as_the_first_time() {
    let mut server = Server::start().await;
    server.publish_all([event("a"), event("b")]).await;
    let request = MergeEventsRequest {
        request_id: "r-1".into(),
        ..into("a", &["b"])
    };
    let first = merge(&server, request.clone()).await.expect("valid");
    server.kill_and_start_again().await;
    let again = merge(&server, request).await.expect("repeated");
    assert!(again.replayed && !first.replayed);
    assert_eq!(again.event, first.event);
}

async fn supersede(server: &Server, id: &str, by: &str) -> Result<Event, Status> {
    let request = RetractEventRequest {
        name: format!("events/{id}"),
        superseded_by: format!("events/{by}"),
        ..RetractEventRequest::default()
    };
    let answer = server.publisher().retract_event(request).await?;
    Ok(answer.into_inner().event.expect("an event"))
}

#[tokio::test]
async fn a9_nothing_is_superseded_by_what_it_superseded() {
    let server = Server::start().await;
    server
        .publish_all(["a", "b", "c", "d", "e"].map(event))
        .await;
    // Over a retraction, and over a merger.
    supersede(&server, "a", "b").await.expect("b stands");
    merge(&server, into("c", &["b"])).await.expect("valid");
    for by in ["a", "b"] {
        let refused = supersede(&server, "c", by).await.expect_err("a circle");
        assert_invalid_fields(&refused, &["superseded_by"]);
        assert!(
            refused.message().contains("events/b -> events/c"),
            "{refused:?}"
        );
    }
    // A chain that ends elsewhere is none, and a restored event ends one.
    supersede(&server, "d", "a").await.expect("it ends at c");
    supersede(&server, "c", "e").await.expect("e stands");
    assert_eq!(get(&server, "a").await.superseded_by, "events/b");
    let restore = RestoreEventRequest {
        name: "events/d".into(),
        ..RestoreEventRequest::default()
    };
    let restored = server.publisher().restore_event(restore).await;
    restored.expect("it was retracted");
    supersede(&server, "e", "d").await.expect("d stands again");
}

#[tokio::test]
async fn a9_two_that_supersede_one_another_at_once_make_no_circle() {
    let server = Server::start().await;
    for round in 0..20 {
        let (a, b) = (format!("a-{round}"), format!("b-{round}"));
        server.publish_all([event(&a), event(&b)]).await;
        let (one, other) = tokio::join!(supersede(&server, &a, &b), supersede(&server, &b, &a));
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    }
}

#[tokio::test]
async fn a9_a_chain_that_is_too_long_is_refused_and_says_where_it_goes_on() {
    let server = Server::start().await;
    server
        .publish_all((0..=35).map(|n| event(&format!("e-{n}"))))
        .await;
    for n in (2..35).rev() {
        let by = format!("e-{}", n + 1);
        let ended = supersede(&server, &format!("e-{n}"), &by).await;
        ended.expect("it is short enough");
    }
    let refused = supersede(&server, "e-1", "e-2").await;
    let refused = refused.expect_err("it is too long");
    assert_invalid_fields(&refused, &["superseded_by"]);
    let told = "more than 32 events, of which events/e-35 is the next";
    assert!(refused.message().contains(told), "{refused:?}");
    supersede(&server, "e-1", "e-35")
        .await
        .expect("the last one");
}
