//! Runs the checks, several at a time since most of them mostly wait.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tokio::{sync::Semaphore, task::JoinSet, time::timeout};

use super::{
    checks::{CHECKS, Check, Needs, UNOBSERVABLE},
    options::Options,
    outcome::{Finding, Outcome, Stop},
    sample::Sample,
    server_process::{ServerProcess, StoreDirectory},
    target::Target,
};

/// Checks that run at a time. Most of them wait, but those that start servers do not.
const CONCURRENT_MAX: usize = 8;
/// The maximum duration of a check, apart from its waits for heartbeats. A longer check fails.
const CHECK_TIME_MAX: Duration = Duration::from_secs(60);
const HEARTBEATS_MAX: u32 = 10;

/// Checks the server at an address, `http://HOST:PORT`.
///
/// Fails with a message if the server cannot be reached.
pub async fn check_server(address: &str, options: Options) -> Result<Vec<Finding>, String> {
    let target = Target::connect(address, options, name_prefix()).await?;
    Ok(check(target).await)
}

/// Starts a server from the program on an empty store and checks it. Some checks start and kill
/// further servers.
///
/// Fails with a message if the server does not start.
pub async fn check_program(program: PathBuf, options: Options) -> Result<Vec<Finding>, String> {
    let prefix = name_prefix();
    let said = |stop| Outcome::from(Err(stop)).reason().to_owned();
    let home = StoreDirectory::new(&prefix).map_err(said)?;
    let server = ServerProcess::start(&program, &home, &[])
        .await
        .map_err(said)?;
    let address = format!("http://{}", server.address);
    let mut target = Target::connect(&address, options, prefix).await?;
    target.program = Some(program);
    let findings = check(target).await;
    server.kill();
    Ok(findings)
}

async fn check(mut target: Target) -> Vec<Finding> {
    let sample = match target.options.read_only {
        true => Sample::read(&target).await,
        false => Sample::write(&target).await,
    };
    match sample {
        Ok(sample) => target.sample = sample,
        Err(stop) => {
            let outcome = Outcome::from(Err(stop));
            target.broken_rules.note(
                "S04",
                format!("could not get a sample of the log: {}", outcome.reason()),
            );
        }
    }
    let target = Arc::new(target);
    let mut findings = run_all(&target).await;
    findings
        .iter_mut()
        .for_each(|finding| apply_broken_rules(&target, finding));
    findings.extend(unobservable(&target));
    findings.sort_by_key(|finding| sort_key(finding.number));
    findings
}

async fn run_all(target: &Arc<Target>) -> Vec<Finding> {
    let permits = Arc::new(Semaphore::new(CONCURRENT_MAX));
    let mut running = JoinSet::new();
    for check in CHECKS
        .iter()
        .filter(|check| is_selected(target, check.number))
    {
        let (target, permits) = (target.clone(), permits.clone());
        running.spawn(async move {
            // The semaphore is never closed, so this cannot fail.
            let _permit = permits.acquire().await;
            run_check(check, target).await
        });
    }
    // Nothing cancels a check, so a failed task has panicked, and we panic too.
    running.join_all().await
}

fn unobservable(target: &Target) -> impl Iterator<Item = Finding> {
    let asked = UNOBSERVABLE
        .iter()
        .filter(|unobservable| is_selected(target, unobservable.number));
    asked.map(|unobservable| Finding {
        number: unobservable.number,
        title: unobservable.title,
        outcome: Outcome::NotApplicable(unobservable.why.to_owned()),
        elapsed: Duration::ZERO,
    })
}

async fn run_check(check: &'static Check, target: Arc<Target>) -> Finding {
    let begun = Instant::now();
    let longest = CHECK_TIME_MAX + target.options.heartbeat * HEARTBEATS_MAX;
    let outcome = match (check.needs, target.options.read_only) {
        (Needs::Writes, true) => {
            Outcome::NotApplicable("the check writes, which --read-only forbids".to_owned())
        }
        _ => match timeout(longest, (check.run)(target)).await {
            Ok(checked) => checked.into(),
            Err(_) => Err(Stop::Broken(format!("no result within {longest:?}"))).into(),
        },
    };
    Finding {
        number: check.number,
        title: check.title,
        outcome,
        elapsed: begun.elapsed(),
    }
}

/// Fails a check whose rule was broken in any other check.
fn apply_broken_rules(target: &Target, finding: &mut Finding) {
    if let Some(seen) = target.broken_rules.describe(finding.number)
        && !matches!(finding.outcome, Outcome::Fail(_))
    {
        finding.outcome = Outcome::Fail(seen);
    }
}

fn is_selected(target: &Target, number: &str) -> bool {
    let only = &target.options.only;
    only.is_empty() || only.iter().any(|asked| asked.eq_ignore_ascii_case(number))
}

/// Sorts S before D before O, each by number.
fn sort_key(number: &str) -> (usize, u32) {
    let (letter, digits) = number.split_at(1);
    let letter = ["S", "D", "O"].iter().position(|it| *it == letter);
    (
        letter.unwrap_or(usize::MAX),
        digits.parse().unwrap_or(u32::MAX),
    )
}

/// Returns a prefix that differs in every run: a hash of the time and the process id.
fn name_prefix() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let moment = now.as_nanos() ^ (u128::from(std::process::id()) << 64);
    let digest = crc32fast::hash(&moment.to_le_bytes());
    format!("conform-{digest:08x}")
}
