//! Field masks: which fields of an update to take, and which fields a revision changed.

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor, ReflectMessage};

use super::descriptors;
use crate::domain::Violations;

/// Fields from this number on are output only, in events and partnerships alike.
const OUTPUT_FROM: u32 = 40;
/// The field `name`, which says what to update.
const NAME: u32 = 1;

/// `current` with the content fields that `mask` names taken from `update`. An empty mask takes
/// those that are set, `*` all. A path may lead into a message (`place.city`) but not into a list.
pub fn apply_mask<M: Message + Name + Default>(
    current: &M,
    update: &M,
    mask: &[String],
) -> Result<M, Violations> {
    let (mut target, update) = (dynamic(current), dynamic(update));
    let mut violations = Violations::default();
    if mask.is_empty() {
        for field in content_fields(&update.descriptor()).filter(|field| update.has_field(field)) {
            copy(&mut target, &update, &field);
        }
    }
    for path in mask {
        if path == "*" {
            content_fields(&update.descriptor()).for_each(|f| copy(&mut target, &update, &f));
        } else if let Err(why) = copy_path(&mut target, &update, path, true) {
            violations.at("update_mask", |scope| scope.add(path, why));
        }
    }
    violations.into_result(())?;
    let merged = target.transcode_to();
    Ok(merged.expect("a message has the encoding of its own descriptor"))
}

/// Names of the content fields in which two messages differ, in their order. A field that is set to
/// its default differs from one that is absent, if its absence can be told.
pub fn changed_fields<M: Message + Name>(before: &M, after: &M) -> Vec<String> {
    let (before, after) = (dynamic(before), dynamic(after));
    content_fields(&before.descriptor())
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
    top: bool,
) -> Result<(), String> {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(a, b)| (a, Some(b)));
    let descriptor = update.descriptor();
    let field = descriptor
        .get_field_by_name(first)
        .ok_or_else(|| unknown(&descriptor, first))?;
    if top && !is_content(&field) {
        return Err("is not for clients to write; leave it out of the mask".to_owned());
    }
    let Some(rest) = rest else {
        copy(target, update, &field);
        return Ok(());
    };
    let nested = update.get_field(&field);
    let nested = nested
        .as_message()
        .filter(|_| !field.is_list() && !field.is_map());
    let nested = nested.ok_or_else(|| format!("has nothing inside to name; name {first} alone"))?;
    // To clear a part of what is absent does not make it present.
    let was_absent = !target.has_field(&field);
    let inner = target.get_field_mut(&field).as_message_mut();
    let inner = inner.expect("both have the same descriptor");
    copy_path(inner, nested, rest, false)?;
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
    let names: Vec<String> = descriptor
        .fields()
        .filter(is_content)
        .map(|field| field.name().to_owned())
        .collect();
    format!(
        "there is no field {name:?} in {}; it has {}",
        descriptor.name(),
        names.join(", ")
    )
}

fn content_fields(descriptor: &MessageDescriptor) -> impl Iterator<Item = FieldDescriptor> + use<> {
    descriptor
        .fields()
        .filter(is_content)
        .collect::<Vec<_>>()
        .into_iter()
}

fn is_content(field: &FieldDescriptor) -> bool {
    field.number() != NAME && field.number() < OUTPUT_FROM
}

fn dynamic<M: Message + Name>(message: &M) -> DynamicMessage {
    let descriptor = descriptors().get_message_by_name(&M::full_name());
    let mut dynamic = DynamicMessage::new(descriptor.expect("every message is in the descriptors"));
    dynamic
        .transcode_from(message)
        .expect("a message has the encoding of its own descriptor");
    dynamic
}
