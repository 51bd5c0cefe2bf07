//! Bodies: written and read like partnerships, and what their names find.

use entente::proto::v1::{
    Body, BodyName, ChangeType, ConsumeSubscriptionRequest, CreateBodyRequest, CreateEventRequest,
    Event, ExplainFilterRequest, GetBodyRequest, ListBodiesRequest, ListEventsRequest,
    ListSubscriptionsRequest, Match, Party, PartyType, RedactBodyRequest, RedactPartnershipRequest,
    SummarizeEventsRequest, UpdateBodyRequest, watch_events_response::Payload,
};
use prost_types::FieldMask;
use tonic::Code;

use crate::{
    harness::{
        Build, Server, assert_invalid_fields, assert_refused, body, earliest, event, latest,
        name_of, partnership, resumed, snapshot,
    },
    subscriptions::consumer::{self, Consumer},
};

const METI: &str = "Ministry of Economy, Trade and Industry";

fn meti() -> Body {
    body("meti", &[METI, "METI", "経済産業省"])
}

async fn get(server: &Server, request: GetBodyRequest) -> Body {
    let answer = server.bodies().get_body(request).await;
    let answer = answer.expect("it is there").into_inner();
    answer.body.expect("the answer has the body")
}

fn named(id: &str) -> GetBodyRequest {
    GetBodyRequest {
        name: format!("bodies/{id}"),
        ..GetBodyRequest::default()
    }
}

/// Gives a body other names.
async fn rename(server: &Server, id: &str, names: &[&str]) -> Body {
    let request = UpdateBodyRequest {
        body: Some(body(id, names)),
        update_mask: Some(FieldMask {
            paths: vec!["display_name".to_owned(), "names".to_owned()],
        }),
        ..UpdateBodyRequest::default()
    };
    let answer = server.bodies().update_body(request).await;
    let answer = answer.expect("a valid update").into_inner();
    answer.body.expect("the answer has the body")
}

/// The names of the events that a filter finds, as of a position.
async fn found(server: &Server, filter: &str, as_of_position: i64) -> Vec<String> {
    let request = ListEventsRequest {
        filter: filter.to_owned(),
        order_by: "name".to_owned(),
        as_of_position,
        ..ListEventsRequest::default()
    };
    let page = server.events().list_events(request).await;
    let page = page.unwrap_or_else(|status| panic!("{filter}: {status:?}"));
    let names = page.into_inner().events.into_iter().map(|event| event.name);
    names.map(|name| name.replace("events/", "")).collect()
}

#[tokio::test]
async fn a_body_is_written_corrected_and_read_at_any_position() {
    let mut server = Server::start().await;
    let first = server.publish_body(meti()).await;
    assert_eq!((first.revision, first.position), (1, 1));
    let second = rename(&server, "meti", &[METI, "METI"]).await;
    assert_eq!((second.revision, second.names.len()), (2, 1));
    server.kill_and_start_again().await;
    assert_eq!(get(&server, named("meti")).await, second);
    let before = GetBodyRequest {
        as_of_position: 1,
        ..named("meti")
    };
    assert_eq!(get(&server, before).await, first);
    let answer = server.bodies().get_body(named("mofa")).await;
    assert_refused(
        &answer.expect_err("there is none"),
        Code::NotFound,
        "BODY_NOT_FOUND",
    );
    let again = CreateBodyRequest {
        body: Some(meti()),
        ..CreateBodyRequest::default()
    };
    let answer = server.bodies().create_body(again).await;
    assert_refused(
        &answer.expect_err("it is taken"),
        Code::AlreadyExists,
        "BODY_EXISTS",
    );
    assert_eq!(server.info().await.bodies, 1);
}

