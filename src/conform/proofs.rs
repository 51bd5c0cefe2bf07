//! O2, O6: what the server reports about its log and about a filter.

use super::{
    frame::answer_of,
    outcome::{CheckResult, ensure, ensure_same, inapplicable},
    sample::STREAM_TIME_MAX,
    target::Target,
    watch_requests::{EVERYTHING, after, until},
    watch_stream::WatchStream,
};
use crate::proto::v1::{ExplainFilterRequest, ListEventsRequest, watch_events_request::End};

pub(super) async fn o02_nothing_expires(target: &Target) -> CheckResult {
    let info = target.info().await?;
    if info.head_position == 0 {
        return inapplicable("the log is empty");
    }
    ensure_same("the oldest position", info.oldest_position, 1)?;
    let request = until(End::StopPosition(1), after(EVERYTHING, 0));
    let first = WatchStream::open(target, request)
        .await?
        .until_end(STREAM_TIME_MAX)
        .await?;
    ensure_same(
        "the positions at the beginning of the log",
        first.positions()?,
        vec![1],
    )?;
    Ok(format!(
        "position 1 can be read while the head is {}",
        info.head_position
    ))
}

pub(super) async fn o06_a_filter_can_be_explained(target: &Target) -> CheckResult {
    let filter = target.sample.filter.clone();
    let request = ExplainFilterRequest {
        filter: filter.clone(),
        sample_size: 5,
        ..Default::default()
    };
    let mut events = target.events();
    let explained = answer_of("ExplainFilter", events.explain_filter(request))
        .await??
        .into_inner();
    let words = !explained.normalized_filter.is_empty() && !explained.explanation.is_empty();
    ensure(words, || "the explanation is empty".to_owned())?;
    let normalized = explained.normalized_filter.clone();
    let request = ExplainFilterRequest {
        filter: normalized.clone(),
        sample_size: 0,
        ..Default::default()
    };
    let again = answer_of("ExplainFilter", events.explain_filter(request))
        .await??
        .into_inner();
    ensure_same(
        "a normalized filter normalized again",
        &again.normalized_filter,
        &normalized,
    )?;
    if !target.options.read_only {
        let request = ListEventsRequest {
            filter,
            page_size: 1,
            ..Default::default()
        };
        let listed = answer_of("ListEvents", events.list_events(request))
            .await??
            .into_inner();
        ensure_same(
            "the number of matching events",
            explained.matching_events,
            listed.total_size,
        )?;
    }
    Ok(format!(
        "{} events match, in {} words",
        explained.matching_events,
        explained.explanation.len()
    ))
}
