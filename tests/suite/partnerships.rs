//! Partnerships: written and read like events, in the same log.

use entente::proto::v1::{
    CreatePartnershipRequest, GetPartnershipRequest, ListPartnershipsRequest, Partnership,
    UpdatePartnershipRequest,
};
use prost_types::FieldMask;
use tonic::Code;

use crate::harness::{Build, Server, assert_invalid_fields, assert_refused, event, partnership};

async fn get(server: &Server, request: GetPartnershipRequest) -> Partnership {
    let answer = server
        .partnerships()
        .get_partnership(request)
        .await
        .expect("it is there");
    answer
        .into_inner()
        .partnership
        .expect("the answer has the partnership")
}

fn named(id: &str) -> GetPartnershipRequest {
    GetPartnershipRequest {
        name: format!("partnerships/{id}"),
        ..Default::default()
    }
}

fn renamed(id: &str, to: &str) -> UpdatePartnershipRequest {
    let partnership = Partnership {
        display_name: to.into(),
        ..partnership(id)
    };
    UpdatePartnershipRequest {
        partnership: Some(partnership),
        update_mask: Some(FieldMask {
            paths: vec!["display_name".into()],
        }),
        ..UpdatePartnershipRequest::default()
    }
}

#[tokio::test]
async fn a_partnership_is_written_corrected_and_read_at_any_position() {
    let mut server = Server::start().await;
    let first = server.publish_partnership(partnership("p")).await;
    assert_eq!((first.revision, first.position), (1, 1));
    let answer = server
        .partnerships()
        .update_partnership(renamed("p", "New name"))
        .await;
    let second = answer
        .expect("valid")
        .into_inner()
        .partnership
        .expect("a partnership");
    assert_eq!(
        (second.revision, second.display_name.as_str()),
        (2, "New name")
    );
    server.kill_and_start_again().await;
    assert_eq!(get(&server, named("p")).await, second);
    let before = GetPartnershipRequest {
        as_of_position: 1,
        ..named("p")
    };
    assert_eq!(get(&server, before).await, first);
}

#[tokio::test]
async fn a_partnership_counts_its_active_events_without_drills() {
    let server = Server::start().await;
    server.publish_partnership(partnership("p")).await;
    server.publish_partnership(partnership("q")).await;
    let drill = entente::proto::v1::Event {
        exercise: true,
        ..event("drill")
    };
    let events = (0..5).map(|n| event(&format!("e-{n}"))).chain([drill]);
    server
        .publish_all(events.map(|event| event.within("p")))
        .await;
    assert_eq!(get(&server, named("p")).await.event_count, 5);
    server.retract("events/e-0").await;
    assert_eq!(get(&server, named("p")).await.event_count, 4);
    assert_eq!(get(&server, named("q")).await.event_count, 0);
    let before = GetPartnershipRequest {
        as_of_position: 4,
        ..named("p")
    };
    assert_eq!(get(&server, before).await.event_count, 2);
    let listed = server
        .partnerships()
        .list_partnerships(ListPartnershipsRequest::default())
        .await;
    let listed = listed.expect("a page").into_inner().partnerships;
    let counts: Vec<_> = listed
        .iter()
        .map(|p| (p.name.as_str(), p.event_count))
        .collect();
    assert_eq!(counts, [("partnerships/p", 4), ("partnerships/q", 0)]);
}

