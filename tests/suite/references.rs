//! What new content may name: what is there, is not redacted and is what it says.

use entente::proto::v1::{
    Body, BodyKind, BodySuccession, CreateBodyRequest, CreateEventRequest,
    CreatePartnershipRequest, Event, ListEventsRequest, Partnership, Party, PartyStanding,
    PartyType, RedactBodyRequest, RedactPartnershipRequest, Standing, UpdateEventRequest,
};
use tonic::Status;

use crate::{
    bad_fields::{date, party, refusal},
    harness::{Build, Server, assert_invalid_fields, body, event, partnership},
};

fn union(id: &str, country_code: &str) -> Body {
    Body {
        kind: BodyKind::Union.into(),
        country_code: country_code.to_owned(),
        ..body(id, &[&format!("Union {id}")])
    }
}

async fn create_body(server: &Server, body: Body) -> Result<Body, Status> {
    let request = CreateBodyRequest {
        body: Some(body),
        ..CreateBodyRequest::default()
    };
    let answer = server.bodies().create_body(request).await?;
    Ok(answer.into_inner().body.expect("the answer has the body"))
}

async fn create_partnership(server: &Server, new: Partnership) -> Result<Partnership, Status> {
    let request = CreatePartnershipRequest {
        partnership: Some(new),
        ..CreatePartnershipRequest::default()
    };
    let answer = server.partnerships().create_partnership(request).await?;
    let created = answer.into_inner().partnership;
    Ok(created.expect("the answer has the partnership"))
}

async fn found(server: &Server, filter: &str) -> Vec<String> {
    let request = ListEventsRequest {
        filter: filter.to_owned(),
        order_by: "name".to_owned(),
        ..ListEventsRequest::default()
    };
    let page = server.events().list_events(request).await;
    let page = page.unwrap_or_else(|status| panic!("{filter}: {status:?}"));
    let names = page.into_inner().events.into_iter().map(|event| event.name);
    names.map(|name| name.replace("events/", "")).collect()
}

fn with_party(id: &str, party_type: PartyType, body: &str) -> Event {
    let code = match party_type {
        PartyType::State => "JP",
        PartyType::Union => "EU",
        _ => "",
    };
    Event {
        parties: vec![Party {
            body: format!("bodies/{body}"),
            ..party(party_type, code, "A name")
        }],
        ..event(id)
    }
}

#[tokio::test]
async fn s60_a_union_has_the_code_of_a_union_and_stands_for_its_events_alone() {
    let server = Server::start().await;
    for (code, told) in [("JP", "the code of Japan"), ("AU", "AFRICAN-UNION")] {
        let refused = create_body(&server, union("wrong", code)).await;
        let refused = refused.expect_err("no union has this code");
        assert_invalid_fields(&refused, &["body.country_code"]);
        let told_of = format!("{refused:?}");
        assert!(told_of.contains(told), "{told_of}");
    }
    create_body(&server, union("eu", "EU"))
        .await
        .expect("valid");
    create_body(&server, union("other", ""))
        .await
        .expect("valid");
    let eu = Event {
        parties: vec![party(PartyType::Union, "EU", "")],
        ..event("eu")
    };
    server.publish(eu).await;
    server.publish(event("jp").with_state("JP")).await;
    assert_eq!(found(&server, "body:eu").await, ["eu"]);
    assert_eq!(found(&server, "body:other").await, [""; 0]);
}

#[tokio::test]
async fn s60_a_body_is_named_by_a_party_that_can_be_it() {
    let server = Server::start().await;
    create_body(&server, body("meti", &["METI"]))
        .await
        .expect("valid");
    create_body(&server, union("eu", "EU"))
        .await
        .expect("valid");
    for party_type in [PartyType::State, PartyType::Person, PartyType::Union] {
        let refused = refusal(&server, with_party("e", party_type, "meti")).await;
        assert_invalid_fields(&refused, &["event.parties[0].body"]);
    }
    create_body(&server, union("asean", "ASEAN"))
        .await
        .expect("valid");
    let refused = refusal(&server, with_party("e", PartyType::Union, "asean")).await;
    assert_invalid_fields(&refused, &["event.parties[0].body"]);
    let codes = "bodies/asean is the union with the code ASEAN; name that of EU";
    assert!(refused.message().contains(codes), "{refused:?}");
    let refused = Partnership {
        parties: with_party("e", PartyType::Person, "meti").parties,
        ..partnership("p")
    };
    let refused = create_partnership(&server, refused).await;
    let refused = refused.expect_err("a person is no ministry");
    assert_invalid_fields(&refused, &["partnership.parties[0].body"]);
    for (id, party_type, body) in [
        ("a", PartyType::Organisation, "meti"),
        ("b", PartyType::Union, "eu"),
    ] {
        server.publish(with_party(id, party_type, body)).await;
    }
    let about = Event {
        subjects: with_party("c", PartyType::Organisation, "none").parties,
        ..event("c")
    };
    assert_invalid_fields(&refusal(&server, about).await, &["event.subjects[0].body"]);
}

