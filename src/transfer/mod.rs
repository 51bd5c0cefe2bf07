//! Proto JSON, and the import format, which has one write per line ([`v1::TransferLine`]).
//!
//! [`parse_line`] reads what [`print_line`] prints and gives an equal line. [`LineBuilder`] turns
//! the changes of a log into the lines that reproduce them.
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
