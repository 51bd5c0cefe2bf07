use std::collections::BTreeMap;

use crate::domain::Day;

/// What filters use of one revision of an event or partnership. Absent texts are empty, and words of
/// vocabularies are spelled as in filters.
///
/// It comes from the stored message rather than from the domain's value, so that a record stays readable
/// when the domain's rules become stricter.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    /// The full name of the resource.
    pub name: &'a str,
    pub is_partnership: bool,
    /// Whether the event is still to happen by its status, and no other event replaces it.
    pub awaited: bool,
    pub revision: i64,
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
    /// Full names.
    pub partnerships: &'a [String],
    pub series: &'a str,
    pub ordinal: Option<i64>,
    pub topics: &'a [String],
    /// Title and summary, or the name.
    pub texts: [&'a str; 2],
    pub language: &'a str,
    pub translations: Vec<TranslationFacts<'a>>,
    pub date: Option<DateFacts>,
    pub announce_date: Option<DateFacts>,
    pub effective_date: Option<DateFacts>,
    pub end_date: Option<DateFacts>,
    pub established: Option<DateFacts>,
    pub city: &'a str,
    pub country: &'a str,
    pub mode: &'static str,
    pub amounts: Vec<AmountFacts<'a>>,
    pub sources: Vec<SourceFacts<'a>>,
    pub claims: Vec<ClaimFacts<'a>>,
    /// Full names.
    pub related_events: Vec<&'a str>,
    pub change_reason: &'static str,
    pub author: &'a str,
    pub annotations: Option<&'a BTreeMap<String, String>>,
}

/// The first and the last day that a date can mean; `None` where it is open.
pub type DateFacts = (Option<Day>, Option<Day>);

/// The facts of one party.
#[derive(Clone, Copy, Debug)]
pub struct PartyFacts<'a> {
    pub country: &'a str,
    pub role: &'static str,
    /// The type of the party.
    pub sort: &'static str,
    pub name: &'a str,
    /// The name in other languages.
    pub local_names: &'a BTreeMap<String, String>,
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
        self.texts.into_iter().chain(translations).chain(names)
    }
}

impl<'a> PartyFacts<'a> {
    /// Iterates over the name and its translations.
    pub(super) fn names(self) -> impl Iterator<Item = &'a str> {
        let local = self.local_names.values().map(String::as_str);
        std::iter::once(self.name).chain(local)
    }
}
