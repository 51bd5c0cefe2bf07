//! The document of one revision: the terms, words, dates and numbers by which the index finds it.

use super::{
    facts::{DateFacts, Facts},
    field::{self, Field},
};
use crate::domain::{
    Micros,
    search_words::{self, is_whole_name},
};

/// The values of fields. All their text is in one string, as there are dozens of short values.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    text: String,
    /// For each value: its field, the number of its name, and where its text ends.
    ends: Vec<(Field, u32, usize)>,
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
    /// Whether the resource is a partnership.
    pub is_partnership: bool,
    /// Whether the event is still to happen by its status, and no other event replaces it.
    pub awaited: bool,
    /// Exact values and, for text fields, words.
    pub terms: Terms,
    pub annotations: Vec<(String, String)>,
    pub dates: Vec<(Field, DateFacts)>,
    pub revision: i64,
    pub ordinal: Option<i64>,
}

impl Document {
    /// Collects the values of all fields.
    pub fn of(facts: &Facts<'_>) -> Document {
        let mut document = Document {
            name: facts.name.to_owned(),
            is_partnership: facts.is_partnership,
            awaited: facts.awaited,
            terms: Terms::with_room(),
            revision: facts.revision,
            ..Document::default()
        };
        field::take(facts, &mut document);
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

    pub(super) fn add_flag(&mut self, field: Field, flag: Option<bool>) {
        if let Some(flag) = flag {
            self.add(field, if flag { "true" } else { "false" });
        }
    }

    /// Adds the words of texts that count as one.
    pub(super) fn add_words<'a>(&mut self, field: Field, texts: impl IntoIterator<Item = &'a str>) {
        for text in texts {
            search_words::index_words(text, |word| self.terms.push(field, 0, word));
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
        let mut nth = 0;
        for (name, country) in names {
            let before = self.terms.ends.len();
            search_words::index_name(name, country, |entry| {
                let nth = if is_whole_name(entry) { 0 } else { nth };
                self.terms.push(field, nth, entry);
            });
            nth += u32::from(self.terms.ends.len() > before);
        }
    }

    pub(super) fn add_date(&mut self, field: Field, date: Option<DateFacts>) {
        if let Some(date @ ((Some(_), _) | (_, Some(_)))) = date {
            self.dates.push((field, date));
        }
    }
}

impl Terms {
    /// Reserves the memory that most events need.
    fn with_room() -> Terms {
        Terms {
            text: String::with_capacity(1024),
            ends: Vec::with_capacity(128),
        }
    }

    /// Iterates over the values in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = Term<'_>> {
        let mut begin = 0;
        self.ends.iter().map(move |(field, nth, end)| {
            let value = &self.text[begin..*end];
            begin = *end;
            Term {
                field: *field,
                nth: *nth,
                value,
            }
        })
    }

    fn push(&mut self, field: Field, nth: u32, value: &str) {
        self.text.push_str(value);
        self.ends.push((field, nth, self.text.len()));
    }
}
