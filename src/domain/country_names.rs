//! Countries by their names in English, for people who write a name where a code is due.

use std::{collections::HashMap, sync::LazyLock};

use super::words;

/// Names in common use that ISO 3166-1 does not have, or has with more words.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("America", "US"),
    ("Britain", "GB"),
    ("Brunei", "BN"),
    ("Burma", "MM"),
    ("Cape Verde", "CV"),
    ("Czech Republic", "CZ"),
    ("Democratic Republic of Congo", "CD"),
    ("East Timor", "TL"),
    ("Emirates", "AE"),
    ("England", "GB"),
    ("Europe", "EU"),
    ("European Union", "EU"),
    ("Great Britain", "GB"),
    ("Holland", "NL"),
    ("Ivory Coast", "CI"),
    ("Korea", "KR"),
    ("Laos", "LA"),
    ("Macau", "MO"),
    ("Macedonia", "MK"),
    ("North Korea", "KP"),
    ("Russia", "RU"),
    ("South Korea", "KR"),
    ("Swaziland", "SZ"),
    ("Syria", "SY"),
    ("Turkey", "TR"),
    ("UAE", "AE"),
    ("United Kingdom", "GB"),
    ("United States", "US"),
    ("Vatican", "VA"),
    ("Vietnam", "VN"),
];

/// Codes by the words of names and by three-letter codes.
static CODES: LazyLock<HashMap<Vec<String>, &'static str>> = LazyLock::new(|| {
    let mut codes = HashMap::new();
    for country in rust_iso3166::ALL {
        codes.insert(key(country.alpha3), country.alpha2);
        codes.insert(key(country.name), country.alpha2);
        let short = country.name.split('(').next().unwrap_or(country.name);
        codes.entry(key(short)).or_insert(country.alpha2);
    }
    codes.extend(OTHER_NAMES.iter().map(|(name, code)| (key(name), *code)));
    codes
});

/// The code of the country that has this name, in any case and with its words in any order.
pub(super) fn code_of(name: &str) -> Option<&'static str> {
    CODES.get(&key(name)).copied()
}

/// Every name with its code.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let iso = rust_iso3166::ALL.iter();
    let iso = iso.map(|country| (country.name, country.alpha2));
    iso.chain(OTHER_NAMES.iter().copied())
}

fn key(name: &str) -> Vec<String> {
    let mut words = words::query_words(name);
    words.retain(|word| word != "the");
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trial C6.
    #[test]
    fn c6_a_country_is_found_by_its_usual_and_by_its_full_name() {
        for (name, code) in [
            ("Japan", "JP"),
            ("JPN", "JP"),
            ("korea", "KR"),
            ("Republic of Korea", "KR"),
            ("the Democratic People's Republic of Korea", "KP"),
            ("Congo", "CG"),
            ("Türkiye", "TR"),
            ("Turkiye", "TR"),
            ("Taiwan", "TW"),
            ("the Netherlands", "NL"),
            ("UNITED STATES OF AMERICA", "US"),
            ("United Kingdom", "GB"),
            ("Cote d'Ivoire", "CI"),
            ("European Union", "EU"),
        ] {
            assert_eq!(code_of(name), Some(code), "{name}");
        }
        for name in ["", "JP", "Japonia", "the"] {
            assert_eq!(code_of(name), None, "{name}");
        }
    }

    #[test]
    fn every_other_name_is_of_a_country_that_there_is() {
        for (name, code) in OTHER_NAMES {
            assert!(crate::domain::CountryCode::parse(code).is_ok(), "{name}");
            assert_eq!(code_of(name), Some(*code), "{name}");
        }
    }
}
