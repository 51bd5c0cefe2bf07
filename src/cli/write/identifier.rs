use crate::proto::v1::Identifier;

/// Parses `celex=22024A00001`. The server checks both parts.
pub(super) fn identifier(text: &str) -> Result<Identifier, String> {
    match text.split_once('=') {
        Some((scheme, value)) if !scheme.is_empty() && !value.is_empty() => Ok(Identifier {
            scheme: scheme.to_owned(),
            value: value.to_owned(),
        }),
        _ => Err(format!(
            "{text:?} is not an identifier; write its scheme before it, as in celex=22024A00001"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_follows_its_scheme() {
        let read = identifier("un-treaty-series=I=1").map(|it| (it.scheme, it.value));
        assert_eq!(read, Ok(("un-treaty-series".into(), "I=1".into())));
        for text in ["", "celex", "celex=", "=1"] {
            assert!(identifier(text).is_err(), "{text}");
        }
    }
}
