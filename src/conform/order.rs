//! S15-S18, S21-S23, O4: the content of changes, their order, and their digests.

use bytes::Bytes;

use super::{
    frame::Frame,
    outcome::{CheckResult, Stop, broken, ensure, ensure_same},
    rules::{name_of, position_of},
    sample::STREAM_TIME_MAX,
    target::{Target, retitled},
    watch_requests::{EVERYTHING, after, latest, until},
    watch_stream::WatchStream,
};
use crate::proto::v1::{Event, EventChange, Match, UpdateEventRequest, watch_events_request::End};

pub(super) async fn s15_positions_are_dense(target: &Target) -> CheckResult {
    let sample = target.sample.with_at_least(2)?;
    let request = until(
        End::StopPosition(sample.upto),
        after(EVERYTHING, sample.after),
    );
    let seen = WatchStream::open(target, request)
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?
        .positions()?;
    let expected: Vec<i64> = (sample.after + 1..=sample.upto).collect();
    if let Some(hole) = expected.iter().find(|position| !seen.contains(position)) {
        return broken(format!(
            "an unfiltered stream does not have position {hole}"
        ));
    }
    ensure_same("the positions of an unfiltered stream", seen, expected)?;
    Ok(format!(
        "{} to {} without a hole",
        sample.after + 1,
        sample.upto
    ))
}

pub(super) async fn s16_frames_are_numbered_without_a_gap(target: &Target) -> CheckResult {
    let frames = target.sample.frames(target).await?;
    let numbers: Vec<i64> = frames.iter().map(|frame| frame.message.frame).collect();
    // Opening the stream has already read the first frame.
    ensure_same(
        "frame numbers",
        numbers,
        (2..=frames.len() as i64 + 1).collect(),
    )?;
    Ok("in this and every other stream of this run".to_owned())
}

pub(super) async fn s17_positions_never_go_back(target: &Target) -> CheckResult {
    let frames = target.sample.frames(target).await?;
    let changes = frames
        .iter()
        .filter_map(Frame::change)
        .map(position_of)
        .collect::<Vec<_>>();
    ensure(changes.is_sorted_by(|a, b| a < b), || {
        format!("changes were out of order: {changes:?}")
    })?;
    Ok("in this and every other stream of this run".to_owned())
}

pub(super) async fn s18_all_watchers_see_the_same(target: &Target) -> CheckResult {
    let topic = target.topic("s18");
    let filter = target.filter_for(&topic);
    let mut watchers = Vec::new();
    for _ in 0..3 {
        watchers.push(WatchStream::open(target, latest(&filter)).await?);
    }
    let before = target.info().await?.head_position;
    let mut written = Vec::new();
    for _ in 0..4 {
        let batch = target.create_all(target.drafts(&topic, 4)).await?;
        written.extend(batch.iter().map(|event| event.position));
        written.push(
            target
                .update(retitled(&batch[1], "Corrected"))
                .await?
                .position,
        );
    }
    let late = after(&filter, before);
    watchers.push(WatchStream::open(target, late).await?);
    for watcher in &mut watchers {
        let seen = watcher.positions(written.len()).await?;
        ensure_same("what one of several watchers saw", &seen, &written)?;
    }
    Ok(format!(
        "{} changes by {} watchers, one of them late",
        written.len(),
        watchers.len()
    ))
}

pub(super) async fn s21_a_batch_is_adjacent_and_marked(target: &Target) -> CheckResult {
    let topic = target.topic("s21");
    let mut watching = WatchStream::open(target, latest(&target.filter_for(&topic))).await?;
    for len in [1, 2, 7] {
        let batch = target.create_all(target.drafts(&topic, len)).await?;
        let changes = watching.changes(len).await?;
        let positions: Vec<i64> = changes.iter().map(position_of).collect();
        let first = batch[0].position;
        let expected = (first..first + len as i64).collect();
        ensure_same("the positions of a batch", positions, expected)?;
        let continued: Vec<bool> = changes.iter().map(|change| change.continued).collect();
        let expected = (1..=len).map(|nth| nth < len).collect();
        ensure_same(
            &format!("`continued` in a batch of {len}"),
            continued,
            expected,
        )?;
    }
    Ok("batches of 1, 2 and 7".to_owned())
}

