//! Where in a JSON text a fault is, which the parser gives by line and column alone.

use prost_reflect::{Kind, MessageDescriptor};

use crate::domain::Moment;

/// The field of a message that a fault in its JSON concerns.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct JsonPlace {
    /// The names on the way to it, as the text has them, and the indices.
    pub path: String,
    /// What may stand there, if that is one of a list.
    pub expected: Option<String>,
}

/// One object or array that is open at a place.
enum Open {
    /// With the key before the place.
    Object(Option<String>),
    /// With the index of the entry at the place.
    Array(usize),
}

/// Returns the place at this column, counted in bytes from 1, of one line of JSON that is a message.
/// The text is sound up to there.
pub(super) fn place(line: &str, column: usize, message: &MessageDescriptor) -> Option<JsonPlace> {
    let open = open_at(line.as_bytes().get(..column.min(line.len()))?)?;
    let mut path = String::new();
    let mut at = Some(Kind::Message(message.clone()));
    let mut expected = None;
    for (depth, open) in open.iter().enumerate() {
        match open {
            Open::Array(index) => path.push_str(&format!("[{index}]")),
            Open::Object(None) => break,
            Open::Object(Some(key)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
                at = match at {
                    Some(Kind::Message(message)) => field(&message, key, depth, &mut expected),
                    _ => None,
                };
            }
        }
    }
    if let Some(Kind::Enum(values)) = &at {
        // Writes refuse the unspecified value.
        let given = values.values().filter(|it| it.number() != 0);
        let names: Vec<_> = given.map(|it| it.name().to_owned()).collect();
        expected = Some(format!("write one of {}", names.join(", ")));
    }
    if let (Some(Kind::Message(message)), Some(text)) = (&at, text_before(line, column)) {
        expected = instead_of_text(message.full_name(), &text);
    }
    (!path.is_empty()).then_some(JsonPlace { path, expected })
}

/// Returns the string that ends at this column, counted in bytes from 1.
fn text_before(line: &str, column: usize) -> Option<String> {
    let before = line.get(..column)?;
    let end = before.strip_suffix('"')?;
    let begin = end.rfind('"')?;
    serde_json::from_str(&before[begin..]).ok()
}

/// Returns what to write instead of a text where a message stands.
fn instead_of_text(message: &str, text: &str) -> Option<String> {
    let field = match message {
        "entente.v1.FuzzyDate" => "edtf",
        "entente.v1.Place" => "city",
        "google.protobuf.Timestamp" => {
            let time = format!("{text}T00:00:00Z");
            let is_day = time.parse::<Moment>().is_ok();
            return Some(match is_day {
                true => format!("write {time}"),
                false => "write it as in 2024-01-01T00:00:00Z".to_owned(),
            });
        }
        _ => return None,
    };
    let text = serde_json::Value::from(text);
    Some(format!(r#"write {{"{field}": {text}}}"#))
}

/// Returns the kind of a field, and says which there are if there is none of this name.
fn field(
    message: &MessageDescriptor,
    key: &str,
    depth: usize,
    expected: &mut Option<String>,
) -> Option<Kind> {
    let found = message.get_field_by_json_name(key);
    match found.or_else(|| message.get_field_by_name(key)) {
        // The keys of a map are no fields.
        Some(field) if field.is_map() => None,
        Some(field) => Some(field.kind()),
        None => {
            // The caller lists the writes, which are the fields of the outermost message.
            if depth > 0 && !message.full_name().starts_with("google.protobuf.") {
                let names: Vec<_> = message.fields().map(|it| it.name().to_owned()).collect();
                *expected = Some(format!("its fields are {}", names.join(", ")));
            }
            None
        }
    }
}

/// Returns what is open at the end of the beginning of a JSON text.
fn open_at(text: &[u8]) -> Option<Vec<Open>> {
    let mut open: Vec<Open> = Vec::new();
    let mut is_key = false;
    let mut rest = text.iter().enumerate();
    while let Some((at, byte)) = rest.next() {
        match byte {
            b'{' => {
                open.push(Open::Object(None));
                is_key = true;
            }
            b'[' => {
                open.push(Open::Array(0));
                is_key = false;
            }
            // The fault is in what ends here.
            b'}' | b']' if at + 1 == text.len() => break,
            b'}' | b']' => {
                open.pop();
            }
            b',' => match open.last_mut() {
                Some(Open::Array(index)) => *index += 1,
                _ => is_key = true,
            },
            b':' => is_key = false,
            b'"' => {
                let end = loop {
                    match rest.next() {
                        Some((_, b'\\')) => {
                            rest.next();
                        }
                        Some((end, b'"')) => break end + 1,
                        Some(_) => {}
                        None => break text.len(),
                    }
                };
                if let (true, Some(Open::Object(key))) = (is_key, open.last_mut()) {
                    let written = text.get(at..end)?;
                    *key = Some(serde_json::from_slice(written).ok()?);
                }
            }
            _ => {}
        }
    }
    Some(open)
}

#[cfg(test)]
mod tests {
    use prost::Name as _;

    use super::*;
    use crate::{proto::v1, wire::descriptors};

    fn found(text: &str) -> (String, Option<String>) {
        let message = descriptors().get_message_by_name(&v1::TransferLine::full_name());
        let message = message.expect("it is public");
        let found = place(text, text.len(), &message).expect("a place");
        (found.path, found.expected)
    }

    #[test]
    fn a_place_has_names_and_indices() {
        for (text, path) in [
            (r#"{"create_event""#, "create_event"),
            (
                r#"{"create_event":{"event":{"titel""#,
                "create_event.event.titel",
            ),
            (
                r#"{"createEvent":{"a":{"b":[1,{"c":"}"}]},"event":{"parties":[{"type":1},{"role":7"#,
                "createEvent.event.parties[1].role",
            ),
            (
                r#"{"createEvent":{"event":{"title":[""#,
                "createEvent.event.title[0]",
            ),
            (
                r#"{"createEvent":{"event":{"title":{}"#,
                "createEvent.event.title",
            ),
            (
                r#"{"createEvent":{"ev\u0065nt":{"t\"x":3"#,
                "createEvent.event.t\"x",
            ),
        ] {
            assert_eq!(found(text).0, path, "{text}");
        }
    }

    #[test]
    fn what_may_stand_there_is_listed() {
        let (_, kinds) = found(r#"{"createEvent":{"event":{"kind":"KIND_PARTY""#);
        assert!(
            kinds
                .as_ref()
                .is_some_and(|kinds| kinds.contains("KIND_MEETING,"))
        );
        let (_, fields) = found(r#"{"createEvent":{"evnt""#);
        assert!(fields.is_some_and(|fields| fields.contains("event_id,")));
        assert!(kinds.is_some_and(|kinds| !kinds.contains("UNSPECIFIED")));
        let (_, none) = found(r#"{"createEvent":{"event":{"annotations":{"a":3"#);
        assert_eq!(none, None);
        for (text, instead) in [
            (r#""event":{"date":"2024""#, r#"write {"edtf": "2024"}"#),
            (r#""event":{"place":"Tokyo""#, r#"write {"city": "Tokyo"}"#),
            (r#""knownSince":"2024-01-01""#, "write 2024-01-01T00:00:00Z"),
            (
                r#""knownSince":"2024""#,
                "write it as in 2024-01-01T00:00:00Z",
            ),
        ] {
            let (_, told) = found(&format!(r#"{{"createEvent":{{{text}"#));
            assert_eq!(told.as_deref(), Some(instead));
        }
    }
}
