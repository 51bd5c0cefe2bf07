//! The filter language: one parser and one compiled form for lists, summaries, watches and
//! explanations.
//!
//! It is a subset of AIP-160. Terms are `field operator value`; AND, OR, NOT (or a leading `-`)
//! and parentheses combine them, and two terms side by side mean AND. AIP-160 lets OR bind tighter
//! than AND, which most readers do not expect, so a level that mixes the two without parentheses is
//! refused with both readings. `field:*` asks whether a field is set. `!=` is NOT of `=`, so that it
//! also holds where nothing is set, which AIP-160 leaves out. Values may be quoted with `"` or `'`; a
//! word of letters, digits and `- _ . / ~ ? * [ ] %` needs no quotes.
//!
//! `:` finds words by their beginnings, all of them in one name of a field, or in all texts of an event
//! taken together for `text`. `=` finds a whole name, and for `text` whole words in their order within
//! one text; [`search_words`](crate::domain::search_words) says how words are compared. A filter may also use
//! the field's name in the API, such as `parties.country_code`. Forms that mean something else in other
//! languages, such as a wildcard, are refused.
//!
//! # Elements of repeated fields
//!
//! Terms that one AND joins must all be true of the same element, if they name fields of the same repeated
//! field: `amount.value >= 1000 AND amount.currency = USD` asks for one such sum, and
//! `organisation:NEC AND party.role = SIGNATORY` for one such party. [`Repeated`] lists the repeated fields
//! and the fields of an element. An OR of such terms is about the same element too. Parentheses around a
//! single term change nothing; an AND in parentheses is about an element of its own.
//!
//! If a filter gives several values of one field, each may be met by a different element, which must also
//! satisfy the terms on the other fields. `party`, `body`, `organisation` and `person` count as one field
//! here: two of them may be two parties. Negated terms look at all elements: none may have the value.
//!
//! Of an amount or quantity that is a range, filters compare the lower end.
//!
//! # Dates
//!
//! A date is known only as precisely as its source, so it is a span of days, and so is the literal
//! it is compared with. With `D` the span of the event and `L` that of the literal:
//!
//! | term | true when |
//! |---|---|
//! | `date = L` | `D` lies within `L` |
//! | `date : L` | `D` and `L` overlap: the event may fall in `L` |
//! | `date < L` | the last day of `D` is before the first of `L` |
//! | `date <= L` | the last day of `D` is not after the last of `L` |
//! | `date > L` | the first day of `D` is after the last of `L` |
//! | `date >= L` | the first day of `D` is not before the first of `L` |
//! | `date != L` | not `date = L` |
//!
//! Days are those of the calendar where it happens, as the source has them: no time zone is applied.
//! A season without a hemisphere has no agreed months. Events may be dated by one, which spans the whole
//! year; filters must not ask for one. An undated event satisfies none of the comparisons; `-date:*` finds
//! it. An open end lies beyond every day. `create_time`, `update_time` and `known_since` are instants: a
//! date given for one of them means its whole span in UTC. `overdue` goes by the day in UTC.
//!
//! # Normal form
//!
//! Every filter has one normal form for people, see [`Filter::normalized`], in the writer's order.
//! Parsing it gives the same filter again. All filters of one meaning share a canonical text, see
//! [`Filter::canonical`], by which they are compared.
//!
//! # Bounds
//!
//! A filter has at most [`MAX_CHARACTERS`] characters and [`MAX_TERMS`] terms, nested at most
//! [`MAX_DEPTH`] deep. The normal form can be a little
//! longer than what was written. No input makes this module panic.

mod bodies;
mod canonical;
mod compile;
mod compiled;
mod defaults;
mod document;
mod element;
mod error;
mod explain;
mod expr;
mod facts;
mod field;
mod instant;
mod lexer;
mod lookup;
mod misleading;
mod mixed;
mod normal;
mod parser;
mod paths;
mod schema;
mod scope;
mod suggest;
#[cfg(test)]
mod tests;
mod tree;
mod unknown;
mod value;
mod vocabulary;

pub use bodies::{
    BodiesOfTerm, BodySet, FILTER_BODIES_MAX, NAMED_BODIES_MAX, NamedBody, NamingFields,
};
pub use compiled::Filter;
pub use document::{Document, Term, Terms};
pub use element::{Element, Elements, Repeated};
pub use error::FilterError;
pub use expr::{Comparison, Expr, Predicate};
pub use facts::{
    AmountFacts, ClaimFacts, DateFacts, Facts, IdentifierFacts, PartyFacts, PlaceFacts,
    QuantityFacts, RelatedFacts, ResourceSort, SourceFacts, TranslationFacts,
};
pub use field::{Field, fields};
pub use parser::{MAX_CHARACTERS, MAX_DEPTH, MAX_TERMS};
pub use schema::{FieldInfo, FieldKind, Schema};
pub use unknown::Unknown;