#[tokio::test]
async fn a_name_of_a_body_or_partnership_has_a_word() {
    let server = Server::start().await;
    let refused = create_body(&server, body("b", &["...", "—"])).await;
    let refused = refused.expect_err("no filter finds it");
    assert_invalid_fields(&refused, &["body.display_name", "body.names[0].text"]);
    let nameless = Partnership {
        display_name: "...".to_owned(),
        ..partnership("p")
    };
    let refused = create_partnership(&server, nameless).await;
    let refused = refused.expect_err("no filter finds it");
    assert_invalid_fields(&refused, &["partnership.display_name"]);
    let short = create_body(&server, body("b", &["経", "7"])).await;
    short.expect("each has a word");
}

#[tokio::test]
async fn new_content_names_nothing_redacted_and_what_named_it_before_is_still_corrected() {
    let server = Server::start().await;
    create_body(&server, body("gone", &["Gone"]))
        .await
        .expect("valid");
    create_partnership(&server, partnership("gone"))
        .await
        .expect("valid");
    server
        .publish(event("old").with_body("gone").within("gone"))
        .await;
    let follows = |id: &str| Body {
        predecessors: vec![BodySuccession {
            body: "bodies/gone".to_owned(),
            ..BodySuccession::default()
        }],
        ..body(id, &["Heir"])
    };
    create_body(&server, follows("heir")).await.expect("valid");
    let redact = RedactBodyRequest {
        name: "bodies/gone".to_owned(),
        ..RedactBodyRequest::default()
    };
    server
        .admin()
        .redact_body(redact)
        .await
        .expect("it is there");
    let redact = RedactPartnershipRequest {
        name: "partnerships/gone".to_owned(),
        ..RedactPartnershipRequest::default()
    };
    let redacted = server.admin().redact_partnership(redact).await;
    redacted.expect("it is there");

    let about = Event {
        subjects: with_party("new", PartyType::Organisation, "gone").parties,
        ..event("new").with_body("gone").within("gone")
    };
    let refused = refusal(&server, about).await;
    let fields = [
        "event.partnerships[0]",
        "event.parties[0].body",
        "event.subjects[0].body",
    ];
    assert_invalid_fields(&refused, &fields);
    let told = format!("{refused:?}");
    assert!(
        told.contains("bodies/gone is redacted; name another one"),
        "{told}"
    );
    let refused = create_body(&server, follows("second-heir")).await;
    let refused = refused.expect_err("its predecessor is redacted");
    assert_invalid_fields(&refused, &["body.predecessors[0].body"]);
    let pact = Partnership {
        parties: with_party("e", PartyType::Organisation, "gone").parties,
        successors: vec!["partnerships/gone".to_owned()],
        ..partnership("p")
    };
    let refused = create_partnership(&server, pact).await;
    let refused = refused.expect_err("it names what is redacted");
    let fields = ["partnership.parties[0].body", "partnership.successors[0]"];
    assert_invalid_fields(&refused, &fields);

    let correct = UpdateEventRequest {
        event: Some(Event {
            name: "events/old".to_owned(),
            title: "Corrected".to_owned(),
            ..Event::default()
        }),
        ..UpdateEventRequest::default()
    };
    let corrected = server.publisher().update_event(correct).await;
    let corrected = corrected.expect("it named them before").into_inner();
    let event = corrected.event.expect("it");
    assert_eq!(event.partnerships, ["partnerships/gone"]);
}

/// Trial F2.
#[tokio::test]
async fn f2_a_standing_is_listed_once_for_one_date_whatever_its_words() {
    let server = Server::start().await;
    let ratified = |edtf: &str, as_stated: &str| {
        let since = date(edtf).map(|mut date| {
            date.as_stated = as_stated.to_owned();
            date
        });
        PartyStanding {
            standing: Standing::Ratified.into(),
            since,
            ..PartyStanding::default()
        }
    };
    let with = |standings: Vec<PartyStanding>| Event {
        parties: vec![Party {
            standings,
            ..party(PartyType::State, "JP", "")
        }],
        ..event("e")
    };
    let twice = with(vec![
        ratified("2024-05", "May 2024"),
        ratified("2024-05", "2024年5月"),
    ]);
    let refused = refusal(&server, twice).await;
    assert_invalid_fields(&refused, &["event.parties[0].standings[1]"]);
    let request = CreateEventRequest {
        event: Some(with(vec![ratified("2024-05", ""), ratified("2024-06", "")])),
        ..CreateEventRequest::default()
    };
    let created = server.publisher().create_event(request).await;
    created.expect("the dates differ");
}
