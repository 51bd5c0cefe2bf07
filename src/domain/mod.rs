//! The content of events and partnerships, and its rules. No I/O, no clock, no messages.
//!
//! A value can only be made from a text that satisfies its rules. [`EventContent::check`] and
//! [`PartnershipContent::check`] check the rules that involve several fields and report every
//! violation at once.

pub mod edtf;
pub mod field_path;
pub mod limits;
pub mod search_words;

mod amount;
mod change;
mod checked_text;
mod claim;
mod codes;
mod country_names;
mod day;
mod decimal_sum;
mod event;
mod event_rules;
mod fuzzy_date;
mod merge;
mod name;
mod new_rules;
mod ordered_decimal;
mod partnership;
mod party;
mod slug;
mod source;
mod text_rules;
mod translation;
mod value;
mod view;
mod violation;
mod vocabularies;
mod vocabulary;

pub use amount::Amount;
pub use change::{Change, EventChange, PartnershipChange};
pub use checked_text::{AbsoluteUri, Decimal, Sha256Hex};
pub use claim::{ChangeNote, Claim};
pub use codes::{CountryCode, CurrencyCode, LanguageTag};
pub use day::{Day, Micros, Moment};
pub use decimal_sum::DecimalSum;
pub use event::{EventContent, Place, RelatedEvent, SeriesEntry};
pub use fuzzy_date::FuzzyDate;
pub use name::ResourceName;
pub use ordered_decimal::OrderedDecimal;
pub use partnership::PartnershipContent;
pub use party::Party;
pub use slug::Slug;
pub use source::Source;
pub use translation::Translation;
pub use view::View;
pub use violation::{Violation, Violations};
pub use vocabularies::{
    AmountQualifier, ChangeType, Instrument, Kind, Mode, PartyType, Reason, Relation, Reliability,
    Role, SourceType, State, Status, Step, TextOrigin, Verdict, Verification,
};
pub use vocabulary::Vocabulary;