#[tokio::test]
async fn every_violation_of_a_body_is_reported_at_once() {
    let server = Server::start().await;
    let mut bad = body("Bad", &["", "X", "X"]);
    bad.kind = 0;
    bad.country_code = "ZZ".to_owned();
    bad.sources.clear();
    let request = CreateBodyRequest {
        body: Some(bad),
        ..CreateBodyRequest::default()
    };
    let refused = server.bodies().create_body(request).await;
    assert_invalid_fields(
        &refused.expect_err("it is bad"),
        &[
            "body.country_code",
            "body.display_name",
            "body.kind",
            "body.name",
            "body.names[1]",
            "body.sources",
        ],
    );
    let party = event("e").with_body("nobody");
    let request = CreateEventRequest {
        event: Some(party),
        ..CreateEventRequest::default()
    };
    let refused = server.publisher().create_event(request).await;
    assert_invalid_fields(
        &refused.expect_err("there is no such body"),
        &["event.parties[0].body"],
    );
}

#[tokio::test]
async fn bodies_are_listed_by_name_and_found_by_each_of_their_names() {
    let server = Server::start().await;
    server.publish_body(meti()).await;
    server
        .publish_body(body("mofa", &["Ministry of Foreign Affairs", "MOFA"]))
        .await;
    for (filter, expected) in [
        ("", &["bodies/meti", "bodies/mofa"][..]),
        ("organisation:METI", &["bodies/meti"]),
        ("text:産業", &["bodies/meti"]),
        ("organisation:ministry", &["bodies/meti", "bodies/mofa"]),
        ("body_kind = COMPANY", &[]),
        ("party:JP AND name = mofa", &["bodies/mofa"]),
    ] {
        let request = ListBodiesRequest {
            filter: filter.to_owned(),
            ..ListBodiesRequest::default()
        };
        let page = server.bodies().list_bodies(request).await.expect("a page");
        let names: Vec<_> = page
            .into_inner()
            .bodies
            .into_iter()
            .map(|body| body.name)
            .collect();
        assert_eq!(names, expected, "{filter}");
    }
}

/// Trial C4, and F8.
#[tokio::test]
async fn c4_events_are_found_by_every_name_of_a_body_that_they_name_by_id_or_by_text() {
    let server = Server::start().await;
    server.publish_body(meti()).await;
    let mofa = Body {
        country_code: "JP".to_owned(),
        ..body("mofa", &["Ministry of Foreign Affairs", "MOFA"])
    };
    server.publish_body(mofa).await;
    let korean = |mut event: Event| {
        event.parties[0].country_code = "KR".to_owned();
        event
    };
    server
        .publish_all(
            [
                event("by-id").with_body("meti"),
                event("by-name").with_organisation(METI),
                event("by-acronym").with_organisation("meti"),
                event("longer").with_organisation("METI Kansai Bureau"),
                event("korean").with_organisation("Ministry of Foreign Affairs"),
                event("other").with_organisation("Digital Agency"),
            ]
            .map(|event| match event.name.as_str() {
                "events/korean" => korean(event),
                _ => event,
            }),
        )
        .await;
    let all = ["by-acronym", "by-id", "by-name"];
    for (filter, expected) in [
        (
            "organisation:METI",
            &["by-acronym", "by-id", "by-name", "longer"][..],
        ),
        ("organisation:\"Economy, Trade\"", &all),
        ("organisation:経済産業省", &all),
        ("text:METI", &["by-acronym", "by-id", "by-name", "longer"]),
        ("body:meti", &all),
        ("body = bodies/meti", &all),
        ("NOT organisation:METI", &["korean", "other"]),
        // Another country's ministry has the same name.
        ("organisation:MOFA", &[]),
    ] {
        assert_eq!(found(&server, filter, 0).await, expected, "{filter}");
    }
    let request = SummarizeEventsRequest {
        group_by: vec!["body".to_owned()],
        ..SummarizeEventsRequest::default()
    };
    let summary = server
        .events()
        .summarize_events(request)
        .await
        .expect("a summary");
    let rows = summary.into_inner().rows;
    let counts: Vec<_> = rows
        .iter()
        .map(|row| (row.group["body"].as_str(), row.count))
        .collect();
    assert_eq!(counts, [("", 3), ("meti", 3)]);
    let request = ExplainFilterRequest {
        filter: "organisation:METI".to_owned(),
        ..ExplainFilterRequest::default()
    };
    let explained = server
        .events()
        .explain_filter(request)
        .await
        .expect("a filter");
    let named = explained.into_inner().named_bodies;
    assert_eq!(named.len(), 1);
    assert_eq!(named[0].bodies, ["bodies/meti"]);
}

