//! Field masks: which fields of an update to take, and which fields a revision changed.

use std::{collections::HashMap, sync::OnceLock};

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor, ReflectMessage, Value};

use super::descriptors;
use crate::domain::Violations;

/// The `google.api.FieldBehavior` of fields that clients may not write: the server's own fields,
/// and the name, which selects the resource to update.
const NOT_WRITABLE: [&str; 2] = ["OUTPUT_ONLY", "IDENTIFIER"];

/// Returns `current` with the content fields that `mask` names taken from `update`. An empty mask
/// takes those that are set, `*` takes all. A path may lead into a message (`place.city`) but not
/// into a list.
pub fn apply_mask<M: Message + Name + Default>(
    current: &M,
    update: &M,
    mask: &[String],
) -> Result<M, Violations> {
    let (mut target, update) = (dynamic(current), dynamic(update));
    let mut violations = Violations::default();
    if mask.is_empty() {
        let fields = content_fields(&update.descriptor()).iter();
        fields
            .filter(|field| update.has_field(field))
            .for_each(|field| copy(&mut target, &update, field));
    }
    for path in mask {
        if path == "*" {
            let fields = content_fields(&update.descriptor()).iter();
            fields.for_each(|field| copy(&mut target, &update, field));
        } else if let Err(why) = copy_path(&mut target, &update, path) {
            violations.at("update_mask", |scope| scope.add(path, why));
        }
    }
    violations.into_result(())?;
    let merged = target.transcode_to();
    Ok(merged.expect("a message has the encoding of its own descriptor"))
}

/// Returns the names of the content fields in which two messages differ, in their order. If a field
/// tracks presence, its default value differs from an absent one.
pub fn changed_fields<M: Message + Name>(before: &M, after: &M) -> Vec<String> {
    let (before, after) = (dynamic(before), dynamic(after));
    content_fields(&before.descriptor())
        .iter()
        .filter(|field| {
            before.has_field(field) != after.has_field(field)
                || before.get_field(field) != after.get_field(field)
        })
        .map(|field| field.name().to_owned())
        .collect()
}

fn copy_path(
    target: &mut DynamicMessage,
    update: &DynamicMessage,
    path: &str,
) -> Result<(), String> {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(a, b)| (a, Some(b)));
    let descriptor = update.descriptor();
    let field = descriptor
        .get_field_by_name(first)
        .ok_or_else(|| unknown(&descriptor, first))?;
    if !content_fields(&descriptor).contains(&field) {
        return Err("cannot be written by clients; leave it out of the mask".to_owned());
    }
    let Some(rest) = rest else {
        copy(target, update, &field);
        return Ok(());
    };
    let nested = update.get_field(&field);
    let nested = nested
        .as_message()
        .filter(|_| !field.is_list() && !field.is_map());
    let nested = nested.ok_or_else(|| format!("has no fields inside; name {first} alone"))?;
    // Clearing a part of an absent message does not create it.
    let was_absent = !target.has_field(&field);
    let inner = target.get_field_mut(&field).as_message_mut();
    let inner = inner.expect("both have the same descriptor");
    copy_path(inner, nested, rest)?;
    if was_absent && inner.fields().next().is_none() {
        target.clear_field(&field);
    }
    Ok(())
}

fn copy(target: &mut DynamicMessage, update: &DynamicMessage, field: &FieldDescriptor) {
    if update.has_field(field) {
        target.set_field(field, update.get_field(field).into_owned());
    } else {
        target.clear_field(field);
    }
}

fn unknown(descriptor: &MessageDescriptor, name: &str) -> String {
    let fields = content_fields(descriptor).iter();
    let names: Vec<&str> = fields.map(FieldDescriptor::name).collect();
    format!(
        "there is no field {name:?} in {}; it has {}",
        descriptor.name(),
        names.join(", ")
    )
}

/// Returns the fields that clients may write, according to the protos.
fn content_fields(descriptor: &MessageDescriptor) -> &'static [FieldDescriptor] {
    static CONTENT: OnceLock<HashMap<String, Vec<FieldDescriptor>>> = OnceLock::new();
    let content = CONTENT.get_or_init(|| {
        let is_content = |field: &FieldDescriptor| {
            let behaviors = behaviors(field);
            !behaviors.iter().any(|name| NOT_WRITABLE.contains(&&**name))
        };
        let content = |message: MessageDescriptor| {
            let fields = message.fields().filter(is_content).collect();
            (message.full_name().to_owned(), fields)
        };
        descriptors().all_messages().map(content).collect()
    });
    content
        .get(descriptor.full_name())
        .map_or(&[], Vec::as_slice)
}

/// Returns the values of the option `google.api.field_behavior`.
fn behaviors(field: &FieldDescriptor) -> Vec<String> {
    let option = descriptors().get_extension_by_name("google.api.field_behavior");
    let option = option.expect("the protos import it");
    let options = field.options();
    let Value::List(behaviors) = &*options.get_extension(&option) else {
        return Vec::new();
    };
    let kind = option.kind();
    let kind = kind.as_enum().expect("it is one");
    let numbers = behaviors.iter().filter_map(Value::as_enum_number);
    let values = numbers.filter_map(|number| kind.get_value(number));
    values.map(|value| value.name().to_owned()).collect()
}

fn dynamic<M: Message + Name>(message: &M) -> DynamicMessage {
    let descriptor = descriptors().get_message_by_name(&M::full_name());
    let mut dynamic = DynamicMessage::new(descriptor.expect("every message is in the descriptors"));
    dynamic
        .transcode_from(message)
        .expect("a message has the encoding of its own descriptor");
    dynamic
}
