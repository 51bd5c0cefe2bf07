//! S44, S45, S61, O9: reads of the present and of earlier states.

use std::time::Duration;

use prost_types::Timestamp;
use tonic::Code;

use super::{
    frame::answer_of,
    outcome::{CheckResult, Stop, broken, ensure, ensure_same},
    refusals::refused,
    target::{Target, retitled},
};
use crate::proto::v1::{
    CreateEventRequest, ErrorReason, Event, GetEventRequest, ListEventRevisionsRequest,
    ListEventsRequest, State, UpdateEventRequest,
};

pub(super) async fn s44_a_read_never_answers_from_before_its_position(
    target: &Target,
) -> CheckResult {
    let topic = target.topic("s44");
    for _ in 0..10 {
        let written = target.create(target.draft(&topic)).await?;
        let request = GetEventRequest {
            name: written.name.clone(),
            min_position: written.position,
            ..Default::default()
        };
        let Ok(read) = target.get(request).await? else {
            return broken(format!(
                "{} was not found right after it was written",
                written.name
            ));
        };
        ensure_same("the event read", read.position, written.position)?;
        let listing = ListEventsRequest {
            filter: target.filter_for(&topic),
            order_by: "position desc".to_owned(),
            page_size: 1,
            min_position: written.position,
            ..Default::default()
        };
        let mut events = target.events();
        let page = answer_of("ListEvents", events.list_events(listing))
            .await??
            .into_inner();
        let newest = page.events.first().map(|event| event.position);
        ensure_same("the newest event listed", newest, Some(written.position))?;
    }
    ahead_of_the_log(target).await?;
    Ok("ten writes could be read at once; a read waits for a position ahead of the log".to_owned())
}

/// Checks that a read waits for a position ahead of the log until its deadline.
async fn ahead_of_the_log(target: &Target) -> Result<(), Stop> {
    let head = target.info().await?.head_position;
    let request = ListEventsRequest {
        page_size: 1,
        min_position: head + 1_000_000_000,
        ..Default::default()
    };
    let mut request = tonic::Request::new(request);
    request.set_timeout(Duration::from_millis(500));
    let mut events = target.events();
    let Err(status) = answer_of("ListEvents", events.list_events(request)).await? else {
        return broken("a list was answered before its min_position was reached");
    };
    // The deadline passes on both sides at once; either may report it.
    let late = matches!(
        status.code(),
        Code::DeadlineExceeded | Code::Cancelled | Code::OutOfRange
    );
    ensure(late, || {
        format!(
            "a min_position ahead of the log was answered with {}",
            super::outcome::describe(&status)
        )
    })
}

pub(super) async fn s45_every_revision_stays_addressable(target: &Target) -> CheckResult {
    let topic = target.topic("s45");
    let first = target.create(target.draft(&topic)).await?;
    let second = target.update(retitled(&first, "Corrected")).await?;
    let third = target.retract(&first.name).await?;
    ensure_same(
        "the state of a retracted event",
        third.state(),
        State::Retracted,
    )?;
    for (number, expected) in [(1, &first), (2, &second), (3, &third)] {
        let name = format!("{}/revisions/{number}", first.name);
        let request = GetEventRequest {
            name: name.clone(),
            ..Default::default()
        };
        let Ok(read) = target.get(request).await? else {
            return broken(format!("{name} is not found"));
        };
        same_revision(&name, &read, expected)?;
    }
    let request = GetEventRequest {
        name: first.name.clone(),
        ..Default::default()
    };
    let Ok(now) = target.get(request).await? else {
        return broken("a retracted event is not found by its name");
    };
    same_revision("the retracted event", &now, &third)?;
    let request = ListEventRevisionsRequest {
        parent: first.name.clone(),
        ..Default::default()
    };
    let mut events = target.events();
    let answer = answer_of("ListEventRevisions", events.list_event_revisions(request)).await??;
    let listed = answer.into_inner().revisions;
    let listed = listed
        .into_iter()
        .filter_map(|it| it.snapshot)
        .map(|it| it.revision)
        .collect();
    ensure_same("the revisions listed", listed, vec![3, 2, 1])?;
    Ok(
        "three revisions, one of them a retraction; nothing was redacted, as that cannot be undone"
            .to_owned(),
    )
}

fn same_revision(what: &str, seen: &Event, expected: &Event) -> Result<(), Stop> {
    let key = |event: &Event| (event.revision, event.position, event.title.clone());
    ensure_same(what, key(seen), key(expected))
}

