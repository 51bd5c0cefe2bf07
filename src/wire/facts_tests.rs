//! Every field of a filter, from the message to the index: it matches one resource and not another.

use prost_types::Timestamp;

use super::{body_facts, event_facts, partnership_facts};
use crate::{
    domain::Day,
    filter::{Document, Field, Filter, Schema, fields},
    index::{Clock, Index, Position, Resources, Scope},
    proto::v1,
};

/// The first is committed at 10 s and found, the second at 20 s and missed.
const COMMIT_MICROS: [i64; 2] = [10_000_000, 20_000_000];

/// Returns the positions of the resources that `filter` matches.
fn found(text: &str, schema: Schema, documents: [Document; 2]) -> Vec<Position> {
    let filter = Filter::parse(text, schema).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut index = Index::default();
    for (document, micros) in documents.iter().zip(COMMIT_MICROS) {
        index.push(document, micros, None);
    }
    let scope = Scope {
        upto: 2,
        known_at: None,
        clock: Clock::Today(Day::from_ymd(2026, 1, 1).unwrap()),
    };
    let found = index.select_newest(filter.expr(), Resources::All, scope);
    found.into_iter().map(Position::from).collect()
}

fn party(country: &str, role: v1::Role, sort: v1::PartyType, name: &str) -> v1::Party {
    v1::Party {
        country_code: country.into(),
        role: role.into(),
        r#type: sort.into(),
        display_name: name.into(),
        body: "bodies/imperial".into(),
        ..v1::Party::default()
    }
}

fn day(text: &str) -> Option<v1::FuzzyDate> {
    Some(v1::FuzzyDate {
        edtf: text.into(),
        earliest: text.into(),
        latest: text.into(),
        ..v1::FuzzyDate::default()
    })
}

fn source() -> v1::Source {
    v1::Source {
        id: "communique".into(),
        r#type: v1::SourceType::Official.into(),
        publisher: "Cabinet Office".into(),
        reliability: v1::Reliability::B.into(),
        language_code: "ja".into(),
        ..v1::Source::default()
    }
}

fn identifiers() -> Vec<v1::Identifier> {
    vec![v1::Identifier {
        scheme: "celex".into(),
        value: "22024A00001".into(),
    }]
}

/// An event in which every field is set.
fn event() -> v1::Event {
    v1::Event {
        name: "events/council".into(),
        kind: v1::Kind::Meeting.into(),
        subkind: "summit".into(),
        instrument: v1::Instrument::Memorandum.into(),
        step: v1::Step::Signed.into(),
        status: v1::Status::Scheduled.into(),
        state: v1::State::Active.into(),
        verification: v1::Verification::Verified.into(),
        binding: Some(true),
        exercise: true,
        parties_incomplete: true,
        title: "Council on chips".into(),
        language_code: "fr".into(),
        parties: vec![
            v1::Party {
                standings: vec![v1::PartyStanding {
                    standing: v1::Standing::InForce.into(),
                    ..v1::PartyStanding::default()
                }],
                group: "first-contract".into(),
                ..party("JP", v1::Role::Signatory, v1::PartyType::State, "Japan")
            },
            party(
                "GB",
                v1::Role::Host,
                v1::PartyType::Organisation,
                "Royal Society",
            ),
            party("US", v1::Role::Investor, v1::PartyType::Person, "Jane Doe"),
        ],
        partnerships: vec!["partnerships/uk-jp".into()],
        series: Some(v1::SeriesEntry {
            series: "uk-jp-council".into(),
            ordinal: 3,
        }),
        topics: vec!["semiconductors".into()],
        date: day("2025-05-17"),
        announce_date: day("2025-01-02"),
        effective_date: day("2025-06-01"),
        end_date: day("2025-12-31"),
        place: Some(v1::Place {
            city: "Kyoto".into(),
            country_code: "JP".into(),
            mode: v1::Mode::Hybrid.into(),
        }),
        planned_completion_date: day("2030-01-01"),
        subjects: vec![
            party("CN", v1::Role::Unspecified, v1::PartyType::State, ""),
            v1::Party {
                body: "bodies/kioxia".into(),
                ..party(
                    "JP",
                    v1::Role::Unspecified,
                    v1::PartyType::Company,
                    "Kioxia",
                )
            },
        ],
        quantities: vec![v1::Quantity {
            measure: "jobs".into(),
            unit: "person-year".into(),
            value: "1500".into(),
            ..v1::Quantity::default()
        }],
        identifiers: identifiers(),
        amounts: vec![v1::Amount {
            currency_code: "JPY".into(),
            value: "5000000000.50".into(),
            qualifier: v1::AmountQualifier::UpTo.into(),
            role: "pledge".into(),
            ..v1::Amount::default()
        }],
        sources: vec![source()],
        claims: vec![v1::Claim {
            verdict: v1::Verdict::Disputed.into(),
            field_path: "date".into(),
            ..v1::Claim::default()
        }],
        related_events: vec![v1::RelatedEvent {
            relation: v1::Relation::Follows.into(),
            event: "events/talks".into(),
        }],
        annotations: [("desk".into(), "asia".into())].into(),
        revision: 2,
        author: "anna".into(),
        change_note: Some(v1::ChangeNote {
            reason: v1::Reason::Typo.into(),
            ..v1::ChangeNote::default()
        }),
        create_time: Some(Timestamp::default()),
        ..v1::Event::default()
    }
}

