//! The table of all fields that a filter can name.

use std::sync::LazyLock;

use super::{
    document::Document,
    facts::Facts,
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
            row
        },)+];
    };
}

fields! {
    Name "name" ResourceName always_set {
        events: "the resource name",
        partnerships: "the resource name",
        take: in_a_column,
    }
    Resource "resource" Enum always_set {
        events: "the sort of resource",
        take: |facts, found| {
            let resource = if facts.is_partnership { "PARTNERSHIP" } else { "EVENT" };
            found.add(Field::Resource, resource);
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
        events: "whether its date has passed while it is still expected",
        take: in_a_column,
    }
    PartiesIncomplete "parties_incomplete" Flag always_set {
        events: "whether the list of parties is known not to be whole",
        take: |facts, found| found.add_flag(Field::PartiesIncomplete, facts.parties_incomplete),
    }
    Party "party" Country several {
        events: "the country (or EU) of a party",
        partnerships: "the country (or EU) of a party",
        take: |facts, found| {
            found.add_all(Field::Party, facts.parties.iter().map(|party| party.country));
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
        take: |facts, found| {
            let sorts = [PartyType::Organisation, PartyType::Company];
            found.add_names(Field::Organisation, names(facts, &sorts));
        },
    }
    Person "person" Words several {
        events: "names of people",
        partnerships: "names of people",
        take: |facts, found| found.add_names(Field::Person, names(facts, &[PartyType::Person])),
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
        events: "titles, summaries, translations and names",
        partnerships: "the name, its translations, and names of parties",
        take: |facts, found| {
            found.add_words(Field::Text, facts.searched_texts());
        },
    }
    Language "language" Language several {
        events: "the language of the original or of a translation",
        partnerships: "the language of the original or of a translation",
        take: |facts, found| {
            found.add(Field::Language, facts.language);
            let translations = facts.translations.iter();
            found.add_all(Field::Language, translations.map(|translation| translation.language));
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
    PlaceCity "place.city" Words several {
        events: "names of the city where it happened",
        take: |facts, found| found.add_names(Field::PlaceCity, [(facts.city, facts.country)]),
    }
    PlaceCountry "place.country" Country {
        events: "the country where it happened",
        take: |facts, found| found.add(Field::PlaceCountry, facts.country),
    }
    PlaceMode "place.mode" Enum {
        events: "the way people met",
        take: |facts, found| found.add(Field::PlaceMode, facts.mode),
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
        events: "the language of a source",
        take: |facts, found| {
            let sources = facts.sources.iter();
            found.add_all(Field::SourceLanguage, sources.map(|source| source.language));
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
            found.add_all(Field::Related, facts.related_events.iter().map(|name| slug(name)));
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
        take: in_a_column,
    }
    Revision "revision" Number always_set {
        events: "the number of this revision",
        partnerships: "the number of this revision",
        take: in_a_column,
    }
    CreateTime "create_time" Time always_set {
        events: "the commit time of the first revision",
        partnerships: "the commit time of the first revision",
        take: in_a_column,
    }
    UpdateTime "update_time" Time always_set {
        events: "the commit time of this revision",
        partnerships: "the commit time of this revision",
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
        take: |facts, found| found.add_date(Field::Established, facts.established),
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

fn names<'a>(
    facts: &'a Facts<'_>,
    sorts: &'a [PartyType],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_of = |sort: &str| sorts.iter().any(|one| one.as_str() == sort);
    let parties = facts.parties.iter();
    let parties = parties.filter(move |party| is_of(party.sort));
    parties.flat_map(|party| party.names().map(|name| (name, party.country)))
}

fn slug(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, slug)| slug)
}

/// Returns every field of a schema, in a readable order.
pub fn fields(schema: Schema) -> &'static [FieldInfo] {
    static EVENTS: LazyLock<Vec<FieldInfo>> = LazyLock::new(|| infos(|row| row.events));
    static PARTNERSHIPS: LazyLock<Vec<FieldInfo>> = LazyLock::new(|| infos(|row| row.partnerships));
    match schema {
        Schema::Events => &EVENTS,
        Schema::Partnerships => &PARTNERSHIPS,
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
