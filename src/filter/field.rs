//! The table of all fields that a filter can name.

use std::sync::LazyLock;

use super::{
    document::Document,
    facts::{Facts, ResourceSort},
    schema::{FieldInfo, FieldKind, Schema},
};
use crate::domain::{PartyType, Role, Vocabulary as _};

/// The row of one field.
struct Row {
    field: Field,
    name: &'static str,
    kind: FieldKind,
    several: bool,
    always_set: bool,
    /// The field's description and kind in each schema that has it.
    events: Option<(&'static str, FieldKind)>,
    partnerships: Option<(&'static str, FieldKind)>,
    bodies: Option<(&'static str, FieldKind)>,
    take: Take,
}

/// A function that copies the values of a field from a revision into its document.
type Take = fn(&Facts<'_>, &mut Document);

/// Makes [`Field`] and its rows: a name in filters, what values it takes, whether a record can have
/// several and whether it always has one, what it is in each schema that has it, and how its values are
/// taken.
macro_rules! fields {
    ($(
        $field:ident $name:literal $kind:ident $($trait:ident)* {
            $(events: $events:literal,)?
            $(partnerships: $partnerships:literal $(as $other:ident)?,)?
            $(bodies: $bodies:literal,)?
            take: $take:expr,
        }
    )+) => {
        /// A field that a filter can name.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Field {
            $($field,)+
        }

        const ROWS: &[Row] = &[$({
            let row = Row::new(Field::$field, $name, FieldKind::$kind, $take)$(.$trait())*;
            $(let row = Row { events: Some(($events, row.kind)), ..row };)?
            $(
                let kind = row.kind;
                $(let kind = { let _ = kind; FieldKind::$other };)?
                let row = Row { partnerships: Some(($partnerships, kind)), ..row };
            )?
            $(let row = Row { bodies: Some(($bodies, row.kind)), ..row };)?
            row
        },)+];
    };
}

fields! {
    Name "name" ResourceName always_set {
        events: "the resource name",
        partnerships: "the resource name",
        bodies: "the resource name",
        take: in_a_column,
    }
    Resource "resource" Enum always_set {
        events: "the sort of resource",
        take: |facts, found| {
            found.add(
                Field::Resource,
                match facts.sort {
                    ResourceSort::Event => "EVENT",
                    ResourceSort::Partnership => "PARTNERSHIP",
                    ResourceSort::Body => "BODY",
                },
            );
        },
    }
    Kind "kind" Enum {
        events: "the sort of announcement",
        take: |facts, found| found.add(Field::Kind, facts.kind),
    }
    Subkind "subkind" Slug {
        events: "the finer sort of announcement",
        take: |facts, found| found.add(Field::Subkind, facts.subkind),
    }
    Instrument "instrument" Enum {
        events: "the form of the agreement",
        take: |facts, found| found.add(Field::Instrument, facts.instrument),
    }
    Step "step" Enum {
        events: "the step that the arrangement has reached",
        take: |facts, found| found.add(Field::Step, facts.step),
    }
    Status "status" Enum {
        events: "the status of the event",
        partnerships: "the standing of the partnership" as Slug,
        take: |facts, found| found.add(Field::Status, facts.status),
    }
    State "state" Enum {
        events: "the state of the record",
        take: |facts, found| found.add(Field::State, facts.state),
    }
    Verification "verification" Enum {
        events: "the verification of the facts",
        take: |facts, found| found.add(Field::Verification, facts.verification),
    }
    Binding "binding" Flag {
        events: "whether it binds in law",
        take: |facts, found| found.add_flag(Field::Binding, facts.binding),
    }
    Exercise "exercise" Flag always_set {
        events: "whether it is a drill",
        take: |facts, found| found.add_flag(Field::Exercise, facts.exercise),
    }
    // This depends on the day of the question.
    Overdue "overdue" Flag always_set {
        events: "whether its date has passed, by the day in UTC, while it is still expected",
        take: in_a_column,
    }
    PartiesIncomplete "parties_incomplete" Flag always_set {
        events: "whether the list of parties is known not to be whole",
        take: |facts, found| found.add_flag(Field::PartiesIncomplete, facts.parties_incomplete),
    }
    Party "party" Country several {
        events: "the country (or union) of a party",
        partnerships: "the country (or union) of a party",
        bodies: "the country (or union) that it belongs to",
        take: |facts, found| {
            found.add_all(Field::Party, facts.parties.iter().map(|party| party.country));
            found.add(Field::Party, facts.body_country);
        },
    }
    PartyType "party.type" Enum several {
        events: "the type of a party",
        partnerships: "the type of a party",
        take: |facts, found| {
            found.add_words_of_list(Field::PartyType, facts.parties.iter().map(|party| party.sort));
        },
    }
    PartyRole "party.role" Enum several {
        events: "the role of a party",
        partnerships: "the role of a party",
        take: |facts, found| {
            found.add_words_of_list(Field::PartyRole, facts.parties.iter().map(|party| party.role));
        },
    }
    Signatory "signatory" Country several {
        events: "the country of a signatory",
        take: |facts, found| found.add_all(Field::Signatory, countries(facts, Role::Signatory)),
    }
    Host "host" Country several {
        events: "the country of a host",
        take: |facts, found| found.add_all(Field::Host, countries(facts, Role::Host)),
    }
    Investor "investor" Country several {
        events: "the country of an investor",
        take: |facts, found| found.add_all(Field::Investor, countries(facts, Role::Investor)),
    }
    Organisation "organisation" Words several {
        events: "names of organisations and companies",
        partnerships: "names of organisations and companies",
        bodies: "its names",
        take: |facts, found| {
            let own = facts.body_names.iter().map(|name| (*name, facts.body_country));
            found.add_names(Field::Organisation, names(facts, &ORGANISATIONS).chain(own));
        },
    }
    Body "body" BodySlug several {
        events: "a body that is a party",
        partnerships: "a body that is a party",
        take: |facts, found| {
            found.add_all(Field::Body, facts.parties.iter().map(|party| party.body));
        },
    }
    BodyKind "body_kind" Enum {
        bodies: "the kind of body",
        take: |facts, found| found.add(Field::BodyKind, facts.body_kind),
    }
    Person "person" Words several {
        events: "names of people",
        partnerships: "names of people",
        take: |facts, found| found.add_names(Field::Person, names(facts, &[PartyType::Person])),
    }
    PartyStanding "party.standing" Enum several {
        events: "what holds for a party",
        partnerships: "what holds for a party",
        take: |facts, found| {
            let parties = facts.parties.iter();
            found.add_all(Field::PartyStanding, parties.flat_map(|party| party.standings.words()));
        },
    }
    PartyGroup "party.group" Slug several {
        events: "the label of parties that act together",
        partnerships: "the label of parties that act together",
        take: |facts, found| {
            found.add_all(Field::PartyGroup, facts.parties.iter().map(|party| party.group));
        },
    }
    Subject "subject" Country several {
        events: "the country (or union) of one whom a text is about",
        take: |facts, found| {
            found.add_all(Field::Subject, facts.subjects.iter().map(|party| party.country));
        },
    }
    SubjectName "subject.name" Words several {
        events: "names of those whom a text is about",
        take: |facts, found| {
            if !facts.subjects.is_empty() {
                let subjects = facts.subjects.iter();
                let names = subjects.flat_map(|one| one.names().map(|name| (name, one.country)));
                found.add_names(Field::SubjectName, names);
            }
        },
    }
    SubjectBody "subject.body" BodySlug several {
        events: "a body that a text is about",
        take: |facts, found| {
            found.add_all(Field::SubjectBody, facts.subjects.iter().map(|subject| subject.body));
        },
    }
    Partnership "partnership" PartnershipSlug several {
        events: "a partnership it belongs to",
        take: |facts, found| {
            found.add_all(Field::Partnership, facts.partnerships.iter().map(|name| slug(name)));
        },
    }
    Series "series" Slug {
        events: "the row of meetings it is one of",
        take: |facts, found| found.add(Field::Series, facts.series),
    }
    Ordinal "ordinal" Number {
        events: "its number in the series",
        take: |facts, found| found.ordinal = facts.ordinal,
    }
    Topic "topic" Slug several {
        events: "a topic",
        partnerships: "a topic",
        take: |facts, found| found.add_all(Field::Topic, facts.topics.iter().map(String::as_str)),
    }
    Text "text" Words several always_set {
        events: "titles, summaries, translations, names, and words for another instrument, step or role",
        partnerships: "the name, its translations, and names of parties",
        bodies: "its names",
        take: |facts, found| {
            found.add_words(Field::Text, facts.searched_texts());
        },
    }
    Language "language" Language several {
        events: "the language, or a wider one, of the original or of a translation",
        partnerships: "the language, or a wider one, of the original or of a translation",
        bodies: "the language, or a wider one, of a name",
        take: |facts, found| {
            found.add_language(Field::Language, facts.language);
            let translations = facts.translations.iter().map(|it| it.language);
            let names = facts.body_languages.iter().copied();
            translations
                .chain(names)
                .for_each(|tag| found.add_language(Field::Language, tag));
        },
    }
    Date "date" Date {
        events: "the day it happens or happened",
        take: |facts, found| found.add_date(Field::Date, facts.date),
    }
    AnnounceDate "announce_date" Date {
        events: "the day it was announced",
        take: |facts, found| found.add_date(Field::AnnounceDate, facts.announce_date),
    }
    EffectiveDate "effective_date" Date {
        events: "the day it takes effect",
        take: |facts, found| found.add_date(Field::EffectiveDate, facts.effective_date),
    }
    EndDate "end_date" Date {
        events: "the day its effect ends",
        take: |facts, found| found.add_date(Field::EndDate, facts.end_date),
    }
    PlannedCompletionDate "planned_completion_date" Date {
        events: "the day a project is planned to be complete",
        take: |facts, found| {
            found.add_date(Field::PlannedCompletionDate, facts.planned_completion_date);
        },
    }
    PlaceCity "place.city" Words several {
        events: "names of a city where it happened",
        take: |facts, found| {
            let further = facts.further_places.iter();
            let further = further.map(|place| (place.city, place.country));
            let first = std::iter::once((facts.city, facts.country));
            found.add_names(Field::PlaceCity, first.chain(further));
        },
    }
    PlaceCountry "place.country" Country several {
        events: "a country where it happened",
        take: |facts, found| {
            found.add(Field::PlaceCountry, facts.country);
            let further = facts.further_places.iter();
            found.add_all(Field::PlaceCountry, further.map(|place| place.country));
        },
    }
    PlaceMode "place.mode" Enum several {
        events: "a way people met",
        take: |facts, found| {
            found.add(Field::PlaceMode, facts.mode);
            let further = facts.further_places.iter();
            found.add_all(Field::PlaceMode, further.map(|place| place.mode));
        },
    }
    AmountCurrency "amount.currency" Currency several {
        events: "the currency of a sum",
        take: |facts, found| {
            found.add_all(Field::AmountCurrency, facts.amounts.iter().map(|sum| sum.currency));
        },
    }
    AmountRole "amount.role" Slug several {
        events: "the role of a sum",
        take: |facts, found| {
            found.add_all(Field::AmountRole, facts.amounts.iter().map(|sum| sum.role));
        },
    }
    QuantityMeasure "quantity.measure" Slug several {
        events: "what a number that is not money counts or measures",
        take: |facts, found| {
            let quantities = facts.quantities.iter();
            found.add_all(Field::QuantityMeasure, quantities.map(|quantity| quantity.measure));
        },
    }
    QuantityUnit "quantity.unit" Slug several {
        events: "the unit of a number that is not money",
        take: |facts, found| {
            let quantities = facts.quantities.iter();
            found.add_all(Field::QuantityUnit, quantities.map(|quantity| quantity.unit));
        },
    }
    QuantityValue "quantity.value" Decimal several {
        events: "the value of a number that is not money",
        take: |facts, found| {
            for quantity in &facts.quantities {
                found.add_decimal(Field::QuantityValue, quantity.value);
            }
        },
    }
    Identifier "identifier" Exact several {
        events: "an official number or another identifier, of any scheme",
        partnerships: "an official number or another identifier, of any scheme",
        bodies: "an official number or another identifier, of any scheme",
        take: |facts, found| {
            let identifiers = facts.identifiers.iter();
            found.add_all(Field::Identifier, identifiers.map(|identifier| identifier.value));
        },
    }
    IdentifierScheme "identifier.scheme" Slug several {
        events: "the scheme of an identifier",
        partnerships: "the scheme of an identifier",
        bodies: "the scheme of an identifier",
        take: |facts, found| {
            let identifiers = facts.identifiers.iter();
            found.add_all(Field::IdentifierScheme, identifiers.map(|identifier| identifier.scheme));
        },
    }
    AmountValue "amount.value" Decimal several {
        events: "the value of a sum",
        take: |facts, found| {
            for sum in &facts.amounts {
                found.add_decimal(Field::AmountValue, sum.value);
            }
        },
    }
    AmountQualifier "amount.qualifier" Enum several {
        events: "how exact a sum is",
        take: |facts, found| {
            let qualifiers = facts.amounts.iter().map(|sum| sum.qualifier);
            found.add_words_of_list(Field::AmountQualifier, qualifiers);
        },
    }
    SourceId "source.id" Slug several {
        events: "the id of a source",
        take: |facts, found| {
            found.add_all(Field::SourceId, facts.sources.iter().map(|source| source.id));
        },
    }
    SourceType "source.type" Enum several {
        events: "the type of a source",
        take: |facts, found| {
            found.add_all(Field::SourceType, facts.sources.iter().map(|source| source.sort));
        },
    }
    SourcePublisher "source.publisher" Words several {
        events: "names of publishers of sources",
        take: |facts, found| {
            let publishers = facts.sources.iter().map(|source| (source.publisher, ""));
            found.add_names(Field::SourcePublisher, publishers);
        },
    }
    SourceReliability "source.reliability" Enum several {
        events: "the Admiralty reliability of a source",
        take: |facts, found| {
            let sources = facts.sources.iter();
            found.add_all(Field::SourceReliability, sources.map(|source| source.reliability));
        },
    }
    SourceLanguage "source.language" Language several {
        events: "the language, or a wider one, of a source",
        take: |facts, found| {
            for source in &facts.sources {
                found.add_language(Field::SourceLanguage, source.language);
            }
        },
    }
    ClaimVerdict "claim.verdict" Enum several {
        events: "the verdict on a claim",
        take: |facts, found| {
            found.add_all(Field::ClaimVerdict, facts.claims.iter().map(|claim| claim.verdict));
        },
    }
    ClaimField "claim.field" FieldPath several {
        events: "the path of the field of a claim",
        take: |facts, found| {
            found.add_all(Field::ClaimField, facts.claims.iter().map(|claim| claim.field_path));
        },
    }
    Related "related" EventSlug several {
        events: "an event it is related to",
        take: |facts, found| {
            let related = facts.related_events.iter();
            found.add_all(Field::Related, related.map(|related| slug(related.event)));
        },
    }
    RelatedRelation "related.relation" Enum several {
        events: "the relation to an event",
        take: |facts, found| {
            let relations = facts.related_events.iter().map(|related| related.relation);
            found.add_words_of_list(Field::RelatedRelation, relations);
        },
    }
    ChangeReason "change_reason" Enum {
        events: "the reason for this revision",
        take: |facts, found| found.add(Field::ChangeReason, facts.change_reason),
    }
    Author "author" Exact {
        events: "the author of this revision",
        take: |facts, found| found.add(Field::Author, facts.author),
    }
    Position "position" Number always_set {
        events: "the log position of this revision",
        partnerships: "the log position of this revision",
        bodies: "the log position of this revision",
        take: in_a_column,
    }
    Revision "revision" Number always_set {
        events: "the number of this revision",
        partnerships: "the number of this revision",
        bodies: "the number of this revision",
        take: in_a_column,
    }
    CreateTime "create_time" Time always_set {
        events: "the commit time of the first revision",
        partnerships: "the commit time of the first revision",
        bodies: "the commit time of the first revision",
        take: in_a_column,
    }
    UpdateTime "update_time" Time always_set {
        events: "the commit time of this revision",
        partnerships: "the commit time of this revision",
        bodies: "the commit time of this revision",
        take: in_a_column,
    }
    KnownSince "known_since" Time always_set {
        events: "the time at which this revision became known",
        partnerships: "the time at which this revision became known",
        bodies: "the time at which this revision became known",
        take: in_a_column,
    }
    // In filters, a key follows the name.
    Annotations "annotations" Exact {
        events: "the publisher's own data by key, as in annotations.my-key = \"value\"",
        take: |facts, found| {
            let annotations = facts.annotations.into_iter().flatten();
            let owned = annotations.map(|(key, value)| (key.clone(), value.clone()));
            found.annotations.extend(owned);
        },
    }
    Form "form" Slug {
        partnerships: "the form of the partnership",
        take: |facts, found| found.add(Field::Form, facts.form),
    }
    Established "established" Date {
        partnerships: "the day it was set up",
        bodies: "the day it was founded",
        take: |facts, found| found.add_date(Field::Established, facts.established),
    }
    Ended "ended" Date {
        partnerships: "the day it ended",
        take: |facts, found| found.add_date(Field::Ended, facts.ended),
    }
    Successor "successor" PartnershipSlug several {
        partnerships: "a partnership that replaced it",
        take: |facts, found| {
            found.add_all(Field::Successor, facts.successors.iter().map(|name| slug(name)));
        },
    }
    Dissolved "dissolved" Date {
        bodies: "the day it ceased to exist",
        take: |facts, found| found.add_date(Field::Dissolved, facts.dissolved),
    }
}

/// Adds nothing: the index stores these values of each revision itself.
fn in_a_column(_: &Facts<'_>, _: &mut Document) {}

/// Copies the values of every field.
pub(super) fn take(facts: &Facts<'_>, document: &mut Document) {
    for row in ROWS {
        (row.take)(facts, document);
    }
}

fn countries<'a>(facts: &'a Facts<'_>, role: Role) -> impl Iterator<Item = &'a str> {
    let parties = facts.parties.iter();
    let parties = parties.filter(move |party| party.role == role.as_str());
    parties.map(|party| party.country)
}

/// The types of parties whose names the field `organisation` has.
pub(super) const ORGANISATIONS: [PartyType; 2] = [PartyType::Organisation, PartyType::Company];

fn names<'a>(
    facts: &'a Facts<'_>,
    sorts: &'a [PartyType],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_of = |sort: &str| sorts.iter().any(|one| one.as_str() == sort);
    let parties = facts.parties.iter();
    let parties = parties.filter(move |party| is_of(party.sort));
    parties.flat_map(|party| party.names().map(|name| (name, party.country)))
}

pub(super) fn slug(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, slug)| slug)
}

/// Returns every field of a schema, in a readable order.
pub fn fields(schema: Schema) -> &'static [FieldInfo] {
    static EVENTS: LazyLock<Vec<FieldInfo>> = LazyLock::new(|| infos(|row| row.events));
    static PARTNERSHIPS: LazyLock<Vec<FieldInfo>> = LazyLock::new(|| infos(|row| row.partnerships));
    static BODIES: LazyLock<Vec<FieldInfo>> = LazyLock::new(|| infos(|row| row.bodies));
    match schema {
        Schema::Events => &EVENTS,
        Schema::Partnerships => &PARTNERSHIPS,
        Schema::Bodies => &BODIES,
    }
}

fn infos(of: impl Fn(&Row) -> Option<(&'static str, FieldKind)>) -> Vec<FieldInfo> {
    let info = |row: &Row| {
        let (doc, kind) = of(row)?;
        Some(FieldInfo {
            field: row.field,
            name: row.name,
            kind,
            several: row.several,
            always_set: row.always_set,
            doc,
        })
    };
    ROWS.iter().filter_map(info).collect()
}

impl Field {
    /// Returns the name in filters. For annotations, it is the part before the key.
    pub const fn name(self) -> &'static str {
        ROWS[self as usize].name
    }
}

impl Row {
    const fn new(field: Field, name: &'static str, kind: FieldKind, take: Take) -> Row {
        Row {
            field,
            name,
            kind,
            several: false,
            always_set: false,
            events: None,
            partnerships: None,
            bodies: None,
            take,
        }
    }

    const fn several(self) -> Row {
        Row {
            several: true,
            ..self
        }
    }

    const fn always_set(self) -> Row {
        Row {
            always_set: true,
            ..self
        }
    }
}
