//! The checker passes a good server and finds every planted fault.

#[path = "conform/proxy/mod.rs"]
mod proxy;
// Each test binary uses a part of it.
#[allow(dead_code, unused_imports)]
#[path = "harness/mod.rs"]
mod harness;

use std::{path::PathBuf, sync::Arc};

use entente::{
    conform::{Finding, Options, Outcome, check_program, check_server},
    proto::v1::{Event, MergeEventsRequest, RedactEventRequest, RestoreEventRequest},
};
use tokio::{sync::Semaphore, task::JoinSet};

use harness::Server;
use proxy::{Fault, Proxy};

/// Each fault, and the numbers of the checks that must find it.
const FAULTS: [(Fault, &[&str]); 37] = [
    (Fault::ChangeDropped, &["S04", "S15", "S16"]),
    (Fault::ChangeNotSent, &["S04", "S15"]),
    (Fault::ChangeRepeated, &["S16", "S17"]),
    (Fault::ChangesSwapped, &["S16", "S17"]),
    (Fault::ProgressLate, &["S24"]),
    (Fault::ProgressStripped, &["S24", "S25"]),
    (Fault::PositionAhead, &["S26"]),
    (Fault::StreamTruncated, &["S35"]),
    (Fault::AgeIsOk, &["S35"]),
    (Fault::CaughtUpStripped, &["S27"]),
    (Fault::CaughtUpTwice, &["S27"]),
    (Fault::FramesReset, &["S16"]),
    (Fault::TokenStuck, &["S04"]),
    (Fault::ContinuedDropped, &["S21"]),
    (Fault::LeftAsStayed, &["S22", "O7"]),
    (Fault::ExistingAsCreated, &["S11"]),
    (Fault::OtherBytes, &["S23"]),
    (Fault::OtherDigest, &["O4"]),
    (Fault::NeverReplayed, &["S42"]),
    (Fault::EverReplayed, &["S42"]),
    (Fault::FilterIgnored, &["S02", "S06", "S25"]),
    (Fault::UnknownIgnored, &["S14"]),
    (Fault::StartLate, &["S03"]),
    (Fault::StopLate, &["S38"]),
    (Fault::SpellingMatters, &["S51"]),
    (Fault::ListCutShort, &["S13", "S49"]),
    (Fault::StartTimeForgotten, &["S51"]),
    (Fault::AnyLease, &["S41", "S50"]),
    (Fault::PresenceUntold, &["S55"]),
    (Fault::GetsWait, &["S52"]),
    (Fault::CodesInternal, &["S06", "S08", "S39"]),
    (Fault::DetailsStripped, &["S06", "S08", "S39"]),
    (Fault::TrailersLong, &["S54"]),
    (Fault::ResolutionForgotten, &["S60"]),
    (Fault::KnownAtIgnored, &["S61"]),
    (Fault::PreconditionIgnored, &["S62"]),
    (Fault::TrackingForgotten, &["S63"]),
];

/// Faults checked at a time: most of a run is waiting.
const AT_A_TIME: usize = 6;

fn quick() -> Options {
    Options {
        quick: true,
        ..Options::default()
    }
}

fn failed(findings: &[Finding]) -> Vec<&'static str> {
    let failed = findings
        .iter()
        .filter(|it| matches!(it.outcome, Outcome::Fail(_)));
    failed.map(|finding| finding.number).collect()
}

fn report(findings: &[Finding]) -> String {
    let line = |it: &Finding| format!("{} {:?}\n", it.number, it.outcome);
    findings.iter().map(line).collect()
}

/// Guarantees with a time limit. A machine that runs other tests at the same time may be too slow, so
/// a failure of these counts only if it repeats when they run alone.
const WITHIN_A_TIME: [&str; 9] = [
    "S01", "S24", "S25", "S28", "S29", "S35", "S37", "S48", "S52",
];

/// Returns the checks that fail, and fail again if they have a time limit.
async fn lasting_failures(
    check: impl AsyncFn(Options) -> Vec<Finding>,
    options: Options,
) -> (Vec<Finding>, Vec<&'static str>) {
    let findings = check(options.clone()).await;
    let mut failures = failed(&findings);
    if !failures.is_empty() && failures.iter().all(|number| WITHIN_A_TIME.contains(number)) {
        let only = failures.iter().map(|number| (*number).to_owned()).collect();
        failures = failed(&check(Options { only, ..options }).await);
    }
    (findings, failures)
}

