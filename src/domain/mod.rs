//! What an event and a partnership are: their values, and the rules between them. No I/O, no clock,
//! no messages.
//!
//! A value can only be made from a text that satisfies its rules. The rules that involve several
//! fields are checked by [`EventContent::check`] and [`PartnershipContent::check`], which report
//! every violation at once.

pub mod edtf;
pub mod field_path;
pub mod limits;
pub mod words;

mod amount;
mod change;
mod claim;
mod codes;
mod country_names;
mod day;
mod event;
mod event_rules;
mod fuzzy_date;
mod merge;
mod name;
mod new_rules;
mod partnership;
mod party;
mod slug;
mod source;
mod terms;
mod text;
mod texts;
mod translation;
mod value;
mod view;
mod violation;
mod vocabulary;

pub use amount::Amount;
pub use change::{Change, EventChange, PartnershipChange};
pub use claim::{ChangeNote, Claim};
pub use codes::{CountryCode, CurrencyCode, LanguageTag};
pub use day::{Day, Micros, Moment};
pub use event::{EventContent, Place, RelatedEvent, SeriesEntry};
pub use fuzzy_date::FuzzyDate;
pub use name::ResourceName;
pub use partnership::PartnershipContent;
pub use party::Party;
pub use slug::Slug;
pub use source::Source;
pub use terms::{
    AmountQualifier, ChangeType, Instrument, Kind, Mode, PartyType, Reason, Relation, Reliability,
    Role, SourceType, State, Status, Step, TextOrigin, Verdict, Verification,
};
pub use texts::{AbsoluteUri, Decimal, Sha256Hex};
pub use translation::Translation;
pub use view::View;
pub use violation::{Violation, Violations};
pub use vocabulary::Vocabulary;
