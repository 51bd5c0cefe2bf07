use std::collections::BTreeMap;

use crate::domain::{Day, Standing, Vocabulary as _};

/// What filters use of one revision of an event or partnership. Absent texts are empty, and words of
/// vocabularies are spelled as in filters.
///
/// It comes from the stored message rather than from the domain's value, so that a record stays readable
/// when the domain's rules become stricter.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    /// The full name of the resource.
    pub name: &'a str,
    pub sort: ResourceSort,
    /// Whether the event is still to happen by its status, and no other event replaces it.
    pub awaited: bool,
    pub revision: i64,
    /// When it became known, in microseconds since 1970, if its publisher gave that.
    pub known_since: Option<i64>,
    /// Whether the content of a partnership or body was erased.
    pub is_redacted: bool,
    pub kind: &'static str,
    pub subkind: &'a str,
    pub instrument: &'static str,
    pub step: &'static str,
    /// The status of the event or partnership.
    pub status: &'a str,
    pub state: &'static str,
    pub verification: &'static str,
    pub binding: Option<bool>,
    pub exercise: Option<bool>,
    pub parties_incomplete: Option<bool>,
    /// The form of a partnership.
    pub form: &'a str,
    pub parties: Vec<PartyFacts<'a>>,
    pub subjects: Vec<PartyFacts<'a>>,
    /// Full names.
    pub partnerships: &'a [String],
    pub series: &'a str,
    pub ordinal: Option<i64>,
    pub topics: &'a [String],
    /// Title and summary, or the name.
    pub texts: [&'a str; 2],
    /// The instrument and the step in the words of the source.
    pub other_words: [&'a str; 2],
    pub language: &'a str,
    pub translations: Vec<TranslationFacts<'a>>,
    pub date: Option<DateFacts>,
    pub announce_date: Option<DateFacts>,
    pub effective_date: Option<DateFacts>,
    pub end_date: Option<DateFacts>,
    pub planned_completion_date: Option<DateFacts>,
    pub established: Option<DateFacts>,
    pub ended: Option<DateFacts>,
    pub dissolved: Option<DateFacts>,
    pub body_kind: &'static str,
    /// All names of a body.
    pub body_names: Vec<&'a str>,
    /// The languages of all names of a body but the first.
    pub body_languages: Vec<&'a str>,
    /// The code of the country or union of a body.
    pub body_country: &'a str,
    pub city: &'a str,
    pub country: &'a str,
    pub mode: &'static str,
    pub further_places: Vec<PlaceFacts<'a>>,
    pub amounts: Vec<AmountFacts<'a>>,
    pub quantities: Vec<QuantityFacts<'a>>,
    pub identifiers: Vec<IdentifierFacts<'a>>,
    /// Full names of the partnerships that replaced this one.
    pub successors: &'a [String],
    pub sources: Vec<SourceFacts<'a>>,
    pub claims: Vec<ClaimFacts<'a>>,
    pub related_events: Vec<RelatedFacts<'a>>,
    pub change_reason: &'static str,
    pub author: &'a str,
    pub annotations: Option<&'a BTreeMap<String, String>>,
}

/// The first and the last day that a date can mean; `None` where it is open.
pub type DateFacts = (Option<Day>, Option<Day>);

/// The sort of a resource.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum ResourceSort {
    #[default]
    Event,
    Partnership,
    Body,
}

/// The facts of one party.
#[derive(Clone, Copy, Debug)]
pub struct PartyFacts<'a> {
    pub country: &'a str,
    pub role: &'static str,
    /// The words for a role that the list of roles has not.
    pub role_other: &'a str,
    /// The type of the party.
    pub sort: &'static str,
    pub name: &'a str,
    /// The slug of the body that it names.
    pub body: &'a str,
    pub standings: StandingSet,
    pub group: &'a str,
    /// The name in other languages.
    pub local_names: &'a BTreeMap<String, String>,
}

/// What holds for one party, each once.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandingSet(u32);

/// The facts of one further place.
#[derive(Clone, Copy, Debug)]
pub struct PlaceFacts<'a> {
    pub city: &'a str,
    pub country: &'a str,
    pub mode: &'static str,
}

/// The facts of one quantity.
#[derive(Clone, Copy, Debug)]
pub struct QuantityFacts<'a> {
    pub measure: &'a str,
    pub unit: &'a str,
    /// A decimal as printed.
    pub value: &'a str,
}

/// The facts of one identifier.
#[derive(Clone, Copy, Debug)]
pub struct IdentifierFacts<'a> {
    pub scheme: &'a str,
    pub value: &'a str,
}

/// The facts of one translation.
#[derive(Clone, Copy, Debug)]
pub struct TranslationFacts<'a> {
    pub language: &'a str,
    pub texts: [&'a str; 2],
}

/// The facts of one amount.
#[derive(Clone, Copy, Debug)]
pub struct AmountFacts<'a> {
    pub currency: &'a str,
    pub role: &'a str,
    pub qualifier: &'static str,
    /// A decimal as printed.
    pub value: &'a str,
    /// Whether it is another amount in another currency, so that sums leave it out.
    pub is_equivalent: bool,
}

/// The facts of one source.
#[derive(Clone, Copy, Debug)]
pub struct SourceFacts<'a> {
    pub id: &'a str,
    pub sort: &'static str,
    pub publisher: &'a str,
    pub reliability: &'static str,
    pub language: &'a str,
}

/// The facts of one related event.
#[derive(Clone, Copy, Debug)]
pub struct RelatedFacts<'a> {
    /// Its full name.
    pub event: &'a str,
    pub relation: &'static str,
}

/// The facts of one claim.
#[derive(Clone, Copy, Debug)]
pub struct ClaimFacts<'a> {
    pub verdict: &'static str,
    pub field_path: &'a str,
}

impl<'a> Facts<'a> {
    /// Returns the texts that the field `text` searches.
    pub fn searched_texts(&self) -> impl Iterator<Item = &'a str> {
        let translations = self.translations.iter();
        let translations = translations.flat_map(|translation| translation.texts);
        let names = self.parties.iter().flat_map(|party| party.names());
        let subjects = self.subjects.iter().flat_map(|party| party.names());
        let own = self.texts.into_iter().chain(self.other_words);
        let roles = self.parties.iter().map(|party| party.role_other);
        own.chain(roles)
            .chain(translations)
            .chain(names)
            .chain(subjects)
            .chain(self.body_names.iter().copied())
    }
}

impl<'a> PartyFacts<'a> {
    /// Iterates over the name and its translations.
    pub(super) fn names(self) -> impl Iterator<Item = &'a str> {
        let local = self.local_names.values().map(String::as_str);
        std::iter::once(self.name).chain(local)
    }
}

impl StandingSet {
    /// Iterates over the words.
    pub(super) fn words(self) -> impl Iterator<Item = &'static str> {
        let all = match self.0 {
            0 => &[][..],
            _ => Standing::ALL,
        };
        let standings = all
            .iter()
            .filter(move |standing| self.0 & Self::bit(**standing) != 0);
        standings.map(|standing| standing.as_str())
    }

    fn bit(standing: Standing) -> u32 {
        1 << standing.code()
    }
}

impl FromIterator<Standing> for StandingSet {
    fn from_iter<I: IntoIterator<Item = Standing>>(standings: I) -> StandingSet {
        let bits = standings.into_iter().map(Self::bit);
        StandingSet(bits.fold(0, |set, bit| set | bit))
    }
}
