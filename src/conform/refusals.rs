//! S06, S08, S09, S39, S54: refusals and their details.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{
    frame::answer_of,
    outcome::{CheckResult, Stop, broken, describe, ensure, inapplicable},
    target::Target,
    watch_requests::{after, latest, resumed},
    watch_stream::WatchStream,
};
use crate::proto::v1::{
    BatchGetEventsRequest, CreateEventRequest, ErrorReason, Event, GetEventRequest,
    ListEventsRequest, UpdateEventRequest, WatchEventsRequest,
};

/// The maximum length of a refusal's trailers. Many clients and proxies refuse 8 KiB, and proxies
/// add some.
const TRAILERS_LEN_MAX: usize = 7 << 10;

/// The metadata in the `ErrorInfo` of a refusal.
pub(super) type Metadata = HashMap<String, String>;

/// Fails the check unless a call was refused with this code and, if given, this reason.
pub(super) fn refused<T>(
    target: &Target,
    answer: Result<T, Status>,
    code: Code,
    reason: impl Into<Option<ErrorReason>>,
) -> Result<Metadata, Stop> {
    let reason = reason.into().map_or("", ErrorReason::as_text);
    let Err(status) = answer else {
        return broken(format!(
            "a request was accepted that should be refused with {code:?} {reason}"
        ));
    };
    let status = target.check_refusal(status);
    target.broken_rules.expect(
        "S39",
        !matches!(status.code(), Code::Internal | Code::Unknown),
        || format!("a client error is reported as {}", describe(&status)),
    );
    let info = status.get_details_error_info();
    let said = info.as_ref().map_or("", |info| info.reason.as_str());
    ensure(
        status.code() == code && (reason.is_empty() || said == reason),
        || {
            let text = describe(&status);
            format!("expected a refusal with {code:?} {reason}, got reason {said:?}, {text}")
        },
    )?;
    Ok(info.map(|info| info.metadata).unwrap_or_default())
}

pub(super) async fn s06_a_token_of_another_filter_is_refused(target: &Target) -> CheckResult {
    let (one, other) = (
        target.filter_for(&target.topic("one")),
        target.filter_for(&target.topic("other")),
    );
    let token = WatchStream::open(target, latest(&one)).await?.token;
    let opened = WatchStream::try_open(target, resumed(&other, &token)).await?;
    let reason = ErrorReason::ResumeTokenFilterMismatch;
    let metadata = refused(target, opened, Code::InvalidArgument, reason)?;
    let says = |topic| {
        metadata
            .values()
            .any(|value| value.contains(&target.topic(topic)))
    };
    ensure(says("one") && says("other"), || {
        format!("the metadata does not name both filters: {metadata:?}")
    })?;
    let garbage = WatchStream::try_open(target, resumed(&one, "garbage")).await?;
    refused(target, garbage, Code::InvalidArgument, None)?;
    Ok(format!(
        "refused as {} with both filters; garbage is refused too",
        reason.as_text()
    ))
}

/// Farther ahead than any log can grow during a check.
const FAR_AHEAD: i64 = 1_000_000_000;

pub(super) async fn s08_a_position_in_the_future_is_refused(target: &Target) -> CheckResult {
    let head = target.info().await?.head_position;
    let opened = WatchStream::try_open(target, after("", head + FAR_AHEAD)).await?;
    let metadata = refused(
        target,
        opened,
        Code::OutOfRange,
        ErrorReason::PositionInFuture,
    )?;
    let said = |value: &String| {
        value
            .parse()
            .is_ok_and(|said: i64| (head..head + FAR_AHEAD).contains(&said))
    };
    ensure(metadata.values().any(said), || {
        format!("the metadata does not name the head, {head}: {metadata:?}")
    })?;
    Ok(format!("{} is refused with the head", head + FAR_AHEAD))
}

pub(super) async fn s09_an_expired_position_is_refused(target: &Target) -> CheckResult {
    let oldest = target.info().await?.oldest_position;
    if oldest <= 1 {
        return inapplicable("the whole log is kept, so that no position expires");
    }
    let opened = WatchStream::try_open(target, after("", oldest - 2)).await?;
    let metadata = refused(
        target,
        opened,
        Code::OutOfRange,
        ErrorReason::PositionExpired,
    )?;
    ensure(
        metadata.values().any(|value| *value == oldest.to_string()),
        || format!("the metadata does not name the oldest position, {oldest}: {metadata:?}"),
    )?;
    Ok(format!(
        "{} is refused with the oldest position",
        oldest - 2
    ))
}

