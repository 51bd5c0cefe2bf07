//! S52: costly calls keep nobody else waiting.

use std::time::{Duration, Instant};

use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tonic::{Code, Request, Status};

use super::{
    outcome::{Checked, Stop, broken, ensure, told},
    restarts::{program, started},
    spawned::Home,
    target::Target,
};
use crate::proto::{
    health::{HealthCheckRequest, health_client::HealthClient},
    v1::{Event, ExplainFilterRequest, GetEventRequest, ListEventsRequest, SummarizeEventsRequest},
};

/// Within this, others are answered.
const ANSWER_TIME: Duration = Duration::from_secs(1);
/// What a costly call is given.
const CALL_TIME: Duration = Duration::from_secs(5);
/// Costly calls of a sort at a time.
const AT_A_TIME: usize = 8;
const TOPICS: usize = 32;
const TERMS: usize = 90;

pub(super) async fn s52_costly_calls_keep_nobody_waiting(like: &Target) -> Checked {
    if like.options.disruptive {
        return keep_nobody_waiting(like).await;
    }
    // Not on a server that others use.
    program(like)?;
    let home = Home::new(&like.fresh("s52"))?;
    let (server, target) = started(like, &home, &[]).await?;
    let checked = keep_nobody_waiting(&target).await;
    server.kill();
    checked
}

async fn keep_nobody_waiting(target: &Target) -> Checked {
    let topic = target.topic("s52");
    let count = if target.options.quick { 500 } else { 4_000 };
    let events: Vec<Event> = (0..count).map(|n| varied(target, &topic, n)).collect();
    let mut name = String::new();
    for batch in events.chunks(100) {
        let written = target.create_all(batch.to_vec()).await?;
        name = written.into_iter().next().unwrap_or_default().name;
    }
    let mut calls = costly_calls(target, &target.about(&topic));
    let longest = ANSWER_TIME + target.noise.allowance();
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
        3 * AT_A_TIME
    ))
}

/// An event with a subkind of its own, many topics, and words that no other has.
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

/// Each with a deadline, all at once.
fn costly_calls(target: &Target, ours: &str) -> JoinSet<Result<(), Status>> {
    let term = |n| format!("text:\"a{n} b\"");
    let terms: Vec<String> = (0..TERMS).map(term).collect();
    let filter = terms.join(" OR ");
    let mut calls = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let mut events = target.events();
        let group_by = ["topic", "subkind", "month"].map(str::to_owned).into();
        let request = in_time(SummarizeEventsRequest {
            filter: ours.to_owned(),
            group_by,
            ..Default::default()
        });
        calls.spawn(async move { events.summarize_events(request).await.map(drop) });
        let mut events = target.events();
        let request = in_time(ListEventsRequest {
            filter: filter.clone(),
            order_by: "name".to_owned(),
            ..Default::default()
        });
        calls.spawn(async move { events.list_events(request).await.map(drop) });
        let mut events = target.events();
        let request = in_time(ExplainFilterRequest {
            filter: filter.clone(),
            ..Default::default()
        });
        calls.spawn(async move { events.explain_filter(request).await.map(drop) });
    }
    calls
}

fn in_time<T>(message: T) -> Request<T> {
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

/// A costly call may be answered, refused for its cost, or end with its deadline.
fn is_bounded(status: &Status) -> Result<(), Stop> {
    let expected = [
        Code::ResourceExhausted,
        Code::DeadlineExceeded,
        Code::Cancelled,
    ];
    ensure(expected.contains(&status.code()), || {
        format!("a costly call ended with {}", told(status))
    })
}
