//! Agreements as what they are: whom they bind and since when, what they are about and worth, and what they
//! are called elsewhere. The tests bear the numbers of the trials.

use entente::proto::v1::{
    Amount, AmountQualifier, Equivalent, Event, FuzzyDate, GetEventRequest, Identifier, Instrument,
    ListEventsRequest, ListPartnershipsRequest, Partnership, Party, PartyStanding, PartyType,
    Place, Quantity, Role, Source, Standing, Step, Translation,
};
use serde_json::Value;

use super::{
    bad_fields::{date, party, refusal},
    cli::{lines, run},
};
use crate::harness::{
    Build, Server, assert_invalid_fields, assert_refused, event, partnership, source,
};

/// Returns the ids of the events that a filter finds, sorted.
async fn found(server: &Server, filter: &str) -> Vec<String> {
    let request = ListEventsRequest {
        filter: filter.to_owned(),
        ..ListEventsRequest::default()
    };
    let answer = server.events().list_events(request).await;
    let page = answer.unwrap_or_else(|status| panic!("{filter}: {status}"));
    let events = page.into_inner().events.into_iter();
    let mut ids: Vec<String> = events
        .map(|event| event.name.replace("events/", ""))
        .collect();
    ids.sort();
    ids
}

async fn find(server: &Server, cases: &[(&str, &[&str])]) {
    for (filter, expected) in cases {
        assert_eq!(found(server, filter).await, *expected, "{filter}");
    }
}

fn standing(standing: Standing, since: &str) -> PartyStanding {
    PartyStanding {
        standing: standing.into(),
        since: date(since),
        ..PartyStanding::default()
    }
}

fn identifier(scheme: &str, value: &str) -> Identifier {
    Identifier {
        scheme: scheme.into(),
        value: value.into(),
    }
}

#[tokio::test]
async fn f1_whom_a_text_is_about_is_found_and_no_party() {
    let server = Server::start().await;
    let about = Event {
        subjects: vec![
            party(PartyType::State, "JP", ""),
            party(PartyType::Company, "", "Kioxia"),
        ],
        ..event("about").with_state("US")
    };
    server
        .publish_all([about, event("with").with_state("JP")])
        .await;
    let cases: [(&str, &[&str]); 5] = [
        ("party:JP", &["with"]),
        ("subject:JP", &["about"]),
        ("subject:US", &[]),
        ("text:kioxia", &["about"]),
        ("organisation:kioxia", &[]),
    ];
    find(&server, &cases).await;

    let signing = Event {
        subjects: vec![Party {
            role: Role::Signatory.into(),
            group: "first".into(),
            standings: vec![standing(Standing::Signed, "2024")],
            ..party(PartyType::State, "JP", "")
        }],
        ..event("wrong")
    };
    assert_invalid_fields(
        &refusal(&server, signing).await,
        &[
            "event.subjects[0].role",
            "event.subjects[0].standings",
            "event.subjects[0].group",
        ],
    );
}

#[tokio::test]
async fn f2_what_holds_for_each_party_has_a_day_of_its_own() {
    let server = Server::start().await;
    let state = |code: &str, standings: &[PartyStanding]| Party {
        standings: standings.to_vec(),
        ..party(PartyType::State, code, "")
    };
    let treaty = Event {
        parties: vec![
            state(
                "JP",
                &[
                    standing(Standing::Signed, "2022-05-27"),
                    standing(Standing::InForce, "2024-02-24"),
                ],
            ),
            state("US", &[standing(Standing::Signed, "2022-05-27")]),
        ],
        ..event("treaty")
    };
    let stored = server.publish(treaty.clone()).await;
    let since = stored.parties[0].standings[1].since.clone();
    let latest = since.expect("it is kept").latest;
    assert_eq!(latest, "2024-02-24", "the bounds are computed");
    let cases: [(&str, &[&str]); 3] = [
        ("party.standing:IN_FORCE", &["treaty"]),
        ("party.standing = in-force", &["treaty"]),
        ("party.standing:RATIFIED", &[]),
    ];
    find(&server, &cases).await;

    let twice = Event {
        name: "events/twice".into(),
        parties: vec![state(
            "JP",
            &[
                standing(Standing::Ratified, "2024"),
                standing(Standing::Ratified, "2024"),
                PartyStanding::default(),
            ],
        )],
        ..treaty
    };
    assert_invalid_fields(
        &refusal(&server, twice).await,
        &[
            "event.parties[0].standings[2].standing",
            "event.parties[0].standings[1]",
        ],
    );
}

