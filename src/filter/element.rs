//! Elements of repeated fields, such as one party or one sum.
//!
//! The terms of a record do not tell which of them belong to one element. A record with one element needs
//! no more: all its terms belong to that. Of others, the index stores each element.

use std::borrow::Cow;

use super::{
    bodies::{BodySet, NamedBody},
    expr::{Expr, Predicate},
    facts::{Facts, PartyFacts},
    field::{Field, ORGANISATIONS, slug},
};
use crate::domain::{
    OrderedDecimal, PartyType, Vocabulary as _,
    search_words::{self, SearchWord},
};

/// The maximum number of fields of one element.
const PARTS_MAX: usize = 8;
/// Separates the parts of an element's text.
const SEPARATOR: char = '\u{1f}';
/// The number of fields of an amount, behind which its text may say that it is an equivalent.
const AMOUNT_FIELDS: usize = Repeated::Amounts.fields().len();
const EQUIVALENT: &str = "equivalent";
/// Separates the words of a part that is a list.
const BETWEEN_WORDS: char = ' ';
/// Separates the names of a part that is a list.
const BETWEEN_NAMES: char = '\u{1e}';

/// A repeated field, whose elements have several fields that filters can name.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Repeated {
    Parties,
    Amounts,
    Sources,
    Claims,
    RelatedEvents,
    Quantities,
    Identifiers,
    Places,
}

impl Repeated {
    /// How many there are.
    pub const COUNT: usize = 8;

    const ALL: [Repeated; Repeated::COUNT] = [
        Repeated::Parties,
        Repeated::Amounts,
        Repeated::Sources,
        Repeated::Claims,
        Repeated::RelatedEvents,
        Repeated::Quantities,
        Repeated::Identifiers,
        Repeated::Places,
    ];

    /// Returns the fields of an element, in the order of the parts of its text.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Repeated::Parties => &[
                Field::Party,
                Field::PartyType,
                Field::PartyRole,
                Field::PartyStanding,
                Field::PartyGroup,
                Field::Body,
                Field::Organisation,
                Field::Person,
            ],
            Repeated::Amounts => &[
                Field::AmountCurrency,
                Field::AmountRole,
                Field::AmountQualifier,
                Field::AmountValue,
            ],
            Repeated::Sources => &[
                Field::SourceId,
                Field::SourceType,
                Field::SourcePublisher,
                Field::SourceReliability,
                Field::SourceLanguage,
            ],
            Repeated::Claims => &[Field::ClaimVerdict, Field::ClaimField],
            Repeated::RelatedEvents => &[Field::Related, Field::RelatedRelation],
            Repeated::Quantities => &[
                Field::QuantityMeasure,
                Field::QuantityUnit,
                Field::QuantityValue,
            ],
            Repeated::Identifiers => &[Field::IdentifierScheme, Field::Identifier],
            Repeated::Places => &[Field::PlaceCity, Field::PlaceCountry, Field::PlaceMode],
        }
    }

    /// Returns the repeated field that has this field in its elements.
    pub(super) fn of(field: Field) -> Option<Repeated> {
        let mut all = Repeated::ALL.into_iter();
        all.find(|repeated| repeated.fields().contains(&field))
    }

    /// Returns what one element is called.
    pub(super) const fn one(self) -> &'static str {
        match self {
            Repeated::Parties => "one party",
            Repeated::Amounts => "one sum",
            Repeated::Sources => "one source",
            Repeated::Claims => "one claim",
            Repeated::RelatedEvents => "one related event",
            Repeated::Quantities => "one quantity",
            Repeated::Identifiers => "one identifier",
            Repeated::Places => "one place",
        }
    }
}

/// Elements of one record, each as a text. All texts are in one string.
#[derive(Clone, Debug, Default)]
pub struct Elements {
    text: String,
    /// For each element: its field, and where its text ends.
    ends: Vec<(Repeated, usize)>,
}

impl Elements {
    /// Iterates over the elements with their texts. Elements are equal if their texts are.
    pub fn iter(&self) -> impl Iterator<Item = (Repeated, &str)> {
        let mut begin = 0;
        self.ends.iter().map(move |(repeated, end)| {
            let text = &self.text[begin..*end];
            begin = *end;
            (*repeated, text)
        })
    }

