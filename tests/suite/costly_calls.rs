//! S52: calls whose cost a client chooses keep nobody else waiting.

use std::{future::Future, time::Duration};

use entente::proto::v1::{
    Event, ExplainFilterRequest, GetEventRequest, ListEventsRequest, SummarizeEventsRequest,
    VerifyStoreRequest,
};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tonic::{Code, Request, Response, Status};

use crate::harness::{Build, Random, Server, earliest, event, eventually, get};

const EVENTS: usize = 4_000;
const TOPICS: usize = 32;
/// Calls of one sort at a time.
const AT_A_TIME: usize = 20;
/// Far longer than a get takes, and far shorter than the costly calls take together.
const PATIENCE: Duration = Duration::from_secs(5);

/// Events of which each has a subkind of its own, many topics, and words that no other has.
async fn filled() -> Server {
    let server = Server::start().await;
    let mut random = Random::new(52);
    for batch in (0..EVENTS).collect::<Vec<_>>().chunks(100) {
        let events: Vec<Event> = batch
            .iter()
            .map(|n| {
                let words = |letter: char| {
                    let word = |at: usize| format!("{letter}{n}x{at} ");
                    (0..8).map(word).collect::<String>()
                };
                let mut event = event(&format!("e-{n}")).on(&format!("2020-{:02}", 1 + n % 12));
                event.subkind = format!("own-{n}");
                event.summary = format!("{}{}end", words('a'), words('b'));
                event.topics = (0..TOPICS)
                    .map(|at| format!("t-{}", at * 40 + random.below(40)))
                    .collect();
                event
            })
            .collect();
        server.publish_all(events).await;
    }
    server
}

/// The costliest filter: short words, so that each is found among all values.
fn costly_filter() -> String {
    let term = |n| format!("text:\"a{n} b\"");
    let terms: Vec<String> = (0..90).map(term).chain([term_of_all()]).collect();
    terms.join(" OR ")
}

/// Every event matches.
fn term_of_all() -> String {
    "text:\"a b\"".to_owned()
}

fn by(fields: &[&str]) -> SummarizeEventsRequest {
    SummarizeEventsRequest {
        group_by: fields.iter().map(|field| (*field).to_owned()).collect(),
        ..SummarizeEventsRequest::default()
    }
}

/// Calls until `calls` are done, and sees that a client and a probe are answered meanwhile.
async fn stays_responsive(server: &Server, mut calls: JoinSet<()>) {
    let mut asked = 0;
    while !calls.is_empty() {
        let name = format!("events/e-{}", asked % EVENTS);
        let request = GetEventRequest {
            name,
            ..GetEventRequest::default()
        };
        let mut events = server.events();
        let answered = timeout(PATIENCE, events.get_event(request)).await;
        answered.expect("a get is answered").expect("it is there");
        let probe = timeout(PATIENCE, get(server.admin_address(), "/healthz")).await;
        let probe = probe.expect("a probe is answered").expect("it is served");
        assert_eq!(probe.status, 200);
        asked += 1;
        sleep(Duration::from_millis(20)).await;
        while let Some(ended) = calls.try_join_next() {
            ended.expect("no call panics");
        }
    }
    assert!(asked > 0);
}

/// As many calls at once as they are told, each with a deadline.
fn many<T: Send + 'static, C>(make: impl Fn() -> C) -> JoinSet<()>
where
    C: Future<Output = Result<Response<T>, Status>> + Send + 'static,
{
    let mut calls = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let call = make();
        calls.spawn(async move {
            if let Err(refusal) = call.await {
                let expected = [
                    Code::ResourceExhausted,
                    Code::DeadlineExceeded,
                    Code::Cancelled,
                ];
                assert!(expected.contains(&refusal.code()), "{refusal:?}");
            }
        });
    }
    calls
}

fn in_time<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(Duration::from_secs(3));
    request
}

/// No costly question goes on when no call does.
async fn is_idle(server: &Server) {
    eventually("the end of all costly questions", async || {
        let page = get(server.admin_address(), "/metrics").await.ok()?;
        let line = page
            .body
            .lines()
            .find(|line| line.starts_with("entente_costly_questions "));
        line.is_some_and(|line| line.ends_with(" 0")).then_some(())
    })
    .await;
}

/// Trial A4.
#[tokio::test]
async fn a4_s52_costly_calls_keep_nobody_waiting_and_end_with_their_callers() {
    let server = filled().await;
    for fields in [
        ["topic", "subkind", "month"],
        ["subkind", "topic", "month"],
        ["month", "topic", "subkind"],
    ] {
        let calls = many(|| {
            let (mut events, request) = (server.events(), in_time(by(&fields)));
            async move { events.summarize_events(request).await }
        });
        stays_responsive(&server, calls).await;
        is_idle(&server).await;
    }
    let calls = many(|| {
        let request = ListEventsRequest {
            filter: costly_filter(),
            order_by: "name".to_owned(),
            ..ListEventsRequest::default()
        };
        let (mut events, request) = (server.events(), in_time(request));
        async move { events.list_events(request).await }
    });
    stays_responsive(&server, calls).await;
    is_idle(&server).await;
    let calls = many(|| {
        let request = ExplainFilterRequest {
            filter: costly_filter(),
            ..ExplainFilterRequest::default()
        };
        let (mut events, request) = (server.events(), in_time(request));
        async move { events.explain_filter(request).await }
    });
    stays_responsive(&server, calls).await;
    is_idle(&server).await;
}

/// Trial A4.
#[tokio::test]
async fn a4_a_summary_of_too_many_groups_is_refused_with_the_bound_and_what_to_do() {
    let server = filled().await;
    let mut events = server.events();
    let refusal = events.summarize_events(by(&["topic", "subkind"]));
    let refusal = refusal.await.expect_err("too many groups");
    assert_eq!(refusal.code(), Code::ResourceExhausted, "{refusal:?}");
    let message = refusal.message();
    for part in ["too many groups", "20000", "narrow the filter"] {
        assert!(message.contains(part), "{message}");
    }
    let answer = server.events().summarize_events(by(&["subkind"])).await;
    assert_eq!(answer.expect("few enough").into_inner().rows.len(), EVENTS);
}

#[tokio::test]
async fn s52_a_replay_with_a_costly_filter_keeps_nobody_waiting_and_is_complete() {
    let server = filled().await;
    let mut watches = JoinSet::new();
    for _ in 0..4 {
        let mut watcher = server.watch(earliest(&costly_filter())).await;
        watches.spawn(async move {
            let (changes, _) = watcher.until_caught_up().await;
            assert_eq!(changes.len(), EVENTS);
        });
    }
    stays_responsive(&server, watches).await;
    is_idle(&server).await;
}

/// Trial E6.
#[tokio::test]
async fn e6_many_verifications_at_once_keep_nobody_waiting() {
    let server = filled().await;
    let mut verifications = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let mut admin = server.admin();
        verifications.spawn(async move {
            let call = admin.verify_store(VerifyStoreRequest {}).await;
            let mut answers = call.expect("it is served").into_inner();
            let mut last = None;
            while let Some(answer) = answers.message().await.expect("a healthy store") {
                last = Some(answer);
            }
            let last = last.expect("it was told");
            assert!(last.finished && last.checked_position >= EVENTS as i64);
        });
    }
    stays_responsive(&server, verifications).await;
}
