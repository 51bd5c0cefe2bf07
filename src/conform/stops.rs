//! S35, S37, S38: ends that the server makes.

use std::time::{Duration, Instant};

use prost_types::Timestamp;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::{
    asking::{after, earliest, latest, resumed, until, whole},
    outcome::{Checked, Stop, broken, ensure, ensure_same, told},
    sample::LONGEST,
    target::Target,
    watching::{Ended, Watching},
};
use crate::proto::v1::{
    EndReason, WatchEnding, WatchEventsRequest, watch_events_request::End,
    watch_events_response::Payload,
};

/// What the last frame said of the end.
fn ending(ended: &Ended) -> Result<WatchEnding, Stop> {
    match ended
        .frames
        .last()
        .and_then(|frame| frame.message.payload.clone())
    {
        Some(Payload::Ending(ending)) => Ok(ending),
        _ => broken("a stream ended without an ending frame"),
    }
}

pub(super) async fn s35_ends_are_announced(target: &Target) -> Checked {
    let stopped = Watching::open(target, whole(latest("")))
        .await?
        .until_end(LONGEST)
        .await?;
    ensure_same(
        "the reason of a planned end",
        ending(&stopped)?.reason(),
        EndReason::StopReached,
    )?;
    ensure(stopped.end.is_ok(), || "a planned end is not OK".to_owned())?;
    let longer = Watching::open(target, target.sample.request())
        .await?
        .until_end(LONGEST)
        .await?;
    ensure_same(
        "the reason of a longer one",
        ending(&longer)?.reason(),
        EndReason::StopReached,
    )?;
    let aged = aged(target, Duration::from_secs(1)).await?.0;
    let Err(status) = &aged.end else {
        return broken("a stream that was too old ended with OK");
    };
    ensure(status.code() == Code::Unavailable, || {
        format!("too old: {}", told(status))
    })?;
    let info = status.get_details_error_info();
    ensure(info.is_some(), || "too old: without ErrorInfo".to_owned())?;
    let retry = status.get_details_retry_info();
    ensure(
        retry.is_some_and(|retry| retry.retry_delay.is_some()),
        || "too old: without RetryInfo".to_owned(),
    )?;
    let token = aged
        .frames
        .last()
        .map(|frame| frame.token().to_owned())
        .unwrap_or_default();
    let rest = Watching::open(target, whole(resumed("", &token)))
        .await?
        .until_end(LONGEST)
        .await?;
    rest.planned()?;
    Ok("STOP_REACHED is OK, MAX_AGE is UNAVAILABLE, and its token goes on".to_owned())
}

/// A stream that asked to be ended after so long, and how long it lasted.
async fn aged(target: &Target, age: Duration) -> Result<(Ended, Duration), Stop> {
    let max_age = prost_types::Duration::try_from(age).ok();
    let request = WatchEventsRequest {
        max_age,
        ..latest("")
    };
    let begun = Instant::now();
    let watching = Watching::open(target, request).await?;
    ensure_same("max_age", watching.started.max_age, max_age)?;
    let ended = watching.until_end(age + Duration::from_secs(5)).await?;
    Ok((ended, begun.elapsed()))
}

pub(super) async fn s37_a_stream_ends_at_its_age(target: &Target) -> Checked {
    let age = Duration::from_secs(2);
    let (ended, lasted) = aged(target, age).await?;
    ensure_same(
        "the reason of the end",
        ending(&ended)?.reason(),
        EndReason::MaxAge,
    )?;
    // The clock that counts is the server's; half a second is for the way.
    let early = lasted < age.mul_f64(0.9);
    let late = lasted > age.mul_f64(1.1) + Duration::from_millis(500) + target.noise.allowance();
    ensure(!early && !late, || {
        format!("{age:?} was asked for, and it lasted {lasted:.1?}")
    })?;
    Ok(format!("{age:?} was asked for, and it lasted {lasted:.1?}"))
}

pub(super) async fn s38_streams_stop_where_they_were_asked_to(target: &Target) -> Checked {
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
    let nothing = target.about(&target.topic("nothing"));
    stops_with(target, whole(earliest(&nothing)), &[]).await?;
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
    let ended = Watching::open(target, request)
        .await?
        .until_end(LONGEST)
        .await?;
    ensure_same(&asked, ended.positions()?.as_slice(), expected)?;
    ensure_same(
        "the reason of the end",
        ending(&ended)?.reason(),
        EndReason::StopReached,
    )
}

/// At the commit time of a change, that change and those of the same instant are sent, and no other.
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
    let in_time = changes.iter().filter(|change| {
        change
            .commit_time
            .is_some_and(|time| key(time) <= key(stop))
    });
    let expected: Vec<i64> = in_time
        .map(|change| super::rules::position_of(change))
        .collect();
    let request = until(End::StopTime(stop), after(&sample.filter, sample.after));
    stops_with(target, request, &expected).await
}

/// A position that is not there yet is waited for.
async fn in_the_future(target: &Target) -> Result<(), Stop> {
    let topic = target.topic("s38");
    let head = target.info().await?.head_position;
    let request = until(End::StopPosition(head + 3), latest(&target.about(&topic)));
    let watching = Watching::open(target, request).await?;
    // Others may write too; what comes beyond the stop is not sent.
    let batch = target.create_all(target.drafts(&topic, 5)).await?;
    let begun = watching.started.head_position;
    let due = begun.max(head)..=head + 3;
    let expected: Vec<i64> = batch
        .iter()
        .map(|event| event.position)
        .filter(|position| due.contains(position))
        .collect();
    let ended = watching.until_end(LONGEST).await?;
    ensure_same(
        "the changes up to a position in the future",
        ended.positions()?,
        expected,
    )
}
