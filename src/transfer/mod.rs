//! Proto JSON, and the import format, which has one write per line ([`v1::TransferLine`]).
//!
//! [`parse_line`] reads what [`print_line`] prints and gives an equal line. [`LineBuilder`] turns
//! the changes of a log into the lines that reproduce them.
//!
//! [`v1::TransferLine`]: crate::proto::v1::TransferLine

mod content;
mod enum_words;
mod json;
mod json_place;
mod line;
mod line_builder;
mod ordered_json;

pub use enum_words::{enum_number, enum_word, enum_words};
pub use json::{from_json, reflect, to_json};
pub use line::{parse_line, print_line};
pub use line_builder::{LeftOut, LineBuilder, position};
pub use ordered_json::OrderedJson;
