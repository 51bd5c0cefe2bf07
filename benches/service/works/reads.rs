use std::time::Duration;

use entente::proto::v1::{
    GetEventRequest, ListEventsRequest, View, event_service_client::EventServiceClient,
};

use super::load::{Until, calls};
use crate::{Failure, compare::alternate, events::TWO_TERMS, sides::Sides, table::Row};

const GETTERS: usize = 32;
const GETS: Until = Until {
    elapsed: Duration::from_millis(1_000),
    calls: 50_000,
};
const LISTS: Until = Until {
    elapsed: Duration::from_millis(500),
    calls: 1_000,
};
const PAGE_SIZE: usize = 50;
/// Has no factor in common with the number of events, so that none is asked for twice early on.
const STRIDE: usize = 7_919;

/// Single events from all over the log.
pub async fn get(sides: &Sides, count: usize) -> Result<Row, Failure> {
    let compared = alternate(sides, async |server, _| {
        calls(
            server,
            GETTERS,
            GETS,
            move |channel, client, call| async move {
                let number = (client * GETS.calls + call) * STRIDE % count;
                let name = format!("events/loaded-{number}");
                let request = GetEventRequest {
                    name,
                    ..GetEventRequest::default()
                };
                let answer = EventServiceClient::new(channel).get_event(request).await?;
                answer.into_inner().event.ok_or("an answer has no event")?;
                Ok(())
            },
        )
        .await
    });
    Ok(Row::of_rates(
        format!("get, {GETTERS} at a time"),
        &compared.await?,
        Some(0.7),
    ))
}

/// A page of events by two terms.
pub async fn list(sides: &Sides, count: usize) -> Result<Row, Failure> {
    let compared = alternate(sides, async |server, _| {
        calls(server, 1, LISTS, |channel, _, _| async {
            let request = ListEventsRequest {
                page_size: PAGE_SIZE as i32,
                filter: TWO_TERMS.to_owned(),
                view: View::Full.into(),
                ..ListEventsRequest::default()
            };
            let answer = EventServiceClient::new(channel)
                .list_events(request)
                .await?;
            match answer.into_inner().events.len() {
                PAGE_SIZE => Ok(()),
                other => Err(format!("a page has {other} events").into()),
            }
        })
        .await
    });
    Ok(Row::of_times(
        format!("list {PAGE_SIZE} by two terms of {count}"),
        &compared.await?,
    ))
}