#[tokio::test]
async fn s60_a_name_stands_for_the_bodies_that_had_it_when_the_read_begins() {
    let server = Server::start().await;
    server
        .publish_body(body("dcms", &["Department for Culture", "DCMS"]))
        .await;
    server.publish(event("e").with_body("dcms")).await;
    rename(&server, "dcms", &["Department for Culture"]).await;
    assert_eq!(found(&server, "organisation:DCMS", 0).await, [""; 0]);
    assert_eq!(found(&server, "organisation:DCMS", 2).await, ["e"]);
}

#[tokio::test]
async fn s60_a_snapshot_has_the_events_of_the_bodies_that_a_name_stands_for() {
    let server = Server::start().await;
    server.publish_body(meti()).await;
    for id in ["a", "b", "c"] {
        server.publish(event(id).with_body("meti")).await;
    }
    let filter = "organisation:METI AND resource = EVENT";
    let mut watcher = server.watch(snapshot(filter)).await;
    assert_eq!(name_of(&watcher.change().await), "events/a");
    let token = watcher.token().to_owned();
    rename(&server, "meti", &[METI]).await;
    for mut watcher in [watcher, server.watch(resumed(filter, &token)).await] {
        let (rest, _) = watcher.until_caught_up().await;
        let names: Vec<_> = rest.iter().map(name_of).collect();
        assert_eq!(names, ["events/b", "events/c"]);
    }
}

#[tokio::test]
async fn s60_a_change_of_a_body_makes_no_event_enter_or_leave_a_watch() {
    let server = Server::start().await;
    server
        .publish_body(body("dsit", &["Department for Science"]))
        .await;
    let filter = "organisation:DSIT AND resource = EVENT";
    let mut before = server.watch(latest(filter)).await;
    assert!(before.started().named_bodies.is_empty());
    before.until_caught_up().await;
    let token = before.token().to_owned();
    rename(&server, "dsit", &["Department for Science", "DSIT"]).await;
    let mut after = server.watch(latest(filter)).await;
    assert_eq!(after.started().named_bodies[0].bodies, ["bodies/dsit"]);
    after.until_caught_up().await;
    server.publish(event("named").with_body("dsit")).await;
    assert_eq!(name_of(&after.change().await), "events/named");
    let token_after = after.token().to_owned();
    rename(&server, "dsit", &["Department for Science"]).await;
    server.publish(event("second").with_body("dsit")).await;
    server
        .publish(event("text").with_organisation("DSIT"))
        .await;
    // Resumed, each goes on with the bodies that the name stood for when it began.
    let mut resumed_before = server.watch(resumed(filter, &token)).await;
    assert_eq!(name_of(&resumed_before.change().await), "events/text");
    let mut resumed_after = server.watch(resumed(filter, &token_after)).await;
    assert_eq!(name_of(&resumed_after.change().await), "events/second");
    assert_eq!(name_of(&resumed_after.change().await), "events/text");
}

#[tokio::test]
async fn s60_a_subscription_keeps_the_bodies_that_its_filter_stood_for() {
    let mut server = Server::start().await;
    server.publish_body(meti()).await;
    consumer::create(&server, "desk", "organisation:METI AND resource = EVENT").await;
    rename(&server, "meti", &["Renamed"]).await;
    server.publish(event("a").with_body("meti")).await;
    server.kill_and_start_again().await;
    let subscription = consumer::get(&server, "desk").await;
    assert_eq!(subscription.unacked_changes, 1);
    let mut desk = Consumer::open(&server, "desk").await;
    let (position, _) = desk.change().await;
    assert_eq!(position, 3);
}