pub(super) async fn s61_what_was_known_at_a_time_can_be_read(target: &Target) -> CheckResult {
    let day = |day: i64| Timestamp {
        seconds: 1_600_000_000 + 86_400 * day,
        nanos: 0,
    };
    let topic = target.topic("s61");
    let mut publisher = target.publisher();
    let request = CreateEventRequest {
        event: Some(target.draft(&topic)),
        known_since: Some(day(1)),
        ..Default::default()
    };
    let first = answer_of("CreateEvent", publisher.create_event(request)).await??;
    let first = first.into_inner().event.unwrap_or_default();
    let correct = |known| UpdateEventRequest {
        event: Some(retitled(&first, "Corrected")),
        known_since: Some(known),
        ..Default::default()
    };
    let early = publisher.update_event(correct(day(0)));
    let early = answer_of("UpdateEvent", early).await?;
    let reason = ErrorReason::KnownSinceTooEarly;
    refused(target, early, Code::FailedPrecondition, reason)?;
    let second = publisher.update_event(correct(day(3)));
    let second = answer_of("UpdateEvent", second).await??;
    let second = second.into_inner().event.unwrap_or_default();
    let third = target.retract(&first.name).await?;
    for (known, expected) in [(0, None), (1, Some(1)), (2, Some(1)), (3, Some(2))] {
        let known_at = Some(day(known));
        let request = ListEventsRequest {
            filter: target.filter_for(&topic),
            known_at,
            ..Default::default()
        };
        let mut events = target.events();
        let page = answer_of("ListEvents", events.list_events(request)).await??;
        let listed = page.into_inner().events;
        let what = format!("the revision listed as known on day {known}");
        let listed = listed.first().map(|event| event.revision);
        ensure_same(&what, listed, expected)?;
        let request = GetEventRequest {
            name: first.name.clone(),
            known_at,
            ..Default::default()
        };
        let read = target.get(request).await?;
        match (&read, expected) {
            (Ok(read), Some(1)) => same_revision("what was known first", read, &first)?,
            (Ok(read), _) => same_revision("what was known later", read, &second)?,
            (Err(_), _) => {}
        }
        ensure_same(
            &format!("whether the event is found as known on day {known}"),
            read.is_ok(),
            expected.is_some(),
        )?;
    }
    // What its writer says nothing of becomes known with the commit.
    let request = GetEventRequest {
        name: first.name.clone(),
        known_at: third.update_time,
        ..Default::default()
    };
    match target.get(request).await? {
        Ok(read) => same_revision("what was known at the last commit", &read, &third)?,
        Err(status) => return Err(status.into()),
    }
    Ok("created, corrected and retracted, each known at a time of its own".to_owned())
}

pub(super) async fn o09_what_was_known_can_be_asked(target: &Target) -> CheckResult {
    let topic = target.topic("o9");
    let first = target.create(target.draft(&topic)).await?;
    let second = target.update(retitled(&first, "Corrected")).await?;
    let third = target.retract(&first.name).await?;
    let stages = [
        (first.position - 1, None),
        (first.position, Some(1)),
        (second.position, Some(2)),
        (third.position, None),
    ];
    for (position, revision) in stages {
        let request = ListEventsRequest {
            filter: target.filter_for(&topic),
            as_of_position: position,
            ..Default::default()
        };
        let mut events = target.events();
        let page = answer_of("ListEvents", events.list_events(request))
            .await??
            .into_inner();
        ensure_same("the position of an as-of list", page.position, position)?;
        let listed = page.events.first().map(|event| event.revision);
        ensure_same(
            &format!("the revision listed as of {position}"),
            listed,
            revision,
        )?;
    }
    let request = GetEventRequest {
        name: first.name.clone(),
        as_of_position: first.position,
        ..Default::default()
    };
    let Ok(then) = target.get(request).await? else {
        return broken("an event is not found as of its own position");
    };
    same_revision("the event as of its first position", &then, &first)?;
    let before = GetEventRequest {
        name: first.name,
        as_of_position: 1,
        ..Default::default()
    };
    if first.position > 1 {
        refused(
            target,
            target.get(before).await?,
            Code::NotFound,
            ErrorReason::EventNotFound,
        )?;
    }
    Ok("read before it was created, as created, corrected, and retracted".to_owned())
}
