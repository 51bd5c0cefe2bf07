//! S33, S34, S36, D11: limits of a server, and its shutdown.

use std::time::{Duration, Instant};

use tokio::time::sleep;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::{
    live::watches,
    outcome::{CheckResult, broken, describe, ensure, ensure_same},
    refusals::refused,
    restarts::{program, started},
    rules::position_of,
    server_process::{ServerProcess, StoreDirectory},
    target::Target,
    watch_requests::{latest, resumed},
    watch_stream::WatchStream,
};
use crate::proto::v1::{EndReason, WatchEventsRequest, watch_events_response::Payload};

pub(super) async fn s33_a_client_that_accepts_nothing_is_ended(like: &Target) -> CheckResult {
    program(like)?;
    let home = StoreDirectory::new(&like.unique("s33"))?;
    let (server, target) = started(like, &home, &["--watch-stall-timeout=1s"]).await?;
    let label = target.unique("s33");
    let topic = target.topic("s33");
    let filter = target.filter_for(&topic);
    let labelled = WatchEventsRequest {
        client_label: label.clone(),
        ..latest(&filter)
    };
    let stalled = WatchStream::open(&target, labelled).await?;
    let mut written = Vec::new();
    // More than the buffers of a connection hold while the client reads nothing.
    for _ in 0..6 {
        let mut drafts = target.drafts(&topic, 1_000);
        let summary = ["A long story."; 120].join(" ");
        drafts
            .iter_mut()
            .for_each(|draft| draft.summary.clone_from(&summary));
        let batch = target.create_all(drafts).await?;
        written.extend(batch.iter().map(|event| event.position));
    }
    let longest = Duration::from_secs(10) + target.timer_lag.allowance();
    let begun = Instant::now();
    while let Some(watch) = watches(&target, &label).await?.first() {
        ensure(begun.elapsed() < longest, || {
            let (position, behind) = (watch.position, watch.lag_changes);
            format!(
                "a client that accepts nothing for 1 s still has its watch after {longest:?}, at \
                 position {position} and {behind} behind"
            )
        })?;
        sleep(Duration::from_millis(100)).await;
    }
    let ended = stalled.until_end(longest).await?;
    let changes = ended.frames.iter().filter_map(|frame| frame.change());
    let mut seen: Vec<i64> = changes.map(position_of).collect();
    let Some(last) = ended.frames.last().map(|frame| &frame.message) else {
        return broken("a stalled stream ended without a frame");
    };
    let Some(Payload::Ending(ending)) = &last.payload else {
        return broken("a stalled stream ended without an ending frame");
    };
    ensure_same("the reason", ending.reason(), EndReason::ConsumerStalled)?;
    refused(&target, ended.end, Code::ResourceExhausted, None)?;
    let mut rest = WatchStream::open(&target, resumed(&filter, &last.resume_token)).await?;
    seen.extend(rest.positions(written.len() - seen.len()).await?);
    ensure(seen == written, || {
        "the watch resumed after a stall missed or repeated changes".to_owned()
    })?;
    server.kill();
    Ok(format!(
        "ended; the resumed watch delivered all {} changes",
        seen.len()
    ))
}

pub(super) async fn s34_too_many_watches_are_refused(like: &Target) -> CheckResult {
    program(like)?;
    let home = StoreDirectory::new(&like.unique("s34"))?;
    let (server, target) = started(like, &home, &["--watches-max=3"]).await?;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(WatchStream::open(&target, latest("")).await?);
    }
    let Err(status) = WatchStream::try_open(&target, latest("")).await? else {
        return broken("a fourth watch was opened where three are allowed");
    };
    let details = status.get_error_details();
    ensure(
        details.quota_failure().is_some() && details.retry_info().is_some(),
        || {
            format!(
                "refused without QuotaFailure or RetryInfo: {}",
                describe(&status)
            )
        },
    )?;
    refused(&target, Err::<(), _>(status), Code::ResourceExhausted, None)?;
    drop(open);
    server.kill();
    Ok("with a limit of three, the fourth was refused before any frame".to_owned())
}

pub(super) async fn s36_a_shutdown_tells_every_watch(like: &Target) -> CheckResult {
    program(like)?;
    let home = StoreDirectory::new(&like.unique("s36"))?;
    let timeout = Duration::from_secs(20);
    let (mut server, target) = started(like, &home, &["--drain-timeout=20s"]).await?;
    let count = if like.options.quick { 100 } else { 1_000 };
    let mut open = Vec::new();
    for _ in 0..count {
        open.push(WatchStream::open(&target, latest("")).await?);
    }
    let begun = Instant::now();
    server.terminate()?;
    for watching in open {
        let ended = watching.until_end(timeout).await?;
        let reason = match ended.frames.last().map(|frame| &frame.message.payload) {
            Some(Some(Payload::Ending(ending))) => ending.reason(),
            _ => return broken("a watch ended in a shutdown without an ending frame"),
        };
        ensure_same("the reason of the end", reason, EndReason::Draining)?;
        ensure(
            ended
                .end
                .is_err_and(|status| status.code() == Code::Unavailable),
            || "a shutdown ended a watch with another code than UNAVAILABLE".to_owned(),
        )?;
    }
    let status = server.ended().await?;
    ensure(status.success(), || {
        format!("the server ended with {status}")
    })?;
    ensure(begun.elapsed() < timeout, || {
        format!("the shutdown took {:.1?}", begun.elapsed())
    })?;
    Ok(format!(
        "{count} watches received DRAINING; the server ended after {:.1?}",
        begun.elapsed()
    ))
}

pub(super) async fn d11_two_servers_do_not_share_a_directory(like: &Target) -> CheckResult {
    program(like)?;
    let home = StoreDirectory::new(&like.unique("d11"))?;
    let (server, target) = started(like, &home, &[]).await?;
    let second = super::server_process::serve(program(like)?, &home, &[])
        .stderr(std::process::Stdio::piped())
        .spawn();
    let Ok(child) = second else {
        return broken("a second server could not be started at all");
    };
    let said = ServerProcess::refusal(child).await?;
    let first = server.process_id().to_string();
    ensure(said.contains(&first), || {
        format!("the second server does not name the process {first} of the first: {said}")
    })?;
    target.info().await?;
    server.kill();
    Ok(format!(
        "the second names process {first} and ends; the first keeps serving"
    ))
}
