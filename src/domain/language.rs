//! Which language tags name a language. [`LanguageTag`] checks the form alone, as stored records and filters
//! may have tags that name none.

use isolang::Language;

use super::{CountryCode, LanguageTag, Violations};

/// Codes that are often written for a language, and the code that is meant. The registry has withdrawn some
/// of them; the others are those of countries.
const OTHER_CODES: &[(&str, &str)] = &[
    ("cn", "zh"),
    ("cz", "cs"),
    ("dk", "da"),
    ("gr", "el"),
    ("iw", "he"),
    ("in", "id"),
    ("ji", "yi"),
    ("jp", "ja"),
    ("jw", "jv"),
    ("ua", "uk"),
    ("vn", "vi"),
];

/// Regions that the registry has beside those of ISO 3166-1: reserved, private or of the past.
const OTHER_REGIONS: &[&str] = &[
    "AA", "AC", "AN", "BU", "CP", "CQ", "CS", "DD", "DG", "EA", "EU", "EZ", "FX", "IC", "NT", "SU",
    "TA", "TP", "UN", "XK", "YD", "YU", "ZR", "ZZ",
];

/// Refuses a tag whose language or region the registry of BCP 47 lacks. Families of languages count as
/// lacking: no text is written in one.
pub(super) fn check(violations: &mut Violations, field: &str, tag: &LanguageTag) {
    if let Some(why) = unknown(tag.as_str()) {
        violations.add(field, why);
    }
}

/// Returns whether the registry has the language and region of a tag.
pub(super) fn is_known(tag: &LanguageTag) -> bool {
    unknown(tag.as_str()).is_none()
}

/// Returns what is wrong with a well-formed tag.
fn unknown(tag: &str) -> Option<String> {
    let mut subtags = tag.split('-');
    let language = subtags.next().unwrap_or(tag);
    if let Some(why) = unknown_language(language) {
        return Some(why);
    }
    // A single letter begins an extension or what is private.
    let region = subtags
        .take_while(|subtag| subtag.len() > 1)
        .find(|subtag| subtag.len() == 2)?;
    if CountryCode::parse(region).is_ok_and(|code| !code.is_union())
        || OTHER_REGIONS.contains(&region)
    {
        return None;
    }
    Some(match region {
        "UK" => format!("{tag:?}: UK is not a region; write {language}-GB"),
        _ => format!("{tag:?}: {region} is not a region; write a country, as in en-GB, or none"),
    })
}

fn unknown_language(code: &str) -> Option<String> {
    let meant = match code.len() {
        // What is private or was registered before there were rules.
        1 => return None,
        2 if Language::from_639_1(code).is_some() => return None,
        2 => OTHER_CODES
            .iter()
            .find(|(other, _)| *other == code)
            .map(|(_, meant)| *meant),
        3 => match Language::from_639_3(code) {
            // The shortest code is the one in the registry.
            Some(language) => Some(language.to_639_1()?),
            None if ("qaa"..="qtz").contains(&code) => return None,
            None => None,
        },
        _ => named(code),
    };
    Some(match meant {
        Some(meant) => format!("{code:?} is not the code of a language; write {meant}"),
        None => format!("{code:?} is not the code of a language; write it as in en, ja or zh-Hant"),
    })
}

/// Returns the code of a language by its English name in lower case.
fn named(name: &str) -> Option<&'static str> {
    let (first, rest) = name.split_at_checked(1)?;
    let language = Language::from_name(&(first.to_ascii_uppercase() + rest))?;
    Some(language.to_639_1().unwrap_or(language.to_639_3()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trial C9.
    #[test]
    fn c9_a_tag_names_a_language_that_there_is() {
        let why = |tag: &str| unknown(LanguageTag::parse(tag).expect(tag).as_str());
        for good in [
            "en",
            "ja",
            "en-GB",
            "zh-Hant-TW",
            "zh-yue",
            "yue",
            "es-419",
            "und",
            "mul",
            "zxx",
            "sr-Latn-XK",
            "x-desk",
            "i-klingon",
            "qaa",
            "ko-KR",
            "de-1996",
            "en-u-ca-gregory",
            "nb",
            "sh",
            "cnr",
            "ja-Latn-hepburn",
        ] {
            assert_eq!(why(good), None);
        }
        for (bad, meant) in [
            ("jp", "write ja"),
            ("English", "write en"),
            ("JAPANESE", "write ja"),
            ("eng", "write en"),
            ("jpn-JP", "write ja"),
            ("ua", "write uk"),
            ("en-UK", "write en-GB"),
            ("xx", "as in en"),
            ("qqq-QQ", "QQ is not a region"),
            ("klingon", "write tlh"),
        ] {
            let why = why(bad);
            assert!(
                why.as_ref().is_some_and(|why| why.contains(meant)),
                "{bad}: {why:?}"
            );
        }
    }
}