async fn passes_at(address: &str, options: Options) {
    let check = async |options| check_server(address, options).await.expect("it listens");
    let (findings, failures) = lasting_failures(check, options).await;
    assert!(
        failures.is_empty(),
        "{failures:?} of\n{}",
        report(&findings)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_planted_fault_is_found_by_its_numbers() {
    let server = Server::start().await;
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut runs = JoinSet::new();
    for (fault, expected) in FAULTS {
        let (places, server) = (places.clone(), server.grpc_address());
        runs.spawn(async move {
            let _place = places.acquire().await.expect("it is never closed");
            let proxy = Proxy::start(server, fault).await;
            let only = expected.iter().map(|number| (*number).to_owned()).collect();
            let options = Options {
                only,
                disruptive: true,
                ..quick()
            };
            let findings = check_server(&proxy.address(), options)
                .await
                .expect("it listens");
            (fault, expected, failed(&findings))
        });
    }
    let mut missed = Vec::new();
    while let Some(run) = runs.join_next().await {
        let (fault, expected, failed) = run.expect("no run panics");
        if failed != expected {
            missed.push(format!(
                "{fault:?} is found by {failed:?} and not by all of {expected:?}"
            ));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_without_a_fault_passes_like_the_server_behind_it() {
    let server = Server::start().await;
    let proxy = Proxy::start(server.grpc_address(), Fault::None).await;
    passes_at(&proxy.address(), quick()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_are_killed_and_restarted_pass() {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_entente"));
    let check = async |options| {
        check_program(program.clone(), options)
            .await
            .expect("it starts")
    };
    let (findings, failures) = lasting_failures(check, quick()).await;
    assert!(
        failures.is_empty(),
        "{failures:?} of\n{}",
        report(&findings)
    );
    let applicable = findings
        .iter()
        .filter(|it| matches!(it.outcome, Outcome::Pass(_)))
        .count();
    assert!(applicable >= 45, "{}", report(&findings));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_check_writes_nothing_and_passes() {
    let server = Server::start().await;
    server
        .publish_all((0..20).map(|n| harness::event(&format!("e-{n}"))))
        .await;
    let options = Options {
        read_only: true,
        ..quick()
    };
    let address = format!("http://{}", server.grpc_address());
    passes_at(&address, options).await;
    assert_eq!(server.info().await.head_position, 20);
}

/// Publishes events with every kind of history: corrected, retracted, restored, merged, and redacted
/// in each state.
async fn publish_every_history(server: &Server) {
    server
        .publish_partnership(harness::partnership("pact"))
        .await;
    server
        .publish_all((0..12).map(|n| harness::event(&format!("e-{n}"))))
        .await;
    let name = |n: u32| format!("events/e-{n}");
    let titled = |n: u32| Event {
        title: "Corrected".to_owned(),
        ..named(&name(n))
    };
    for n in [0, 1, 2, 5] {
        server.update(titled(n)).await;
    }
    for n in [2, 3, 4] {
        server.retract(&name(n)).await;
    }
    let mut publisher = server.publisher();
    let restore = RestoreEventRequest {
        name: name(3),
        ..Default::default()
    };
    publisher.restore_event(restore).await.expect("retracted");
    let merge = MergeEventsRequest {
        into: name(6),
        names: vec![name(7), name(8)],
        ..Default::default()
    };
    publisher.merge_events(merge).await.expect("both there");
    for n in [0, 4, 5, 9] {
        let redact = RedactEventRequest {
            name: name(n),
            ..Default::default()
        };
        server.admin().redact_event(redact).await.expect("there");
    }
}

fn named(name: &str) -> Event {
    Event {
        name: name.to_owned(),
        ..Event::default()
    }
}

/// Trial D5: S38 failed after any redaction, as redactions pass every filter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d5_a_server_with_any_history_passes() {
    let server = Server::start().await;
    publish_every_history(&server).await;
    let address = format!("http://{}", server.grpc_address());
    let reading = Options {
        read_only: true,
        ..quick()
    };
    passes_at(&address, reading).await;
    passes_at(&address, quick()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consumers_see_nothing_of_a_check() {
    let server = Server::start().await;
    let mut consumer = server.watch(harness::latest("")).await;
    let options = Options {
        only: vec!["S21".to_owned(), "S22".to_owned()],
        ..quick()
    };
    let address = format!("http://{}", server.grpc_address());
    let findings = check_server(&address, options).await.expect("it listens");
    assert_eq!(findings.len(), 2);
    assert!(server.info().await.head_position > 0);
    let seen = server.publish(harness::event("seen")).await;
    let first = consumer.change().await;
    assert_eq!(harness::position_of(&first), seen.position);
}

#[tokio::test]
async fn the_command_reports_by_number_and_fails_if_a_check_fails() {
    let server = Server::start().await;
    let good = format!("{}", server.grpc_address());
    let asked = ["conform", &good, "--only=S16,S22,S09", "--quick"];
    let ended = harness::entente(&asked, "").await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].contains(r#""number":"S09""#) && lines[0].contains("not applicable"));
    assert!(ended.stderr.contains("drills"), "{}", ended.stderr);

    let proxy = Proxy::start(server.grpc_address(), Fault::LeftAsStayed).await;
    let bad = proxy.address();
    let ended = harness::entente(&["conform", &bad, "--only=S16,S22", "--quick"], "").await;
    assert_eq!(ended.code, Some(1), "{}", ended.stdout);
    assert!(
        ended.stderr.contains("1 of 2 do not hold: S22"),
        "{}",
        ended.stderr
    );
}
