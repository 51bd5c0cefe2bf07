//! What is written is read back unchanged, and vocabularies agree with the API.

use std::collections::BTreeMap;

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, ReflectMessage as _};

use super::{
    change_note, descriptors, encode_change_note, encode_event, encode_partnership, event_content,
};
use crate::{
    domain::{
        AbsoluteUri, Amount, AmountQualifier, ChangeNote, ChangeType, Claim, CountryCode,
        Equivalent, EventContent, Figure, FuzzyDate, Identifier, Instrument, Kind, LanguageTag,
        Mode, PartnershipContent, Party, PartyStanding, PartyType, Place, Quantity, Reason,
        RelatedEvent, Relation, Reliability, ResourceName, Role, SeriesEntry, Sha256Hex, Slug,
        Source, SourceType, Standing, State, Status, Step, TextOrigin, Translation, Verdict,
        Verification, Vocabulary,
        field_path::{EVENT_FIELDS, PARTNERSHIP_FIELDS},
    },
    proto::v1,
    wire::partnership_content,
};

fn words_agree<T: Vocabulary>(name: impl Fn(i32) -> Option<&'static str>) {
    for code in 1..=100 {
        let ours = T::from_code(code).map(|word| format!("{}{}", T::PREFIX, word.as_str()));
        assert_eq!(
            ours.as_deref(),
            name(code),
            "number {code} of {}",
            T::PREFIX
        );
    }
    assert_eq!(
        name(0).map(str::to_owned),
        Some(format!("{}UNSPECIFIED", T::PREFIX))
    );
}

#[test]
fn every_word_has_the_number_and_name_of_the_api() {
    macro_rules! agree {
        ($($list:ident)+) => {$(
            words_agree::<$list>(|code| v1::$list::try_from(code).ok().map(|word| word.as_str_name()));
        )+};
    }
    agree! {
        Kind Instrument Step Status State Reason Role PartyType SourceType Verification Reliability
        Verdict Relation TextOrigin AmountQualifier Mode ChangeType Standing
    }
}

fn parsed<T: std::str::FromStr<Err = String>>(text: &str) -> T {
    text.parse().expect(text)
}

fn date(edtf: &str, as_stated: &str) -> Option<FuzzyDate> {
    Some(FuzzyDate::new(edtf, as_stated).expect(edtf))
}

fn source(id: &str) -> Source {
    Source {
        id: parsed(id),
        source_type: Some(SourceType::Press),
        publisher: "Nikkei".into(),
        title: "日EU閣僚級会合".into(),
        uri: Some(parsed::<AbsoluteUri>("https://example.org/a?b=c")),
        language_code: Some(parsed("ja")),
        publish_date: date("2025-05-13", "13 May"),
        retrieve_time: Some("1969-12-31T23:59:58.999999999Z".parse().expect("a moment")),
        content_sha256: Some(parsed::<Sha256Hex>(&"0f".repeat(32))),
        reliability: Some(Reliability::B),
        credibility: 2,
        supports: vec!["date.edtf".into(), "parties".into()],
        via: "an archive".into(),
        file: "a.html".into(),
        note: "two\nlines".into(),
        quote_locator: "page 3".into(),
        quote_sha256: Some(parsed::<Sha256Hex>(&"1e".repeat(32))),
        verify_time: Some("2026-01-02T03:04:05.000000006Z".parse().expect("a moment")),
    }
}

fn translations() -> Vec<Translation> {
    vec![Translation {
        language_code: parsed("ja"),
        title: "第3回会合".into(),
        summary: "半導体".into(),
        origin: Some(TextOrigin::Official),
    }]
}

fn parties() -> Vec<Party> {
    let names = [(parsed::<LanguageTag>("cs"), "Věra Jourová".to_owned())];
    let person = Party {
        party_type: PartyType::Person,
        country_code: Some(parsed::<CountryCode>("EU")),
        display_name: "Vera Jourova".into(),
        role: Some(Role::Other),
        office: "Vice-President".into(),
        identifiers: BTreeMap::from([("wikidata".into(), "Q7925".into())]),
        local_names: BTreeMap::from(names),
        body: None,
        standings: vec![PartyStanding {
            standing: Standing::Ratified,
            since: date("2024-05", "in May"),
            note: "by parliament".into(),
        }],
        role_other: "mediator".into(),
        group: Some(parsed("first-contract")),
    };
    let state = Party {
        party_type: PartyType::State,
        country_code: Some(parsed("JP")),
        display_name: String::new(),
        role: None,
        office: String::new(),
        identifiers: BTreeMap::new(),
        local_names: BTreeMap::new(),
        body: None,
        standings: Vec::new(),
        role_other: String::new(),
        group: None,
    };
    let body = Party {
        party_type: PartyType::Organisation,
        country_code: None,
        body: Some(parsed("european-commission")),
        ..state.clone()
    };
    vec![person, body, state]
}