pub(super) async fn s22_changes_say_how_they_crossed_the_filter(target: &Target) -> CheckResult {
    let (inside, outside) = (target.unique("s22-in"), target.unique("s22-out"));
    let mut watching = WatchStream::open(target, latest(&target.filter_for(&inside))).await?;
    let event = target.create(target.draft(&inside)).await?;
    let corrected = target.update(retitled(&event, "Corrected")).await?;
    let left = moved(target, &event, &outside).await?;
    target
        .update(retitled(&event, "Corrected out of sight"))
        .await?;
    let entered = moved(target, &event, &inside).await?;
    let expected = vec![
        (event.position, Match::Entered),
        (corrected.position, Match::Stayed),
        (left.position, Match::Left),
        (entered.position, Match::Entered),
    ];
    let changes = watching.changes(expected.len()).await?;
    let seen: Vec<_> = changes
        .iter()
        .map(|it| (position_of(it), it.r#match()))
        .collect();
    ensure_same(
        "what a filter saw of an event that left and came back",
        seen,
        expected,
    )?;
    Ok("entered, stayed, left once, not seen outside, entered again".to_owned())
}

/// Replaces the topics of the event with another one.
async fn moved(target: &Target, event: &Event, topic: &str) -> Result<Event, Stop> {
    let event = Event {
        name: event.name.clone(),
        topics: vec![topic.to_owned()],
        ..Event::default()
    };
    let request = UpdateEventRequest {
        event: Some(event),
        ..Default::default()
    };
    let mut publisher = target.publisher();
    let answer = super::frame::answer_of("UpdateEvent", publisher.update_event(request)).await??;
    match answer.into_inner().event {
        Some(event) => Ok(event),
        None => broken("UpdateEvent answered without the event"),
    }
}

pub(super) async fn s23_the_same_request_gives_the_same_bytes(target: &Target) -> CheckResult {
    let sample = target.sample.with_at_least(1)?;
    let bytes = |frames: Vec<Frame>| -> Vec<Bytes> {
        frames.iter().filter_map(Frame::change_bytes).collect()
    };
    let first = bytes(sample.frames(target).await?);
    ensure_same("the number of changes", first.len(), sample.positions.len())?;
    for _ in 0..2 {
        let again = bytes(sample.frames(target).await?);
        if let Some(nth) = first.iter().zip(&again).position(|(a, b)| a != b) {
            let position = sample.positions[nth];
            return broken(format!(
                "the change at {position} had different bytes the second time"
            ));
        }
        ensure_same(
            "the number of changes of a repeated request",
            again.len(),
            first.len(),
        )?;
    }
    let len: usize = first.iter().map(Bytes::len).sum();
    Ok(format!(
        "{} changes of {len} bytes, three times",
        first.len()
    ))
}

pub(super) async fn o04_the_digest_chain_is_the_same_for_all(target: &Target) -> CheckResult {
    let sample = target.sample.with_at_least(1)?;
    let everything = until(
        End::StopPosition(sample.upto),
        after(EVERYTHING, sample.after),
    );
    let everything = WatchStream::open(target, everything)
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?
        .planned()?;
    for change in &everything {
        let hex = change.digest.len() == 64 && change.digest.bytes().all(is_lower_hex);
        ensure(hex, || {
            format!("{} has the digest {:?}", name_of(change), change.digest)
        })?;
    }
    let digest = |change: &EventChange| (position_of(change), change.digest.clone());
    let all: std::collections::BTreeMap<i64, String> = everything.iter().map(digest).collect();
    let mut distinct: Vec<&String> = all.values().collect();
    distinct.sort();
    distinct.dedup();
    ensure_same(
        "different digests of different positions",
        distinct.len(),
        all.len(),
    )?;
    for frame in sample.frames(target).await? {
        let Some((position, digest)) = frame.change().map(digest) else {
            continue;
        };
        let elsewhere = all.get(&position).cloned();
        let what = format!("the digest at {position} in two streams");
        ensure_same(&what, Some(digest), elsewhere)?;
    }
    head_digest(target).await?;
    Ok(format!(
        "{} digests in two streams, and that of the head",
        all.len()
    ))
}

/// Compares the reported digest of the head with that of its change. Others may write meanwhile.
async fn head_digest(target: &Target) -> Result<(), Stop> {
    let info = target.info().await?;
    let head = info.head_position;
    let request = until(End::StopPosition(head), after(EVERYTHING, head - 1));
    let last = WatchStream::open(target, request)
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?
        .planned()?;
    let seen = last.last().map(|change| change.digest.clone());
    ensure_same("head_digest", Some(info.head_digest), seen)
}

fn is_lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}
