//! Terms on one element of a repeated field, and sums of money, as clients meet them.

use entente::proto::v1::{
    Amount, AmountQualifier, AmountSum, Body, BodyKind, CreateBodyRequest, Equivalent, Event,
    ExplainFilterRequest, Party, PartyType, Place, RedactEventRequest, RelatedEvent, Relation,
    Role, SummarizeEventsRequest, SummarizeEventsResponse,
};
use tonic::Code;

use crate::{
    bad_fields::party,
    cli::{lines, run},
    harness::{Build, Server, assert_invalid_fields, earliest, event, position_of, source},
    lists::{ids, list, matching},
};

fn money(currency: &str, value: &str, qualifier: AmountQualifier) -> Amount {
    Amount {
        currency_code: currency.to_owned(),
        value: value.to_owned(),
        qualifier: qualifier.into(),
        role: "investment".to_owned(),
        ..Amount::default()
    }
}

fn exact(currency: &str, value: &str) -> Amount {
    money(currency, value, AmountQualifier::Exact)
}

fn with_amounts(id: &str, amounts: Vec<Amount>) -> Event {
    Event {
        amounts,
        ..event(id)
    }
}

fn with_roles(id: &str, parties: &[(&str, Role)]) -> Event {
    let party = |(code, role): &(&str, Role)| Party {
        r#type: match *code {
            "EU" => PartyType::Union.into(),
            _ => PartyType::State.into(),
        },
        country_code: (*code).to_owned(),
        role: (*role).into(),
        ..Party::default()
    };
    Event {
        parties: parties.iter().map(party).collect(),
        ..event(id)
    }
}

async fn found(server: &Server, filter: &str) -> Vec<String> {
    let mut found: Vec<String> = ids(&list(server, matching(filter)).await)
        .into_iter()
        .map(|id| id.to_string())
        .collect();
    found.sort_unstable();
    found
}

#[tokio::test]
async fn f6_a_value_and_its_currency_are_those_of_one_sum() {
    let server = Server::start().await;
    server
        .publish_all([
            with_amounts("mixed", vec![exact("USD", "1"), exact("JPY", "5000000000")]),
            with_amounts(
                "large",
                vec![exact("JPY", "1"), exact("USD", "1000000000.00")],
            ),
            with_amounts("alone", vec![exact("USD", "1000000000.01")]),
        ])
        .await;
    let billion = "amount.value >= 1000000000 AND amount.currency = USD";
    assert_eq!(found(&server, billion).await, ["alone", "large"]);
    let apart = "(amount.value >= 1000000000 AND kind = MEETING) AND amount.currency = USD";
    assert_eq!(found(&server, apart).await, ["alone", "large", "mixed"]);
    let between = "amount.value > 1 AND amount.value <= 1000000000";
    assert_eq!(found(&server, between).await, ["large"]);
    assert_eq!(found(&server, "amount.value = 1000000000").await, ["large"]);

    let request = ExplainFilterRequest {
        filter: billion.to_owned(),
        ..ExplainFilterRequest::default()
    };
    let explained = server.events().explain_filter(request).await;
    let explained = explained.expect("explained").into_inner();
    assert_eq!(explained.matching_events, 2);
    let line = "amount.value >= 1000000000 AND amount.currency:USD: one sum has all of [";
    let lines = &explained.explanation;
    assert!(lines.iter().any(|it| it.starts_with(line)), "{lines:?}");

    // A watch decides event by event what a list finds as a set.
    let mut watch = server.watch(earliest(billion)).await;
    let (changes, _) = watch.until_caught_up().await;
    let positions: Vec<i64> = changes.iter().map(position_of).collect();
    assert_eq!(positions, [2, 3]);
    // An event keeps its elements through a restart.
    let mut server = server;
    server.kill_and_start_again().await;
    assert_eq!(found(&server, billion).await, ["alone", "large"]);
}