    fn push<const N: usize>(&mut self, repeated: Repeated, parts: [&str; N]) {
        if self.ends.is_empty() {
            // The memory that most events with elements need.
            self.text.reserve(256);
            self.ends.reserve(16);
        }
        let begin = self.text.len();
        for (at, part) in parts.into_iter().enumerate() {
            if at > 0 {
                self.text.push(SEPARATOR);
            }
            self.text.push_str(part);
        }
        let text = &self.text.as_bytes()[begin..];
        let separators = text.iter().filter(|byte| **byte == SEPARATOR as u8);
        if separators.count() >= N {
            self.text.truncate(begin);
            self.text.push_str(&without_separators(parts));
        }
        self.ends.push((repeated, self.text.len()));
    }
}

/// Returns the text of an element of which a part has a separator, without that. No filter can ask for the
/// value of such a part.
#[cold]
fn without_separators<const N: usize>(parts: [&str; N]) -> String {
    let parts = parts.map(|part| match part.contains(SEPARATOR) {
        true => format!(" {}", part.replace(SEPARATOR, " ")),
        false => part.to_owned(),
    });
    parts.join(SEPARATOR.encode_utf8(&mut [0; 1]))
}

/// Adds the elements of every repeated field that has several. Amounts are always added, as sums are
/// made from them.
pub(super) fn take(facts: &Facts<'_>, elements: &mut Elements) {
    if facts.parties.len() > 1 {
        for party in &facts.parties {
            let mut standings = String::new();
            for standing in party.standings.words() {
                standings.push_str(standing);
                standings.push(BETWEEN_WORDS);
            }
            let named = |sorts: &[PartyType]| match sorts.iter().any(|it| it.as_str() == party.sort)
            {
                true => joined_names(party),
                false => Cow::Borrowed(""),
            };
            let parts = [
                party.country,
                party.sort,
                party.role,
                &standings,
                party.group,
                party.body,
                &named(&ORGANISATIONS),
                &named(&[PartyType::Person]),
            ];
            elements.push(Repeated::Parties, parts);
        }
    }
    if !facts.further_places.is_empty() {
        let first = [facts.city, facts.country, facts.mode];
        let further = facts.further_places.iter();
        let further = further.map(|place| [place.city, place.country, place.mode]);
        for place in std::iter::once(first).chain(further) {
            elements.push(Repeated::Places, place);
        }
    }
    if facts.quantities.len() > 1 {
        for quantity in &facts.quantities {
            let value = OrderedDecimal::parse(quantity.value);
            let value = value.as_ref().map_or("", OrderedDecimal::as_str);
            let parts = [quantity.measure, quantity.unit, value];
            elements.push(Repeated::Quantities, parts);
        }
    }
    if facts.identifiers.len() > 1 {
        for identifier in &facts.identifiers {
            let parts = [identifier.scheme, identifier.value];
            elements.push(Repeated::Identifiers, parts);
        }
    }
    for sum in &facts.amounts {
        let value = OrderedDecimal::parse(sum.value);
        let value = value.as_ref().map_or("", OrderedDecimal::as_str);
        let parts = [sum.currency, sum.role, sum.qualifier, value];
        match sum.is_equivalent {
            false => elements.push(Repeated::Amounts, parts),
            true => {
                let [currency, role, qualifier, value] = parts;
                let parts = [currency, role, qualifier, value, EQUIVALENT];
                elements.push(Repeated::Amounts, parts);
            }
        }
    }
    if facts.sources.len() > 1 {
        for source in &facts.sources {
            let parts = [
                source.id,
                source.sort,
                source.publisher,
                source.reliability,
                source.language,
            ];
            elements.push(Repeated::Sources, parts);
        }
    }
    if facts.claims.len() > 1 {
        for claim in &facts.claims {
            elements.push(Repeated::Claims, [claim.verdict, claim.field_path]);
        }
    }
    if facts.related_events.len() > 1 {
        for related in &facts.related_events {
            let parts = [slug(related.event), related.relation];
            elements.push(Repeated::RelatedEvents, parts);
        }
    }
}

