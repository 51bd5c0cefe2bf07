//! S35, S37, S38: streams that the server ends.

use std::time::{Duration, Instant};

use prost_types::Timestamp;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::{
    outcome::{CheckResult, Stop, broken, describe, ensure, ensure_same},
    sample::STREAM_TIME_MAX,
    target::Target,
    watch_requests::{after, earliest, latest, resumed, until, until_caught_up},
    watch_stream::{EndedStream, WatchStream},
};
use crate::proto::v1::{
    EndReason, WatchEnding, WatchEventsRequest, watch_events_request::End,
    watch_events_response::Payload,
};

/// Returns the ending frame, which must be the last.
fn ending(ended: &EndedStream) -> Result<WatchEnding, Stop> {
    match ended
        .frames
        .last()
        .and_then(|frame| frame.message.payload.clone())
    {
        Some(Payload::Ending(ending)) => Ok(ending),
        _ => broken("a stream ended without an ending frame"),
    }
}

pub(super) async fn s35_ends_are_announced(target: &Target) -> CheckResult {
    let stopped = WatchStream::open(target, until_caught_up(latest("")))
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?;
    ensure_same(
        "the reason of a planned end",
        ending(&stopped)?.reason(),
        EndReason::StopReached,
    )?;
    ensure(stopped.end.is_ok(), || "a planned end is not OK".to_owned())?;
    let longer = WatchStream::open(target, target.sample.request())
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?;
    ensure_same(
        "the reason of a stream at its maximum age",
        ending(&longer)?.reason(),
        EndReason::StopReached,
    )?;
    let with_max_age = with_max_age(target, Duration::from_secs(1)).await?.0;
    let Err(status) = &with_max_age.end else {
        return broken("a stream at its maximum age ended with OK");
    };
    ensure(status.code() == Code::Unavailable, || {
        format!(
            "a stream at its maximum age ended with {}",
            describe(status)
        )
    })?;
    let info = status.get_details_error_info();
    ensure(info.is_some(), || {
        "a stream at its maximum age ended without ErrorInfo".to_owned()
    })?;
    let retry = status.get_details_retry_info();
    ensure(
        retry.is_some_and(|retry| retry.retry_delay.is_some()),
        || "a stream at its maximum age ended without RetryInfo".to_owned(),
    )?;
    let token = with_max_age
        .frames
        .last()
        .map(|frame| frame.token().to_owned())
        .unwrap_or_default();
    let rest = WatchStream::open(target, until_caught_up(resumed("", &token)))
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?;
    rest.planned()?;
    Ok("STOP_REACHED is OK, MAX_AGE is UNAVAILABLE, and its token resumes".to_owned())
}

/// Watches with a maximum age until the stream ends, and measures how long it lasted.
async fn with_max_age(target: &Target, age: Duration) -> Result<(EndedStream, Duration), Stop> {
    let max_age = prost_types::Duration::try_from(age).ok();
    let request = WatchEventsRequest {
        max_age,
        ..latest("")
    };
    let begun = Instant::now();
    let watching = WatchStream::open(target, request).await?;
    ensure_same("max_age", watching.started.max_age, max_age)?;
    let ended = watching.until_end(age + Duration::from_secs(5)).await?;
    Ok((ended, begun.elapsed()))
}

pub(super) async fn s37_a_stream_ends_at_its_age(target: &Target) -> CheckResult {
    let age = Duration::from_secs(2);
    let (ended, lasted) = with_max_age(target, age).await?;
    ensure_same(
        "the reason of the end",
        ending(&ended)?.reason(),
        EndReason::MaxAge,
    )?;
    // The server measures the age; half a second is for the network.
    let early = lasted < age.mul_f64(0.9);
    let late =
        lasted > age.mul_f64(1.1) + Duration::from_millis(500) + target.timer_lag.allowance();
    ensure(!early && !late, || {
        format!("a stream with a maximum age of {age:?} lasted {lasted:.1?}")
    })?;
    Ok(format!(
        "a stream with a maximum age of {age:?} lasted {lasted:.1?}"
    ))
}

pub(super) async fn s38_streams_stop_where_they_were_asked_to(target: &Target) -> CheckResult {
    let sample = target.sample.with_at_least(4)?;
    let begin = || after(&sample.filter, sample.after);
    let all = &sample.positions;
    stops_with(target, until(End::StopCount(3), begin()), &all[..3]).await?;
    let third = all[2];
    stops_with(target, until(End::StopPosition(third), begin()), &all[..3]).await?;
    stops_with(
        target,
        until(End::StopPosition(third - 1), begin()),
        &all[..2],
    )
    .await?;
    stops_with(target, sample.request(), all).await?;
    let nothing = target.filter_for(&target.topic("nothing"));
    stops_with(target, until_caught_up(earliest(&nothing)), &[]).await?;
    at_a_time(target).await?;
    if !target.options.read_only {
        in_the_future(target).await?;
    }
    Ok("at a count, at positions, at times, and when caught up".to_owned())
}

async fn stops_with(
    target: &Target,
    request: WatchEventsRequest,
    expected: &[i64],
) -> Result<(), Stop> {
    let asked = format!("the changes of a watch with {:?}", request.end);
    let ended = WatchStream::open(target, request)
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?;
    ensure_same(&asked, ended.positions()?.as_slice(), expected)?;
    ensure_same(
        "the reason of the end",
        ending(&ended)?.reason(),
        EndReason::StopReached,
    )
}

/// Checks that a watch up to a commit time sends the changes up to that instant and no others.
async fn at_a_time(target: &Target) -> Result<(), Stop> {
    let sample = &target.sample;
    let frames = sample.frames(target).await?;
    let changes: Vec<_> = frames.iter().filter_map(|frame| frame.change()).collect();
    let Some(stop) = changes
        .get(changes.len() / 2)
        .and_then(|change| change.commit_time)
    else {
        return broken("a change came without commit_time");
    };
    let key = |time: Timestamp| (time.seconds, time.nanos);
    let with_deadline = changes.iter().filter(|change| {
        change
            .commit_time
            .is_some_and(|time| key(time) <= key(stop))
    });
    let expected: Vec<i64> = with_deadline
        .map(|change| super::rules::position_of(change))
        .collect();
    let request = until(End::StopTime(stop), after(&sample.filter, sample.after));
    stops_with(target, request, &expected).await
}

/// Checks that a watch waits for a stop position ahead of the log.
async fn in_the_future(target: &Target) -> Result<(), Stop> {
    let topic = target.topic("s38");
    let head = target.info().await?.head_position;
    let request = until(
        End::StopPosition(head + 3),
        latest(&target.filter_for(&topic)),
    );
    let watching = WatchStream::open(target, request).await?;
    // Others may write too, but nothing beyond the stop is sent.
    let batch = target.create_all(target.drafts(&topic, 5)).await?;
    let begun = watching.started.head_position;
    let due = begun.max(head)..=head + 3;
    let expected: Vec<i64> = batch
        .iter()
        .map(|event| event.position)
        .filter(|position| due.contains(position))
        .collect();
    let ended = watching.until_end(STREAM_TIME_MAX).await?;
    ensure_same(
        "the changes up to a position in the future",
        ended.positions()?,
        expected,
    )
}
