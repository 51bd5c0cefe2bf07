//! S04, S11-S13, S49, S51: resuming watches and lists.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use tonic::Code;

use super::{
    frame::{Frame, answer_of},
    outcome::{CheckResult, Stop, broken, ensure, ensure_same},
    refusals::refused,
    rules::{name_of, position_of},
    sample::STREAM_TIME_MAX,
    target::{Target, retitled},
    watch_requests::{after, begin, resumed, snapshot, until},
    watch_stream::WatchStream,
};
use crate::proto::v1::{
    ChangeType, ErrorReason, Event, EventChange, FuzzyDate, ListEventsRequest, State,
    watch_events_request::{Begin, End},
};

pub(super) async fn s04_every_token_goes_on_without_gap_or_repetition(
    target: &Target,
) -> CheckResult {
    let sample = target.sample.with_at_least(1)?;
    let frames = sample.frames(target).await?;
    // A short sample is cut after every frame, a long one after some.
    let step = frames.len().div_ceil(24);
    let mut tried = 0;
    for cut in (0..frames.len()).step_by(step) {
        let before = frames[..=cut]
            .iter()
            .filter_map(Frame::change)
            .map(position_of);
        let mut seen: Vec<i64> = before.collect();
        let request = resumed(&sample.filter, frames[cut].token());
        let request = until(End::StopPosition(sample.upto), request);
        let rest = WatchStream::open(target, request)
            .await?
            .until_end(STREAM_TIME_MAX)
            .await?;
        seen.extend(rest.positions()?);
        let what = format!(
            "the changes of a stream cut after frame {} and its rest",
            cut + 1
        );
        ensure_same(&what, &seen, &sample.positions)?;
        tried += 1;
    }
    Ok(format!("cut after {tried} of {} frames", frames.len()))
}

pub(super) async fn s51_a_token_goes_on_whatever_the_spelling(target: &Target) -> CheckResult {
    let sample = target.sample.with_at_least(1)?;
    let filter = &sample.filter;
    let one = format!("({filter}) AND resource = EVENT AND revision >= 1");
    let same = format!("revision>=01 -(NOT resource = 'event') (({filter}) AND resource:EVENT)");
    let other = format!("(({filter}) OR resource = EVENT) AND revision >= 1");
    let request = until(End::StopPosition(sample.upto), after(&one, sample.after));
    let uncut = WatchStream::open(target, request)
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?;
    let positions = uncut.positions()?;
    let frames = [0, uncut.frames.len() / 2, uncut.frames.len() - 1];
    for cut in frames {
        let token = uncut.frames[cut].token();
        let before = uncut.changes(&uncut.frames[..=cut]);
        let mut seen: Vec<i64> = before.map(position_of).collect();
        let request = until(End::StopPosition(sample.upto), resumed(&same, token));
        let rest = WatchStream::open(target, request)
            .await?
            .until_end(STREAM_TIME_MAX)
            .await?;
        seen.extend(rest.positions()?);
        let what = format!(
            "the changes of a stream cut after frame {} and of its rest under the filter spelled differently",
            cut + 1
        );
        ensure_same(&what, &seen, &positions)?;
        let opened = WatchStream::try_open(target, resumed(&other, token)).await?;
        let reason = ErrorReason::ResumeTokenFilterMismatch;
        refused(target, opened, Code::InvalidArgument, reason)?;
    }
    Ok("resumed under the same filter spelled differently; another filter is refused".to_owned())
}

pub(super) async fn s51_a_start_time_outlives_a_cut(target: &Target) -> CheckResult {
    let topic = target.topic("s51");
    let filter = target.filter_for(&topic);
    let in_an_hour = SystemTime::now() + Duration::from_secs(3_600);
    let request = begin(&filter, Begin::StartTime(in_an_hour.into()));
    let request = until(End::StopWhenCaughtUp(true), request);
    let cut = WatchStream::open(target, request)
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?;
    let token = cut.frames[0].token();
    let before = target.create(target.draft(&topic)).await?.position;
    let request = until(End::StopPosition(before), resumed(&filter, token));
    let rest = WatchStream::open(target, request)
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?;
    ensure_same(
        "the changes that a watch from a later time receives after a cut",
        rest.positions()?,
        Vec::new(),
    )?;
    Ok("what was committed before the start time is not sent after a cut either".to_owned())
}

