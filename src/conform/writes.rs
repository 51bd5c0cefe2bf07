//! S42, S43, S55, O15: repeated, concurrent and minimal writes.

use tonic::Code;

use prost_types::FieldMask;

use super::{
    frame::answer_of,
    outcome::{CheckResult, Stop, broken, ensure, ensure_same},
    refusals::refused,
    target::{Target, retitled},
    watch_requests::after,
    watch_stream::WatchStream,
};
use crate::proto::v1::{
    BatchCreateEventsRequest, CreateEventRequest, CreateEventResponse, ErrorReason, Event, Place,
    UpdateEventRequest,
};

/// Publishes an event with a request id.
pub(super) async fn create_with_id(
    target: &Target,
    event: &Event,
    request_id: &str,
) -> Result<Result<CreateEventResponse, tonic::Status>, Stop> {
    let request = CreateEventRequest {
        event: Some(event.clone()),
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    let mut publisher = target.publisher();
    let answer = answer_of("CreateEvent", publisher.create_event(request)).await?;
    Ok(answer.map(tonic::Response::into_inner))
}

pub(super) async fn s42_a_repeated_write_is_answered_as_the_first_was(
    target: &Target,
) -> CheckResult {
    let draft = target.draft(&target.topic("s42"));
    let id = target.unique("request");
    let first = create_with_id(target, &draft, &id).await??;
    ensure(!first.replayed, || {
        "a first write is reported as replayed".to_owned()
    })?;
    // A repetition gets the first answer even after a later revision.
    target.update(retitled(&draft, "Corrected")).await?;
    let again = create_with_id(target, &draft, &id).await??;
    ensure(again.replayed, || {
        "a repeated write is not reported as replayed".to_owned()
    })?;
    ensure_same("the answer to a repeated write", again.event, first.event)?;
    let other = Event {
        title: "Something else".to_owned(),
        ..draft
    };
    let other = create_with_id(target, &other, &id).await?;
    refused(
        target,
        other,
        Code::InvalidArgument,
        ErrorReason::RequestIdReused,
    )?;
    batch(target).await?;
    Ok("alone and in a batch; other content under the same id is refused".to_owned())
}

async fn batch(target: &Target) -> Result<(), Stop> {
    let create = |event| CreateEventRequest {
        event: Some(event),
        ..Default::default()
    };
    let drafts = target.drafts(&target.topic("s42"), 3);
    let request = BatchCreateEventsRequest {
        requests: drafts.into_iter().map(create).collect(),
        request_id: target.unique("request"),
        ..Default::default()
    };
    let mut publisher = target.publisher();
    let first = publisher.batch_create_events(request.clone());
    let first = answer_of("BatchCreateEvents", first).await??.into_inner();
    let again = publisher.batch_create_events(request);
    let again = answer_of("BatchCreateEvents", again).await??.into_inner();
    let said = (first.replayed, again.replayed);
    ensure_same(
        "`replayed` of a batch and its repetition",
        said,
        (false, true),
    )?;
    ensure_same("the answer to a repeated batch", again.events, first.events)
}

pub(super) async fn s43_of_two_updates_with_one_etag_one_wins(target: &Target) -> CheckResult {
    let rounds = if target.options.quick { 3 } else { 8 };
    let mut event = target.create(target.draft(&target.topic("s43"))).await?;
    for _ in 0..rounds {
        let update = |title| {
            let event = Event {
                etag: event.etag.clone(),
                ..retitled(&event, title)
            };
            let request = UpdateEventRequest {
                event: Some(event),
                ..Default::default()
            };
            let mut publisher = target.publisher();
            async move { answer_of("UpdateEvent", publisher.update_event(request)).await }
        };
        let one = format!("One, after revision {}", event.revision);
        let other = format!("Other, after revision {}", event.revision);
        let (one, other) = tokio::join!(update(&one), update(&other));
        let (won, lost) = match (one?, other?) {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won.into_inner().event, lost),
            (Ok(_), Ok(_)) => return broken("two updates with the same etag both won"),
            (Err(one), Err(_)) => return Err(one.into()),
        };
        let Some(won) = won else {
            return broken("UpdateEvent returned no event");
        };
        let metadata = refused(
            target,
            Err::<(), _>(lost),
            Code::Aborted,
            ErrorReason::EtagMismatch,
        )?;
        ensure(metadata.values().any(|value| *value == won.etag), || {
            format!("the refusal does not name the current etag: {metadata:?}")
        })?;
        event = won;
    }
    Ok(format!(
        "{rounds} times two at once; the refusal of the other gives the current etag"
    ))
}

