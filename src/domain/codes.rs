//! Codes of countries, currencies and languages.

use iso_currency::Currency;
use oxilangtag::LanguageTag as Bcp47;

use super::{
    country_names, unions,
    value::{quoted, text_value},
};

text_value! {
    /// A state: ISO 3166-1 alpha-2 in upper case, or `XK`, the user-assigned code of Kosovo. Or a union:
    /// `EU`, which ISO reserves but does not assign, or a code of our own such as `ASEAN`.
    CountryCode, country
}

text_value! {
    /// ISO 4217 in upper case.
    CurrencyCode, currency
}

text_value! {
    /// A well-formed BCP 47 tag of at most 35 characters in the case that RFC 5646 recommends:
    /// `en`, `zh-Hant-TW`.
    LanguageTag, language
}

/// Codes that ISO 4217 has withdrawn since 1990 and iso_currency lacks: sums of those years have them.
const HISTORIC_CURRENCIES: &[&str] = &[
    "AFA", "ANG", "AOK", "AON", "AOR", "ATS", "AZM", "BEF", "BGL", "BYB", "BYR", "CSD", "CSK",
    "CYP", "DEM", "ECS", "EEK", "ESP", "FIM", "FRF", "GEK", "GHC", "GRD", "GWP", "HRD", "IEP",
    "ITL", "LTL", "LTT", "LUF", "LVL", "LVR", "MGF", "MRO", "MTL", "MXP", "MZM", "NLG", "PEI",
    "PLZ", "PTE", "ROL", "RUR", "SDD", "SIT", "SKK", "SRG", "STD", "TJR", "TMM", "TPE", "TRL",
    "UAK", "UYP", "VEB", "VEF", "XEU", "YUM", "YUN", "ZMK", "ZRN", "ZRZ", "ZWD", "ZWN", "ZWR",
];

/// RFC 5646, section 4.4.1, recommends room for 35 characters.
const LANGUAGE_CHARS_MAX: usize = 35;

impl CountryCode {
    /// Returns the country or union with this English name, or the country with this three-letter code.
    pub fn named(name: &str) -> Option<Self> {
        country_names::code_of(name).map(|code| Self(code.into()))
    }

    /// Returns the English names of countries and unions with their codes. Some have several names.
    pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
        country_names::all()
    }

    /// Returns the English name.
    pub fn english_name(&self) -> &'static str {
        match rust_iso3166::from_alpha2(&self.0) {
            Some(country) => country.name,
            None => unions::english_name(&self.0).unwrap_or("Kosovo"),
        }
    }

    /// Returns whether this is a union and no state.
    pub fn is_union(&self) -> bool {
        unions::is_code(&self.0)
    }
}

/// Returns whether a code is that of a union and of no state.
pub fn is_union_code(code: &str) -> bool {
    unions::is_code(code)
}

impl LanguageTag {
    /// Returns English, the meaning of an empty `language_code`.
    pub fn english() -> Self {
        Self("en".into())
    }
}

fn country(text: &str) -> Result<&str, String> {
    // Most are states.
    if is_upper(text) && rust_iso3166::from_alpha2(text).is_some() {
        return Ok(text);
    }
    if text == "XK" || unions::is_code(text) {
        return Ok(text);
    }
    Err(match (text, text.to_ascii_uppercase().as_str()) {
        ("UK" | "uk", _) => format!("{text:?} is not assigned in ISO 3166-1; write GB"),
        (_, upper) if upper != text && country(upper).is_ok() => {
            format!("{text:?} is not in upper case; write {upper}")
        }
        _ if let Some(code) = country_names::code_of(text) => {
            let text = quoted(text);
            format!("{text} is not the code of a country or union; write {code}")
        }
        _ => format!(
            "{} is not a country or union; write the ISO 3166-1 alpha-2 code in upper case, as in JP, or \
             that of a union: {}",
            quoted(text),
            unions::codes()
        ),
    })
}

fn currency(text: &str) -> Result<&str, String> {
    if is_upper(text) && Currency::from_code(text).is_some() || HISTORIC_CURRENCIES.contains(&text)
    {
        return Ok(text);
    }
    Err(format!(
        "{} is not a currency; write its ISO 4217 code in upper case, as in JPY",
        quoted(text)
    ))
}

fn language(text: &str) -> Result<String, String> {
    if text.len() <= LANGUAGE_CHARS_MAX
        && let Ok(tag) = Bcp47::parse_and_normalize(text)
    {
        return Ok(tag.into_inner());
    }
    Err(format!(
        "{} is not a language tag; write BCP 47, as in en, ja or zh-Hant",
        quoted(text)
    ))
}

fn is_upper(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c9_countries_are_assigned_codes_in_upper_case_or_unions() {
        for (good, is_union) in [
            ("JP", false),
            ("GB", false),
            ("TW", false),
            ("AU", false),
            ("XK", false),
            ("EU", true),
            ("ASEAN", true),
            ("AFRICAN-UNION", true),
            ("G7", true),
        ] {
            let code = CountryCode::parse(good).expect(good);
            assert_eq!(code.is_union(), is_union, "{good}");
            assert_ne!(code.english_name(), "", "{good}");
        }
        assert_eq!(
            CountryCode::parse("XK").map(|it| it.english_name()),
            Ok("Kosovo")
        );
        for bad in [
            "", "jp", "eu", "UK", "ZZ", "JPN", "J", "ＪＰ", "asean", "G8",
        ] {
            assert!(CountryCode::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_error_for_a_nearly_right_country_gives_the_right_code() {
        let reason = |text| CountryCode::parse(text).expect_err(text);
        assert!(reason("uk").ends_with("write GB"));
        assert!(reason("jp").ends_with("write JP"));
        assert!(reason("Japan").ends_with("write JP"));
        assert!(reason("asean").ends_with("write ASEAN"));
        assert!(reason("African Union").ends_with("write AFRICAN-UNION"));
    }

    #[test]
    fn currencies_are_assigned_codes_in_upper_case() {
        // Trial C9: some are withdrawn.
        for good in [
            "JPY", "ANG", "LTL", "BYR", "MRO", "STD", "VEF", "HRK", "SLL",
        ] {
            assert!(CurrencyCode::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "jpy", "ABC", "YEN", "€"] {
            assert!(CurrencyCode::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn language_tags_are_normalised_to_their_usual_case() {
        let normal = |text| LanguageTag::parse(text).expect(text).to_string();
        assert_eq!(normal("JA"), "ja");
        assert_eq!(normal("zh-hant-tw"), "zh-Hant-TW");
        for bad in [
            "",
            "e",
            "en_GB",
            "日本語",
            "en-",
            &format!("x-{}", "a-".repeat(20)),
        ] {
            assert!(LanguageTag::parse(bad).is_err(), "{bad}");
        }
    }
}
