use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use prost_reflect::{DynamicMessage, Kind, MapKey, ReflectMessage as _, Value};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap as _, SerializeSeq as _},
};

/// Serializes a message as proto JSON with map entries sorted by key, so that equal messages give
/// equal text. A [`DynamicMessage`] alone serializes them in the order of a hash map.
pub struct OrderedJson<'a>(pub &'a DynamicMessage);

struct OrderedValue<'a>(&'a Value, &'a Kind);

impl Serialize for OrderedJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // These have special forms and no maps.
        let descriptor = self.0.descriptor();
        if descriptor.package_name() == "google.protobuf" {
            return self.0.serialize(serializer);
        }
        let mut object = serializer.serialize_map(None)?;
        for (field, value) in self.0.fields() {
            object.serialize_entry(field.json_name(), &OrderedValue(value, &field.kind()))?;
        }
        object.end()
    }
}

impl Serialize for OrderedValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Message(message) => OrderedJson(message).serialize(serializer),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&OrderedValue(item, self.1))?;
                }
                list.end()
            }
            Value::Map(entries) => {
                let kind = match self.1 {
                    Kind::Message(entry) => entry.map_entry_value_field().kind(),
                    other => other.clone(),
                };
                let entries: BTreeMap<&MapKey, &Value> = entries.iter().collect();
                let mut object = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    object.serialize_entry(&text(key), &OrderedValue(value, &kind))?;
                }
                object.end()
            }
            Value::EnumNumber(number) => match self.1 {
                Kind::Enum(words) => match words.get_value(*number) {
                    Some(word) => serializer.serialize_str(word.name()),
                    None => serializer.serialize_i32(*number),
                },
                _ => serializer.serialize_i32(*number),
            },
            Value::String(value) => serializer.serialize_str(value),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::I32(value) => serializer.serialize_i32(*value),
            Value::U32(value) => serializer.serialize_u32(*value),
            // JSON readers may keep only 53 bits of a number.
            Value::I64(value) => serializer.collect_str(value),
            Value::U64(value) => serializer.collect_str(value),
            Value::F32(value) => float(f64::from(*value), serializer),
            Value::F64(value) => float(*value, serializer),
            Value::Bytes(value) => serializer.serialize_str(&STANDARD.encode(value)),
        }
    }
}

fn float<S: Serializer>(value: f64, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        value if value.is_finite() => serializer.serialize_f64(value),
        value if value.is_nan() => serializer.serialize_str("NaN"),
        value if value > 0.0 => serializer.serialize_str("Infinity"),
        _ => serializer.serialize_str("-Infinity"),
    }
}

fn text(key: &MapKey) -> String {
    match key {
        MapKey::String(key) => key.clone(),
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        proto::v1::{
            Event, EventChange, ExportRecords, ExportStoreResponse, FuzzyDate, Party, Source,
            export_store_response::Part,
        },
        transfer::reflect,
    };

    fn change() -> EventChange {
        let map = |n: usize| {
            (0..n)
                .map(|n| (format!("key-{n}"), n.to_string()))
                .collect()
        };
        let event = Event {
            name: "events/a".into(),
            // A value that this version does not know.
            kind: 99,
            status: 2,
            binding: Some(false),
            date: Some(FuzzyDate::default()),
            parties: vec![Party {
                identifiers: map(16),
                local_names: map(16),
                ..Party::default()
            }],
            sources: vec![Source {
                retrieve_time: Some(prost_types::Timestamp {
                    seconds: 253_402_300_799,
                    nanos: 999_999_999,
                }),
                ..Source::default()
            }],
            annotations: map(32),
            position: i64::MAX,
            ..Event::default()
        };
        EventChange {
            event: Some(event),
            changed_fields: Some(prost_types::FieldMask {
                paths: vec!["announce_date".into(), "binding".into()],
            }),
            ..EventChange::default()
        }
    }

    /// Trial A12.
    #[test]
    fn a12_equal_messages_give_equal_text() {
        let print = || {
            let reflected = reflect(&change()).expect("a public message");
            serde_json::to_string(&OrderedJson(&reflected)).expect("plain values")
        };
        let first = print();
        assert!((0..20).all(|_| print() == first));
        assert!(
            first.contains(r#""key-0":"0","key-1":"1","key-10":"10""#),
            "{first}"
        );
    }

    #[test]
    fn ordered_json_equals_proto_json() {
        let records = ExportStoreResponse {
            part: Some(Part::Records(ExportRecords {
                first_position: 1,
                records: vec![b"\xFF\xFE?".to_vec().into()],
            })),
        };
        for reflected in [reflect(&change()), reflect(&records)] {
            let reflected = reflected.expect("a public message");
            let ordered = serde_json::to_value(OrderedJson(&reflected)).expect("plain values");
            let plain = serde_json::to_value(&reflected).expect("plain values");
            assert_eq!(ordered, plain);
        }
    }
}
