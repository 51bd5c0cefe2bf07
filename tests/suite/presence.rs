//! S55 (Trial A1): that an optional field is there is content of its own. The fields are those of the
//! descriptors, so that none is forgotten.

use entente::{
    proto::v1::{
        Amount, AmountQualifier, ChangeType, Event, Partnership, Party, PartyStanding, PartyType,
        Quantity, Standing, UpdatePartnershipRequest, UpdatePartnershipResponse,
    },
    wire::descriptors,
};
use prost::{Message, Name};
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value,
};
use prost_types::FieldMask;

use crate::harness::{Server, Watcher, earliest, event, name_of, partnership};
use crate::writing::{get, masked, updated};

/// Content that has an item in each list that has optional fields inside.
fn full_event() -> Event {
    Event {
        amounts: vec![Amount {
            value: "1".into(),
            qualifier: AmountQualifier::Exact.into(),
            ..Amount::default()
        }],
        quantities: vec![Quantity {
            measure: "jobs".into(),
            value: "1".into(),
            qualifier: AmountQualifier::Exact.into(),
            ..Quantity::default()
        }],
        parties: vec![signatory()],
        subjects: vec![Party {
            standings: Vec::new(),
            ..signatory()
        }],
        ..event("a")
    }
}

fn full_partnership() -> Partnership {
    Partnership {
        parties: vec![signatory()],
        ..partnership("p")
    }
}

fn signatory() -> Party {
    Party {
        r#type: PartyType::State.into(),
        country_code: "JP".into(),
        standings: vec![PartyStanding {
            standing: Standing::Signed.into(),
            ..PartyStanding::default()
        }],
        ..Party::default()
    }
}

/// The paths of all fields of a resource whose absence can be told.
fn optional_paths<M: Message + Name>(resource: &M) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    collect(&dynamic(resource), &[], &mut paths);
    assert!(!paths.is_empty());
    paths
}

fn collect(message: &DynamicMessage, above: &[String], paths: &mut Vec<Vec<String>>) {
    let is_content = |field: &FieldDescriptor| !above.is_empty() || field.number() < 40;
    for field in message.descriptor().fields().filter(is_content) {
        let path: Vec<String> = above
            .iter()
            .cloned()
            .chain([field.name().to_owned()])
            .collect();
        if field.supports_presence() {
            paths.push(path);
        } else if let (true, Kind::Message(inner)) = (field.is_list(), field.kind()) {
            let list = message.get_field(&field);
            match list.as_list().and_then(|items| items.first()) {
                Some(item) => collect(item.as_message().expect("a message"), &path, paths),
                // A subject has no standings.
                None if path == ["subjects", "standings"] => {}
                None => assert!(!has_optional(&inner), "the base needs an item in {path:?}"),
            }
        }
    }
}

fn has_optional(message: &MessageDescriptor) -> bool {
    message.fields().any(|field| match field.kind() {
        Kind::Message(inner) if field.is_list() => has_optional(&inner),
        _ => field.supports_presence(),
    })
}

/// The value that says least, and is accepted.
fn least(field: &FieldDescriptor) -> Value {
    let Kind::Message(message) = field.kind() else {
        return Value::default_value_for_field(field);
    };
    let mut value = DynamicMessage::new(message.clone());
    match message.full_name() {
        "entente.v1.FuzzyDate" => value.set_field_by_name("edtf", Value::String("2026".into())),
        "entente.v1.SeriesEntry" => value.set_field_by_name("series", Value::String("row".into())),
        "entente.v1.Place" | "google.protobuf.Timestamp" => {}
        other => panic!("say here what of {other} is least"),
    }
    Value::Message(value)
}

fn dynamic<M: Message + Name>(message: &M) -> DynamicMessage {
    let descriptor = descriptors().get_message_by_name(&M::full_name());
    let mut dynamic = DynamicMessage::new(descriptor.expect("it is public"));
    dynamic.transcode_from(message).expect("its own descriptor");
    dynamic
}

/// `resource` with the field at a path set to the least value.
fn with_least<M: Message + Name + Default>(resource: &M, path: &[String]) -> M {
    let mut whole = dynamic(resource);
    let (inner, field) = at(&mut whole, path);
    inner.set_field(&field, least(&field));
    whole.transcode_to().expect("its own descriptor")
}