/// Trials F3 and F4.
#[tokio::test]
async fn f4_instruments_steps_and_roles_of_no_name_have_words() {
    let server = Server::start().await;
    let notes = Event {
        instrument: Instrument::ExchangeOfNotes.into(),
        step: Step::ProvisionallyApplied.into(),
        parties: vec![Party {
            role: Role::Chair.into(),
            ..party(PartyType::State, "JP", "")
        }],
        ..event("notes")
    };
    let other = Event {
        instrument: Instrument::Other.into(),
        instrument_other: "side letter".into(),
        step: Step::Other.into(),
        step_other: "shelved".into(),
        parties: vec![Party {
            role: Role::Other.into(),
            role_other: "mediator".into(),
            ..party(PartyType::State, "CH", "")
        }],
        ..event("other")
    };
    server.publish_all([notes, other]).await;
    let cases: [(&str, &[&str]); 6] = [
        ("instrument = exchange-of-notes", &["notes"]),
        ("instrument = OTHER", &["other"]),
        ("step = PROVISIONALLY_APPLIED", &["notes"]),
        ("text:\"side letter\"", &["other"]),
        ("text:shelved", &["other"]),
        ("text:mediator", &["other"]),
    ];
    find(&server, &cases).await;

    let wordless = Event {
        instrument: Instrument::Other.into(),
        step: Step::Signed.into(),
        step_other: "shelved".into(),
        parties: vec![Party {
            role: Role::Other.into(),
            ..party(PartyType::State, "CH", "")
        }],
        ..event("wordless")
    };
    assert_invalid_fields(
        &refusal(&server, wordless).await,
        &[
            "event.instrument_other",
            "event.step_other",
            "event.parties[0].role_other",
        ],
    );
}

