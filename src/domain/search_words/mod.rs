//! The words of a text, for search in texts of any language.
//!
//! Texts and queries are folded the same way ([`folding`]) and split into the same words ([`Words`]).
//! Scripts without spaces, such as Japanese, have no words to split at, so every suffix of a run of their
//! characters is indexed, and any part of the run is a prefix of an entry.
//!
//! There are three sorts of entries. A word is itself. Words joined by hyphens are also one entry of all of
//! them with a hyphen behind, so that a query finds them without the hyphens. A whole name is `=`, its words
//! with a space between each, a separator and the code of a country. No word begins with `=` or ends in a
//! hyphen, so each sort is found by itself.

mod compound;
mod folding;
mod index_words;
mod phrase;
mod query;
mod scripts;
mod stems;
mod whole_name;
mod words;

pub use compound::shown;
pub use index_words::{index_name, index_words};
pub use phrase::Phrase;
pub use query::{Query, SearchWord};
pub use whole_name::{is_whole_name, name_of_entry, whole_name, whole_names, words_of_name};

use folding::folded;
use words::Words;

/// The characters of a run without spaces that one entry keeps. A longer query is split into pieces.
const RUN_CHARS_MAX: usize = 12;

/// Returns the words of a text in order, as they are compared.
pub fn words(text: &str) -> Vec<String> {
    let folded = folded(text);
    Words::of(&folded)
        .map(|word| word.text().into_owned())
        .collect()
}
