use crate::{cli::parse, proto::v1::Translation};

/// Parses `ja=第3回会合`: a language, and the title or name in it.
pub(super) fn translation(text: &str) -> Result<Translation, String> {
    match text.split_once('=') {
        Some((language, title)) if !language.is_empty() && !title.is_empty() => Ok(Translation {
            language_code: parse::language(language)?,
            title: title.to_owned(),
            ..Default::default()
        }),
        _ => Err(format!(
            "{text:?} is not a translation; write its language before it, as in ja=第3回会合"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_translation_follows_its_language() {
        let read = translation("zh-Hant=a=b").map(|it| (it.language_code, it.title));
        assert_eq!(read, Ok(("zh-Hant".into(), "a=b".into())));
        for text in ["", "ja", "ja=", "=x", "japanese=x"] {
            assert!(translation(text).is_err(), "{text}");
        }
    }
}