#[tokio::test]
async fn f6_places_sums_quantities_and_groups_are_told_straight() {
    let server = Server::start().await;
    let place = |city: &str, country: &str| Place {
        city: city.into(),
        country_code: country.into(),
        ..Place::default()
    };
    let side = |name: &str, group: &str| Party {
        group: group.into(),
        ..party(PartyType::Company, "JP", name)
    };
    let full = Event {
        place: Some(place("Tokyo", "JP")),
        further_places: vec![place("Brussels", "BE")],
        parties: vec![
            side("NEC", "first-contract"),
            side("NEC", "second-contract"),
        ],
        amounts: vec![Amount {
            currency_code: "JPY".into(),
            value: "40000000000".into(),
            value_max: "50000000000".into(),
            qualifier: AmountQualifier::Between.into(),
            as_stated: "40 to 50 billion yen".into(),
            equivalents: vec![Equivalent {
                currency_code: "EUR".into(),
                value: "300000000".into(),
                value_max: "350000000".into(),
                qualifier: AmountQualifier::Between.into(),
            }],
            ..Amount::default()
        }],
        quantities: vec![Quantity {
            measure: "jobs".into(),
            value: "1500".into(),
            qualifier: AmountQualifier::About.into(),
            period: date("2025/2027"),
            ..Quantity::default()
        }],
        planned_completion_date: date("2027"),
        ..event("full")
    };
    let stored = server.publish(full).await;
    assert_eq!(
        stored.quantities[0]
            .period
            .as_ref()
            .map(|it| it.latest.as_str()),
        Some("2027-12-31")
    );
    server.publish(event("bare")).await;
    let cases: [(&str, &[&str]); 8] = [
        ("place.city:tokyo", &["full"]),
        ("place.city:brussels", &["full"]),
        ("place.country:BE", &["full"]),
        ("planned_completion_date:\"2027-06\"", &["full"]),
        ("planned_completion_date < \"2027\"", &[]),
        ("quantity.measure:jobs", &["full"]),
        ("quantity.unit:count", &["full"]),
        ("party.group:second-contract", &["full"]),
    ];
    find(&server, &cases).await;

    assert_eq!(stored.amounts[0].equivalents[0].value_max, "350000000");

    let sum = |currency: &str, qualifier: AmountQualifier| Equivalent {
        currency_code: currency.into(),
        value: "1".into(),
        qualifier: qualifier.into(),
        ..Equivalent::default()
    };
    let wrong = Event {
        amounts: vec![
            Amount {
                currency_code: "JPY".into(),
                value: "9".into(),
                value_max: "9.0".into(),
                qualifier: AmountQualifier::Between.into(),
                equivalents: vec![
                    sum("JPY", AmountQualifier::Exact),
                    sum("EUR", AmountQualifier::InWords),
                    sum("EUR", AmountQualifier::Exact),
                    sum("USD", AmountQualifier::Between),
                ],
                ..Amount::default()
            },
            Amount {
                value: "1".into(),
                qualifier: AmountQualifier::InWords.into(),
                ..Amount::default()
            },
        ],
        further_places: vec![place("", "UN")],
        quantities: vec![Quantity {
            value: "1".into(),
            value_max: "2".into(),
            ..Quantity::default()
        }],
        ..event("wrong")
    };
    assert_invalid_fields(
        &refusal(&server, wrong).await,
        &[
            "event.quantities[0].measure",
            "event.quantities[0].qualifier",
            "event.further_places[0].country_code",
            "event.amounts[0].value_max",
            "event.amounts[0].equivalents[0].currency_code",
            "event.amounts[0].equivalents[1].qualifier",
            "event.amounts[0].equivalents[2]",
            "event.amounts[0].equivalents[3].value_max",
            "event.amounts[1].value",
            "event.amounts[1].as_stated",
        ],
    );
}

#[tokio::test]
async fn f7_an_agreement_is_found_by_its_number() {
    let server = Server::start().await;
    let numbered = Event {
        identifiers: vec![
            identifier("celex", "22024A00001"),
            identifier("un-treaty-series", "I-57123"),
        ],
        same_as: vec!["https://www.wikidata.org/wiki/Q1".into()],
        ..event("numbered")
    };
    server.publish_all([numbered.clone(), event("bare")]).await;
    let cases: [(&str, &[&str]); 4] = [
        ("identifier = \"22024A00001\"", &["numbered"]),
        ("identifier:I-57123", &["numbered"]),
        ("identifier = \"22024\"", &[]),
        ("identifier.scheme:celex", &["numbered"]),
    ];
    find(&server, &cases).await;
    // Lists leave out what can be long.
    let listed = server
        .events()
        .list_events(ListEventsRequest::default())
        .await;
    let listed = listed.expect("a page").into_inner().events;
    let listed = listed.iter().find(|it| it.name == numbered.name);
    let listed = listed.expect("it is listed");
    assert_eq!(listed.identifiers, numbered.identifiers);
    assert_eq!(listed.same_as, Vec::<String>::new());

    let twice = Event {
        name: "events/twice".into(),
        identifiers: vec![
            identifier("celex", "1"),
            identifier("celex", "1"),
            identifier("Celex", ""),
        ],
        same_as: vec![
            "urn:isbn:1".into(),
            "https://a.example".into(),
            "https://a.example".into(),
        ],
        ..numbered
    };
    assert_invalid_fields(
        &refusal(&server, twice).await,
        &[
            "event.identifiers[2].scheme",
            "event.identifiers[2].value",
            "event.identifiers[1]",
            "event.same_as[0]",
            "event.same_as[2]",
        ],
    );
}

