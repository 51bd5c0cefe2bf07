//! One announcement.

use std::collections::BTreeMap;

use super::{
    AbsoluteUri, Amount, Claim, CountryCode, FuzzyDate, Identifier, Instrument, Kind, LanguageTag,
    Mode, Party, Quantity, Relation, Slug, Source, Status, Step, Translation, Verification,
};

/// What its publisher says about one announcement. The fields are those of `entente.v1.Event`,
/// whose comments give their meaning. An empty text or `None` means that the field is not set.
///
/// The types check each value; [`check`](EventContent::check) checks the rules between them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventContent {
    /// What sort of announcement it is.
    pub kind: Kind,
    /// The form of the agreement, for events about one.
    pub instrument: Option<Instrument>,
    /// The step that the arrangement has reached.
    pub step: Option<Step>,
    /// Whether it binds in law, when known.
    pub binding: Option<bool>,
    /// What has become of it in the world.
    pub status: Status,
    /// Required. At most 500 characters.
    pub title: String,
    /// At most 8,000 characters.
    pub summary: String,
    /// The language of title and summary; `None` means English.
    pub language_code: Option<LanguageTag>,
    /// Title and summary in other languages.
    pub translations: Vec<Translation>,
    /// When it happens or happened.
    pub date: Option<FuzzyDate>,
    /// Dates it had before it was moved, oldest first.
    pub previous_dates: Vec<FuzzyDate>,
    /// When it was announced.
    pub announce_date: Option<FuzzyDate>,
    /// When it takes effect.
    pub effective_date: Option<FuzzyDate>,
    /// When its effect ends.
    pub end_date: Option<FuzzyDate>,
    /// Where it happened.
    pub place: Option<Place>,
    /// Who takes part, as a set.
    pub parties: Vec<Party>,
    /// True when the list of parties is known to be incomplete.
    pub parties_incomplete: bool,
    /// Slugs of the partnerships that the event belongs to.
    pub partnerships: Vec<Slug>,
    /// Its number in a series.
    pub series: Option<SeriesEntry>,
    /// Topics, from the publisher's own list.
    pub topics: Vec<Slug>,
    /// Sums of money.
    pub amounts: Vec<Amount>,
    /// At least one.
    pub sources: Vec<Source>,
    /// Statements of sources that disagree.
    pub claims: Vec<Claim>,
    /// Links to other events.
    pub related_events: Vec<RelatedEvent>,
    /// At most 4,000 characters.
    pub notes: String,
    /// The publisher's own data, each at most 1,000 characters.
    pub annotations: BTreeMap<Slug, String>,
    /// A drill.
    pub exercise: bool,
    /// More specific than kind: `council-meeting`, `funding-decision`.
    pub subkind: Option<Slug>,
    /// Whether the publisher saw the facts in a cited source.
    pub verification: Option<Verification>,
    /// Those whom a text is about without their taking part.
    pub subjects: Vec<Party>,
    /// Further places where it happened.
    pub further_places: Vec<Place>,
    /// Numbers that are not money.
    pub quantities: Vec<Quantity>,
    /// When a project or building is planned to be complete.
    pub planned_completion_date: Option<FuzzyDate>,
    /// Official numbers of the agreement and other identifiers.
    pub identifiers: Vec<Identifier>,
    /// Web addresses of records elsewhere about the same thing.
    pub same_as: Vec<AbsoluteUri>,
    /// The instrument in the words of the source, for [`Instrument::Other`]. At most 100 characters.
    pub instrument_other: String,
    /// The step in the words of the source, for [`Step::Other`]. At most 100 characters.
    pub step_other: String,
}

/// Where an event happened.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Place {
    /// At most 200 characters.
    pub city: String,
    /// A state, never a union.
    pub country_code: Option<CountryCode>,
    /// How people met.
    pub mode: Option<Mode>,
}

/// One meeting of a numbered series. The number is a claim, not a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SeriesEntry {
    /// The name of the series.
    pub series: Slug,
    /// 1 for the first, at most 10,000; 0 when the number is not known.
    pub ordinal: i32,
}

/// A link to another event, which may not have been published yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RelatedEvent {
    /// Read as "this event RELATION the other event".
    pub relation: Relation,
    /// The slug of the other event.
    pub event: Slug,
}

impl EventContent {
    /// Whether one of the parties or subjects is given by this body.
    pub fn names_body(&self, body: &Slug) -> bool {
        let mut all = self.parties.iter().chain(&self.subjects);
        all.any(|party| party.body.as_ref() == Some(body))
    }

    /// Returns an event with only the required fields.
    pub fn new(kind: Kind, status: Status, title: impl Into<String>, source: Source) -> Self {
        Self {
            kind,
            instrument: None,
            step: None,
            binding: None,
            status,
            title: title.into(),
            summary: String::new(),
            language_code: None,
            translations: Vec::new(),
            date: None,
            previous_dates: Vec::new(),
            announce_date: None,
            effective_date: None,
            end_date: None,
            place: None,
            parties: Vec::new(),
            parties_incomplete: false,
            partnerships: Vec::new(),
            series: None,
            topics: Vec::new(),
            amounts: Vec::new(),
            sources: vec![source],
            claims: Vec::new(),
            related_events: Vec::new(),
            notes: String::new(),
            annotations: BTreeMap::new(),
            exercise: false,
            subkind: None,
            verification: None,
            subjects: Vec::new(),
            further_places: Vec::new(),
            quantities: Vec::new(),
            planned_completion_date: None,
            identifiers: Vec::new(),
            same_as: Vec::new(),
            instrument_other: String::new(),
            step_other: String::new(),
        }
    }

    /// Returns the language of title and summary.
    pub fn language(&self) -> LanguageTag {
        self.language_code
            .clone()
            .unwrap_or_else(LanguageTag::english)
    }

    /// Returns whether an event with this status and these relations has yet to happen: it is
    /// expected, scheduled or postponed, and no other event fulfilled or replaced it.
    pub fn is_awaited(status: Status, mut relations: impl Iterator<Item = Relation>) -> bool {
        matches!(
            status,
            Status::Expected | Status::Scheduled | Status::Postponed
        ) && !relations
            .any(|relation| matches!(relation, Relation::FulfilledBy | Relation::RescheduledAs))
    }
}
