//! S20, S29, S30, S48: clients that receive, leave, or are slow.

use std::time::{Duration, Instant};

use tokio::time::sleep;
use tonic::{Code, Request};

use super::{
    frame::answer_of,
    outcome::{CheckResult, Stop, broken, describe, ensure, ensure_same},
    rules::position_of,
    target::Target,
    watch_requests::latest,
    watch_stream::{Received, WatchStream},
};
use crate::proto::v1::{ListWatchesRequest, Watch, WatchEventsRequest};

pub(super) async fn s20_a_write_reaches_every_matching_watcher(target: &Target) -> CheckResult {
    let topic = target.topic("s20");
    let mut watchers = Vec::new();
    for _ in 0..8 {
        watchers.push(WatchStream::open(target, latest(&target.filter_for(&topic))).await?);
    }
    let writes = if target.options.quick { 10 } else { 40 };
    let mut delays = Vec::new();
    for _ in 0..writes {
        let position = target.create(target.draft(&topic)).await?.position;
        let answered = Instant::now();
        for watcher in &mut watchers {
            ensure_same(
                "the change delivered",
                watcher.positions(1).await?,
                vec![position],
            )?;
            delays.push(answered.elapsed());
        }
    }
    delays.sort();
    let p99 = delays[delays.len() * 99 / 100];
    // Speed depends on the machine and the network; only delivery is the server's promise.
    Ok(format!(
        "{} deliveries, p99 {p99:.1?} after the answer",
        delays.len()
    ))
}

pub(super) async fn s29_half_close_deadline_and_cancel_are_honoured(
    target: &Target,
) -> CheckResult {
    let label = target.unique("s29");
    let labelled = || WatchEventsRequest {
        client_label: label.clone(),
        ..latest("")
    };
    // The request already half-closed the stream, and the server goes on sending.
    let mut watching = WatchStream::open(target, labelled()).await?;
    watching.until_caught_up().await?;
    watching.frame().await?;
    ensure_same(
        "watches with our label",
        watches(target, &label).await?.len(),
        1,
    )?;
    drop(watching);
    let cancelled = Instant::now();
    while !watches(target, &label).await?.is_empty() {
        ensure(
            cancelled.elapsed() < Duration::from_secs(1) + target.timer_lag.allowance(),
            || "a cancelled watch is still open after 1 s".to_owned(),
        )?;
        sleep(Duration::from_millis(20)).await;
    }
    let cancelled = cancelled.elapsed();
    deadline(target, labelled()).await?;
    Ok(format!(
        "a cancelled watch is freed after {cancelled:.1?}; a deadline ends one in time"
    ))
}

async fn deadline(target: &Target, request: WatchEventsRequest) -> Result<(), Stop> {
    let mut request = Request::new(request);
    request.set_timeout(Duration::from_secs(1));
    let begun = Instant::now();
    let mut watching = match WatchStream::try_call(target, request).await? {
        Ok(watching) => watching,
        Err(status) => return broken(format!("refused with {}", describe(&status))),
    };
    loop {
        match watching.listen().await? {
            Received::Frame(_) => {}
            Received::End(Err(status)) => {
                let code = status.code();
                return ensure(
                    matches!(code, Code::DeadlineExceeded | Code::Cancelled),
                    || format!("a deadline ended a stream with {}", describe(&status)),
                );
            }
            Received::End(Ok(())) => return broken("a deadline ended a stream with OK"),
        }
        ensure(
            begun.elapsed() < Duration::from_secs(2) + target.timer_lag.allowance(),
            || "a stream continues beyond its deadline of 1 s".to_owned(),
        )?;
    }
}

/// Lists the open watches with this label.
pub(super) async fn watches(target: &Target, label: &str) -> Result<Vec<Watch>, Stop> {
    let mut found = Vec::new();
    let mut request = ListWatchesRequest {
        page_size: 1_000,
        ..Default::default()
    };
    loop {
        let mut admin = target.admin();
        let page = answer_of("ListWatches", admin.list_watches(request.clone()))
            .await??
            .into_inner();
        found.extend(
            page.watches
                .into_iter()
                .filter(|watch| watch.client_label == label),
        );
        if page.next_page_token.is_empty() {
            return Ok(found);
        }
        request.page_token = page.next_page_token;
    }
}

pub(super) async fn s30_a_slow_client_gets_everything(target: &Target) -> CheckResult {
    let topic = target.topic("s30");
    let (batches, slow_frames) = if target.options.quick {
        (3, 10)
    } else {
        (20, 40)
    };
    let mut watching = WatchStream::open(target, latest(&target.filter_for(&topic))).await?;
    let mut written: Vec<i64> = Vec::new();
    let mut seen: Vec<i64> = Vec::new();
    for _ in 0..batches {
        let mut drafts = target.drafts(&topic, 100);
        drafts
            .iter_mut()
            .for_each(|draft| draft.summary = ["A long story."; 100].join(" "));
        let batch = target.create_all(drafts).await?;
        written.extend(batch.iter().map(|event| event.position));
        seen.extend(watching.frame().await?.change().map(position_of));
    }
    for _ in 0..slow_frames {
        sleep(Duration::from_millis(50)).await;
        seen.extend(watching.frame().await?.change().map(position_of));
    }
    while seen.len() < written.len() {
        seen.extend(watching.positions(1).await?);
    }
    ensure(seen == written, || {
        "a slow client missed changes or got them out of order".to_owned()
    })?;
    Ok(format!(
        "{} changes, in order, to a client that reads later",
        seen.len()
    ))
}

pub(super) async fn s48_open_watches_are_listed_as_they_are(target: &Target) -> CheckResult {
    let label = target.unique("s48");
    let filter = target.filter_for(&target.topic("nothing"));
    let request = WatchEventsRequest {
        client_label: label.clone(),
        ..latest(&filter)
    };
    let mut watching = WatchStream::open(target, request).await?;
    watching.until_caught_up().await?;
    let frame = watching.frame().await?;
    let listed = watches(target, &label).await?;
    let [watch] = listed.as_slice() else {
        return broken(format!(
            "{} watches are listed, but one is open",
            listed.len()
        ));
    };
    ensure_same(
        "the name of the listed watch",
        &watch.name,
        &watching.started.watch,
    )?;
    ensure_same(
        "the filter of the listed watch",
        &watch.filter,
        &watching.started.normalized_filter,
    )?;
    ensure(watch.position >= frame.message.position, || {
        let (listed, reported) = (watch.position, frame.message.position);
        format!("the watch is listed at position {listed}, but its last frame was at {reported}")
    })?;
    ensure(
        watch.live && watch.sent_bytes > 0 && watch.start_time.is_some(),
        || format!("the watch has caught up, but is listed as {watch:?}"),
    )?;
    Ok(format!(
        "listed at position {}, {} behind",
        watch.position, watch.lag_changes
    ))
}