/// Returns a filter on `field` that matches [`event`] and no event without content.
fn filter_of(field: Field) -> &'static str {
    match field {
        Field::Name => "name = council",
        Field::Resource => "resource = EVENT AND revision = 2",
        Field::Kind => "kind = MEETING",
        Field::Subkind => "subkind = summit",
        Field::Instrument => "instrument = MEMORANDUM",
        Field::Step => "step = SIGNED",
        Field::Status => "status = SCHEDULED",
        Field::State => "state = ACTIVE",
        Field::Verification => "verification = VERIFIED",
        Field::Binding => "binding = true",
        Field::Exercise => "exercise = true",
        Field::Overdue => "overdue = true",
        Field::PartiesIncomplete => "parties_incomplete = true",
        Field::Party => "party:US",
        Field::PartyType => "party.type:ORGANISATION",
        Field::PartyRole => "party.role:INVESTOR",
        Field::Signatory => "signatory:JP",
        Field::Host => "host:GB",
        Field::Investor => "investor:US",
        Field::Organisation => "organisation:royal",
        Field::Body => "body:imperial",
        Field::BodyKind => "body_kind = RESEARCH",
        Field::Dissolved => "dissolved:\"2024\"",
        Field::Person => "person:doe",
        Field::PartyStanding => "party.standing:IN_FORCE",
        Field::PartyGroup => "party.group:first-contract",
        Field::Subject => "subject:CN",
        Field::SubjectName => "subject.name:kioxia",
        Field::SubjectBody => "subject.body:kioxia",
        Field::Partnership => "partnership:uk-jp",
        Field::Series => "series = uk-jp-council",
        Field::Ordinal => "ordinal = 3",
        Field::Topic => "topic:semiconductors",
        Field::Text => "text:chips",
        Field::Language => "language:fr",
        Field::Date => "date:\"2025-05\"",
        Field::AnnounceDate => "announce_date = \"2025-01\"",
        Field::EffectiveDate => "effective_date > \"2025-05\"",
        Field::EndDate => "end_date:\"2025\"",
        Field::PlannedCompletionDate => "planned_completion_date = \"2030\"",
        Field::PlaceCity => "place.city:kyoto",
        Field::PlaceCountry => "place.country:JP",
        Field::PlaceMode => "place.mode = HYBRID",
        Field::AmountCurrency => "amount.currency:JPY",
        Field::AmountRole => "amount.role:pledge",
        Field::QuantityMeasure => "quantity.measure:jobs",
        Field::QuantityUnit => "quantity.unit:person-year",
        Field::QuantityValue => "quantity.value >= 1500",
        Field::Identifier => "identifier = \"22024A00001\"",
        Field::IdentifierScheme => "identifier.scheme:celex",
        Field::AmountValue => "amount.value > 5000000000 AND amount.value < 5000000001",
        Field::AmountQualifier => "amount.qualifier:UP_TO",
        Field::SourceId => "source.id:communique",
        Field::SourceType => "source.type:OFFICIAL",
        Field::SourcePublisher => "source.publisher:cabinet",
        Field::SourceReliability => "source.reliability:B",
        Field::SourceLanguage => "source.language:ja",
        Field::ClaimVerdict => "claim.verdict:DISPUTED",
        Field::ClaimField => "claim.field:date",
        Field::Related => "related:talks",
        Field::RelatedRelation => "related.relation:FOLLOWS",
        Field::ChangeReason => "change_reason = TYPO",
        Field::Author => "author = anna",
        Field::Position => "position < 2",
        Field::Revision => "revision = 2",
        Field::CreateTime => "create_time < \"1970-01-01T00:00:15Z\"",
        Field::UpdateTime => "update_time < \"1970-01-01T00:00:15Z\"",
        Field::KnownSince => "known_since < \"1970-01-01T00:00:15Z\"",
        Field::Annotations => "annotations.desk = asia",
        Field::Form => "form = council",
        Field::Established => "established:\"2019\"",
        Field::Ended => "ended:\"2024\"",
        Field::Successor => "successor:uk-jp-alliance",
    }
}

