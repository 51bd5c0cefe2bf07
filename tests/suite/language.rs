//! The filter language as clients meet it: tokens, names, and guesses that lead to the right term.

use entente::proto::v1::{
    ConsumeSubscriptionRequest, Event, ExplainFilterRequest, ListEventsRequest,
    ListPartnershipsRequest, Party, PartyType, Subscription, SummarizeEventsRequest,
    UpdateSubscriptionRequest, watch_events_response::Payload,
};
use tonic::Code;

use crate::{
    harness::{
        Build, Server, Watcher, assert_refused, earliest, entente, event, latest, name_of,
        partnership, position_of, resumed,
    },
    lists::{ids, list, matching},
    subscriptions::consumer::{create, creation, subscriptions},
};

/// Trial C10.
#[tokio::test]
async fn s51_a_watch_goes_on_with_its_filter_in_other_words() {
    let server = Server::start().await;
    let both = |id: &str| event(id).with_state("JP").with_state("US");
    server.publish_all(["a", "b"].map(both)).await;
    let filter = "party:JP AND (party:US OR kind = POLICY)";
    let mut first = server.watch(earliest(filter)).await;
    first.changes(1).await;
    let token = first.token().to_owned();
    server
        .publish_all([event("c").with_state("JP"), both("d")])
        .await;
    for same in [
        "(kind:policy OR party = us) AND party:jp AND party:JP",
        "NOT -(party:JP (party:US OR NOT NOT kind = KIND_POLICY)) -exercise=true",
    ] {
        let mut rest = server.watch(resumed(same, &token)).await;
        let (changes, _) = rest.until_caught_up().await;
        let positions: Vec<i64> = changes.iter().map(position_of).collect();
        assert_eq!(positions, [2, 4], "{same}");
    }
    let other = resumed("party:JP OR party:US", &token);
    let refused = Watcher::try_open(&server, other).await.err();
    let metadata = assert_refused(
        &refused.expect("another filter"),
        Code::InvalidArgument,
        "RESUME_TOKEN_FILTER_MISMATCH",
    );
    assert!(metadata["tokenFilter"].starts_with(filter), "{metadata:?}");
}

/// Trial C10.
#[tokio::test]
async fn s51_a_listing_goes_on_with_its_filter_in_other_words() {
    let server = Server::start().await;
    let states = |id: &str| event(id).with_state("JP").with_state("US");
    server.publish_all(["a", "b", "c"].map(states)).await;
    for id in ["p", "q"] {
        server.publish_partnership(partnership(id)).await;
    }
    let first = ListEventsRequest {
        page_size: 2,
        ..matching("party:JP AND kind = MEETING")
    };
    let page_token = list(&server, first.clone()).await.next_page_token;
    let next = |filter: &str| ListEventsRequest {
        page_token: page_token.clone(),
        filter: filter.to_owned(),
        ..first.clone()
    };
    let same = list(&server, next("kind:meeting AND (party = jp AND party:JP)")).await;
    assert_eq!(ids(&same), ["c"]);
    let other = server.events().list_events(next("kind = MEETING")).await;
    assert_refused(
        &other.expect_err("another filter"),
        Code::InvalidArgument,
        "PAGE_TOKEN_INVALID",
    );

    let page = |filter: &str, page_token: &str| ListPartnershipsRequest {
        page_size: 1,
        filter: filter.to_owned(),
        page_token: page_token.to_owned(),
        ..Default::default()
    };
    let first = page("text:name AND revision = 1", "");
    let first = server
        .partnerships()
        .list_partnerships(first)
        .await
        .expect("a page");
    let token = first.into_inner().next_page_token;
    let same = page("revision = 01 text:NAME", &token);
    let same = server
        .partnerships()
        .list_partnerships(same)
        .await
        .expect("the next page");
    assert_eq!(same.into_inner().partnerships[0].name, "partnerships/q");
}