#[tokio::test]
async fn f5_a_party_has_its_role_and_each_of_several_parties_too() {
    let server = Server::start().await;
    let (host, signatory) = (Role::Host, Role::Signatory);
    server
        .publish_all([
            with_roles("both", &[("JP", signatory), ("EU", signatory)]),
            with_roles("hosted", &[("JP", host), ("EU", signatory)]),
            with_roles("alone", &[("JP", signatory)]),
        ])
        .await;
    for (filter, expected) in [
        (
            "party:JP AND party.role = SIGNATORY",
            &["alone", "both"][..],
        ),
        (
            "party:JP AND party:EU AND party.role = SIGNATORY",
            &["both"],
        ),
        (
            "(party:JP AND party.role = HOST) AND (party:EU AND party.role = SIGNATORY)",
            &["hosted"],
        ),
        ("(party:JP OR party:US) AND party.role = HOST", &["hosted"]),
        ("party:JP AND party:EU", &["both", "hosted"]),
        ("NOT (party:JP AND party.role = SIGNATORY)", &["hosted"]),
        ("party.type = UNION AND NOT party.role = HOST", &["both"]),
    ] {
        assert_eq!(found(&server, filter).await, expected, "{filter}");
    }
    let open = "party:JP party:EU party.role:HOST party.role:SIGNATORY";
    let refused = server.events().list_events(matching(open)).await;
    let refused = refused.expect_err("it is open which party has which role");
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(
        refused
            .message()
            .contains("(party:JP AND party.role:HOST) AND (party:EU AND party.role:SIGNATORY)"),
        "{refused:?}"
    );
}

/// A place and an organisation, a person or a body are parts of one element as well.
#[tokio::test]
async fn f3_an_organisation_has_its_role_and_a_city_its_country() {
    let mut server = Server::start().await;
    let body = Body {
        name: "bodies/north-university".to_owned(),
        kind: BodyKind::University.into(),
        display_name: "North University".to_owned(),
        sources: vec![source("registry")],
        ..Body::default()
    };
    let request = CreateBodyRequest {
        body: Some(body),
        ..CreateBodyRequest::default()
    };
    let created = server.bodies().create_body(request).await;
    created.expect("a body");
    let side = |sort: PartyType, name: &str, role: Role, group: &str| Party {
        role: role.into(),
        group: group.to_owned(),
        local_names: [("ja".to_owned(), format!("{name} 日本"))].into(),
        ..party(sort, "", name)
    };
    let (company, person) = (PartyType::Company, PartyType::Person);
    let north = |role: Role| Party {
        body: "bodies/north-university".to_owned(),
        role: role.into(),
        ..party(PartyType::Organisation, "", "")
    };
    let place = |city: &str, country: &str| Place {
        city: city.to_owned(),
        country_code: country.to_owned(),
        ..Place::default()
    };
    let with = |id: &str, parties: Vec<Party>| Event {
        parties,
        place: Some(place("Kyoto", "JP")),
        further_places: vec![place("Ottawa", "CA")],
        ..event(id)
    };
    server
        .publish_all([
            with(
                "first",
                vec![
                    side(company, "Alpha", Role::Host, "one"),
                    side(company, "Beta", Role::Observer, "two"),
                    side(person, "Sato", Role::Observer, "two"),
                    north(Role::Observer),
                ],
            ),
            with(
                "second",
                vec![
                    side(PartyType::Organisation, "North University", Role::Host, ""),
                    side(company, "Alpha", Role::Observer, ""),
                ],
            ),
        ])
        .await;
    for restarted in [false, true] {
        if restarted {
            server.kill_and_start_again().await;
        }
        for (filter, expected) in [
            ("organisation:alpha AND party.role = HOST", &["first"][..]),
            ("organisation:alpha AND party.role = OBSERVER", &["second"]),
            (
                "organisation = \"Alpha 日本\" AND party.group = one",
                &["first"],
            ),
            ("organisation:beta AND party.group = one", &[]),
            ("person:sato AND party.role = HOST", &[]),
            ("person:sato AND party.role = OBSERVER", &["first"]),
            ("body:north-university AND party.role = HOST", &["second"]),
            (
                "body:north-university AND party.role = OBSERVER",
                &["first"],
            ),
            (
                "organisation:\"North University\" AND party.role = OBSERVER",
                &["first"],
            ),
            ("organisation:alpha AND organisation:beta", &["first"]),
            (
                "organisation:beta AND person:sato AND party.group = two",
                &["first"],
            ),
            ("place.city = kyoto AND place.country = CA", &[]),
            (
                "place.city = kyoto AND place.country = JP",
                &["first", "second"],
            ),
        ] {
            assert_eq!(found(&server, filter).await, expected, "{filter}");
        }
    }
}

