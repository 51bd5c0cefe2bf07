//! O2, O6: what the server says of itself and of a filter.

use super::{
    asking::{EVERYTHING, after, until},
    hearing::soon,
    outcome::{Checked, ensure, ensure_same, inapplicable},
    sample::LONGEST,
    target::Target,
    watching::Watching,
};
use crate::proto::v1::{ExplainFilterRequest, ListEventsRequest, watch_events_request::End};

pub(super) async fn o02_nothing_expires(target: &Target) -> Checked {
    let info = target.info().await?;
    if info.head_position == 0 {
        return inapplicable("the log is empty");
    }
    ensure_same("the oldest position", info.oldest_position, 1)?;
    let request = until(End::StopPosition(1), after(EVERYTHING, 0));
    let first = Watching::open(target, request)
        .await?
        .until_end(LONGEST)
        .await?;
    ensure_same(
        "what stands at the beginning of the log",
        first.positions()?,
        vec![1],
    )?;
    Ok(format!(
        "position 1 is read where the head is {}",
        info.head_position
    ))
}

pub(super) async fn o06_a_filter_can_be_explained(target: &Target) -> Checked {
    let filter = target.sample.filter.clone();
    let request = ExplainFilterRequest {
        filter: filter.clone(),
        sample_size: 5,
    };
    let mut events = target.events();
    let told = soon("ExplainFilter", events.explain_filter(request))
        .await??
        .into_inner();
    let words = !told.normalized_filter.is_empty() && !told.explanation.is_empty();
    ensure(words, || "the explanation is empty".to_owned())?;
    let normalized = told.normalized_filter.clone();
    let request = ExplainFilterRequest {
        filter: normalized.clone(),
        sample_size: 0,
    };
    let again = soon("ExplainFilter", events.explain_filter(request))
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
        let listed = soon("ListEvents", events.list_events(request))
            .await??
            .into_inner();
        ensure_same(
            "the number that matches",
            told.matching_events,
            listed.total_size,
        )?;
    }
    Ok(format!(
        "{} events match, in {} words",
        told.matching_events,
        told.explanation.len()
    ))
}
