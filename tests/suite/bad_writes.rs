//! Writes that are refused for more than a field of a new event.

use entente::proto::v1::{
    BatchCreateEventsRequest, ChangeNote, CreateEventRequest, CreatePartnershipRequest,
    CreateSubscriptionRequest, Event, MergeEventsRequest, Partnership, PartyType, RelatedEvent,
    Relation, RetractEventRequest, Translation, UpdateEventRequest,
    subscription_service_client::SubscriptionServiceClient,
};
use prost_types::FieldMask;

use crate::{
    bad_fields::{date, party, refusal},
    harness::{Build as _, Server, assert_invalid_fields, event},
};

#[tokio::test]
async fn an_event_that_is_too_large_as_a_whole_is_refused() {
    let server = Server::start().await;
    let translation = |n: usize| Translation {
        language_code: ["de", "fr", "es", "it", "nl", "pt", "sv", "fi"][n].to_owned(),
        title: "Titel".into(),
        summary: "x".repeat(8_000),
        ..Translation::default()
    };
    let large = Event {
        translations: (0..8).map(translation).collect(),
        ..event("a")
    };
    let refused = refusal(&server, large.clone()).await;
    assert_invalid_fields(&refused, &["event"]);
    assert!(refused.message().contains("49152"), "{refused:?}");
    server.publish(event("a")).await;
    let request = UpdateEventRequest {
        event: Some(large),
        ..UpdateEventRequest::default()
    };
    let refused = server
        .publisher()
        .update_event(request)
        .await
        .expect_err("too large");
    assert_invalid_fields(&refused, &["event"]);
}

#[tokio::test]
async fn an_update_is_held_to_the_same_rules() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let update = |event, mask: &[&str]| UpdateEventRequest {
        event: Some(event),
        update_mask: Some(FieldMask {
            paths: mask.iter().map(|p| (*p).to_owned()).collect(),
        }),
        ..UpdateEventRequest::default()
    };
    let empty = || Event {
        name: "events/a".into(),
        ..Event::default()
    };
    for (request, fields) in [
        (
            update(empty(), &["title", "sources"]),
            &["event.title", "event.sources"][..],
        ),
        (update(event("a"), &["titel"]), &["update_mask.titel"]),
        (update(event("a"), &["position"]), &["update_mask.position"]),
        (
            update(event("a"), &["date.earliest"]),
            &["update_mask.date.earliest"],
        ),
        (
            update(event("a"), &["sources.id"]),
            &["update_mask.sources.id"],
        ),
        (update(event("A"), &["title"]), &["event.name"]),
        (UpdateEventRequest::default(), &["event"]),
    ] {
        let refused = server
            .publisher()
            .update_event(request)
            .await
            .expect_err("invalid");
        assert_invalid_fields(&refused, fields);
    }
    let note = ChangeNote {
        sources: vec!["nowhere".into()],
        ..ChangeNote::default()
    };
    let request = UpdateEventRequest {
        change_note: Some(note),
        ..update(event("a").titled("New"), &["title"])
    };
    let refused = server
        .publisher()
        .update_event(request)
        .await
        .expect_err("invalid");
    assert_invalid_fields(&refused, &["change_note.sources[0]"]);
    assert_eq!(server.info().await.head_position, 1);
}

#[tokio::test]
async fn an_event_is_not_its_own_relative_or_successor() {
    let server = Server::start().await;
    let relation = Relation::Follows.into();
    let related_events = vec![RelatedEvent {
        relation,
        event: "events/a".into(),
    }];
    let refused = refusal(
        &server,
        Event {
            related_events,
            ..event("a")
        },
    )
    .await;
    assert_invalid_fields(&refused, &["event.related_events[0].event"]);
    server.publish(event("a")).await;
    for other in ["events/a", "events/nowhere", "a"] {
        let request = RetractEventRequest {
            name: "events/a".into(),
            superseded_by: other.into(),
            ..Default::default()
        };
        let refused = server
            .publisher()
            .retract_event(request)
            .await
            .expect_err("invalid");
        assert_invalid_fields(&refused, &["superseded_by"]);
    }
}

#[tokio::test]
async fn request_ids_are_short_and_printable() {
    let server = Server::start().await;
    for request_id in ["with space", "ünïcode", "tab\t", &"x".repeat(101)] {
        let request = CreateEventRequest {
            event: Some(event("a")),
            request_id: request_id.to_owned(),
            ..CreateEventRequest::default()
        };
        let refused = server
            .publisher()
            .create_event(request)
            .await
            .expect_err("invalid");
        assert_invalid_fields(&refused, &["request_id"]);
    }
}