#[tokio::test]
async fn c6_a_relation_and_its_event_belong_together_under_their_own_names() {
    let server = Server::start().await;
    let related = |event: &str, relation: Relation| RelatedEvent {
        relation: relation.into(),
        event: format!("events/{event}"),
    };
    server.publish_all([event("a"), event("b")]).await;
    let linked = |id: &str, related_events| Event {
        related_events,
        ..event(id)
    };
    let both = vec![
        related("a", Relation::Follows),
        related("b", Relation::Implements),
    ];
    server
        .publish_all([
            linked("c", both),
            linked("d", vec![related("a", Relation::Implements)]),
        ])
        .await;
    let filter = "related_events.event:a AND related_events.relation = IMPLEMENTS";
    assert_eq!(found(&server, filter).await, ["d"]);
    assert_eq!(found(&server, "related.relation:FOLLOWS").await, ["c"]);
}

#[tokio::test]
async fn f6_a_redacted_event_has_no_elements_and_no_sums() {
    let server = Server::start().await;
    server
        .publish_all([
            with_amounts("kept", vec![exact("USD", "5"), exact("JPY", "7")]),
            with_amounts("gone", vec![exact("USD", "77"), exact("JPY", "7")]),
        ])
        .await;
    let request = RedactEventRequest {
        name: "events/gone".to_owned(),
        ..RedactEventRequest::default()
    };
    server
        .admin()
        .redact_event(request)
        .await
        .expect("redacted");
    let filter = "amount.currency = USD AND amount.value < 100 AND state:*";
    assert_eq!(found(&server, filter).await, ["kept"]);
    let all = SummarizeEventsRequest {
        show_retracted: true,
        ..summing("kind")
    };
    let answer = summary(&server, all).await;
    assert_eq!(answer.total, 2);
    let values: Vec<&str> = answer.sums.iter().map(|sum| sum.value.as_str()).collect();
    assert_eq!(values, ["7", "5"]);
}

fn summing(by: &str) -> SummarizeEventsRequest {
    SummarizeEventsRequest {
        group_by: vec![by.to_owned()],
        sums: true,
        ..SummarizeEventsRequest::default()
    }
}

async fn summary(server: &Server, request: SummarizeEventsRequest) -> SummarizeEventsResponse {
    let answer = server.events().summarize_events(request).await;
    answer.expect("a summary").into_inner()
}

fn sum(currency: &str, value: &str, exact: i64, inexact: i64) -> AmountSum {
    AmountSum {
        currency_code: currency.to_owned(),
        role: "investment".to_owned(),
        value: value.to_owned(),
        exact,
        inexact,
    }
}

async fn with_money() -> Server {
    let server = Server::start().await;
    let context = Amount {
        role: "context".to_owned(),
        ..exact("USD", "1000")
    };
    server
        .publish_all([
            with_amounts(
                "a",
                vec![exact("USD", "0.10"), exact("USD", "0.10"), context],
            )
            .on("2023"),
            with_amounts(
                "b",
                vec![
                    exact("USD", "0.20"),
                    money("USD", "9", AmountQualifier::UpTo),
                    exact("JPY", "9007199254740993"),
                ],
            )
            .on("2023"),
            with_amounts("c", vec![money("USD", "3", AmountQualifier::About)]).on("2024"),
            event("d").on("2025"),
        ])
        .await;
    server
}

