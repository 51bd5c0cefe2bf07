//! Proto JSON, and the import format: one write a line ([`v1::TransferLine`]).
//!
//! What [`print_line`] prints, [`parse_line`] reads back to an equal line. [`Changes`] turns the
//! changes of a log into the lines that write them again.
//!
//! [`v1::TransferLine`]: crate::proto::v1::TransferLine

mod change;
mod content;
mod json;
mod line;
mod ordered;
mod words;

pub use change::Changes;
pub use json::{from_json, reflect, to_json};
pub use line::{parse_line, print_line};
pub use ordered::Ordered;
pub use words::{number_of, word_of, words};
