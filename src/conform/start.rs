//! S01-S03, S10, S14: the start of streams.

use std::time::{Duration, Instant};

use prost_types::Timestamp;
use tonic::Code;

use super::{
    frame::answer_of,
    outcome::{CheckResult, Stop, broken, ensure, ensure_same},
    refusals::refused,
    rules::position_of,
    sample::STREAM_TIME_MAX,
    target::Target,
    watch_requests::{EVERYTHING, after, begin, earliest, latest, until, until_caught_up},
    watch_stream::WatchStream,
};
use crate::proto::v1::{
    ExplainFilterRequest, ListEventsRequest, WatchEventsRequest,
    watch_events_request::{Begin, End},
};

const FIRST_FRAME_WITHIN: Duration = Duration::from_millis(100);

pub(super) async fn s01_the_first_frame_comes_at_once(target: &Target) -> CheckResult {
    let nothing = target.filter_for(&target.topic("nothing"));
    let mut report = Vec::new();
    for (what, filter) in [("everything", EVERYTHING), ("nothing", nothing.as_str())] {
        let (first_frame, answer) = best_of_five(target, filter).await?;
        ensure(
            first_frame < FIRST_FRAME_WITHIN + answer + target.timer_lag.allowance(),
            || {
                format!(
                    "the first frame of a filter that matches {what} came after {first_frame:.1?}"
                )
            },
        )?;
        report.push(format!(
            "{first_frame:.1?} with a filter that matches {what}"
        ));
    }
    Ok(report.join(", "))
}

/// Measures the time to a first frame, and that of a plain call, which shows the network's share.
async fn best_of_five(target: &Target, filter: &str) -> Result<(Duration, Duration), Stop> {
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..5 {
        let asked = Instant::now();
        target.info().await?;
        best.1 = best.1.min(asked.elapsed());
        let asked = Instant::now();
        WatchStream::open(target, latest(filter)).await?;
        best.0 = best.0.min(asked.elapsed());
    }
    Ok(best)
}

pub(super) async fn s02_the_first_frame_says_what_is_watched(target: &Target) -> CheckResult {
    let filter = &target.sample.filter;
    let explained = ExplainFilterRequest {
        filter: filter.clone(),
        sample_size: 0,
        ..Default::default()
    };
    let mut events = target.events();
    let explained = answer_of("ExplainFilter", events.explain_filter(explained))
        .await??
        .into_inner();
    let info = target.info().await?;
    let started = WatchStream::open(target, latest(filter)).await?.started;
    ensure(started.watch.starts_with("watches/"), || {
        format!("the watch has the name {:?}", started.watch)
    })?;
    let understood = [explained.normalized_filter.as_str(), filter];
    ensure(
        understood.contains(&started.normalized_filter.as_str()),
        || {
            let watched = &started.normalized_filter;
            format!("{filter:?} was requested, but {watched:?} is watched")
        },
    )?;
    ensure_same(
        "oldest_position",
        started.oldest_position,
        info.oldest_position,
    )?;
    ensure(started.head_position >= info.head_position, || {
        let (said, known) = (started.head_position, info.head_position);
        format!("head_position is {said}, but the server had reported {known} before")
    })?;
    let heartbeat = prost_types::Duration::try_from(target.options.heartbeat).ok();
    ensure_same("heartbeat_interval", started.heartbeat_interval, heartbeat)?;
    ensure_same("store_epoch", started.store_epoch, info.store_epoch)?;
    ensure(started.max_age.is_some(), || {
        "max_age is missing".to_owned()
    })?;
    Ok("name, filter, oldest, head, heartbeat, age and epoch agree with GetServerInfo".to_owned())
}

pub(super) async fn s03_a_watch_begins_right_after_a_position(target: &Target) -> CheckResult {
    let sample = target.sample.with_at_least(3)?;
    let places = [
        sample.after,
        sample.positions[0] - 1,
        sample.positions[0],
        sample.positions[1],
    ];
    for place in places {
        let first = sample
            .positions
            .iter()
            .copied()
            .find(|position| *position > place);
        let request = until(End::StopCount(1), after(&sample.filter, place));
        let ended = WatchStream::open(target, request)
            .await?
            .until_end(STREAM_TIME_MAX)
            .await?;
        let what = format!("the first change after {place}");
        ensure_same(&what, ended.positions()?, first.into_iter().collect())?;
    }
    Ok(format!("tried from {} positions", places.len()))
}

pub(super) async fn s10_a_watch_begins_at_a_time(target: &Target) -> CheckResult {
    let sample = target.sample.with_at_least(3)?;
    let frames = sample.frames(target).await?;
    let changes: Vec<_> = frames.iter().filter_map(|frame| frame.change()).collect();
    let at = |n: usize| changes.get(n).and_then(|change| change.commit_time);
    for n in [0, changes.len() / 2, changes.len() - 1] {
        let Some(time) = at(n) else {
            return broken("a change came without commit_time");
        };
        let key = |time: &Timestamp| (time.seconds, time.nanos);
        let with_deadline = |time: Option<Timestamp>, from: &Timestamp| {
            time.is_some_and(|time| key(&time) >= key(from))
        };
        let expected: Vec<i64> = changes
            .iter()
            .filter(|change| with_deadline(change.commit_time, &time))
            .map(|change| position_of(change))
            .collect();
        let request = begin(&sample.filter, Begin::StartTime(time));
        let request = until(End::StopPosition(sample.upto), request);
        let seen = WatchStream::open(target, request)
            .await?
            .until_end(STREAM_TIME_MAX)
            .await?
            .positions()?;
        // Changes of the same instant before the sample are rightly sent too.
        let seen = seen
            .into_iter()
            .filter(|position| *position > sample.after)
            .collect();
        ensure_same(&format!("the changes since {time}"), seen, expected)?;
    }
    Ok("tried from the commit times of three changes".to_owned())
}

pub(super) async fn s14_unknown_values_are_refused(target: &Target) -> CheckResult {
    let view = WatchEventsRequest {
        view: 99,
        ..latest("")
    };
    for request in [
        until_caught_up(begin("", Begin::Start(99))),
        until_caught_up(view),
    ] {
        let opened = WatchStream::try_open(target, request).await?;
        refused(target, opened, Code::InvalidArgument, None)?;
    }
    let request = ListEventsRequest {
        view: 99,
        page_size: 1,
        ..Default::default()
    };
    let mut events = target.events();
    let listed = answer_of("ListEvents", events.list_events(request)).await?;
    refused(target, listed, Code::InvalidArgument, None)?;
    let wrong = WatchEventsRequest {
        heartbeat_interval: Some(prost_types::Duration {
            seconds: 3600,
            nanos: 0,
        }),
        ..earliest("")
    };
    let opened = WatchStream::try_open(target, wrong).await?;
    refused(target, opened, Code::InvalidArgument, None)?;
    Ok("an unknown start, an unknown view and a heartbeat of an hour are refused".to_owned())
}
