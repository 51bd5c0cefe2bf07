//! S24-S27: heartbeats and progress.

use std::time::{Duration, Instant};

use super::{
    frame::Frame,
    outcome::{CheckResult, broken, ensure, ensure_same},
    rules::position_of,
    sample::STREAM_TIME_MAX,
    target::Target,
    watch_requests::{after, earliest, latest, resumed, until},
    watch_stream::WatchStream,
};
use crate::proto::v1::{
    ChangeType, EventChange, watch_events_request::End, watch_events_response::Payload,
};

pub(super) async fn s24_no_silence_is_longer_than_the_heartbeat(target: &Target) -> CheckResult {
    let nothing = target.filter_for(&target.topic("nothing"));
    let mut quiet = WatchStream::open(target, latest(&nothing)).await?;
    let heartbeat = target.options.heartbeat;
    let beats = if target.options.quick { 2 } else { 3 };
    let busy = target.topic("s24");
    let (mut heard, mut longest, mut last) = (0, Duration::ZERO, Instant::now());
    // Heartbeats also come while others write and the filter matches nothing.
    while heard < beats {
        if !target.options.read_only && heard == 1 {
            target.create_all(target.drafts(&busy, 20)).await?;
        }
        let frame = quiet.frame().await?;
        let silence = last.elapsed();
        longest = longest.max(silence);
        ensure(
            silence <= heartbeat + Duration::from_secs(1) + target.timer_lag.allowance(),
            || {
                format!(
                    "a silence of {silence:.1?}, though a heartbeat of {heartbeat:?} was requested"
                )
            },
        )?;
        last = Instant::now();
        heard += usize::from(matches!(frame.message.payload, Some(Payload::Progress(_))));
    }
    Ok(format!(
        "the longest of {beats} silences was {longest:.1?}; {heartbeat:?} was requested"
    ))
}

pub(super) async fn s25_progress_moves_on_without_a_match(target: &Target) -> CheckResult {
    let nothing = target.filter_for(&target.topic("s25-nothing"));
    let mut watching = WatchStream::open(target, latest(&nothing)).await?;
    let mut token = watching.token.clone();
    watching.until_caught_up().await?;
    let written = target
        .create_all(target.drafts(&target.topic("s25"), 5))
        .await?;
    let last = written
        .iter()
        .map(|event| event.position)
        .max()
        .unwrap_or_default();
    let begun = Instant::now();
    let frame = loop {
        let frame = watching.frame().await?;
        // A redaction passes every filter.
        let matched = |change: &EventChange| change.r#type() != ChangeType::Redacted;
        if frame.change().is_some_and(matched) {
            return broken("a watch received a change, though nothing matches its filter");
        }
        if frame.message.position >= last {
            break frame;
        }
        let late = begun.elapsed()
            > target.options.heartbeat * 2 + Duration::from_secs(2) + target.timer_lag.allowance();
        ensure(!late, || {
            format!(
                "still at {} after a write at {last}",
                frame.message.position
            )
        })?;
    };
    let progressed = matches!(frame.message.payload, Some(Payload::Progress(_)));
    ensure(progressed, || {
        "the position moved without a progress frame".to_owned()
    })?;
    std::mem::swap(&mut token, &mut watching.token);
    ensure(token != watching.token, || {
        "the token did not move with the position".to_owned()
    })?;
    let matching = target
        .create(target.draft(&target.topic("s25-nothing")))
        .await?
        .position;
    let mut rest = WatchStream::open(target, resumed(&nothing, frame.token())).await?;
    ensure_same(
        "the changes after the token",
        rest.positions(1).await?,
        vec![matching],
    )?;
    Ok(format!(
        "moved on to {last}, and the token resumes from there"
    ))
}

pub(super) async fn s26_progress_is_never_ahead_of_a_change(target: &Target) -> CheckResult {
    let (topic, unrelated) = (target.topic("s26"), target.topic("s26-noise"));
    let filter = target.filter_for(&topic);
    let begin = target.info().await?.head_position;
    let mut watching = WatchStream::open(target, latest(&filter)).await?;
    let mut written = Vec::new();
    let rounds = if target.options.quick { 3 } else { 6 };
    // The position of each frame, and how many changes had come by then. Checked at the end.
    let mut claims: Vec<(i64, usize)> = Vec::new();
    let mut seen = Vec::new();
    for round in 0..rounds {
        let drafts = (0..12).map(|nth| match (nth + round) % 4 {
            0 => target.draft(&topic),
            _ => target.draft(&unrelated),
        });
        let batch = target.create_all(drafts.collect()).await?;
        let matching = batch.iter().filter(|event| event.topics.contains(&topic));
        written.extend(matching.map(|event| event.position));
        while seen.len() < written.len() {
            record(&watching.frame().await?, &mut seen, &mut claims);
        }
        if round % 2 == 0 {
            let beat = watching.frame_within(target.options.heartbeat * 2).await?;
            beat.iter()
                .for_each(|frame| record(frame, &mut seen, &mut claims));
        }
    }
    for (position, delivered) in &claims {
        let due = written.iter().filter(|change| *change <= position).count();
        ensure(due <= *delivered, || {
            format!(
                "a frame was at position {position}, though only {delivered} of {due} changes up to it had been sent"
            )
        })?;
    }
    let (half, _) = claims[claims.len() / 2];
    let last = written.last().copied().unwrap_or(begin);
    let rest = until(End::StopPosition(last), after(&filter, half));
    let rest = WatchStream::open(target, rest)
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?
        .positions()?;
    let expected = written
        .iter()
        .copied()
        .filter(|position| *position > half)
        .collect();
    ensure_same(
        &format!("the changes after {half}, the position of a frame"),
        rest,
        expected,
    )?;
    Ok(format!(
        "no position of {} frames was ahead of the changes sent",
        claims.len()
    ))
}

fn record(frame: &Frame, seen: &mut Vec<i64>, claims: &mut Vec<(i64, usize)>) {
    seen.extend(frame.change().map(position_of));
    claims.push((frame.message.position, seen.len()));
}

pub(super) async fn s27_caught_up_comes_once(target: &Target) -> CheckResult {
    let nothing = target.filter_for(&target.topic("nothing"));
    let sample = &target.sample;
    let from_sample = after(&sample.filter, sample.after);
    let (mut streams, mut expected) = (Vec::new(), Vec::new());
    for request in [earliest(&nothing), latest(&nothing), from_sample] {
        let mut watching = WatchStream::open(target, request).await?;
        let frames = watching.until_caught_up().await?;
        let Some(Payload::CaughtUp(said)) = frames.last().and_then(|f| f.message.payload.clone())
        else {
            return broken("the stream did not say that it has caught up");
        };
        let sent = frames
            .iter()
            .filter(|frame| frame.change().is_some())
            .count();
        ensure_same("sent_changes of caught_up", said.sent_changes, sent as i64)?;
        expected.push(sent);
        streams.push(watching);
    }
    for watching in &mut streams {
        let second = watching
            .frame_within(target.options.heartbeat + Duration::from_secs(1))
            .await?;
        ensure(!second.is_some_and(|frame| frame.is_caught_up()), || {
            "caught_up came a second time".to_owned()
        })?;
    }
    Ok(format!("once, also after {expected:?} changes"))
}