/// Trial A11.
#[tokio::test]
async fn a11_a_name_is_found_as_a_whole_in_lists_and_in_watches() {
    let server = Server::start().await;
    let organisation = |name: &str| Party {
        r#type: PartyType::Organisation.into(),
        display_name: name.into(),
        ..Party::default()
    };
    let of = |id: &str, names: &[&str]| Event {
        parties: names.iter().map(|name| organisation(name)).collect(),
        ..event(id)
    };
    let filter = "organisation = \"University of Tokyo\"";
    let mut watch = server.watch(latest(filter)).await;
    let names = ["University of Oxford", "Tokyo Electron"];
    server.publish(of("other", &names)).await;
    let longer = ["University of Tokyo Hospital"];
    server.publish(of("longer", &longer)).await;
    server
        .publish(of("both", &[names[0], names[1], "UNIVERSITY of Tokyo"]))
        .await;
    assert_eq!(name_of(&watch.change().await), "events/both");
    assert_eq!(ids(&list(&server, matching(filter)).await), ["both"]);
}

const HINT: &str = "no record has topic:semicondutors; did you mean topic:semiconductors?";

async fn with_chips() -> Server {
    let server = Server::start().await;
    server
        .publish(event("a").with_topic("semiconductors"))
        .await;
    server.publish_partnership(partnership("eu-japan")).await;
    server
}

/// Trial C5.
#[tokio::test]
async fn c5_an_answer_that_is_empty_for_a_misspelled_value_says_so() {
    let server = with_chips().await;
    let filter = "topic:semicondutors AND kind = MEETING".to_owned();
    let listed = list(&server, matching(&filter)).await;
    assert_eq!(listed.hints, [HINT]);
    let summary = SummarizeEventsRequest {
        filter: filter.clone(),
        group_by: vec!["kind".into()],
        ..Default::default()
    };
    let summary = server.events().summarize_events(summary).await;
    assert_eq!(summary.expect("a summary").into_inner().hints, [HINT]);
    let explain = ExplainFilterRequest {
        filter: format!("{filter} OR topic:semiconductors").replace(" AND kind = MEETING", ""),
        ..Default::default()
    };
    let explained = server.events().explain_filter(explain).await;
    let explained = explained.expect("an explanation").into_inner();
    assert_eq!(
        (explained.hints, explained.matching_events),
        (vec![HINT.to_owned()], 1)
    );
    let partnerships = ListPartnershipsRequest {
        filter: "name = eu-jpan".into(),
        ..Default::default()
    };
    let listed = server.partnerships().list_partnerships(partnerships).await;
    let hints = listed.expect("an empty page").into_inner().hints;
    assert!(
        hints[0].ends_with("did you mean name = partnerships/eu-japan?"),
        "{hints:?}"
    );

    // Nobody is told of what was found, or of what is rightly empty.
    for filter in [
        "topic:semiconductors OR topic:semicondutors",
        "topic:semiconductors kind=POLICY",
    ] {
        assert!(
            list(&server, matching(filter)).await.hints.is_empty(),
            "{filter}"
        );
    }
}

#[tokio::test]
async fn an_empty_answer_tells_of_retracted_events_that_would_match() {
    let server = with_chips().await;
    server.retract("events/a").await;
    let hint = "1 event that is retracted, redacted or merged matches; list it with show_retracted \
                (--show-retracted)";
    let filter = "topic:semiconductors".to_owned();
    assert_eq!(list(&server, matching(&filter)).await.hints, [hint]);
    let summary = SummarizeEventsRequest {
        filter: filter.clone(),
        group_by: vec!["kind".into()],
        ..Default::default()
    };
    let summary = server.events().summarize_events(summary).await;
    assert_eq!(summary.expect("a summary").into_inner().hints, [hint]);
    let explain = ExplainFilterRequest {
        filter: filter.clone(),
        ..Default::default()
    };
    let explained = server.events().explain_filter(explain).await;
    let explained = explained.expect("an explanation").into_inner();
    assert_eq!(explained.hints, [hint]);
    let before = ListEventsRequest {
        as_of_position: 2,
        ..matching("topic:semiconductors")
    };
    assert!(list(&server, before).await.hints.is_empty());

    // Nobody is told of what cannot match, of what was found or of states that were asked for.
    for filter in [
        "topic:semiconductors kind=POLICY",
        "topic:semiconductors state=ACTIVE",
    ] {
        let hints = list(&server, matching(filter)).await.hints;
        assert!(hints.is_empty(), "{filter}: {hints:?}");
    }
    let shown = ListEventsRequest {
        show_retracted: true,
        ..matching(&filter)
    };
    let shown = list(&server, shown).await;
    assert_eq!((ids(&shown), shown.hints.len()), (vec!["a"], 0));
}

