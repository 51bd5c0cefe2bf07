use prost::{Message, Name};
use prost_reflect::{DynamicMessage, MessageDescriptor};

use super::ordered_json::OrderedJson;
use crate::wire::descriptors;

/// Prints `message` as proto JSON on one line, with fields in the order of the proto and map
/// entries sorted by key.
///
/// Fails for values that proto JSON cannot express: a time outside the years 1 to 9999, or a field
/// mask in other than snake case.
pub fn to_json<M: Message + Name>(message: &M) -> Result<String, String> {
    let message = reflect(message)?;
    serde_json::to_string(&OrderedJson(&message)).map_err(|error| error.to_string())
}

/// Parses one message of proto JSON.
///
/// Fails with a plain sentence that names the line and column; an unknown field is an error.
pub fn from_json<M: Message + Name + Default>(json: &str) -> Result<M, String> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let message = DynamicMessage::deserialize(descriptor(&M::full_name())?, &mut deserializer)
        .and_then(|message| deserializer.end().map(|()| message))
        .map_err(|error| plain(&error))?;
    message.transcode_to().map_err(|error| error.to_string())
}

/// Returns `message` as a dynamic message, which any serde format can serialize.
///
/// Fails when the message is not one of the public protos.
pub fn reflect<M: Message + Name>(message: &M) -> Result<DynamicMessage, String> {
    let mut reflected = DynamicMessage::new(descriptor(&M::full_name())?);
    reflected
        .transcode_from(message)
        .map_err(|error| error.to_string())?;
    Ok(reflected)
}

fn descriptor(full_name: &str) -> Result<MessageDescriptor, String> {
    descriptors()
        .get_message_by_name(full_name)
        .ok_or_else(|| format!("there is no message {full_name} in the public protos"))
}

fn plain(error: &serde_json::Error) -> String {
    if !error.is_data() {
        return format!("not JSON: {error}");
    }
    error
        .to_string()
        .replace("unrecognized field name", "unknown field")
        .replace("unrecognized enum value", "unknown enum value")
        .replace(
            "invalid field mask",
            "a field mask is a list of lowerCamelCase paths with commas",
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1;

    #[test]
    fn json_keeps_the_order_of_the_proto_and_names_enums() {
        let event = v1::Event {
            name: "events/a".into(),
            kind: v1::Kind::Meeting.into(),
            position: 7,
            ..Default::default()
        };

        let json = to_json(&event);

        let expected = r#"{"name":"events/a","kind":"KIND_MEETING","position":"7"}"#;
        assert_eq!(json.as_deref(), Ok(expected));
    }

    #[test]
    fn both_spellings_of_a_field_are_read() {
        let camel = from_json::<v1::Event>(r#"{"languageCode":"ja"}"#);
        let snake = from_json::<v1::Event>(r#"{"language_code":"ja"}"#);

        assert_eq!(camel, snake);
        assert_eq!(camel.map(|event| event.language_code).as_deref(), Ok("ja"));
    }

    #[test]
    fn an_unknown_field_is_named_with_its_line_and_column() {
        let error = from_json::<v1::Event>("{\"title\":\"a\",\n\"titel\":\"b\"}");

        assert_eq!(
            error,
            Err("unknown field 'titel' at line 2 column 7".into())
        );
    }

    #[test]
    fn an_unknown_enum_value_is_named() {
        let error = from_json::<v1::Event>(r#"{"kind":"KIND_PARTY"}"#).unwrap_err();

        assert!(
            error.starts_with("unknown enum value 'KIND_PARTY'"),
            "{error}"
        );
    }

    #[test]
    fn text_after_the_message_is_an_error() {
        let error = from_json::<v1::Event>("{} {}").unwrap_err();

        assert!(
            error.starts_with("not JSON: trailing characters"),
            "{error}"
        );
    }

    #[test]
    fn a_field_mask_in_snake_case_is_explained() {
        let json = r#"{"updateMask":"announce_date"}"#;
        let error = from_json::<v1::UpdateEventRequest>(json).unwrap_err();

        assert!(error.contains("lowerCamelCase"), "{error}");
    }
}
