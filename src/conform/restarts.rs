//! S05, S07, S19, S42, D01: servers that are killed and restarted.

use std::path::Path;

use tonic::Code;

use super::{
    frame::Frame,
    outcome::{CheckResult, Stop, ensure, ensure_same, inapplicable},
    refusals::refused,
    rules::position_of,
    sample::STREAM_TIME_MAX,
    server_process::{ServerProcess, StoreDirectory},
    target::Target,
    watch_requests::{after, earliest, latest, resumed, until},
    watch_stream::{Received, WatchStream},
    writes::create_with_id,
};
use crate::proto::v1::{ErrorReason, GetEventRequest, watch_events_request::End};

/// Returns the program to start servers from; without it the check is not applicable.
pub(super) fn program(target: &Target) -> Result<&Path, Stop> {
    match &target.program {
        Some(program) => Ok(program),
        None => inapplicable("needs servers to kill; run with --spawn"),
    }
}

/// Starts a server on the directory and connects to it.
pub(super) async fn started(
    like: &Target,
    home: &StoreDirectory,
    options: &[&str],
) -> Result<(ServerProcess, Target), Stop> {
    let server = ServerProcess::start(program(like)?, home, options).await?;
    let target = server.target(like).await?;
    Ok((server, target))
}

pub(super) async fn s05_a_kill_loses_no_change_and_doubles_none(like: &Target) -> CheckResult {
    program(like)?;
    let home = StoreDirectory::new(&like.unique("s05"))?;
    let (mut server, mut target) = started(like, &home, &[]).await?;
    let filter = target.filter_for(&target.topic("s05"));
    let topic = target.topic("s05");
    let mut token = WatchStream::open(&target, latest(&filter)).await?.token;
    let (mut seen, mut acknowledged) = (Vec::new(), Vec::new());
    let rounds = if like.options.quick { 2 } else { 4 };
    for round in 0..rounds {
        let mut watching = WatchStream::open(&target, resumed(&filter, &token)).await?;
        let writing = write_until_killed(&target, &topic, &mut acknowledged);
        let reading = async {
            // The number of frames before the kill differs from round to round.
            for _ in 0..=3 * round + 2 {
                let frame = watching.frame().await?;
                seen.extend(frame.change().map(position_of));
            }
            server.kill();
            while let Ok(Received::Frame(frame)) = watching.listen().await {
                seen.extend(frame.change().map(position_of));
            }
            Ok::<_, Stop>(())
        };
        let (read, ()) = tokio::join!(reading, writing);
        read?;
        token.clone_from(&watching.token);
        (server, target) = started(like, &home, &[]).await?;
    }
    let head = target.info().await?.head_position;
    let rest = until(End::StopPosition(head), resumed(&filter, &token));
    seen.extend(
        WatchStream::open(&target, rest)
            .await?
            .until_end(STREAM_TIME_MAX)
            .await?
            .positions()?,
    );
    let all = until(End::StopPosition(head), earliest(&filter));
    let all = WatchStream::open(&target, all)
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?
        .positions()?;
    ensure_same(
        "the changes that one client received across the kills",
        &seen,
        &all,
    )?;
    let lost = acknowledged.iter().find(|position| !all.contains(position));
    ensure(lost.is_none(), || {
        format!("the acknowledged write at {lost:?} is gone")
    })?;
    server.kill();
    Ok(format!("{rounds} kills, {} changes, each once", seen.len()))
}

/// Publishes one event after the other until the server is gone.
async fn write_until_killed(target: &Target, topic: &str, acknowledged: &mut Vec<i64>) {
    while let Ok(event) = target.create(target.draft(topic)).await {
        acknowledged.push(event.position);
    }
}