#[tokio::test]
async fn partnerships_are_held_to_their_rules_too() {
    let server = Server::start().await;
    let wrong = Partnership {
        name: "partnerships/p".into(),
        form: "Not Kebab".into(),
        parties: vec![party(PartyType::State, "", "")],
        established: date("soon"),
        ..Partnership::default()
    };
    let request = CreatePartnershipRequest {
        partnership: Some(wrong),
        ..Default::default()
    };
    let refused = server
        .partnerships()
        .create_partnership(request)
        .await
        .expect_err("invalid");
    let fields = [
        "partnership.display_name",
        "partnership.form",
        "partnership.parties[0].country_code",
        "partnership.established.edtf",
        "partnership.sources",
    ];
    assert_invalid_fields(&refused, &fields);
}

/// Trial A15.
#[tokio::test]
async fn a15_everything_wrong_is_told_at_once_whatever_else_is_wrong() {
    let server = Server::start().await;
    let bad = || Event {
        name: String::new(),
        title: String::new(),
        kind: 99,
        ..event("a")
    };
    let (bad_id, note) = ("not printable\n", || {
        Some(ChangeNote {
            text: "x".repeat(2_001),
            ..ChangeNote::default()
        })
    });
    let create = |id: &str| CreateEventRequest {
        event: Some(bad()),
        event_id: id.into(),
        request_id: bad_id.into(),
        change_note: note(),
        ..CreateEventRequest::default()
    };
    let content = ["event.kind", "event.title", "change_note.text"];
    let refused = server.publisher().create_event(create("Not A Slug")).await;
    let fields = [&content[..], &["event_id", "request_id"]].concat();
    assert_invalid_fields(&refused.expect_err("invalid"), &fields);
    let refused = server.publisher().create_event(create("a")).await;
    let fields = [&content[..], &["request_id"]].concat();
    assert_invalid_fields(&refused.expect_err("invalid"), &fields);
    let missing = CreateEventRequest {
        event: None,
        ..create("Not A Slug")
    };
    let refused = server.publisher().create_event(missing).await;
    let fields = ["event", "event_id", "request_id"];
    assert_invalid_fields(&refused.expect_err("invalid"), &fields);

    let item = |id: &str| CreateEventRequest {
        request_id: String::new(),
        ..create(id)
    };
    let batch = BatchCreateEventsRequest {
        requests: vec![item("A"), item("A"), item("a")],
        request_id: bad_id.into(),
        ..Default::default()
    };
    let refused = server.publisher().batch_create_events(batch).await;
    let mut fields = vec!["request_id".to_owned()];
    for n in 0..3 {
        fields.extend(content.map(|field| format!("requests[{n}].{field}")));
        if n < 2 {
            fields.push(format!("requests[{n}].event_id"));
        }
    }
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    assert_invalid_fields(&refused.expect_err("invalid"), &fields);

    server.publish(event("a")).await;
    let update = UpdateEventRequest {
        event: Some(Event {
            name: "events/a".into(),
            ..bad()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["title".into(), "kind".into()],
        }),
        change_note: note(),
        request_id: bad_id.into(),
        ..UpdateEventRequest::default()
    };
    let refused = server.publisher().update_event(update).await;
    let fields = [&content[..], &["request_id"]].concat();
    assert_invalid_fields(&refused.expect_err("invalid"), &fields);

    let retract = RetractEventRequest {
        name: "A".into(),
        superseded_by: "B".into(),
        request_id: bad_id.into(),
        ..RetractEventRequest::default()
    };
    let refused = server.publisher().retract_event(retract).await;
    let fields = ["name", "superseded_by", "request_id"];
    assert_invalid_fields(&refused.expect_err("invalid"), &fields);

    let merge = MergeEventsRequest {
        into: "A".into(),
        names: vec!["B".into()],
        request_id: bad_id.into(),
        ..MergeEventsRequest::default()
    };
    let refused = server.publisher().merge_events(merge).await;
    let fields = ["into", "names[0]", "request_id"];
    assert_invalid_fields(&refused.expect_err("invalid"), &fields);

    let partnership = CreatePartnershipRequest {
        partnership: Some(Partnership::default()),
        partnership_id: "Not A Slug".into(),
        request_id: bad_id.into(),
        ..CreatePartnershipRequest::default()
    };
    let refused = server.partnerships().create_partnership(partnership).await;
    let fields = [
        "partnership.display_name",
        "partnership.sources",
        "partnership_id",
        "request_id",
    ];
    assert_invalid_fields(&refused.expect_err("invalid"), &fields);

    let subscription = CreateSubscriptionRequest {
        subscription_id: "Not A Slug".into(),
        request_id: bad_id.into(),
        ..CreateSubscriptionRequest::default()
    };
    let mut subscriptions = SubscriptionServiceClient::new(server.channel());
    let refused = subscriptions.create_subscription(subscription).await;
    let fields = ["subscription_id", "request_id"];
    assert_invalid_fields(&refused.expect_err("invalid"), &fields);
    assert_eq!(server.info().await.head_position, 1);
}
