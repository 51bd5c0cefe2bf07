//! All set fields of a message, one per row.

use std::collections::HashMap;

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage, Value};
use prost_types::Timestamp;

use crate::{
    proto::v1::FuzzyDate,
    transfer::{enum_word, reflect},
};

use super::table::{date_in_full, pairs, plain};

/// Prints the fields of `message` that are set, in the order of the proto.
pub(super) fn details<M: Message + Name>(message: &M, colour: bool) -> String {
    match reflect(message) {
        Ok(message) => pairs(rows(&message), colour),
        Err(error) => error,
    }
}

fn rows(message: &DynamicMessage) -> Vec<(String, String)> {
    let rows = message
        .fields()
        .map(|(field, value)| (field.name().to_owned(), block(&field, value)));
    rows.collect()
}

/// Formats a value with one line per item.
fn block(field: &FieldDescriptor, value: &Value) -> String {
    match value {
        Value::List(items) => items
            .iter()
            .map(|item| inline(field, item))
            .collect::<Vec<_>>()
            .join("\n"),
        Value::Map(entries) => lines(field, entries).join("\n"),
        value => inline(field, value),
    }
}

/// Formats the entries of a map, sorted by key.
fn lines(field: &FieldDescriptor, entries: &HashMap<MapKey, Value>) -> Vec<String> {
    let key = |key: &MapKey| key.as_str().map_or_else(|| format!("{key:?}"), plain);
    let mut lines: Vec<_> = entries
        .iter()
        .map(|(name, value)| format!("{}: {}", key(name), inline(field, value)))
        .collect();
    lines.sort();
    lines
}

/// Formats a value on one line.
fn inline(field: &FieldDescriptor, value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::String(value) => plain(value),
        Value::EnumNumber(number) => match field.kind() {
            Kind::Enum(descriptor) => enum_word(descriptor.full_name(), *number),
            _ => number.to_string(),
        },
        Value::Message(message) => inline_message(message),
        Value::List(items) => {
            // The parts of a message are separated by commas.
            let between = match field.kind() {
                Kind::Message(_) => "; ",
                _ => ", ",
            };
            let items = items.iter().map(|item| inline(field, item));
            items.collect::<Vec<_>>().join(between)
        }
        Value::Map(entries) => lines(field, entries).join(", "),
        // The protos use no other kinds.
        other => plain(&other.to_string()),
    }
}

fn inline_message(message: &DynamicMessage) -> String {
    match message.descriptor().full_name() {
        "google.protobuf.Timestamp" => decoded::<Timestamp>(message)
            .map(|timestamp| timestamp.to_string())
            .unwrap_or_default(),
        "google.protobuf.Duration" => decoded::<prost_types::Duration>(message)
            .map(|duration| duration.to_string())
            .unwrap_or_default(),
        "entente.v1.FuzzyDate" => date_in_full(decoded::<FuzzyDate>(message).as_ref()),
        _ => message
            .fields()
            .map(|(field, value)| format!("{} {}", field.name(), inline(&field, value)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn decoded<M: Message + Default>(message: &DynamicMessage) -> Option<M> {
    message.transcode_to().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{Event, Kind, Party, PartyType, Role};

    /// Trial D1: maps were printed with their text as octal escapes.
    #[test]
    fn d1_a_map_is_printed_as_plain_text() {
        let event = Event {
            annotations: [
                ("official-title".into(), "半導体協力".into()),
                ("desk".into(), "a\u{1b}b".into()),
            ]
            .into(),
            ..Default::default()
        };
        let party = Party {
            local_names: [("ja".into(), "経済産業省".into())].into(),
            ..Default::default()
        };

        let text = details(&event, false);
        assert!(text.contains("official-title: 半導体協力"), "{text}");
        assert!(text.contains("desk: a b\n"), "{text}");
        let text = details(&party, false);
        assert_eq!(text.trim(), "local_names  ja: 経済産業省");
    }

    #[test]
    fn every_set_field_is_a_row_in_plain_words() {
        let party = Party {
            r#type: PartyType::State.into(),
            country_code: "JP".into(),
            role: Role::CoChair.into(),
            ..Default::default()
        };
        let event = Event {
            name: "events/a".into(),
            kind: Kind::Meeting.into(),
            date: Some(FuzzyDate {
                edtf: "2025".into(),
                ..Default::default()
            }),
            parties: vec![party],
            create_time: Some(Timestamp {
                seconds: 0,
                nanos: 0,
            }),
            ..Default::default()
        };

        let text = details(&event, false);

        let rows: Vec<_> = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .collect();
        assert_eq!(rows[0], ["name", "events/a"]);
        assert_eq!(rows[1], ["kind", "meeting"]);
        assert_eq!(rows[2], ["date", "2025"]);
        let party = [
            "parties",
            "type",
            "state,",
            "country_code",
            "JP,",
            "role",
            "co-chair",
        ];
        assert_eq!(rows[3], party);
        assert_eq!(rows[4], ["create_time", "1970-01-01T00:00:00Z"]);
    }
}