#[tokio::test]
async fn f9_a_partnership_has_an_end_and_successors() {
    let server = Server::start().await;
    let ended = Partnership {
        established: date("2022-05"),
        ended: date("2025-03"),
        successors: vec!["partnerships/alliance".into()],
        identifiers: vec![identifier("wikidata", "Q2")],
        ..partnership("dialogue")
    };
    let stored = server.publish_partnership(ended.clone()).await;
    let latest = stored.ended.as_ref().map(|date| date.latest.as_str());
    assert_eq!(latest, Some("2025-03-31"));
    server.publish_partnership(partnership("alliance")).await;
    for (filter, expected) in [
        ("ended < \"2026\"", &["partnerships/dialogue"][..]),
        ("successor:alliance", &["partnerships/dialogue"]),
        ("identifier = Q2", &["partnerships/dialogue"]),
        ("-ended:*", &["partnerships/alliance"]),
    ] {
        let request = ListPartnershipsRequest {
            filter: filter.into(),
            ..ListPartnershipsRequest::default()
        };
        let page = server.partnerships().list_partnerships(request).await;
        let page = page.expect(filter).into_inner().partnerships;
        let names: Vec<&str> = page.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, expected, "{filter}");
    }

    let wrong = Partnership {
        name: "partnerships/wrong".into(),
        ended: date("2022-04"),
        successors: vec!["partnerships/wrong".into(), "alliance".into()],
        ..ended
    };
    let request = entente::proto::v1::CreatePartnershipRequest {
        partnership: Some(wrong),
        ..Default::default()
    };
    let refused = server.partnerships().create_partnership(request).await;
    assert_invalid_fields(
        &refused.expect_err("invalid"),
        &[
            "partnership.successors[1]",
            "partnership.ended.edtf",
            "partnership.successors[0]",
        ],
    );
}

#[tokio::test]
async fn f10_a_source_says_where_its_evidence_stands() {
    let server = Server::start().await;
    let verified = prost_types::Timestamp {
        seconds: 1_700_000_000,
        nanos: 5,
    };
    let quoted = Event {
        sources: vec![Source {
            quote_locator: "page 3, paragraph 2".into(),
            quote_sha256: "0f".repeat(32),
            verify_time: Some(verified),
            ..source("press")
        }],
        ..event("quoted")
    };
    let stored = server.publish(quoted.clone()).await;
    assert_eq!(stored.sources, quoted.sources);

    let wrong = Event {
        sources: vec![Source {
            quote_locator: "x".repeat(301),
            quote_sha256: "0F".repeat(32),
            verify_time: Some(prost_types::Timestamp {
                seconds: 0,
                nanos: -1,
            }),
            ..source("press")
        }],
        ..event("wrong")
    };
    assert_invalid_fields(
        &refusal(&server, wrong).await,
        &[
            "event.sources[0].quote_sha256",
            "event.sources[0].verify_time",
            "event.sources[0].quote_locator",
        ],
    );
}