#[tokio::test]
async fn f6_a_summary_adds_up_what_is_exact_and_counts_the_rest() {
    let server = with_money().await;
    let answer = summary(&server, summing("year")).await;
    let of_year = |year: &str| {
        let row = answer.rows.iter().find(|row| row.group["year"] == year);
        row.expect("a row").sums.clone()
    };
    let jpy = sum("JPY", "9007199254740993", 1, 0);
    assert_eq!(of_year("2023"), [jpy.clone(), sum("USD", "0.4", 3, 1)]);
    assert_eq!(of_year("2024"), [sum("USD", "0", 0, 1)]);
    assert_eq!(of_year("2025"), []);
    assert_eq!(answer.sums, [jpy, sum("USD", "0.4", 3, 2)]);
    // Sums are those of what the filter finds, as of a position.
    let narrowed = SummarizeEventsRequest {
        filter: "amount.qualifier = UP_TO".to_owned(),
        ..summing("kind")
    };
    let answer = summary(&server, narrowed).await;
    assert_eq!(answer.sums[1], sum("USD", "0.2", 1, 1));
    let earlier = SummarizeEventsRequest {
        as_of_position: 1,
        ..summing("kind")
    };
    let answer = summary(&server, earlier).await;
    assert_eq!(answer.sums, [sum("USD", "0.2", 2, 0)]);
    let without = SummarizeEventsRequest {
        sums: false,
        ..summing("kind")
    };
    let answer = summary(&server, without).await;
    assert!(answer.sums.is_empty() && answer.rows.iter().all(|row| row.sums.is_empty()));
    let unknown = server.events().summarize_events(summing("colour")).await;
    assert_invalid_fields(&unknown.expect_err("unknown"), &["group_by"]);
}

#[tokio::test]
async fn f6_an_amount_is_found_in_every_currency_and_counts_in_its_first() {
    let server = Server::start().await;
    let equivalents = vec![Equivalent {
        currency_code: "EUR".to_owned(),
        value: "300".to_owned(),
        qualifier: AmountQualifier::Exact.into(),
        ..Equivalent::default()
    }];
    let both = Amount {
        equivalents,
        ..exact("JPY", "40000")
    };
    server
        .publish_all([
            with_amounts("a", vec![both]),
            with_amounts("b", vec![exact("EUR", "7")]),
        ])
        .await;
    for (filter, expected) in [
        ("amount.currency = EUR AND amount.value >= 300", &["a"][..]),
        ("amount.currency = JPY AND amount.value >= 300", &["a"]),
        ("amount.currency = EUR AND amount.value >= 301", &[]),
        ("amount.currency = EUR AND amount.value < 300", &["b"]),
    ] {
        assert_eq!(found(&server, filter).await, expected, "{filter}");
    }
    let answer = summary(&server, summing("kind")).await;
    assert_eq!(
        answer.sums,
        [sum("EUR", "7", 1, 0), sum("JPY", "40000", 1, 0)]
    );
}

#[tokio::test]
async fn f6_the_command_line_prints_sums() {
    let server = with_money().await;
    let summarize = ["summarize", "--by=year", "--sums", "--order-by=group"];
    let rows = lines(&server, &summarize).await;
    assert_eq!(rows[0]["sums"][1]["value"], "0.4");
    let table = run(&server, &[&summarize[..], &["-o=table"]].concat()).await;
    assert_eq!(
        table.stdout.lines().map(str::trim_end).collect::<Vec<_>>(),
        [
            "EVENTS YEAR SUM              CURRENCY ROLE       ADDED NOT ADDED",
            "2      2023 9007199254740993 JPY      investment 1     0",
            "            0.4              USD      investment 3     1",
            "1      2024 -                USD      investment 0     1",
            "1      2025 -                -        -          -     -",
            "in all      9007199254740993 JPY      investment 1     0",
            "            0.4              USD      investment 3     2",
            "",
            "",
            "4 events in all, as of position 4",
        ]
    );
    let csv = run(&server, &[&summarize[..], &["-o=csv"]].concat()).await;
    assert_eq!(csv.code, Some(1), "{csv:?}");
    assert!(csv.stderr.contains("-o ndjson"), "{csv:?}");
}