#[test]
fn every_field_of_events_finds_one_and_misses_another() {
    let event = event();
    let other = v1::Event {
        name: "events/other".into(),
        revision: 1,
        ..v1::Event::default()
    };
    for info in fields(Schema::Events) {
        let documents = [&event, &other].map(|event| Document::of(&event_facts(event)));
        let text = filter_of(info.field);
        assert_eq!(found(text, Schema::Events, documents), [1], "{text}");
    }
}

#[test]
fn every_field_of_partnerships_finds_one_and_misses_another() {
    let partnership = v1::Partnership {
        name: "partnerships/council".into(),
        display_name: "Council on chips".into(),
        language_code: "fr".into(),
        form: "council".into(),
        status: "suspended".into(),
        parties: self::event().parties,
        established: day("2019-01-01"),
        ended: day("2024-06-30"),
        successors: vec!["partnerships/uk-jp-alliance".into()],
        identifiers: identifiers(),
        topics: vec!["semiconductors".into()],
        revision: 2,
        ..v1::Partnership::default()
    };
    let other = v1::Partnership {
        name: "partnerships/other".into(),
        revision: 1,
        ..v1::Partnership::default()
    };
    for info in fields(Schema::Partnerships) {
        let documents = [&partnership, &other].map(|one| Document::of(&partnership_facts(one)));
        let text = match info.field {
            Field::Status => "status = suspended",
            field => filter_of(field),
        };
        assert_eq!(found(text, Schema::Partnerships, documents), [1], "{text}");
    }
}

#[test]
fn every_field_of_bodies_finds_one_and_misses_another() {
    let body = v1::Body {
        name: "bodies/council".into(),
        kind: v1::BodyKind::Research.into(),
        display_name: "Royal Chips".into(),
        language_code: "fr".into(),
        names: vec![v1::BodyName {
            text: "RC".into(),
            ..v1::BodyName::default()
        }],
        country_code: "US".into(),
        established: day("2019-01-01"),
        dissolved: day("2024-01-01"),
        identifiers: identifiers(),
        revision: 2,
        ..v1::Body::default()
    };
    let other = v1::Body {
        name: "bodies/other".into(),
        revision: 1,
        ..v1::Body::default()
    };
    for info in fields(Schema::Bodies) {
        let documents = [&body, &other].map(|one| Document::of(&body_facts(one)));
        let text = filter_of(info.field);
        assert_eq!(found(text, Schema::Bodies, documents), [1], "{text}");
    }
}

/// Watches use filters of events, which also match partnerships.
#[test]
fn a_change_of_a_partnership_matches_its_own_partnership() {
    let partnership = v1::Partnership {
        name: "partnerships/uk-jp".into(),
        sources: vec![source()],
        author: "anna".into(),
        ..v1::Partnership::default()
    };
    for text in [
        "resource = PARTNERSHIP",
        "partnership:uk-jp",
        "source.publisher:cabinet",
        "author = anna",
    ] {
        let other = v1::Event::default();
        let documents = [
            Document::of(&partnership_facts(&partnership)),
            Document::of(&event_facts(&other)),
        ];
        assert_eq!(found(text, Schema::Events, documents), [1], "{text}");
    }
}