/// The events that a client holds after applying every change it received.
#[derive(Clone, Debug, Default, PartialEq)]
struct ClientState(BTreeMap<String, i64>);

impl ClientState {
    fn apply(&mut self, change: &EventChange) {
        let name = name_of(change).to_owned();
        let gone = change
            .event
            .as_ref()
            .is_some_and(|event| event.state() != State::Active);
        match gone {
            true => self.0.remove(&name),
            false => self.0.insert(name, position_of(change)),
        };
    }
}

/// Publishes events under a topic, corrects one of them and retracts another.
async fn with_history(target: &Target, topic: &str) -> Result<Vec<Event>, Stop> {
    let mut events = target.create_all(target.drafts(topic, 6)).await?;
    events[2] = target.update(retitled(&events[2], "Corrected")).await?;
    let gone = events.remove(4);
    target.retract(&gone.name).await?;
    Ok(events)
}

pub(super) async fn s11_a_snapshot_is_one_position_and_then_every_change(
    target: &Target,
) -> CheckResult {
    let topic = target.topic("s11");
    let events = with_history(target, &topic).await?;
    let mut watching = WatchStream::open(target, snapshot(&target.filter_for(&topic))).await?;
    let head = watching.started.head_position;
    let later = target.create(target.draft(&topic)).await?;
    let frames = watching.until_caught_up().await?;
    let mut existing: Vec<(&str, i64)> = Vec::new();
    for change in frames.iter().filter_map(Frame::change) {
        ensure(change.r#type() == ChangeType::Existing, || {
            format!(
                "{} is sent as {} in a snapshot",
                name_of(change),
                change.r#type().as_str_name()
            )
        })?;
        existing.push((name_of(change), position_of(change)));
    }
    let mut expected: Vec<(&str, i64)> = events
        .iter()
        .map(|event| (event.name.as_str(), event.position))
        .collect();
    expected.sort_by_key(|(_, position)| *position);
    ensure_same("the members of a snapshot", existing, expected)?;
    let at = frames.last().map_or(0, |frame| frame.message.position);
    ensure(
        at >= head.min(later.position - 1) && at < later.position,
        || {
            format!(
                "a snapshot taken at {head} is complete at {at}, a later change is {}",
                later.position
            )
        },
    )?;
    ensure_same(
        "the change after a snapshot",
        watching.positions(1).await?,
        vec![later.position],
    )?;
    Ok(format!(
        "{} members at position {at}, then the changes after it",
        events.len()
    ))
}

pub(super) async fn s12_a_snapshot_goes_on_from_any_frame(target: &Target) -> CheckResult {
    let topic = target.unique("s12");
    let filter = target.filter_for(&topic);
    let events = with_history(target, &topic).await?;
    let mut whole = WatchStream::open(target, snapshot(&filter)).await?;
    let mut held = ClientState::default();
    let mut cuts = vec![(held.clone(), whole.token.clone())];
    for frame in whole.until_caught_up().await? {
        frame
            .change()
            .into_iter()
            .for_each(|change| held.apply(change));
        cuts.push((held.clone(), frame.token().to_owned()));
    }
    // The rest of a snapshot is the state at its position, whatever is written in between.
    target
        .update(retitled(&events[0], "Corrected later"))
        .await?;
    target.retract(&events[1].name).await?;
    target.create(target.draft(&topic)).await?;
    whole
        .changes(3)
        .await?
        .iter()
        .for_each(|change| held.apply(change));
    for (number, (mut cut, token)) in cuts.into_iter().enumerate() {
        let mut rest = WatchStream::open(target, resumed(&filter, &token)).await?;
        let frames = rest.until_caught_up().await?;
        frames
            .iter()
            .filter_map(Frame::change)
            .for_each(|change| cut.apply(change));
        let missing = 3usize.saturating_sub(live_changes(&frames));
        rest.changes(missing)
            .await?
            .iter()
            .for_each(|change| cut.apply(change));
        let what = format!(
            "the events that a client holds whose snapshot was cut after frame {}",
            number + 1
        );
        ensure_same(&what, &cut, &held)?;
    }
    Ok(format!("cut after each of {} frames", events.len() + 2))
}