/// Trial C5.
#[tokio::test]
async fn c5_a_watch_and_a_consumer_are_told_at_once_what_they_may_wait_for_in_vain() {
    let server = with_chips().await;
    let watch = server.watch(latest("topic:semicondutors")).await;
    assert_eq!(watch.started().hints, [HINT]);
    let watch = server.watch(latest("topic:semiconductors")).await;
    assert!(watch.started().hints.is_empty());

    create(&server, "typo", "topic:semicondutors").await;
    let consume = ConsumeSubscriptionRequest {
        name: "subscriptions/typo".into(),
        ..Default::default()
    };
    let answers = subscriptions(&server).consume_subscription(consume).await;
    let answer = answers.expect("a stream").into_inner().message().await;
    let answer = answer.expect("no error").expect("an answer");
    match answer.frame.and_then(|frame| frame.payload) {
        Some(Payload::Started(started)) => assert_eq!(started.hints, [HINT]),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn whoever_makes_or_edits_a_subscription_is_told_what_its_filter_waits_for_in_vain() {
    let server = with_chips().await;
    let mut client = subscriptions(&server);
    let made = client
        .create_subscription(creation("typo", "topic:semicondutors"))
        .await;
    assert_eq!(made.expect("it is made").into_inner().hints, [HINT]);
    for (filter, hints) in [
        ("topic:semiconductors", &[][..]),
        ("topic:semicondutors", &[HINT]),
    ] {
        let edit = UpdateSubscriptionRequest {
            subscription: Some(Subscription {
                name: "subscriptions/typo".into(),
                filter: filter.into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let edited = client.update_subscription(edit).await;
        assert_eq!(edited.expect("it is edited").into_inner().hints, hints);
    }
    let address = format!("--server={}", server.grpc_address());
    let ended = entente(&["subscribe", "other", "topic:semicondutors", &address], "").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains(&format!("hint: {HINT}")), "{ended:?}");
}

/// Trial C5.
#[tokio::test]
async fn c5_the_program_prints_hints_beside_its_answer() {
    let server = with_chips().await;
    let address = format!("--server={}", server.grpc_address());
    for arguments in [
        vec!["list", "topic:semicondutors", &address],
        vec!["summarize", "--by=kind", "topic:semicondutors", &address],
        vec![
            "watch",
            "topic:semicondutors",
            "--until-caught-up",
            &address,
        ],
    ] {
        let ended = entente(&arguments, "").await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stderr.contains(&format!("hint: {HINT}")), "{ended:?}");
    }
    let ended = entente(&["partnerships", "name = eu-jpan", &address], "").await;
    assert!(
        ended.stderr.contains("hint: no record has name"),
        "{ended:?}"
    );
    let ended = entente(&["explain", "topic:semicondutors", &address], "").await;
    assert!(ended.stdout.contains(HINT), "{ended:?}");
}

#[tokio::test]
async fn a_number_as_people_write_it_is_answered_with_the_plain_one() {
    let server = Server::start().await;
    for (value, meant) in [
        ("\"1,000\"", "1000"),
        ("1,000", "1000"),
        ("1 000", "1000"),
        ("\"1 000\"", "1000"),
        ("1_000", "1000"),
        ("1.5bn", "1500000000"),
        ("£100", "100"),
        ("\"£100\"", "100"),
    ] {
        let request = ListEventsRequest {
            filter: format!("amount.value = {value}"),
            ..Default::default()
        };
        let refused = server.events().list_events(request).await;
        let refused = refused.expect_err("it is no plain number");
        assert_refused(&refused, Code::InvalidArgument, "FILTER_INVALID");
        let told = refused.message();
        let is_told = |around: [&str; 2]| told.contains(&around.join(meant));
        assert!(
            is_told(["did you mean `", "`?"]) || told.ends_with(&format!("write {meant}")),
            "{value}: {told}"
        );
    }
}