/// Whether the field at a path is there.
fn has<M: Message + Name>(resource: &M, path: &[String]) -> bool {
    let mut whole = dynamic(resource);
    let (inner, field) = at(&mut whole, path);
    inner.has_field(&field)
}

/// The message that a path leads into, in the first item of each list, and the field there.
fn at<'a>(
    mut message: &'a mut DynamicMessage,
    path: &[String],
) -> (&'a mut DynamicMessage, FieldDescriptor) {
    let (last, above) = path.split_last().expect("a path");
    for name in above {
        let list = message.get_field_by_name_mut(name).expect("it is there");
        let Value::List(items) = list else {
            panic!("{name} is no list");
        };
        let item = items.first_mut().and_then(Value::as_message_mut);
        message = item.expect("a message");
    }
    let field = message.descriptor().get_field_by_name(last);
    (message, field.expect("it is there"))
}

async fn pushed(watcher: &mut Watcher, name: &str, position: i64, field: &str) {
    let change = watcher.change().await;
    assert_eq!(
        (name_of(&change), change.r#type()),
        (name, ChangeType::Updated)
    );
    let told = change.changed_fields.unwrap_or_default().paths;
    assert_eq!(told, [field], "S55: at {position}");
}

#[tokio::test]
async fn s55_every_optional_field_of_an_event_is_set_and_cleared() {
    let server = Server::start().await;
    let base = full_event();
    server.publish(base.clone()).await;
    let mut watcher = server.watch(earliest("")).await;
    watcher.change().await;
    let mut revision = 1;
    for path in optional_paths(&base) {
        let with = with_least(&base, &path);
        let field = path[0].as_str();
        for wanted in [&with, &base] {
            let answer = updated(&server, masked(wanted.clone(), &[field])).await;
            let answer = answer.expect("valid");
            let written = answer.event.expect("an event");
            revision += 1;
            assert_eq!(
                (written.revision, answer.unchanged),
                (revision, false),
                "S55: {path:?}"
            );
            pushed(&mut watcher, "events/a", written.position, field).await;
            let read = get(&server, "events/a").await;
            assert_eq!(read, written, "{path:?}");
            let is_there = has(&read, &path);
            assert_eq!(is_there, *wanted == with, "S55: {path:?} in {read:?}");

            let again = updated(&server, masked(wanted.clone(), &[field])).await;
            let again = again.expect("valid");
            assert!(again.unchanged && again.event == Some(written), "{path:?}");
        }
    }
}

#[tokio::test]
async fn s55_every_optional_field_of_a_partnership_is_set_and_cleared() {
    let server = Server::start().await;
    let base = full_partnership();
    server.publish_partnership(base.clone()).await;
    let mut watcher = server.watch(earliest("")).await;
    watcher.change().await;
    let mut revision = 1;
    for path in optional_paths(&base) {
        let with = with_least(&base, &path);
        let field = path[0].as_str();
        for wanted in [&with, &base] {
            let answer = update_partnership(&server, wanted, field).await;
            let written = answer.partnership.expect("a partnership");
            revision += 1;
            assert_eq!(
                (written.revision, answer.unchanged),
                (revision, false),
                "S55: {path:?}"
            );
            pushed(&mut watcher, "partnerships/p", written.position, field).await;
            let is_there = has(&written, &path);
            assert_eq!(is_there, *wanted == with, "S55: {path:?} in {written:?}");

            let again = update_partnership(&server, wanted, field).await;
            let same = again.partnership.expect("a partnership").revision == revision;
            assert!(again.unchanged && same, "{path:?}");
        }
    }
}

async fn update_partnership(
    server: &Server,
    partnership: &Partnership,
    field: &str,
) -> UpdatePartnershipResponse {
    let request = UpdatePartnershipRequest {
        partnership: Some(partnership.clone()),
        update_mask: Some(FieldMask {
            paths: vec![field.to_owned()],
        }),
        ..UpdatePartnershipRequest::default()
    };
    let answer = server.partnerships().update_partnership(request).await;
    answer.expect("valid").into_inner()
}

#[tokio::test]
async fn s55_clearing_a_part_of_what_is_absent_changes_nothing() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let answer = updated(&server, masked(event("a"), &["place.city", "date.edtf"])).await;
    let answer = answer.expect("valid");
    assert!(answer.unchanged, "{answer:?}");
    let event = answer.event.expect("an event");
    assert_eq!((event.place, event.date), (None, None));
}
