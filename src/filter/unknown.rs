//! Hints for terms whose value no record has: a well-formed filter can have a misspelled value, and
//! then matches nothing without an error.

use crate::domain::CountryCode;

use super::{
    error::shorten,
    expr::Predicate,
    field::Field,
    lookup::info,
    normal,
    schema::{FieldKind, Schema},
    suggest::{nearest, nearest_word},
};

/// The maximum length of a shown term, in characters.
const TERM_MAX: usize = 100;

/// A test for a value that no record has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unknown {
    /// The test.
    pub predicate: Predicate,
    /// The part of it that no record has: its value, one of its words, or its key.
    pub part: String,
    /// Similar parts that records have, possibly not all.
    pub known: Vec<String>,
}

impl Unknown {
    /// Returns one line for people, with the test that was probably meant.
    pub fn hint(&self, schema: Schema) -> String {
        let term = |predicate| shorten(&normal::term(predicate, schema), TERM_MAX);
        let mut hint = format!("no record has {}", term(&self.predicate));
        match &self.predicate {
            Predicate::Words { query, .. } if query.words().len() > 1 => {
                let part = shorten(&self.part, TERM_MAX);
                hint += &format!(", as none has a word that begins with {part}");
            }
            Predicate::Phrase { phrase, .. } if phrase.entries().len() > 1 => {
                let part = shorten(&self.part, TERM_MAX);
                hint += &format!(", as none has the word {part}");
            }
            Predicate::Term { field, .. }
                if info(schema, *field).is_some_and(|info| info.kind == FieldKind::Country) =>
            {
                if let Ok(country) = CountryCode::parse(&self.part) {
                    hint += &format!(", which is {}", country.english_name());
                }
            }
            _ => {}
        }
        match self.nearest() {
            Some(known) => format!("{hint}; did you mean {}?", term(&self.with(known))),
            None => hint,
        }
    }

    fn nearest(&self) -> Option<&str> {
        // The prefix before the ids of resources is the same in all names.
        let is_name = self.predicate.field() == Field::Name;
        let id = |name| {
            str::rsplit(name, '/')
                .next()
                .filter(|_| is_name)
                .unwrap_or(name)
        };
        let mut known = self.known.iter().map(String::as_str);
        let ids = known.clone().map(id);
        let nearest = match self.predicate {
            Predicate::Words { .. } | Predicate::Phrase { .. } => nearest_word(&self.part, ids),
            _ => nearest(id(&self.part), ids),
        }?;
        known.find(|known| id(known) == nearest)
    }

    /// Returns the test with `known` instead of the unknown part.
    fn with(&self, known: &str) -> Predicate {
        let replaced = |text: &String| match *text == self.part {
            true => known.to_owned(),
            false => text.clone(),
        };
        match self.predicate.clone() {
            Predicate::Term { field, value } => Predicate::Term {
                field,
                value: replaced(&value),
            },
            Predicate::Words { field, query } => Predicate::Words {
                field,
                query: query.replacing(&self.part, known),
            },
            Predicate::Whole { field, name } => Predicate::Whole {
                field,
                name: replaced(&name),
            },
            Predicate::Phrase { field, phrase, .. } => Predicate::Phrase {
                field,
                phrase: phrase.replacing(&self.part, known),
                found: None,
            },
            Predicate::Annotation { key, value } => match key == self.part {
                true => Predicate::Annotation {
                    key: known.to_owned(),
                    value,
                },
                false => Predicate::Annotation {
                    key,
                    value: value.as_ref().map(replaced),
                },
            },
            other => other,
        }
    }
}
