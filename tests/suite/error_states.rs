//! Names that are not there, in every method that takes one.

use entente::proto::v1::{
    ListEventRevisionsRequest, MergeEventsRequest, RestoreEventRequest, RetractEventRequest,
    UpdateEventRequest,
};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::harness::{Server, assert_refused, event};

#[tokio::test]
async fn every_write_to_an_event_that_is_not_there_names_it() {
    let server = Server::start().await;
    let name = || "events/nowhere".to_owned();
    let mut publisher = server.publisher();
    let update = UpdateEventRequest {
        event: Some(event("nowhere")),
        ..Default::default()
    };
    let retract = RetractEventRequest {
        name: name(),
        ..Default::default()
    };
    let restore = RestoreEventRequest {
        name: name(),
        ..Default::default()
    };
    let merge = MergeEventsRequest {
        into: name(),
        names: vec!["events/a".into()],
        ..Default::default()
    };
    let revisions = ListEventRevisionsRequest {
        parent: name(),
        ..Default::default()
    };
    for refused in [
        publisher.update_event(update).await.expect_err("not there"),
        publisher
            .retract_event(retract)
            .await
            .expect_err("not there"),
        publisher
            .restore_event(restore)
            .await
            .expect_err("not there"),
        publisher.merge_events(merge).await.expect_err("not there"),
        server
            .events()
            .list_event_revisions(revisions)
            .await
            .expect_err("not there"),
    ] {
        let metadata = assert_refused(&refused, Code::NotFound, "EVENT_NOT_FOUND");
        assert_eq!(metadata["name"], "events/nowhere");
        let resource = refused
            .get_details_resource_info()
            .expect("it is about a resource");
        assert_eq!(
            (
                resource.resource_type.as_str(),
                resource.resource_name.as_str()
            ),
            ("event", "events/nowhere")
        );
    }
}

#[tokio::test]
async fn a_second_retraction_is_refused_with_what_to_do() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    server.retract("events/a").await;
    let again = RetractEventRequest {
        name: "events/a".into(),
        ..Default::default()
    };
    let refused = server
        .publisher()
        .retract_event(again)
        .await
        .expect_err("it is withdrawn");
    let metadata = assert_refused(&refused, Code::FailedPrecondition, "EVENT_RETRACTED");
    assert_eq!(
        (&*metadata["event"], &*metadata["state"]),
        ("events/a", "retracted")
    );
    let failure = refused
        .get_details_precondition_failure()
        .expect("which precondition");
    assert_eq!(failure.violations[0].subject, "events/a");
    assert_eq!(server.info().await.head_position, 2);
}
