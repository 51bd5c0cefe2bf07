//! S62, S63: conditions of writes.

use tokio::task::JoinSet;
use tonic::{Code, Response, Status};

use super::{
    frame::answer_of,
    outcome::{CheckResult, Stop, broken, ensure_same},
    refusals::refused,
    target::Target,
};
use crate::proto::v1::{
    CreateEventRequest, CreateEventResponse, ErrorReason, Event, GetTrackingRequest,
    ListEventsRequest, Precondition, Tracking,
};

/// Writers at a time that exclude each other.
const WRITERS: usize = 8;

pub(super) async fn s62_a_write_whose_precondition_matches_writes_nothing(
    target: &Target,
) -> CheckResult {
    let topic = target.topic("s62");
    let filter = target.filter_for(&topic);
    let unless = |after_position| CreateEventRequest {
        event: Some(target.draft(&topic)),
        precondition: Some(Precondition {
            filter: filter.clone(),
            after_position,
        }),
        ..Default::default()
    };
    let requests = (0..WRITERS).map(|_| unless(0)).collect();
    let reason = ErrorReason::PreconditionFailed;
    let written = the_one_written(target, requests, reason).await?;
    let listed = written_under(target, &filter).await?;
    let expected = vec![written.position];
    ensure_same(
        "the events of writers that exclude each other",
        listed,
        expected,
    )?;
    // It has seen what there is.
    create(target, unless(written.position)).await??;
    Ok(format!(
        "of {WRITERS} writers that exclude each other one wrote"
    ))
}

pub(super) async fn s63_a_source_is_written_once(target: &Target) -> CheckResult {
    let topic = target.topic("s63");
    let source = target.unique("source");
    let from = |position| CreateEventRequest {
        event: Some(target.draft(&topic)),
        tracking: Some(Tracking {
            source: source.clone(),
            position,
        }),
        ..Default::default()
    };
    let first = create(target, from(3)).await??.into_inner().event;
    let reason = ErrorReason::TrackingNotAhead;
    for position in [2, 3] {
        let again = create(target, from(position)).await?;
        refused(target, again, Code::FailedPrecondition, reason)?;
    }
    let requests = (0..WRITERS).map(|_| from(7)).collect();
    let second = the_one_written(target, requests, reason).await?;
    let positions = vec![first.unwrap_or_default().position, second.position];
    let listed = written_under(target, &target.filter_for(&topic)).await?;
    ensure_same("the events of one source", listed, positions)?;
    let request = GetTrackingRequest { source };
    let mut publisher = target.publisher();
    let tracked = answer_of("GetTracking", publisher.get_tracking(request)).await??;
    let tracked = tracked.into_inner();
    ensure_same(
        "how far a source is said to be written",
        (tracked.position, tracked.log_position),
        (7, second.position),
    )?;
    Ok(format!(
        "lower positions are refused; of {WRITERS} writers of one position one wrote"
    ))
}

async fn create(
    target: &Target,
    request: CreateEventRequest,
) -> Result<Result<Response<CreateEventResponse>, Status>, Stop> {
    let mut publisher = target.publisher();
    answer_of("CreateEvent", publisher.create_event(request)).await
}

/// Sends requests at once, of which one must be accepted and all others refused for a reason.
async fn the_one_written(
    target: &Target,
    requests: Vec<CreateEventRequest>,
    reason: ErrorReason,
) -> Result<Event, Stop> {
    let mut sent = JoinSet::new();
    for request in requests {
        let mut publisher = target.publisher();
        sent.spawn(async move { answer_of("CreateEvent", publisher.create_event(request)).await });
    }
    let mut written = Vec::new();
    // Nothing cancels a call, so a failed task has panicked, and we panic too.
    for answer in sent.join_all().await {
        match answer? {
            Ok(answer) => written.extend(answer.into_inner().event),
            Err(status) => {
                refused(
                    target,
                    Err::<(), _>(status),
                    Code::FailedPrecondition,
                    reason,
                )?;
            }
        }
    }
    let count = written.len();
    match written.pop() {
        Some(event) if count == 1 => Ok(event),
        _ => broken(format!(
            "{count} of {WRITERS} writes were accepted, not one"
        )),
    }
}

/// Returns the positions of all events that a filter finds.
async fn written_under(target: &Target, filter: &str) -> Result<Vec<i64>, Stop> {
    let request = ListEventsRequest {
        filter: filter.to_owned(),
        order_by: "position".to_owned(),
        ..Default::default()
    };
    let mut events = target.events();
    let page = answer_of("ListEvents", events.list_events(request)).await??;
    let events = page.into_inner().events.into_iter();
    Ok(events.map(|event| event.position).collect())
}
