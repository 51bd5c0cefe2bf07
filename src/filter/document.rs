//! The document of one revision: the terms, words, dates and numbers by which the index finds it.

use std::ops::Range;

use super::{
    bodies::NamedBody,
    element::{self, Elements},
    facts::{DateFacts, Facts, ResourceSort},
    field::{self, Field},
};
use crate::domain::{
    BodyKind, Micros, OrderedDecimal, Vocabulary as _, is_union_code, search_words,
};

/// The values of fields. All their text is in one string, as there are dozens of short values.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    text: String,
    values: Vec<Value>,
}

/// A term whose value stands in the text of all.
#[derive(Clone, Debug)]
struct Value {
    field: Field,
    nth: u32,
    /// A text is no longer than a message, so a place in it fits.
    start: u32,
    end: u32,
}

/// An exact value or a word.
#[derive(Clone, Copy, Debug)]
pub struct Term<'a> {
    pub field: Field,
    /// For words, the number of the name that contains them, counted from 0.
    pub nth: u32,
    pub value: &'a str,
}

/// What the index stores of one revision.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The full name of the resource.
    pub name: String,
    pub sort: ResourceSort,
    /// When it became known, in microseconds since 1970, if its publisher gave that.
    pub known_since: Option<i64>,
    /// Whether the event is still to happen by its status, and no other event replaces it.
    pub awaited: bool,
    /// Exact values, decimals by their ordered texts and, for text fields, words.
    pub terms: Terms,
    /// The elements of repeated fields, as far as terms alone do not tell them apart.
    pub elements: Elements,
    pub annotations: Vec<(String, String)>,
    /// The body, if the resource is one and was not erased.
    pub body: Option<Box<NamedBody>>,
    pub dates: Vec<(Field, DateFacts)>,
    pub revision: i64,
    pub ordinal: Option<i64>,
}

impl Document {
    /// Collects the values of all fields.
    pub fn of(facts: &Facts<'_>) -> Document {
        let mut document = Document {
            name: facts.name.to_owned(),
            sort: facts.sort,
            known_since: facts.known_since,
            awaited: facts.awaited,
            terms: Terms::with_room(),
            revision: facts.revision,
            ..Document::default()
        };
        field::take(facts, &mut document);
        if facts.sort == ResourceSort::Body && !facts.is_redacted {
            document.body = Some(Box::new(body(facts)));
        }
        element::take(facts, &mut document.elements);
        document
    }

    /// Whether the event was still awaited at `micros`, though the last day of its date had passed in UTC.
    pub fn overdue_at(&self, micros: i64) -> bool {
        let date = self.dates.iter().find(|(field, _)| *field == Field::Date);
        let latest = date.and_then(|(_, (_, latest))| *latest);
        self.awaited && latest.is_some_and(|latest| latest < Micros(micros).day())
    }

    pub(super) fn add(&mut self, field: Field, value: &str) {
        if !value.is_empty() {
            self.terms.push(field, 0, value);
        }
    }

    pub(super) fn add_all<'a>(&mut self, field: Field, values: impl IntoIterator<Item = &'a str>) {
        for value in values {
            self.add(field, value);
        }
    }

    /// Adds a language tag and the ranges that it lies in, as in the basic filtering of RFC 4647: each
    /// beginning that ends before a hyphen.
    pub(super) fn add_language(&mut self, field: Field, tag: &str) {
        self.add(field, tag);
        let ends = tag.bytes().enumerate().filter(|(_, byte)| *byte == b'-');
        for (end, _) in ends {
            self.add(field, &tag[..end]);
        }
    }

    /// Adds each different value once. There are few, as the field's list is closed.
    pub(super) fn add_words_of_list<'a>(
        &mut self,
        field: Field,
        values: impl IntoIterator<Item = &'a str>,
    ) {
        let before = self.terms.values.len();
        for value in values {
            if !self.terms.has_since(before, value) {
                self.add(field, value);
            }
        }
    }

    /// Adds a decimal number, if it is one.
    pub(super) fn add_decimal(&mut self, field: Field, value: &str) {
        if let Ok(number) = OrderedDecimal::parse(value) {
            self.add(field, number.as_str());
        }
    }

    pub(super) fn add_flag(&mut self, field: Field, flag: Option<bool>) {
        if let Some(flag) = flag {
            self.add(field, if flag { "true" } else { "false" });
        }
    }

    /// Adds the words of texts that count as one.
    pub(super) fn add_words<'a>(&mut self, field: Field, texts: impl IntoIterator<Item = &'a str>) {
        let Terms { text: all, values } = &mut self.terms;
        for text in texts {
            search_words::index_words(text, all, values, |place| Value::new(field, 0, place));
        }
    }

    /// Adds the names of a field that can have several, each with the code of its country. The words of
    /// each name stay separate; a whole name is an ordinary value.
    pub(super) fn add_names<'a>(
        &mut self,
        field: Field,
        names: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        let mut names: Vec<(&str, &str)> = names.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        let Terms { text: all, values } = &mut self.terms;
        let mut nth = 0;
        for (name, country) in names {
            let before = values.len();
            let whole = search_words::index_name(name, country, all, values, |place| {
                Value::new(field, nth, place)
            });
            values.extend(whole.map(|place| Value::new(field, 0, place)));
            nth += u32::from(values.len() > before);
        }
    }

    pub(super) fn add_date(&mut self, field: Field, date: Option<DateFacts>) {
        if let Some(date @ ((Some(_), _) | (_, Some(_)))) = date {
            self.dates.push((field, date));
        }
    }
}

fn body(facts: &Facts<'_>) -> NamedBody {
    let slug = facts
        .name
        .rsplit_once('/')
        .map_or(facts.name, |(_, slug)| slug);
    let names = facts.body_names.iter().copied();
    // Older ones may have the code of a state, which would stand for every party from there.
    let is_union = facts.body_kind == BodyKind::Union.as_str() && is_union_code(facts.body_country);
    let (country, code) = match is_union {
        true => ("", facts.body_country),
        false => (facts.body_country, ""),
    };
    NamedBody::new(slug, names, country, code)
}

impl Value {
    fn new(field: Field, nth: u32, place: Range<usize>) -> Value {
        Value {
            field,
            nth,
            start: place.start as u32,
            end: place.end as u32,
        }
    }

    fn of<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start as usize..self.end as usize]
    }
}

impl Terms {
    /// Reserves the memory that most events need.
    fn with_room() -> Terms {
        Terms {
            text: String::with_capacity(1024),
            values: Vec::with_capacity(128),
        }
    }

    /// Iterates over the values in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = Term<'_>> {
        self.values.iter().map(|value| Term {
            field: value.field,
            nth: value.nth,
            value: value.of(&self.text),
        })
    }

    /// Whether one of the values from number `first` on is this one.
    fn has_since(&self, first: usize, value: &str) -> bool {
        let mut values = self.values[first..].iter();
        values.any(|it| it.of(&self.text) == value)
    }

    fn push(&mut self, field: Field, nth: u32, value: &str) {
        let start = self.text.len();
        self.text.push_str(value);
        let place = start..self.text.len();
        self.values.push(Value::new(field, nth, place));
    }
}