/// Without what is for those who take part.
fn as_subject(party: Party) -> Party {
    Party {
        role: None,
        role_other: String::new(),
        standings: Vec::new(),
        group: None,
        ..party
    }
}

fn figure(value: &str, value_max: &str, qualifier: AmountQualifier, as_stated: &str) -> Figure {
    Figure {
        value: value.parse().ok(),
        value_max: value_max.parse().ok(),
        qualifier,
        as_stated: as_stated.into(),
    }
}

fn amounts() -> Vec<Amount> {
    let amount = Amount {
        currency_code: Some(parsed("EUR")),
        figure: figure(
            "43873666.10",
            "50000000",
            AmountQualifier::Between,
            "44 to 50 million",
        ),
        role: Some(parsed("funding")),
        period: date("2025/2027", ""),
        note: "in two calls".into(),
        equivalents: vec![Equivalent {
            currency_code: parsed("JPY"),
            value: parsed("7000000000"),
            value_max: Some(parsed("8000000000")),
            qualifier: AmountQualifier::Between,
        }],
    };
    let in_words = Amount {
        figure: figure("", "", AmountQualifier::InWords, "several billion yen"),
        ..amount.clone()
    };
    vec![amount, in_words]
}

fn identifiers() -> Vec<Identifier> {
    vec![Identifier {
        scheme: parsed("celex"),
        value: "22024A00001".into(),
    }]
}

fn same_as() -> Vec<AbsoluteUri> {
    vec![parsed("https://example.org/treaties/1")]
}

fn full_event() -> EventContent {
    EventContent {
        kind: Kind::Meeting,
        instrument: Some(Instrument::Other),
        step: Some(Step::Other),
        binding: Some(false),
        status: Status::Occurred,
        title: "Third council".into(),
        summary: "They met.\n\tTwice.".into(),
        language_code: Some(parsed("en-GB")),
        translations: translations(),
        date: date("2025-05-12/2025-05-13", ""),
        previous_dates: vec![FuzzyDate::new("[..2025-04]", "by April").expect("a date")],
        announce_date: date("2025-33", ""),
        effective_date: date("", "on signature"),
        end_date: date("2027~", ""),
        place: Some(Place {
            city: "Tōkyō".into(),
            country_code: Some(parsed("JP")),
            mode: Some(Mode::Hybrid),
        }),
        parties: parties(),
        parties_incomplete: true,
        partnerships: vec![parsed("eu-japan-digital-partnership")],
        series: Some(SeriesEntry {
            series: parsed("council"),
            ordinal: 3,
        }),
        topics: vec![parsed("6g"), parsed("semiconductors")],
        amounts: amounts(),
        sources: vec![source("nikkei"), source("yomiuri")],
        claims: vec![Claim {
            field_path: "series.ordinal".into(),
            claim: "it was the second".into(),
            sources: vec![parsed("nikkei")],
            verdict: Verdict::Rejected,
            note: "the communiqué counts three".into(),
        }],
        related_events: vec![RelatedEvent {
            relation: Relation::Follows,
            event: parsed("second-council"),
        }],
        notes: "on the margins of a summit".into(),
        annotations: BTreeMap::from([(parsed::<Slug>("desk"), "Asia".into())]),
        exercise: true,
        subkind: Some(parsed("council-meeting")),
        verification: Some(Verification::Verified),
        subjects: parties().into_iter().map(as_subject).collect(),
        further_places: vec![Place {
            city: "Kyōto".into(),
            country_code: Some(parsed("JP")),
            mode: Some(Mode::Online),
        }],
        quantities: vec![Quantity {
            measure: parsed("jobs"),
            figure: figure(
                "1000",
                "2000",
                AmountQualifier::Between,
                "one to two thousand",
            ),
            unit: Some(parsed("person-year")),
            period: date("2025/2027", ""),
            note: "in three years".into(),
        }],
        planned_completion_date: date("2027", ""),
        identifiers: identifiers(),
        same_as: same_as(),
        instrument_other: "side letter".into(),
        step_other: "shelved".into(),
    }
}

