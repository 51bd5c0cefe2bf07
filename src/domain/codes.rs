//! Codes of countries, currencies and languages.

use iso_currency::Currency;
use oxilangtag::LanguageTag as Bcp47;

use super::{
    country_names,
    value::{quoted, text_value},
};

text_value! {
    /// ISO 3166-1 alpha-2 in upper case, or `EU` for the European Union, which ISO reserves but does
    /// not assign.
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

/// RFC 5646, section 4.4.1, recommends room for 35 characters.
const LANGUAGE_CHARS_MAX: usize = 35;

impl CountryCode {
    /// Returns the country with this English name or three-letter code.
    pub fn named(name: &str) -> Option<Self> {
        country_names::code_of(name).map(|code| Self(code.into()))
    }

    /// Returns the English names of countries with their codes. Some countries have several names.
    pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
        country_names::all()
    }

    /// Returns the English name.
    pub fn english_name(&self) -> &'static str {
        match rust_iso3166::from_alpha2(&self.0) {
            Some(country) => country.name,
            None => "European Union",
        }
    }

    /// Returns whether this is the European Union.
    pub fn is_union(&self) -> bool {
        &*self.0 == "EU"
    }
}

impl LanguageTag {
    /// Returns English, the meaning of an empty `language_code`.
    pub fn english() -> Self {
        Self("en".into())
    }
}

fn country(text: &str) -> Result<&str, String> {
    if text == "EU" || is_upper(text) && rust_iso3166::from_alpha2(text).is_some() {
        return Ok(text);
    }
    Err(match (text, text.to_ascii_uppercase().as_str()) {
        ("UK" | "uk", _) => format!("{text:?} is not assigned in ISO 3166-1; write GB"),
        (_, upper) if upper != text && country(upper).is_ok() => {
            format!("{text:?} is not in upper case; write {upper}")
        }
        _ if let Some(code) = country_names::code_of(text) => {
            let text = quoted(text);
            format!("{text} is not the two-letter code of a country; write {code}")
        }
        _ => format!(
            "{} is not a country; write its ISO 3166-1 alpha-2 code in upper case, as in JP, or EU",
            quoted(text)
        ),
    })
}

fn currency(text: &str) -> Result<&str, String> {
    if is_upper(text) && Currency::from_code(text).is_some() {
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
    fn countries_are_assigned_codes_in_upper_case_or_the_union() {
        for good in ["JP", "GB", "TW", "EU"] {
            assert!(CountryCode::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "jp", "eu", "UK", "ZZ", "JPN", "J", "ＪＰ"] {
            assert!(CountryCode::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_error_for_a_nearly_right_country_gives_the_right_code() {
        let reason = |text| CountryCode::parse(text).expect_err(text);
        assert!(reason("uk").ends_with("write GB"));
        assert!(reason("jp").ends_with("write JP"));
        assert!(reason("Japan").ends_with("write JP"));
    }

    #[test]
    fn currencies_are_assigned_codes_in_upper_case() {
        assert!(CurrencyCode::parse("JPY").is_ok());
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