#[tokio::test]
async fn partnerships_are_listed_by_name_page_by_page_at_one_position() {
    let server = Server::start().await;
    for n in (0..7).rev() {
        server
            .publish_partnership(partnership(&format!("p-{n}")))
            .await;
    }
    let mut request = ListPartnershipsRequest {
        page_size: 3,
        ..Default::default()
    };
    let mut names = Vec::new();
    loop {
        let page = server
            .partnerships()
            .list_partnerships(request.clone())
            .await
            .expect("a page");
        let page = page.into_inner();
        assert_eq!(page.position, 7);
        names.extend(
            page.partnerships
                .into_iter()
                .map(|partnership| partnership.name),
        );
        server
            .publish_partnership(partnership(&format!("later-{}", names.len())))
            .await;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(
        names,
        (0..7)
            .map(|n| format!("partnerships/p-{n}"))
            .collect::<Vec<_>>()
    );
    let filter = "name = \"partnerships/p-3\"".to_owned();
    let request = ListPartnershipsRequest {
        filter,
        ..Default::default()
    };
    let found = server
        .partnerships()
        .list_partnerships(request)
        .await
        .expect("a page");
    assert_eq!(found.into_inner().partnerships.len(), 1);
}

#[tokio::test]
async fn writes_of_partnerships_are_refused_like_those_of_events() {
    let server = Server::start().await;
    let etag = server.publish_partnership(partnership("p")).await.etag;
    let mut client = server.partnerships();
    let create = |partnership| CreatePartnershipRequest {
        partnership: Some(partnership),
        ..CreatePartnershipRequest::default()
    };
    let refused = client
        .create_partnership(create(partnership("p")))
        .await
        .expect_err("taken");
    let metadata = assert_refused(&refused, Code::AlreadyExists, "PARTNERSHIP_EXISTS");
    assert_eq!(metadata["partnership"], "partnerships/p");
    let empty = Partnership {
        name: "partnerships/q".into(),
        ..Partnership::default()
    };
    let refused = client
        .create_partnership(create(empty))
        .await
        .expect_err("invalid");
    assert_invalid_fields(
        &refused,
        &["partnership.display_name", "partnership.sources"],
    );
    client
        .update_partnership(renamed("p", "New name"))
        .await
        .expect("valid");
    let mut stale = renamed("p", "Another name");
    stale.partnership = stale.partnership.map(|partnership| Partnership {
        etag,
        ..partnership
    });
    let refused = client.update_partnership(stale).await.expect_err("stale");
    assert_refused(&refused, Code::Aborted, "ETAG_MISMATCH");
    let refused = client
        .get_partnership(named("nowhere"))
        .await
        .expect_err("not there");
    let metadata = assert_refused(&refused, Code::NotFound, "PARTNERSHIP_NOT_FOUND");
    assert_eq!(metadata["name"], "partnerships/nowhere");
    let refused = client
        .update_partnership(renamed("nowhere", "x"))
        .await
        .expect_err("not there");
    assert_refused(&refused, Code::NotFound, "PARTNERSHIP_NOT_FOUND");
}

#[tokio::test]
async fn s42_writes_of_partnerships_can_be_repeated() {
    let server = Server::start().await;
    let mut client = server.partnerships();
    let create = CreatePartnershipRequest {
        partnership: Some(partnership("p")),
        request_id: "r-1".into(),
        ..CreatePartnershipRequest::default()
    };
    let update = UpdatePartnershipRequest {
        request_id: "r-2".into(),
        ..renamed("p", "New name")
    };
    let first = client
        .create_partnership(create.clone())
        .await
        .expect("valid")
        .into_inner();
    let second = client
        .update_partnership(update.clone())
        .await
        .expect("valid")
        .into_inner();
    let again = client
        .create_partnership(create)
        .await
        .expect("repeated")
        .into_inner();
    assert!(
        again.replayed && again.partnership == first.partnership,
        "{again:?}"
    );
    let again = client
        .update_partnership(update)
        .await
        .expect("repeated")
        .into_inner();
    assert!(
        again.replayed && again.partnership == second.partnership,
        "{again:?}"
    );
    assert_eq!(server.info().await.head_position, 2);
}

#[tokio::test]
async fn an_event_belongs_to_partnerships_that_are_there() {
    let server = Server::start().await;
    let request = entente::proto::v1::CreateEventRequest {
        event: Some(event("a").within("nowhere")),
        ..Default::default()
    };
    let refused = server
        .publisher()
        .create_event(request)
        .await
        .expect_err("no such partnership");
    assert_invalid_fields(&refused, &["event.partnerships[0]"]);
}
