//! S42: requests that are sent again.

use entente::proto::v1::{Event, RestoreEventRequest, RetractEventRequest, UpdateEventRequest};
use tonic::Code;

use crate::harness::{Build, Server, assert_refused, event};
use crate::writing::{create, created, get, masked, updated};

#[tokio::test]
async fn s42_a_repeated_request_is_answered_as_the_first_time_for_ever() {
    let mut server = Server::start().await;
    let request = create(event("a"), "r-1");
    let first = created(&server, request.clone()).await.expect("valid");
    assert!(!first.replayed);
    server.update(event("a").titled("Corrected")).await;
    for restart in [false, true] {
        if restart {
            server.kill_and_start_again().await;
        }
        let again = created(&server, request.clone())
            .await
            .expect("a repetition");
        assert!(again.replayed);
        assert_eq!(
            again.event, first.event,
            "the first answer, although it was corrected since"
        );
    }
    assert_eq!(server.info().await.head_position, 2);
}

#[tokio::test]
async fn s42_every_write_can_be_repeated() {
    let server = Server::start().await;
    server.publish_all([event("a"), event("b")]).await;
    let update = UpdateEventRequest {
        request_id: "r-update".into(),
        ..masked(event("a").titled("Corrected"), &["title"])
    };
    let retract = RetractEventRequest {
        name: "events/a".into(),
        request_id: "r-retract".into(),
        ..RetractEventRequest::default()
    };
    let restore = RestoreEventRequest {
        name: "events/a".into(),
        request_id: "r-restore".into(),
        ..RestoreEventRequest::default()
    };
    let mut publisher = server.publisher();
    let first = (
        publisher
            .update_event(update.clone())
            .await
            .expect("valid")
            .into_inner(),
        publisher
            .retract_event(retract.clone())
            .await
            .expect("valid")
            .into_inner(),
        publisher
            .restore_event(restore.clone())
            .await
            .expect("valid")
            .into_inner(),
    );
    let again = (
        publisher
            .update_event(update)
            .await
            .expect("repeated")
            .into_inner(),
        publisher
            .retract_event(retract)
            .await
            .expect("repeated")
            .into_inner(),
        publisher
            .restore_event(restore)
            .await
            .expect("repeated")
            .into_inner(),
    );
    assert!(!first.0.replayed && !first.1.replayed && !first.2.replayed);
    assert!(again.0.replayed && again.1.replayed && again.2.replayed);
    assert_eq!(first.0.event, again.0.event);
    assert_eq!(first.1.event, again.1.event);
    assert_eq!(first.2.event, again.2.event);
    assert_eq!(server.info().await.head_position, 5);
}

#[tokio::test]
async fn s42_of_the_same_request_many_times_at_once_one_is_written() {
    let server = Server::start().await;
    let attempts = (0..16).map(|_| {
        let mut publisher = server.publisher();
        let request = create(event("a"), "r-1");
        tokio::spawn(async move { publisher.create_event(request).await })
    });
    let mut answers = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        answers.push(
            attempt
                .await
                .expect("it ends")
                .expect("one request")
                .into_inner(),
        );
    }
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| answer.event == answers[0].event)
    );
    assert_eq!(server.info().await.head_position, 1);
}

#[tokio::test]
async fn s42_the_same_correction_or_retraction_many_times_at_once_is_written_once() {
    let server = Server::start().await;
    let mut etag = server.publish(event("a")).await.etag;
    for round in 0..4 {
        let corrected = Event {
            etag,
            ..event("a").titled(&format!("Title {round}"))
        };
        let request_id = format!("r-{round}");
        let update = UpdateEventRequest {
            request_id,
            ..masked(corrected, &["title"])
        };
        let attempts = (0..8).map(|_| {
            let (mut publisher, update) = (server.publisher(), update.clone());
            tokio::spawn(async move { publisher.update_event(update).await })
        });
        let mut replayed = 0;
        etag = String::new();
        for attempt in attempts.collect::<Vec<_>>() {
            let answer = attempt
                .await
                .expect("it ends")
                .expect("one request")
                .into_inner();
            replayed += usize::from(answer.replayed);
            etag = answer.event.expect("an event").etag;
        }
        assert_eq!(replayed, 7);
    }
    let retract = RetractEventRequest {
        name: "events/a".into(),
        request_id: "r-retract".into(),
        ..RetractEventRequest::default()
    };
    let attempts = (0..8).map(|_| {
        let (mut publisher, retract) = (server.publisher(), retract.clone());
        tokio::spawn(async move { publisher.retract_event(retract).await })
    });
    for attempt in attempts.collect::<Vec<_>>() {
        attempt.await.expect("it ends").expect("one request");
    }
    assert_eq!(server.info().await.head_position, 6);
}

#[tokio::test]
async fn s42_a_repeated_request_that_changed_nothing_changes_nothing_later_either() {
    let server = Server::start().await;
    server.publish(event("a").titled("One")).await;
    let request = UpdateEventRequest {
        request_id: "r-1".into(),
        ..masked(event("a").titled("One"), &["title"])
    };
    let first = updated(&server, request.clone()).await.expect("valid");
    server.update(event("a").titled("Two")).await;
    let again = updated(&server, request).await.expect("repeated");
    assert_eq!(again.event, first.event, "the first answer");
    assert_eq!(get(&server, "events/a").await.title, "Two");
}

#[tokio::test]
async fn s42_a_request_id_with_other_content_is_refused_with_what_it_wrote() {
    let mut server = Server::start().await;
    created(&server, create(event("a"), "r-1"))
        .await
        .expect("valid");
    for restart in [false, true] {
        if restart {
            server.kill_and_start_again().await;
        }
        let other = create(event("a").titled("Another"), "r-1");
        let refused = created(&server, other).await.expect_err("other content");
        let metadata = assert_refused(&refused, Code::InvalidArgument, "REQUEST_ID_REUSED");
        assert_eq!(metadata["requestId"], "r-1");
        assert_eq!(metadata["existingResource"], "events/a");
        let other = RetractEventRequest {
            name: "events/a".into(),
            request_id: "r-1".into(),
            ..RetractEventRequest::default()
        };
        let refused = server
            .publisher()
            .retract_event(other)
            .await
            .expect_err("another method");
        assert_refused(&refused, Code::InvalidArgument, "REQUEST_ID_REUSED");
    }
    assert_eq!(server.info().await.head_position, 1);
}
