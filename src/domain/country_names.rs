//! The English names of countries and unions, to suggest the code when a name is given instead.

use std::{collections::HashMap, sync::LazyLock};

use super::{search_words, unions};

/// Names in common use that ISO 3166-1 lacks or has in a longer form.
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
    ("Great Britain", "GB"),
    ("Holland", "NL"),
    ("Ivory Coast", "CI"),
    ("Korea", "KR"),
    ("Kosovo", "XK"),
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

/// Country codes by the words of the names and by three-letter codes.
static CODES: LazyLock<HashMap<Vec<String>, &'static str>> = LazyLock::new(|| {
    let mut codes = HashMap::new();
    for country in rust_iso3166::ALL {
        codes.insert(key(country.alpha3), country.alpha2);
        codes.insert(key(country.name), country.alpha2);
        let short = country.name.split('(').next().unwrap_or(country.name);
        codes.entry(key(short)).or_insert(country.alpha2);
    }
    let others = OTHER_NAMES.iter().copied().chain(unions::names());
    codes.extend(others.map(|(name, code)| (key(name), code)));
    codes
});

/// Returns the code of the country or union with this name, in any case and any order of its words.
pub(super) fn code_of(name: &str) -> Option<&'static str> {
    CODES.get(&key(name)).copied()
}

/// Returns every name with its code.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let iso = rust_iso3166::ALL.iter();
    let iso = iso.map(|country| (country.name, country.alpha2));
    iso.chain(OTHER_NAMES.iter().copied())
        .chain(unions::names())
}

fn key(name: &str) -> Vec<String> {
    let mut words = search_words::words(name);
    words.retain(|word| word != "the");
    words.sort_unstable();
    words.dedup();
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
            ("african union", "AFRICAN-UNION"),
            ("Council of Europe", "COE"),
            ("the United Nations", "UN"),
            ("Quad", "QUAD"),
            ("Kosovo", "XK"),
        ] {
            assert_eq!(code_of(name), Some(code), "{name}");
        }
        for name in ["", "JP", "Japonia", "the"] {
            assert_eq!(code_of(name), None, "{name}");
        }
    }

    #[test]
    fn every_other_name_belongs_to_a_country_that_exists() {
        for (name, code) in OTHER_NAMES.iter().copied().chain(super::unions::names()) {
            assert!(crate::domain::CountryCode::parse(code).is_ok(), "{name}");
            assert_eq!(code_of(name), Some(code), "{name}");
        }
    }
}