fn live_changes(frames: &[Frame]) -> usize {
    let changes = frames.iter().filter_map(Frame::change);
    changes
        .filter(|change| change.r#type() != ChangeType::Existing)
        .count()
}

pub(super) async fn s13_a_list_and_a_watch_from_it_have_no_gap(target: &Target) -> CheckResult {
    let topic = target.topic("s13");
    let filter = target.filter_for(&topic);
    let events = with_history(target, &topic).await?;
    let mut held = ClientState::default();
    let mut request = ListEventsRequest {
        page_size: 2,
        filter: filter.clone(),
        ..Default::default()
    };
    let (mut pages, mut at) = (0, None);
    let token = loop {
        let mut client = target.events();
        let page = answer_of("ListEvents", client.list_events(request.clone()))
            .await??
            .into_inner();
        let position = *at.get_or_insert(page.position);
        ensure_same("the position of a later page", page.position, position)?;
        ensure_same("total_size", page.total_size, events.len() as i64)?;
        let found = page
            .events
            .into_iter()
            .map(|event| (event.name, event.position));
        held.0.extend(found);
        pages += 1;
        if page.next_page_token.is_empty() {
            break page.resume_token;
        }
        if pages > 2 * events.len() {
            return broken("a listing has more pages than events");
        }
        // A write between two pages is not in the list, so it must come in the watch.
        target.create(target.draft(&topic)).await?;
        target
            .update(retitled(
                &events[0],
                &format!("Corrected after page {pages}"),
            ))
            .await?;
        request.page_token = page.next_page_token;
    };
    let last = target.create(target.draft(&topic)).await?.position;
    let watch = until(End::StopPosition(last), resumed(&filter, &token));
    let ended = WatchStream::open(target, watch)
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?;
    ended
        .planned()?
        .iter()
        .for_each(|change| held.apply(change));
    let now = ListEventsRequest {
        page_size: 1_000,
        page_token: String::new(),
        ..request
    };
    let mut client = target.events();
    let now = answer_of("ListEvents", client.list_events(now))
        .await??
        .into_inner();
    let now = now
        .events
        .into_iter()
        .map(|event| (event.name, event.position))
        .collect();
    ensure_same(
        "the events that a client holds that listed and then watched",
        held,
        ClientState(now),
    )?;
    Ok(format!(
        "{pages} pages with writes between them, then a watch"
    ))
}

pub(super) async fn s49_pages_are_complete_whatever_is_written_between(
    target: &Target,
) -> CheckResult {
    const ORDERS: [&str; 4] = ["date", "date desc", "name", "position desc"];
    for order_by in ORDERS {
        let topic = target.topic(&format!("s49-{}", order_by.replace(' ', "-")));
        let mut drafts = target.drafts(&topic, 7);
        for (day, draft) in drafts.iter_mut().enumerate() {
            draft.date = dated(day + 1);
        }
        target.create_all(drafts).await?;
        let request = |page_size, page_token: String| ListEventsRequest {
            page_size,
            page_token,
            order_by: order_by.to_owned(),
            filter: target.filter_for(&topic),
            ..Default::default()
        };
        let list = async |request| -> Result<(Vec<String>, String), Stop> {
            let mut client = target.events();
            let page = answer_of("ListEvents", client.list_events(request)).await??;
            let page = page.into_inner();
            let names = page.events.into_iter().map(|event| event.name).collect();
            Ok((names, page.next_page_token))
        };
        let (expected, _) = list(request(100, String::new())).await?;
        let (mut seen, mut token) = list(request(2, String::new())).await?;
        // Between two pages, each time in another way, we change the last row of the page before.
        let mut pages = 1;
        while !token.is_empty() && seen.len() <= expected.len() {
            let last = seen.last().cloned().unwrap_or_default();
            if pages % 2 == 1 {
                let moved = Event {
                    name: last,
                    date: dated(28),
                    ..Event::default()
                };
                target.update(moved).await?;
            } else {
                target.retract(&last).await?;
            }
            let (names, next) = list(request(2, token)).await?;
            seen.extend(names);
            token = next;
            pages += 1;
        }
        ensure_same(
            &format!("the pages of a list by {order_by}"),
            seen,
            expected,
        )?;
    }
    Ok("moved and retracted rows at the end of a page, in four orders".to_owned())
}

/// Returns a day of January 2025.
fn dated(day: usize) -> Option<FuzzyDate> {
    Some(FuzzyDate {
        edtf: format!("2025-01-{day:02}"),
        ..FuzzyDate::default()
    })
}