#[test]
fn an_event_with_every_field_is_read_back_unchanged() {
    let content = full_event();
    let name = ResourceName::parse("events/third-council").expect("a name");
    let message = encode_event(&name, &content);
    assert_eq!(message.name, "events/third-council");
    all_set(&message, EVENT_FIELDS);
    assert_eq!(event_content(message), Ok(content));
}

/// Checks that all these fields of a message are set, and in some item of each list every field of the
/// items: one that stands in the proto alone would be taken from clients and dropped.
fn all_set<M: Message + Name>(message: &M, fields: &[&str]) {
    let descriptor = descriptors().get_message_by_name(&M::full_name());
    let mut set = DynamicMessage::new(descriptor.expect("every message is described"));
    set.transcode_from(message).expect("it is the same message");
    for field in fields {
        assert!(set.has_field_by_name(field), "{field} is read by nobody");
        let value = set.get_field_by_name(field).expect("it is set");
        let items = value.as_list().unwrap_or_default();
        let items: Vec<_> = items.iter().filter_map(|item| item.as_message()).collect();
        // A date can lack a bound.
        let dated = v1::FuzzyDate::full_name();
        let first = items.first();
        if let Some(first) = first.filter(|item| item.descriptor().full_name() != dated) {
            for part in first.descriptor().fields() {
                // Those who take no part have none of these.
                let is_of_parties =
                    ["role", "role_other", "standings", "group"].contains(&part.name());
                let has = |item: &&DynamicMessage| item.has_field(&part);
                let is_set = items.iter().any(has) || *field == "subjects" && is_of_parties;
                assert!(is_set, "{field}.{} is read by nobody", part.name());
            }
        }
    }
}

#[test]
fn an_event_with_only_the_required_fields_is_read_back_unchanged() {
    let bare = v1::Source {
        id: "memory".into(),
        ..Default::default()
    };
    let message = v1::Event {
        name: "events/bare".into(),
        kind: Kind::Other.code(),
        status: Status::Rumoured.code(),
        title: "Something".into(),
        sources: vec![bare],
        ..Default::default()
    };
    let content = event_content(message.clone()).expect("a valid event");
    let name = ResourceName::parse("events/bare").expect("a name");
    assert_eq!(encode_event(&name, &content), message);
}

#[test]
fn the_bounds_of_dates_are_computed_and_not_taken_from_the_client() {
    let name = ResourceName::parse("events/third-council").expect("a name");
    let mut message = encode_event(&name, &full_event());
    let date = message.date.as_mut().expect("the event has a date");
    assert_eq!(
        (date.earliest.as_str(), date.latest.as_str()),
        ("2025-05-12", "2025-05-13")
    );
    date.earliest = "1999-01-01".into();
    assert_eq!(event_content(message), Ok(full_event()));
}

#[test]
fn a_partnership_and_a_note_are_read_back_unchanged() {
    let content = PartnershipContent {
        display_name: "EU-Japan Digital Partnership".into(),
        language_code: None,
        translations: translations(),
        form: Some(parsed("partnership")),
        parties: parties(),
        established: date("2022-05-12", ""),
        topics: vec![parsed("6g")],
        status: Some(parsed("active")),
        sources: vec![Source {
            supports: vec!["established".into()],
            ..source("nikkei")
        }],
        notes: "annual council".into(),
        ended: date("2025-12", ""),
        successors: vec![parsed("eu-japan-alliance")],
        identifiers: identifiers(),
        same_as: same_as(),
    };
    let name = ResourceName::parse("partnerships/eu-japan").expect("a name");
    let message = encode_partnership(&name, &content);
    all_set(
        &v1::Partnership {
            // English is the meaning of an empty language.
            language_code: "en".into(),
            ..message.clone()
        },
        PARTNERSHIP_FIELDS,
    );
    assert_eq!(
        partnership_content(message, Some(name.slug())),
        Ok(content.clone())
    );

    let note = ChangeNote {
        reason: Some(Reason::FactCorrected),
        text: "the council's own number".into(),
        sources: vec![parsed("nikkei")],
    };
    assert_eq!(
        change_note(encode_change_note(&note), &content.sources),
        Ok(note)
    );
}
