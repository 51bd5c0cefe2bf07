//! Runs the checks, several at a time: most of them wait most of the time.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tokio::{sync::Semaphore, task::JoinSet, time::timeout};

use super::{
    checks::{CHECKS, Check, Needs, UNSEEN},
    options::Options,
    outcome::{Finding, Outcome, Stop},
    sample::Sample,
    spawned::{Home, Spawned},
    target::Target,
};

/// Checks at a time. Most wait; those that start servers do not.
const AT_A_TIME: usize = 8;
/// Longer than any check takes, beside what it waits for signs of life; one that takes longer has
/// found something.
const LONGEST: Duration = Duration::from_secs(60);
const HEARTBEATS_MAX: u32 = 10;

/// Checks the server at an address, `http://HOST:PORT`.
///
/// Fails with a sentence when it cannot be reached.
pub async fn check_server(address: &str, options: Options) -> Result<Vec<Finding>, String> {
    let target = Target::connect(address, options, prefix()).await?;
    Ok(check(target).await)
}

/// Checks a server of its own, started from a program on an empty store, and others that are killed.
///
/// Fails with a sentence when it does not start.
pub async fn check_program(program: PathBuf, options: Options) -> Result<Vec<Finding>, String> {
    let prefix = prefix();
    let said = |stop| Outcome::from(Err(stop)).reason().to_owned();
    let home = Home::new(&prefix).map_err(said)?;
    let server = Spawned::start(&program, &home, &[]).await.map_err(said)?;
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
            target
                .ledger
                .note("S04", format!("no sample of the log: {}", outcome.reason()));
        }
    }
    let target = Arc::new(target);
    let mut findings = find_all(&target).await;
    findings
        .iter_mut()
        .for_each(|finding| hold_against(&target, finding));
    findings.extend(unseen(&target));
    findings.sort_by_key(|finding| sorting(finding.number));
    findings
}

async fn find_all(target: &Arc<Target>) -> Vec<Finding> {
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut running = JoinSet::new();
    for check in CHECKS.iter().filter(|check| asked(target, check.number)) {
        let (target, places) = (target.clone(), places.clone());
        running.spawn(async move {
            // Never closed, so that there is always a place to come.
            let _place = places.acquire().await;
            find(check, target).await
        });
    }
    // Nothing cancels a check, so that one which is lost has panicked.
    running.join_all().await
}

fn unseen(target: &Target) -> impl Iterator<Item = Finding> {
    let asked = UNSEEN.iter().filter(|unseen| asked(target, unseen.number));
    asked.map(|unseen| Finding {
        number: unseen.number,
        title: unseen.title,
        outcome: Outcome::NotApplicable(unseen.why.to_owned()),
        elapsed: Duration::ZERO,
    })
}

async fn find(check: &'static Check, target: Arc<Target>) -> Finding {
    let begun = Instant::now();
    let longest = LONGEST + target.options.heartbeat * HEARTBEATS_MAX;
    let outcome = match (check.needs, target.options.read_only) {
        (Needs::Writes, true) => Outcome::NotApplicable("needs writes".to_owned()),
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

/// What other checks saw on the way counts too.
fn hold_against(target: &Target, finding: &mut Finding) {
    if let Some(seen) = target.ledger.of(finding.number)
        && !matches!(finding.outcome, Outcome::Fail(_))
    {
        finding.outcome = Outcome::Fail(seen);
    }
}

fn asked(target: &Target, number: &str) -> bool {
    let only = &target.options.only;
    only.is_empty() || only.iter().any(|asked| asked.eq_ignore_ascii_case(number))
}

/// S before D before O, each by number.
fn sorting(number: &str) -> (usize, u32) {
    let (letter, digits) = number.split_at(1);
    let letter = ["S", "D", "O"].iter().position(|it| *it == letter);
    (
        letter.unwrap_or(usize::MAX),
        digits.parse().unwrap_or(u32::MAX),
    )
}

/// Different in every run: of the moment and the process.
fn prefix() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let moment = now.as_nanos() ^ (u128::from(std::process::id()) << 64);
    let digest = crc32fast::hash(&moment.to_le_bytes());
    format!("conform-{digest:08x}")
}