#[tokio::test]
async fn c9_unions_kosovo_and_old_currencies_have_codes() {
    let server = Server::start().await;
    let union = |code: &str| party(PartyType::Union, code, "");
    let summit = Event {
        parties: vec![
            union("ASEAN"),
            union("AFRICAN-UNION"),
            party(PartyType::State, "XK", ""),
        ],
        amounts: vec![Amount {
            currency_code: "LTL".into(),
            value: "1".into(),
            qualifier: AmountQualifier::Exact.into(),
            ..Amount::default()
        }],
        place: Some(Place {
            country_code: "XK".into(),
            ..Place::default()
        }),
        ..event("summit")
    };
    server.publish_all([summit, event("other")]).await;
    let cases: [(&str, &[&str]); 4] = [
        ("party:ASEAN", &["summit"]),
        ("party:african-union", &["summit"]),
        ("party:XK AND place.country:XK", &["summit"]),
        ("amount.currency:LTL", &["summit"]),
    ];
    find(&server, &cases).await;
    for (filter, meant) in [
        ("party:\"African Union\"", "AFRICAN-UNION"),
        ("party:Kosovo", "XK"),
        ("party:\"United Nations\"", "UN"),
        ("party:\"Council of Europe\"", "COE"),
    ] {
        let request = ListEventsRequest {
            filter: filter.into(),
            ..ListEventsRequest::default()
        };
        let refused = server.events().list_events(request).await;
        let refused = refused.expect_err(filter);
        assert_refused(&refused, tonic::Code::InvalidArgument, "FILTER_INVALID");
        assert!(refused.message().contains(meant), "{refused:?}");
    }
    // A bare word leads to the code as well.
    for (word, meant) in [("ASEAN", "party:ASEAN"), ("Quad", "party:QUAD")] {
        let request = ListEventsRequest {
            filter: word.into(),
            ..ListEventsRequest::default()
        };
        let refused = server.events().list_events(request).await;
        let refused = refused.expect_err(word);
        assert!(refused.message().contains(meant), "{refused:?}");
    }

    let mixed = Event {
        parties: vec![
            union("AU"),
            union("JP"),
            party(PartyType::State, "ASEAN", ""),
        ],
        ..event("mixed")
    };
    let refused = refusal(&server, mixed).await;
    assert_invalid_fields(
        &refused,
        &[
            "event.parties[0].country_code",
            "event.parties[1].country_code",
            "event.parties[2].country_code",
        ],
    );
    assert!(
        format!("{refused:?}").contains("AFRICAN-UNION"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn c9_languages_and_numbers_are_real_ones() {
    let server = Server::start().await;
    let wrong = Event {
        language_code: "jp".into(),
        translations: vec![Translation {
            language_code: "English".into(),
            title: "Council".into(),
            ..Translation::default()
        }],
        sources: vec![Source {
            language_code: "xx".into(),
            ..source("press")
        }],
        amounts: ["-0", "00012", "+1"]
            .map(|value| Amount {
                value: value.into(),
                qualifier: AmountQualifier::Exact.into(),
                ..Amount::default()
            })
            .into(),
        ..event("wrong")
    };
    assert_invalid_fields(
        &refusal(&server, wrong).await,
        &[
            "event.amounts[2].value",
            "event.language_code",
            "event.translations[0].language_code",
            "event.amounts[0].value",
            "event.amounts[1].value",
            "event.sources[0].language_code",
        ],
    );

    let in_language = |id: &str, language: &str| Event {
        language_code: language.into(),
        ..event(id)
    };
    let events = [
        in_language("british", "en-GB"),
        in_language("english", ""),
        in_language("french", "fr"),
    ];
    server.publish_all(events).await;
    let cases: [(&str, &[&str]); 3] = [
        ("language:en", &["british", "english"]),
        ("language:en-GB", &["british"]),
        ("NOT language:en", &["french"]),
    ];
    find(&server, &cases).await;
}

/// Trials F1, F2, F4, F6, F7 and F9 on the command line.
#[tokio::test]
async fn f7_an_agreement_is_written_and_shown_on_the_command_line() {
    let server = Server::start().await;
    let publish = [
        "publish",
        "--id=treaty",
        "--kind=agreement",
        "--instrument=other",
        "--instrument-other=side letter",
        "--step=ratified",
        "--status=in-force",
        "--title=A treaty",
        "--party=JP:signatory",
        "--party=asean:signatory",
        "--standing=JP:in-force:2024-02",
        "--subject=CN",
        "--amount=JPY:40..50:funding",
        "--quantity=jobs=~1500",
        "--planned-completion=2027",
        "--identifier=celex=22024A00001",
        "--same-as=https://example.org/treaty",
        "--source-publisher=Ministry",
        "--source-locator=page 3",
    ];
    let event = &lines(&server, &publish).await[0]["event"];
    assert_eq!(
        event["parties"][0]["standings"][0]["standing"],
        "STANDING_IN_FORCE"
    );
    assert_eq!(event["parties"][1]["type"], "PARTY_TYPE_UNION");
    assert_eq!(event["amounts"][0]["valueMax"], "50");
    assert_eq!(event["sources"][0]["quoteLocator"], "page 3");

    let update = [
        "update",
        "treaty",
        "--standing=ASEAN:ratified:2024-03",
        "--remove-standing=JP:in-force",
        "--add-subject=KR",
        "--remove-subject=CN",
        "--add-quantity=ownership=51:percent",
        "--remove-quantity=jobs=1500",
        "--add-identifier=wikidata=Q1",
        "--remove-identifier=celex=22024A00001",
        "--add-same-as=https://example.org/other",
        "--add-translation=ja=条約",
    ];
    let event = &lines(&server, &update).await[0]["event"];
    assert_eq!(event["parties"][0]["standings"], Value::Null);
    assert_eq!(
        event["parties"][1]["standings"][0]["since"]["edtf"],
        "2024-03"
    );
    assert_eq!(event["subjects"][0]["countryCode"], "KR");
    assert_eq!(event["quantities"][0]["unit"], "percent");
    assert_eq!(event["identifiers"][0]["value"], "Q1");
    assert_eq!(event["sameAs"].as_array().map(Vec::len), Some(2));
    assert_eq!(event["translations"][0]["title"], "条約");
    let again = ["update", "treaty", "--standing=ASEAN:ratified:2024-03"];
    let again = run(&server, &again).await;
    assert!(again.stderr.contains("nothing to change"), "{again:?}");
    let nobody = run(&server, &["update", "treaty", "--standing=GB:signed"]).await;
    assert!(nobody.stderr.contains("--add-party GB"), "{nobody:?}");

    let shown = run(&server, &["get", "treaty", "--output=table"])
        .await
        .stdout;
    for words in [
        "instrument_other",
        "side letter",
        "standing ratified",
        "qualifier between",
        "measure ownership",
        "https://example.org/other",
        "planned_completion_date",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }

    let create = [
        "create-partnership",
        "--id=talks",
        "--display-name=Talks",
        "--established=2022",
        "--ended=2025",
        "--successor=alliance",
        "--identifier=wikidata=Q3",
        "--same-as=https://example.org/talks",
        "--source-publisher=Ministry",
    ];
    let created = &lines(&server, &create).await[0]["partnership"];
    assert_eq!(created["successors"][0], "partnerships/alliance");
    let update = [
        "update-partnership",
        "talks",
        "--add-identifier=ror=1",
        "--add-translation=ja=対話",
        "--ended=",
    ];
    let updated = &lines(&server, &update).await[0]["partnership"];
    assert_eq!(updated["identifiers"].as_array().map(Vec::len), Some(2));
    assert_eq!(updated["translations"][0]["languageCode"], "ja");
    assert_eq!(updated["ended"], Value::Null);
}

/// The bounds of dates are derived, so an export does not have them; what was written comes back.
#[tokio::test]
async fn f2_what_is_exported_is_imported_again() {
    let server = Server::start().await;
    let treaty = Event {
        parties: vec![Party {
            standings: vec![standing(Standing::Ratified, "2024-05")],
            ..party(PartyType::State, "JP", "")
        }],
        quantities: vec![Quantity {
            measure: "jobs".into(),
            value: "5".into(),
            qualifier: AmountQualifier::Exact.into(),
            period: date("2025"),
            ..Quantity::default()
        }],
        planned_completion_date: Some(FuzzyDate {
            edtf: "2027".into(),
            ..FuzzyDate::default()
        }),
        ..event("treaty")
    };
    let stored = server.publish(treaty).await;
    let ended = Partnership {
        ended: date("2025"),
        ..partnership("talks")
    };
    server.publish_partnership(ended).await;
    let exported = run(&server, &["export"]).await;
    assert_eq!(exported.code, Some(0), "{exported:?}");
    assert!(!exported.stdout.contains("earliest"), "{}", exported.stdout);

    let other = Server::start().await;
    let imported = super::cli::run_with(&other, &["import", "-"], &exported.stdout).await;
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let request = GetEventRequest {
        name: "events/treaty".into(),
        ..GetEventRequest::default()
    };
    let again = other.events().get_event(request).await;
    let again = again.expect("it is there").into_inner().event;
    let again = again.expect("the answer has the event");
    assert_eq!(
        (
            again.parties,
            again.quantities,
            again.planned_completion_date
        ),
        (
            stored.parties,
            stored.quantities,
            stored.planned_completion_date
        )
    );
}
