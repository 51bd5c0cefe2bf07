//! S52: costly calls do not delay other clients.

use std::time::{Duration, Instant};

use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tonic::{Code, Request, Status};

use super::{
    outcome::{CheckResult, Stop, broken, describe, ensure},
    restarts::{program, started},
    server_process::StoreDirectory,
    target::Target,
};
use crate::proto::{
    health::{HealthCheckRequest, health_client::HealthClient},
    v1::{Event, ExplainFilterRequest, GetEventRequest, ListEventsRequest, SummarizeEventsRequest},
};

/// How long other clients may wait for an answer.
const ANSWER_TIME: Duration = Duration::from_secs(1);
/// The deadline of a costly call.
const CALL_TIME: Duration = Duration::from_secs(5);
/// Costly calls of each method at a time.
const CONCURRENT_MAX: usize = 8;
const TOPICS: usize = 32;
const TERMS: usize = 90;

pub(super) async fn s52_costly_calls_keep_nobody_waiting(like: &Target) -> CheckResult {
    if like.options.disruptive {
        return keep_nobody_waiting(like).await;
    }
    // A server that others use is not loaded like this, so we start one.
    program(like)?;
    let home = StoreDirectory::new(&like.unique("s52"))?;
    let (server, target) = started(like, &home, &[]).await?;
    let checked = keep_nobody_waiting(&target).await;
    server.kill();
    checked
}

async fn keep_nobody_waiting(target: &Target) -> CheckResult {
    let topic = target.topic("s52");
    let count = if target.options.quick { 500 } else { 4_000 };
    let events: Vec<Event> = (0..count).map(|n| varied(target, &topic, n)).collect();
    let mut name = String::new();
    for batch in events.chunks(100) {
        let written = target.create_all(batch.to_vec()).await?;
        name = written.into_iter().next().unwrap_or_default().name;
    }
    let mut calls = costly_calls(target, &target.filter_for(&topic));
    let longest = ANSWER_TIME + target.timer_lag.allowance();
    let (mut asked, mut slowest) = (0, Duration::ZERO);
    while !calls.is_empty() {
        let begun = Instant::now();
        let answered = timeout(longest, is_served(target, &name)).await;
        slowest = slowest.max(begun.elapsed());
        match answered {
            Ok(answered) => answered?,
            Err(_) => {
                return broken(format!(
                    "a get and a health check took longer than {longest:?} while costly calls ran"
                ));
            }
        }
        asked += 1;
        while let Some(ended) = calls.try_join_next() {
            if let Ok(Err(status)) = ended {
                is_bounded(&status)?;
            }
        }
        sleep(Duration::from_millis(10)).await;
    }
    Ok(format!(
        "{asked} gets and health checks took {} ms at most beside {} costly calls",
        slowest.as_millis(),
        3 * CONCURRENT_MAX
    ))
}

/// Returns an event with its own subkind, many topics, and words that no other event has.
fn varied(target: &Target, topic: &str, n: usize) -> Event {
    let word = |at: usize| format!("a{n}x{at} b{n}x{at} ");
    let others = (1..TOPICS).map(|at| format!("{topic}-{}", at * 40 + n * at % 40));
    Event {
        subkind: format!("own-{n}"),
        summary: (0..8).map(word).collect::<String>() + "end",
        topics: std::iter::once(topic.to_owned()).chain(others).collect(),
        ..target.draft(topic)
    }
}

/// Starts all costly calls at once, each with a deadline.
fn costly_calls(target: &Target, ours: &str) -> JoinSet<Result<(), Status>> {
    let term = |n| format!("text:\"a{n} b\"");
    let terms: Vec<String> = (0..TERMS).map(term).collect();
    let filter = terms.join(" OR ");
    let mut calls = JoinSet::new();
    for _ in 0..CONCURRENT_MAX {
        let mut events = target.events();
        let group_by = ["topic", "subkind", "month"].map(str::to_owned).into();
        let request = with_deadline(SummarizeEventsRequest {
            filter: ours.to_owned(),
            group_by,
            ..Default::default()
        });
        calls.spawn(async move { events.summarize_events(request).await.map(drop) });
        let mut events = target.events();
        let request = with_deadline(ListEventsRequest {
            filter: filter.clone(),
            order_by: "name".to_owned(),
            ..Default::default()
        });
        calls.spawn(async move { events.list_events(request).await.map(drop) });
        let mut events = target.events();
        let request = with_deadline(ExplainFilterRequest {
            filter: filter.clone(),
            ..Default::default()
        });
        calls.spawn(async move { events.explain_filter(request).await.map(drop) });
    }
    calls
}

fn with_deadline<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(CALL_TIME);
    request
}

async fn is_served(target: &Target, name: &str) -> Result<(), Stop> {
    let request = GetEventRequest {
        name: name.to_owned(),
        ..Default::default()
    };
    target.events().get_event(request).await?;
    let request = HealthCheckRequest::default();
    HealthClient::new(target.channel()).check(request).await?;
    Ok(())
}

/// Checks that a failed costly call was refused for its cost or ended at its deadline.
fn is_bounded(status: &Status) -> Result<(), Stop> {
    let expected = [
        Code::ResourceExhausted,
        Code::DeadlineExceeded,
        Code::Cancelled,
    ];
    ensure(expected.contains(&status.code()), || {
        format!("a costly call ended with {}", describe(status))
    })
}