#[tokio::test]
async fn changes_of_bodies_are_in_the_log_and_a_redaction_passes_every_filter() {
    let server = Server::start().await;
    server.publish_body(meti()).await;
    rename(&server, "meti", &["Secret Ministry"]).await;
    server.publish(event("e").with_body("meti")).await;
    let mut other = server.watch(latest("topic:nothing")).await;
    other.until_caught_up().await;
    let request = RedactBodyRequest {
        name: "bodies/meti".to_owned(),
        ..RedactBodyRequest::default()
    };
    let answer = server.admin().redact_body(request.clone()).await;
    let left = answer
        .expect("it is there")
        .into_inner()
        .body
        .expect("what is left");
    assert!(
        left.redacted && left.display_name.is_empty() && left.revision == 3,
        "{left:?}"
    );
    let change = other.change().await;
    assert_eq!(
        (change.r#type(), change.r#match()),
        (ChangeType::Redacted, Match::Left)
    );
    assert_eq!(name_of(&change), "bodies/meti");
    let mut all = server.watch(earliest("resource = BODY")).await;
    let (changes, _) = all.until_caught_up().await;
    assert_eq!(changes.len(), 3);
    assert!(!format!("{changes:?}").contains("Secret"));
    assert_eq!(found(&server, "organisation:secret", 0).await, [""; 0]);
    assert_eq!(found(&server, "organisation:secret", 3).await, [""; 0]);
    assert_eq!(found(&server, "body:meti", 0).await, ["e"]);
    let refused = server
        .admin()
        .redact_body(request)
        .await
        .expect_err("it is redacted");
    assert_refused(&refused, Code::FailedPrecondition, "RESOURCE_REDACTED");
    let request = UpdateBodyRequest {
        body: Some(meti()),
        ..UpdateBodyRequest::default()
    };
    let refused = server
        .bodies()
        .update_body(request)
        .await
        .expect_err("it is redacted");
    assert_refused(&refused, Code::FailedPrecondition, "RESOURCE_REDACTED");
    assert_eq!(server.info().await.bodies, 0);
}

#[tokio::test]
async fn a_partnership_is_redacted_and_its_events_stay() {
    let mut server = Server::start().await;
    server.publish_partnership(partnership("pact")).await;
    server.publish(event("e").within("pact")).await;
    let request = RedactPartnershipRequest {
        name: "partnerships/pact".to_owned(),
        ..RedactPartnershipRequest::default()
    };
    let answer = server.admin().redact_partnership(request).await;
    let left = answer.expect("it is there").into_inner().partnership;
    assert!(left.is_some_and(|left| left.redacted && left.display_name.is_empty()));
    server.kill_and_start_again().await;
    assert_eq!(found(&server, "partnership:pact", 0).await, ["e"]);
    let mut all = server.watch(earliest("")).await;
    let (changes, _) = all.until_caught_up().await;
    assert!(!format!("{changes:?}").contains("Name of pact"));
    assert_eq!(server.info().await.partnerships, 0);
}

/// A body with as many names as it may have, all of whose words begin with `begin` and are its own.
fn wordy(id: &str, begin: &str) -> Body {
    let name = |nth: usize| {
        let words = (0..12).map(|word| format!("{begin}{id}x{nth}y{word}"));
        words.collect::<Vec<_>>().join(" ")
    };
    let names: Vec<String> = (0..60).map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    body(id, &[&["Wordy Office"], &names[..]].concat())
}

#[tokio::test]
async fn s60_bodies_that_come_later_change_nothing_in_what_was_resolved_before() {
    let server = Server::start().await;
    server
        .publish_body(body("quokka", &["Quokka Agency"]))
        .await;
    for id in ["a", "b"] {
        server.publish(event(id).with_body("quokka")).await;
    }
    let filter = "organisation:q AND resource = EVENT";
    consumer::create(&server, "desk", filter).await;
    let mut watcher = server.watch(snapshot(filter)).await;
    watcher.until_caught_up().await;
    let token = watcher.token().to_owned();
    let list = |page_token: String| ListEventsRequest {
        filter: "organisation:q".to_owned(),
        page_size: 1,
        page_token,
        ..ListEventsRequest::default()
    };
    let page = server.events().list_events(list(String::new())).await;
    let next = page.expect("a page").into_inner().next_page_token;
    // Together they have more than 5,000 words that begin so.
    for id in 0..7 {
        server.publish_body(wordy(&format!("w{id}"), "q")).await;
    }
    server.publish(event("c").with_body("quokka")).await;
    assert_eq!(found(&server, "organisation:q", 0).await, ["a", "b", "c"]);
    assert_eq!(found(&server, "text:q", 0).await, ["a", "b", "c"]);
    assert_eq!(found(&server, "organisation:q", 3).await, ["a", "b"]);
    let page = server.events().list_events(list(next)).await;
    let page = page.expect("the second page").into_inner();
    assert_eq!((page.events.len(), page.total_size), (1, 2));
    let mut resumed = server.watch(resumed(filter, &token)).await;
    assert_eq!(resumed.started().named_bodies[0].bodies, ["bodies/quokka"]);
    assert_eq!(name_of(&resumed.change().await), "events/c");
    assert_eq!(consumer::get(&server, "desk").await.unacked_changes, 3);
    let all = ListSubscriptionsRequest::default();
    let all = consumer::subscriptions(&server)
        .list_subscriptions(all)
        .await;
    let all = all.expect("every subscription is read").into_inner();
    assert_eq!(all.subscriptions[0].unacked_changes, 3);
    let mut desk = Consumer::open(&server, "desk").await;
    assert_eq!(desk.until_caught_up().await, [2, 3, 11]);
}

#[tokio::test]
async fn names_that_stand_for_too_many_bodies_are_refused_with_what_to_do() {
    let server = Server::start().await;
    let words = ["Bureau", "Office", "Agency", "Board", "Council"];
    let name = |n: usize| format!("{} {n}", words.join(" "));
    for n in 0..1_000 {
        server
            .publish_body(body(&format!("b-{n}"), &[&name(n)]))
            .await;
    }
    server.publish(event("e").with_body("b-0")).await;
    consumer::create(&server, "desk", "organisation:bureau AND resource = EVENT").await;
    let refused = async |filter: &str| {
        let request = ListEventsRequest {
            filter: filter.to_owned(),
            ..ListEventsRequest::default()
        };
        let refused = server.events().list_events(request).await;
        let refused = refused.expect_err("too many");
        assert_refused(&refused, Code::InvalidArgument, "FILTER_INVALID");
        refused.message().to_owned()
    };
    // All of them, by each of four words; a word that is repeated counts once.
    let four = "organisation:bureau AND organisation:office AND organisation:agency \
                AND (organisation:board OR (party:JP AND organisation:board))";
    assert_eq!(found(&server, four, 0).await, ["e"]);
    let message = refused(&format!("{four} AND organisation:council")).await;
    assert!(
        message.contains("more than 4000 bodies in all"),
        "{message}"
    );
    let request = ExplainFilterRequest {
        filter: "organisation:bureau".to_owned(),
        ..ExplainFilterRequest::default()
    };
    let explained = server.events().explain_filter(request).await;
    let explained = explained.expect("a filter").into_inner();
    let [named] = &explained.named_bodies[..] else {
        panic!("one name: {:?}", explained.named_bodies);
    };
    assert_eq!((named.bodies.len(), named.body_count), (20, 1_000));
    assert!(format!("{explained:?}").len() < 4_000, "{explained:?}");
    // One more is too many from now on, and changes nothing for what was accepted before.
    server.publish_body(body("b-1000", &[&name(1_000)])).await;
    server.publish(event("f").with_body("b-1")).await;
    let message = refused("organisation:bureau").await;
    assert!(message.contains("write more of the name"), "{message}");
    let exact = "organisation:\"agency board council 77\"";
    assert_eq!(found(&server, exact, 0).await, [""; 0]);
    assert_eq!(found(&server, "organisation:bureau", 1_001).await, ["e"]);
    assert_eq!(consumer::get(&server, "desk").await.unacked_changes, 2);
    let limits = server.info().await.limits;
    assert_eq!(limits["filter_term_bodies"], "1000");
    assert_eq!(limits["filter_bodies"], "4000");
}

#[tokio::test]
async fn a_watch_shows_a_bounded_part_of_the_bodies_that_its_filter_names() {
    let server = Server::start().await;
    let words: Vec<String> = ('a'..='l').map(|it| format!("office{it}")).collect();
    for n in 0..25 {
        let id = format!("b-{n}-{}", "x".repeat(50));
        let name = format!("{} {n}", words.join(" "));
        server.publish_body(body(&id, &[&name])).await;
    }
    let terms = words.iter().map(|word| format!("organisation:{word}"));
    let filter = terms.collect::<Vec<_>>().join(" OR ");
    consumer::create(&server, "desk", &filter).await;
    let watcher = server.watch(latest(&filter)).await;
    let named = &watcher.started().named_bodies;
    let shown: Vec<usize> = named.iter().map(|it| it.bodies.len()).collect();
    assert_eq!(shown, [[20; 10].as_slice(), &[0; 2]].concat());
    assert!(named.iter().all(|it| it.body_count == 25), "{named:?}");
    let request = ConsumeSubscriptionRequest {
        name: "subscriptions/desk".to_owned(),
        ..ConsumeSubscriptionRequest::default()
    };
    let mut desk = consumer::subscriptions(&server)
        .consume_subscription(request)
        .await
        .expect("it is allowed")
        .into_inner();
    let first = desk.message().await.expect("a stream").expect("a frame");
    let Some(Payload::Started(started)) = consumer::payload(&first) else {
        panic!("the first frame says what it is: {first:?}");
    };
    assert_eq!(&started.named_bodies, named);
}

#[tokio::test]
async fn s60_open_streams_forget_a_body_that_is_redacted() {
    let server = Server::start().await;
    server.publish_body(meti()).await;
    let filter = "organisation:METI AND resource = EVENT";
    let without = "NOT organisation:METI AND resource = EVENT";
    consumer::create(&server, "desk", filter).await;
    let mut watcher = server.watch(latest(filter)).await;
    let mut others = server.watch(latest(without)).await;
    let mut desk = Consumer::open(&server, "desk").await;
    watcher.until_caught_up().await;
    let token = watcher.token().to_owned();
    others.until_caught_up().await;
    server
        .publish(event("before").with_organisation("経済産業省"))
        .await;
    server.publish(event("other")).await;
    assert_eq!(name_of(&watcher.change().await), "events/before");
    assert_eq!(name_of(&others.change().await), "events/other");
    assert_eq!(desk.change().await.0, 2);
    let request = RedactBodyRequest {
        name: "bodies/meti".to_owned(),
        ..RedactBodyRequest::default()
    };
    let answer = server.admin().redact_body(request).await;
    answer.expect("it is there");
    for (id, name) in [("by-other-name", "経済産業省"), ("by-name", "METI")] {
        server.publish(event(id).with_organisation(name)).await;
    }
    let expected = ["bodies/meti", "events/by-name"];
    let mut resumed = server.watch(resumed(filter, &token)).await;
    for stream in [&mut watcher, &mut resumed] {
        for name in expected {
            assert_eq!(name_of(&stream.change().await), name);
        }
    }
    for name in ["bodies/meti", "events/by-other-name"] {
        assert_eq!(name_of(&others.change().await), name);
    }
    assert_eq!(desk.change().await.0, 4);
    assert_eq!(desk.change().await.0, 6);
}

#[tokio::test]
async fn a_party_that_is_a_body_needs_no_name_and_keeps_the_one_it_is_given() {
    let server = Server::start().await;
    let names = BodyName {
        text: "デジタル庁".to_owned(),
        language_code: "ja".to_owned(),
        ..BodyName::default()
    };
    let agency = Body {
        names: vec![names],
        ..body("agency", &["Digital Agency"])
    };
    server.publish_body(agency).await;
    let mut named = event("e").with_body("agency");
    named.parties.push(Party {
        r#type: PartyType::Organisation.into(),
        display_name: "Agency for Digital Matters".to_owned(),
        body: "bodies/agency".to_owned(),
        ..Party::default()
    });
    let published = server.publish(named).await;
    assert_eq!(
        published.parties[1].display_name,
        "Agency for Digital Matters"
    );
    assert_eq!(found(&server, "organisation:デジタル庁", 0).await, ["e"]);
}

#[tokio::test]
async fn s60_a_subject_is_found_by_every_name_of_its_body() {
    let server = Server::start().await;
    server.publish_body(meti()).await;
    let subject = |party_type: PartyType, id: &str, name: &str| Party {
        r#type: party_type.into(),
        body: id.to_owned(),
        display_name: name.to_owned(),
        ..Party::default()
    };
    let about = |id: &str, subject: Party| Event {
        subjects: vec![subject],
        ..event(id)
    };
    let by_id = subject(PartyType::Organisation, "bodies/meti", "");
    server.publish(about("by-id", by_id)).await;
    let by_name = subject(PartyType::Organisation, "", "経済産業省");
    server.publish(about("by-name", by_name)).await;
    let other = subject(PartyType::Company, "", "Kioxia");
    server.publish(about("other", other)).await;
    server.publish(event("party").with_body("meti")).await;
    let subjects = &["by-id", "by-name"][..];
    let all = &["by-id", "by-name", "party"][..];
    for (filter, expected) in [
        ("subject:METI", subjects),
        ("subject:economy", subjects),
        ("subject = METI", subjects),
        ("subject:bodies/meti", subjects),
        ("subject.body:meti", subjects),
        ("subject.name:\"経済産業省\"", subjects),
        ("subject:kioxia", &["other"]),
        ("-subject:METI AND -subject:kioxia", &["party"]),
        ("text:industry", all),
        ("organisation:METI", &["party"]),
        ("body:meti", &["party"]),
    ] {
        assert_eq!(found(&server, filter, 0).await, expected, "{filter}");
    }
    for (filter, told) in [("subject:UK", "GB"), ("subject:Japan", "JP")] {
        let request = ListEventsRequest {
            filter: filter.to_owned(),
            ..ListEventsRequest::default()
        };
        let refused = server.events().list_events(request).await;
        let refused = refused.expect_err("it was meant as a code");
        assert!(refused.message().contains(told), "{refused:?}");
    }
}

#[tokio::test]
async fn a_hint_names_other_bodies_with_the_same_name() {
    let server = Server::start().await;
    let create = async |body: Body, validate_only: bool| {
        let request = CreateBodyRequest {
            body: Some(body),
            validate_only,
            ..CreateBodyRequest::default()
        };
        let answer = server.bodies().create_body(request).await;
        answer.expect("a name may be shared").into_inner().hints
    };
    assert_eq!(create(meti(), false).await, [""; 0]);
    let second = || body("meti-of-elsewhere", &["Another ministry", "Meti"]);
    let told = "bodies/meti has the name \"Meti\" too; a filter by it finds both";
    assert_eq!(create(second(), true).await, [told]);
    assert_eq!(create(second(), false).await, [told]);
    let told = "bodies/meti and bodies/meti-of-elsewhere have the name \"METI\" too; a filter by it finds \
                all of them";
    assert_eq!(create(body("third", &["METI"]), false).await, [told]);

    // It is of no use to name a body that has given the name up.
    rename(&server, "meti", &[METI]).await;
    rename(&server, "third", &["Third"]).await;
    let request = UpdateBodyRequest {
        body: Some(body("meti-of-elsewhere", &["METI", METI])),
        update_mask: Some(FieldMask {
            paths: vec!["display_name".to_owned(), "names".to_owned()],
        }),
        ..UpdateBodyRequest::default()
    };
    let answer = server.bodies().update_body(request).await;
    let told = format!("bodies/meti has the name {METI:?} too; a filter by it finds both");
    assert_eq!(answer.expect("valid").into_inner().hints, [told]);

    let names: Vec<String> = (0..30).map(|n| format!("Name {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(create(body("many", &names), false).await, [""; 0]);
    assert_eq!(create(body("as-many", &names), false).await.len(), 20);
}