/// Returns the names of a party as one part.
fn joined_names<'a>(party: &PartyFacts<'a>) -> Cow<'a, str> {
    if party.local_names.is_empty() {
        return Cow::Borrowed(party.name);
    }
    let names: Vec<&str> = party.names().collect();
    Cow::Owned(names.join(BETWEEN_NAMES.encode_utf8(&mut [0; 4])))
}

/// One element of a repeated field.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    repeated: Repeated,
    parts: [&'a str; PARTS_MAX],
}

impl<'a> Element<'a> {
    /// Reads the text of an element.
    pub fn of_text(repeated: Repeated, text: &'a str) -> Element<'a> {
        let mut parts = [""; PARTS_MAX];
        for (part, value) in parts.iter_mut().zip(text.split(SEPARATOR)) {
            *part = value;
        }
        Element { repeated, parts }
    }

    /// Returns the value of a field; empty if it has none. Decimals are given by their ordered texts.
    pub fn value(&self, field: Field) -> &'a str {
        let mut fields = self.repeated.fields().iter();
        let at = fields.position(|one| *one == field);
        at.map_or("", |at| self.parts[at])
    }

    /// Whether it is another amount in another currency.
    pub fn is_equivalent(&self) -> bool {
        self.repeated == Repeated::Amounts && self.parts[AMOUNT_FIELDS] == EQUIVALENT
    }

    /// Whether the element satisfies every part of a condition on one element.
    pub fn satisfies(&self, parts: &[Expr]) -> bool {
        parts.iter().all(|part| self.satisfies_part(part))
    }

    fn satisfies_part(&self, part: &Expr) -> bool {
        match part {
            Expr::Leaf(predicate) => self.passes(predicate),
            Expr::Or(parts) => parts.iter().any(|part| self.satisfies_part(part)),
            _ => false,
        }
    }

    fn passes(&self, test: &Predicate) -> bool {
        let value = self.value(test.field());
        match test {
            Predicate::Term {
                field: Field::PartyStanding,
                value: wanted,
            } => value.split(BETWEEN_WORDS).any(|word| word == wanted),
            // A wider language finds it too, as in the terms.
            Predicate::Term {
                field: Field::SourceLanguage,
                value: wanted,
            } => {
                let rest = value.strip_prefix(wanted.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            }
            Predicate::Term { value: wanted, .. } => value == wanted,
            Predicate::Words { query, .. } => value
                .split(BETWEEN_NAMES)
                .any(|name| has_words(name, query.words())),
            Predicate::Whole { name: wanted, .. } => value
                .split(BETWEEN_NAMES)
                .any(|name| search_words::words_of_name(name).as_ref() == Some(wanted)),
            Predicate::Bodies { bodies, .. } => self.is_one_of(bodies),
            Predicate::Present(_) => !value.is_empty(),
            Predicate::Decimal {
                op, value: wanted, ..
            } => !value.is_empty() && op.of_values(value, wanted.as_str()),
            _ => false,
        }
    }

    /// Whether it is a party that is one of the bodies.
    fn is_one_of(&self, bodies: &BodySet) -> bool {
        let names = self.value(Field::Organisation).split(BETWEEN_NAMES);
        let names: Vec<String> = names
            .filter_map(|name| search_words::whole_name(name, ""))
            .collect();
        bodies.iter().any(|body| self.is_body(&body, &names))
    }

    /// Whether it is a party that is the body, given the index entries of its whole names.
    fn is_body(&self, body: &NamedBody, names: &[String]) -> bool {
        let country = self.value(Field::Party);
        if self.value(Field::Body) == body.slug || (!body.code.is_empty() && country == body.code) {
            return true;
        }
        let fits = [country, &body.country].contains(&"") || country == body.country;
        let is_its = |name| body.names.binary_search(name).is_ok();
        fits && names.iter().any(is_its)
    }
}

/// Whether a text has each of these words.
fn has_words(text: &str, words: &[SearchWord]) -> bool {
    let (mut folded, mut entries) = (String::new(), Vec::new());
    search_words::index_words(text, &mut folded, &mut entries, |place| place);
    let is_in = |word: &SearchWord| {
        entries.iter().any(|place| {
            let entry = &folded[place.clone()];
            word.begins.iter().any(|begin| entry.starts_with(begin))
                || word.is.iter().any(|it| it == entry)
        })
    };
    words.iter().all(is_in)
}