/// Trial F6: several places, each found by its own names.
#[test]
fn f6_every_place_is_found() {
    let further = |city: &str, country: &str| v1::Place {
        city: city.into(),
        country_code: country.into(),
        ..v1::Place::default()
    };
    let event = v1::Event {
        name: "events/places".into(),
        place: Some(further("New Delhi", "IN")),
        further_places: vec![further("York", "GB")],
        ..v1::Event::default()
    };
    for (text, expected) in [
        ("place.city:york", &[1][..]),
        ("place.city:\"new delhi\"", &[1]),
        ("place.city:\"new york\"", &[]),
        ("place.country:GB AND place.country:IN", &[1]),
    ] {
        let documents = [&event, &v1::Event::default()].map(|it| Document::of(&event_facts(it)));
        assert_eq!(found(text, Schema::Events, documents), expected, "{text}");
    }
}

/// Trials F1 and F4: whom the text is about and other words are found, but are no parties.
#[test]
fn f1_a_subject_is_no_party() {
    let mut event = event();
    event.subjects[0].display_name = "People's Republic".into();
    event.instrument_other = "side letter".into();
    for (text, expected) in [
        ("party:CN", &[][..]),
        ("subject:CN", &[1]),
        ("subject:kioxia", &[1]),
        ("subject = Kioxia", &[1]),
        ("subject:bodies/kioxia", &[1]),
        ("organisation:kioxia", &[]),
        ("body:kioxia", &[]),
        ("text:people", &[1]),
        ("text:\"side letter\"", &[1]),
    ] {
        let documents = [&event, &v1::Event::default()].map(|it| Document::of(&event_facts(it)));
        assert_eq!(found(text, Schema::Events, documents), expected, "{text}");
    }
}

/// Trial C9: a language finds its variants, and a variant only itself (RFC 4647, basic filtering).
#[test]
fn c9_a_language_finds_its_variants() {
    let of = |language: &str| v1::Event {
        name: format!("events/{language}"),
        language_code: language.into(),
        sources: vec![v1::Source {
            language_code: language.into(),
            ..v1::Source::default()
        }],
        ..v1::Event::default()
    };
    for (language, text, is_found) in [
        ("en-GB", "language:en", true),
        ("en-GB", "source.language = en", true),
        ("en-GB", "language:en-GB", true),
        ("en-GB", "NOT language:en", false),
        ("en", "language:en-GB", false),
        ("zh-Hant-TW", "language:zh-Hant", true),
        ("zh-Hant-TW", "language:zh-TW", false),
        ("eno", "language:en", false),
    ] {
        let documents = [&of(language), &of("fr")].map(|it| Document::of(&event_facts(it)));
        let expected = if is_found { vec![1] } else { Vec::new() };
        let mut found = found(text, Schema::Events, documents);
        found.retain(|position| *position == 1);
        assert_eq!(found, expected, "{language} {text}");
    }
}

/// Trial C9: also when it must be the language of the same source as another value.
#[test]
fn c9_a_language_finds_its_variants_in_one_source() {
    let of = |id: &str, language: &str| v1::Source {
        id: id.into(),
        language_code: language.into(),
        ..v1::Source::default()
    };
    let event = v1::Event {
        name: "events/two-sources".into(),
        sources: vec![of("first", "en-GB"), of("second", "eno")],
        ..v1::Event::default()
    };
    for (text, expected) in [
        ("source.language:en AND source.id:first", &[1][..]),
        ("source.language:en-GB AND source.id:first", &[1]),
        ("source.language:en AND source.id:second", &[]),
    ] {
        let documents = [&event, &v1::Event::default()].map(|it| Document::of(&event_facts(it)));
        assert_eq!(found(text, Schema::Events, documents), expected, "{text}");
    }
}