pub(super) async fn s39_every_refusal_says_why(target: &Target) -> CheckResult {
    let mut events = target.events();
    let missing = format!("events/{}", target.unique("missing"));
    let get = target
        .get(GetEventRequest {
            name: missing,
            ..Default::default()
        })
        .await?;
    refused(target, get, Code::NotFound, ErrorReason::EventNotFound)?;
    let filtered = |filter: &str| ListEventsRequest {
        filter: filter.into(),
        ..Default::default()
    };
    for filter in ["kind = ", "no_such_field = 1", "kind = NO_SUCH_KIND"] {
        let listed = answer_of("ListEvents", events.list_events(filtered(filter))).await?;
        refused(
            target,
            listed,
            Code::InvalidArgument,
            ErrorReason::FilterInvalid,
        )?;
        let watched = WatchStream::try_open(target, latest(filter)).await?;
        refused(
            target,
            watched,
            Code::InvalidArgument,
            ErrorReason::FilterInvalid,
        )?;
    }
    let page = ListEventsRequest {
        page_token: "garbage".into(),
        ..Default::default()
    };
    let listed = answer_of("ListEvents", events.list_events(page)).await?;
    refused(target, listed, Code::InvalidArgument, None)?;
    let label = WatchEventsRequest {
        client_label: "x".repeat(1_000),
        ..latest("")
    };
    refused(
        target,
        WatchStream::try_open(target, label).await?,
        Code::InvalidArgument,
        None,
    )?;
    let mut count = 9;
    if !target.options.read_only {
        count += 2;
        refused_writes(target).await?;
    }
    Ok(format!(
        "{count} kinds of mistakes, and every other refusal of this run, carry ErrorInfo"
    ))
}

pub(super) async fn s54_every_refusal_reaches_a_stock_client(target: &Target) -> CheckResult {
    let mut events = target.events();
    let long = "条約 ".repeat(1_000);
    let mut longest = 0;
    let mut measure = |target: &Target, status: Status| {
        let len = trailers_len(&target.check_refusal(status));
        longest = longest.max(len);
        ensure(len <= TRAILERS_LEN_MAX, || {
            format!("a refusal has {len} bytes of trailers; many clients refuse 8 KiB of them")
        })
    };
    let get = target
        .get(GetEventRequest {
            name: long.clone(),
            ..Default::default()
        })
        .await?;
    let batch = BatchGetEventsRequest {
        names: (0..1_000)
            .map(|n| format!("events/{}-{n}", target.unique("missing")))
            .collect(),
        ..Default::default()
    };
    let batch = answer_of("BatchGetEvents", events.batch_get_events(batch)).await?;
    let listed = ListEventsRequest {
        filter: format!("kind = \"{long}\""),
        ..Default::default()
    };
    let listed = answer_of("ListEvents", events.list_events(listed)).await?;
    let refusals = [get.err(), batch.map(drop).err(), listed.map(drop).err()];
    for refusal in refusals {
        let Some(status) = refusal else {
            return broken("a request with long meaningless texts was accepted");
        };
        measure(target, status)?;
    }
    if !target.options.read_only {
        let paths = (0..20).map(|n| format!("no_such_field_{n}_{}", "x".repeat(200)));
        let update = UpdateEventRequest {
            event: Some(target.draft(&target.topic("s54"))),
            update_mask: Some(prost_types::FieldMask {
                paths: paths.collect(),
            }),
            ..Default::default()
        };
        let updated = answer_of("UpdateEvent", target.publisher().update_event(update)).await?;
        let Err(status) = updated else {
            return broken("an update of fields that do not exist was accepted");
        };
        measure(target, status)?;
    }
    Ok(format!("the longest has {longest} bytes of trailers"))
}

/// Returns the length of the trailers as HTTP/2 counts it.
fn trailers_len(status: &Status) -> usize {
    let mut trailers = HeaderMap::new();
    // It fails only for metadata that no trailer can carry, and these came in trailers.
    let _ = status.add_header(&mut trailers);
    let len = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 32;
    trailers.iter().map(len).sum()
}

async fn refused_writes(target: &Target) -> Result<(), Stop> {
    let mut publisher = target.publisher();
    let draft = target.draft(&target.topic("s39"));
    let empty = Event {
        title: String::new(),
        sources: Vec::new(),
        ..draft.clone()
    };
    let request = CreateEventRequest {
        event: Some(empty),
        ..Default::default()
    };
    let Err(status) = answer_of("CreateEvent", publisher.create_event(request)).await? else {
        return broken("an event without title and sources was accepted");
    };
    let violations = status
        .get_details_bad_request()
        .map(|it| it.field_violations);
    ensure(
        violations.is_some_and(|violations| violations.len() >= 2),
        || "not all violations are reported at once".to_owned(),
    )?;
    refused(target, Err::<(), _>(status), Code::InvalidArgument, None)?;
    let event = target.create(draft).await?;
    let again = CreateEventRequest {
        event: Some(event),
        ..Default::default()
    };
    let again = answer_of("CreateEvent", publisher.create_event(again)).await?;
    refused(target, again, Code::AlreadyExists, ErrorReason::EventExists)?;
    Ok(())
}
