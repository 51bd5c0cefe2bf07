//! The content of events, partnerships and bodies, and its rules. No I/O, no clock, no messages.
//!
//! A value can only be made from a text that satisfies its rules. [`EventContent::check`],
//! [`PartnershipContent::check`] and [`BodyContent::check`] check the rules that involve several fields and report every
//! violation at once.

pub mod edtf;
pub mod field_path;
pub mod limits;
pub mod search_words;

mod amount;
mod body;
mod change;
mod checked_text;
mod claim;
mod codes;
mod country_names;
mod day;
mod decimal_sum;
mod event;
mod event_rules;
mod figure;
mod fuzzy_date;
mod identifier;
mod language;
mod merge;
mod name;
mod new_rules;
mod ordered_decimal;
mod partnership;
mod party;
mod quantity;
mod slug;
mod source;
mod standing;
mod text_rules;
mod translation;
mod unions;
mod value;
mod view;
mod violation;
mod vocabularies;
mod vocabulary;
mod written_number;

pub use amount::{Amount, Equivalent};
pub use body::{BodyContent, BodyName, BodySuccession};
pub use change::{Change, EventChange, RecordChange};
pub use checked_text::{AbsoluteUri, Decimal, Sha256Hex};
pub use claim::{ChangeNote, Claim};
pub use codes::{CountryCode, CurrencyCode, LanguageTag, is_union_code};
pub use day::{Day, Micros, Moment};
pub use decimal_sum::DecimalSum;
pub use event::{EventContent, Place, RelatedEvent, SeriesEntry};
pub use figure::Figure;
pub use fuzzy_date::FuzzyDate;
pub use identifier::Identifier;
pub use name::ResourceName;
pub use ordered_decimal::OrderedDecimal;
pub use partnership::PartnershipContent;
pub use party::Party;
pub use quantity::Quantity;
pub use slug::{Slug, with_fitting_example};
pub use source::Source;
pub use standing::PartyStanding;
pub use translation::Translation;
pub use view::View;
pub use violation::{Violation, Violations};
pub use vocabularies::{
    AmountQualifier, BodyKind, BodyNameType, ChangeType, Instrument, Kind, Mode, PartyType, Reason,
    Relation, Reliability, Role, SourceType, Standing, State, Status, Step, TextOrigin, Verdict,
    Verification,
};
pub use vocabulary::Vocabulary;
pub use written_number::plain_number;