pub(super) async fn s07_a_token_of_another_store_is_refused(like: &Target) -> CheckResult {
    program(like)?;
    let (one, other) = (
        StoreDirectory::new(&like.unique("s07"))?,
        StoreDirectory::new(&like.unique("s07"))?,
    );
    let (server, target) = started(like, &one, &[]).await?;
    target.create_all(target.drafts("s07", 3)).await?;
    let token = WatchStream::open(&target, latest("")).await?.token;
    server.kill();
    let (server, target) = started(like, &other, &[]).await?;
    target.create_all(target.drafts("s07", 5)).await?;
    let opened = WatchStream::try_open(&target, resumed("", &token)).await?;
    refused(
        &target,
        opened,
        Code::FailedPrecondition,
        ErrorReason::StoreEpochChanged,
    )?;
    server.kill();
    Ok("a token of one store was sent to another".to_owned())
}

pub(super) async fn s19_what_was_delivered_is_durable(like: &Target) -> CheckResult {
    program(like)?;
    let home = StoreDirectory::new(&like.unique("s19"))?;
    let (mut server, mut target) = started(like, &home, &[]).await?;
    let topic = target.topic("s19");
    let rounds = if like.options.quick { 2 } else { 4 };
    for _ in 0..rounds {
        let begin = target.info().await?.head_position;
        let mut watching = WatchStream::open(&target, latest(&target.filter_for(&topic))).await?;
        let writing = target.create(target.draft(&topic));
        let delivered = async {
            let frame = watching_change(&mut watching).await?;
            server.kill();
            Ok::<_, Stop>(frame)
        };
        // The kill may lose the answer to the write; only the delivery counts.
        let (_, delivered) = tokio::join!(writing, delivered);
        let delivered = delivered?;
        (server, target) = started(like, &home, &[]).await?;
        let position = delivered.change().map(position_of).unwrap_or_default();
        let filter = like.filter_for(&topic);
        let again = until(End::StopPosition(position), after(&filter, begin));
        let again = WatchStream::open(&target, again)
            .await?
            .until_end(STREAM_TIME_MAX)
            .await?;
        let kept = again.frames.iter().filter_map(Frame::change_bytes).last();
        ensure(kept == delivered.change_bytes(), || {
            format!("the change delivered at {position} differs from the stored one after a kill")
        })?;
    }
    server.kill();
    Ok(format!("killed {rounds} times right after a delivery"))
}

async fn watching_change(watching: &mut WatchStream) -> Result<Frame, Stop> {
    loop {
        let frame = watching.frame().await?;
        if frame.change().is_some() {
            return Ok(frame);
        }
    }
}

pub(super) async fn d01_what_was_acknowledged_survives_a_kill(like: &Target) -> CheckResult {
    program(like)?;
    let home = StoreDirectory::new(&like.unique("d01"))?;
    let (mut server, mut target) = started(like, &home, &[]).await?;
    let rounds = if like.options.quick { 2 } else { 4 };
    let mut written = Vec::new();
    let draft = target.draft(&target.topic("d01"));
    let id = target.unique("request");
    let first = create_with_id(&target, &draft, &id).await??;
    for _ in 0..rounds {
        let batch = target
            .create_all(target.drafts(&target.topic("d01"), 3))
            .await?;
        written.extend(batch);
        written.push(target.create(target.draft(&target.topic("d01"))).await?);
        server.kill();
        (server, target) = started(like, &home, &[]).await?;
    }
    for event in &written {
        let request = GetEventRequest {
            name: event.name.clone(),
            ..Default::default()
        };
        let kept = target.get(request).await?;
        let kept = kept.ok().map(|kept| (kept.position, kept.etag));
        let expected = Some((event.position, event.etag.clone()));
        ensure_same(&format!("{} after the kills", event.name), kept, expected)?;
    }
    let again = create_with_id(&target, &draft, &id).await??;
    ensure(again.replayed && again.event == first.event, || {
        "a request id was forgotten over a restart (S42)".to_owned()
    })?;
    server.kill();
    Ok(format!(
        "{} writes over {rounds} kills; a request id too (S42)",
        written.len()
    ))
}
