use entente::filter::{Filter, MAX_CHARACTERS, Schema};

/// A filter is refused with a place within it, or has a normal form that is the same filter.
pub fn filter(input: &[u8]) {
    let Some(text) = super::text(input) else {
        return;
    };
    for schema in [Schema::Events, Schema::Partnerships, Schema::Bodies] {
        match Filter::parse(text, schema) {
            Ok(filter) => {
                assert_eq!(Filter::parse_kept(text, schema).as_ref(), Ok(&filter));
                is_normal(&filter, schema);
            }
            Err(error) => {
                assert!(error.offset <= text.len(), "{error} of {text:?}");
                assert!(!error.to_string().is_empty());
            }
        }
    }
}

fn is_normal(filter: &Filter, schema: Schema) {
    let normalized = filter.normalized();
    let again = Filter::parse(normalized, schema);
    match again {
        Ok(again) => {
            assert_eq!(&again, filter, "{normalized:?}");
            assert_eq!(again.normalized(), normalized);
            assert_eq!(again.canonical(), filter.canonical());
        }
        // Quotes and spaces may make it longer than what was written.
        Err(error) => assert!(normalized.chars().count() > MAX_CHARACTERS, "{error}"),
    }
    assert!(!filter.explain().iter().any(String::is_empty));
}