/// A function that sets or clears one optional field, and the field's name.
type Step = (fn(Event) -> Event, &'static str);

/// Each changes only whether the field is present, or its value.
const STEPS: [Step; 5] = [
    (
        |event| Event {
            binding: Some(false),
            ..event
        },
        "binding",
    ),
    (
        |event| Event {
            binding: Some(true),
            ..event
        },
        "binding",
    ),
    (
        |event| Event {
            binding: None,
            ..event
        },
        "binding",
    ),
    (
        |event| Event {
            place: Some(Place::default()),
            ..event
        },
        "place",
    ),
    (
        |event| Event {
            place: None,
            ..event
        },
        "place",
    ),
];

pub(super) async fn s55_a_change_of_presence_is_a_change(target: &Target) -> CheckResult {
    let topic = target.topic("s55");
    let mut event = target.create(target.draft(&topic)).await?;
    let begin = after(&target.filter_for(&topic), event.position);
    let mut watching = WatchStream::open(target, begin).await?;
    for (step, field) in STEPS {
        let wanted = step(event.clone());
        let request = UpdateEventRequest {
            event: Some(wanted.clone()),
            update_mask: Some(FieldMask {
                paths: vec![field.to_owned()],
            }),
            ..Default::default()
        };
        let mut publisher = target.publisher();
        let answer = answer_of("UpdateEvent", publisher.update_event(request)).await??;
        let Some(written) = answer.into_inner().event else {
            return broken("UpdateEvent returned no event");
        };
        let of = |event: &Event| (event.binding, event.place.clone());
        ensure_same("optional fields as written", of(&written), of(&wanted))?;
        let (revision, due) = (written.revision, event.revision + 1);
        ensure_same("the revision after a change of presence", revision, due)?;
        let change = watching.change().await?;
        let reported = change.changed_fields.unwrap_or_default().paths;
        ensure_same("`changed_fields`", reported, vec![field.to_owned()])?;
        let Some(pushed) = change.event else {
            return broken("a change has no event");
        };
        ensure_same("optional fields as pushed", of(&pushed), of(&wanted))?;
        event = written;
    }
    let count = STEPS.len();
    Ok(format!(
        "written {count} times, each time listed in changed_fields and pushed"
    ))
}

pub(super) async fn o15_a_refusal_says_the_next_request(target: &Target) -> CheckResult {
    let event = target.create(target.draft(&target.topic("o15"))).await?;
    target.update(retitled(&event, "Corrected")).await?;
    let stale = Event {
        etag: event.etag.clone(),
        ..retitled(&event, "Corrected again")
    };
    let request = UpdateEventRequest {
        event: Some(stale.clone()),
        ..Default::default()
    };
    let mut publisher = target.publisher();
    let answer = answer_of("UpdateEvent", publisher.update_event(request)).await?;
    let metadata = refused(target, answer, Code::Aborted, ErrorReason::EtagMismatch)?;
    for etag in metadata.values() {
        let event = Some(Event {
            etag: etag.clone(),
            ..stale.clone()
        });
        let request = UpdateEventRequest {
            event,
            ..Default::default()
        };
        if answer_of("UpdateEvent", publisher.update_event(request))
            .await?
            .is_ok()
        {
            return Ok("an update with the etag of its own refusal is accepted".to_owned());
        }
    }
    broken(format!(
        "the refusal of a stale etag does not give the current one: {metadata:?}"
    ))
}
