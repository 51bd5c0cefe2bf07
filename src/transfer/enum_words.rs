use prost_reflect::EnumDescriptor;

use crate::wire::descriptors;

/// Returns the values of a public enum as words for people, such as `letter-of-intent`, in the
/// order of the proto, without the unspecified one. Empty when there is no such enum.
pub fn enum_words(full_name: &str) -> Vec<String> {
    let Some(descriptor) = descriptors().get_enum_by_name(full_name) else {
        return Vec::new();
    };
    let given = descriptor.values().filter(|value| value.number() != 0);
    given.map(|value| word(&descriptor, value.name())).collect()
}

/// Returns the number of a word of [`enum_words`], in any case and with `-` or `_`, or of the
/// value's full name.
pub fn enum_number(full_name: &str, text: &str) -> Option<i32> {
    let text = text.to_ascii_lowercase().replace('_', "-");
    let descriptor = descriptors().get_enum_by_name(full_name)?;
    let found = descriptor.values().find(|value| {
        let name = value.name().to_ascii_lowercase().replace('_', "-");
        name == text || word(&descriptor, value.name()) == text
    })?;
    Some(found.number())
}

/// Returns the word for a number; empty for the unspecified value, and the number itself when this
/// version does not know it.
pub fn enum_word(full_name: &str, number: i32) -> String {
    let descriptor = descriptors().get_enum_by_name(full_name);
    let known = descriptor.and_then(|descriptor| {
        let value = descriptor.get_value(number)?;
        Some(word(&descriptor, value.name()))
    });
    match known {
        _ if number == 0 => String::new(),
        Some(word) => word,
        None => number.to_string(),
    }
}

/// Turns `KIND_LETTER_OF_INTENT` of `Kind` into `letter-of-intent`. The lint of the protos ensures
/// that every value has the prefix of its enum.
fn word(descriptor: &EnumDescriptor, value: &str) -> String {
    let prefix_words = descriptor
        .name()
        .chars()
        .filter(char::is_ascii_uppercase)
        .count();
    let words: Vec<_> = value.split('_').skip(prefix_words).collect();
    words.join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{EndReason, Instrument};

    const INSTRUMENT: &str = "entente.v1.Instrument";

    #[test]
    fn a_word_and_its_number_convert_into_each_other() {
        let number = Instrument::LetterOfIntent as i32;

        assert_eq!(enum_word(INSTRUMENT, number), "letter-of-intent");
        assert_eq!(enum_number(INSTRUMENT, "letter-of-intent"), Some(number));
        assert_eq!(enum_number(INSTRUMENT, "LETTER_OF_INTENT"), Some(number));
    }

    #[test]
    fn the_whole_prefix_of_an_enum_of_two_words_is_left_out() {
        let number = EndReason::MaxAge as i32;

        assert_eq!(enum_word("entente.v1.EndReason", number), "max-age");
    }

    #[test]
    fn the_unspecified_value_has_no_word() {
        assert_eq!(enum_word(INSTRUMENT, 0), "");
        assert!(!enum_words(INSTRUMENT).contains(&"unspecified".to_owned()));
    }

    #[test]
    fn a_number_of_a_later_version_stays_visible() {
        assert_eq!(enum_word(INSTRUMENT, 999), "999");
    }
}
