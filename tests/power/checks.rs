//! What must hold of a store after anything that befell it. Each check says which guarantee is
//! broken.

use std::collections::BTreeMap;

use entente::proto::v1::{
    Event, EventChange, GetSubscriptionRequest, ListEventsRequest, View,
    subscription_service_client::SubscriptionServiceClient,
};

use crate::{
    harness::{Random, Server, name_of, position_of},
    load::SUBSCRIPTION,
    told::{Told, Write},
};

/// Answered requests that are repeated at each check.
const REPEATS: usize = 10;

/// D03: positions are dense, and the digest of the head is that of the last change. The server has
/// checked the chain before it served.
pub async fn is_whole(server: &Server, log: &[EventChange]) -> Result<(), String> {
    let info = server.info().await;
    if !log.iter().map(position_of).eq(1..=info.head_position) {
        return Err(format!(
            "D03: the log is not dense up to {}",
            info.head_position
        ));
    }
    match log.last() {
        Some(last) if last.digest != info.head_digest => Err(format!(
            "D03: the digest of the head is {} and that of the last change is {}",
            info.head_digest, last.digest
        )),
        _ => Ok(()),
    }
}

/// D01, D02: whatever an answer said was written is there as it was told.
pub fn has_what_was_answered(log: &[EventChange], told: &Told) -> Result<(), String> {
    for event in told.events() {
        let logged = log.get(event.position as usize - 1);
        if logged.and_then(|change| change.event.as_ref()) != Some(event) {
            return Err(format!(
                "D02: {} was answered with position {}, where there is {logged:?}",
                event.name, event.position
            ));
        }
    }
    Ok(())
}

/// D04: of the events of a write there are all, next to one another, or none, whether it was
/// answered or not.
pub fn has_writes_whole_or_not_at_all(log: &[EventChange], told: &Told) -> Result<(), String> {
    let first = first_positions(log);
    for write in &told.writes {
        let Some(begin) = write.names().find_map(|name| first.get(name)) else {
            continue;
        };
        let end = begin + write.request.requests.len();
        let changes = log.get(begin - 1..end - 1).unwrap_or_default();
        let continued = (begin + 1..=end).map(|next| next < end);
        if !changes.iter().map(name_of).eq(write.names())
            || !changes.iter().map(|change| change.continued).eq(continued)
        {
            let id = &write.request.request_id;
            return Err(format!("D04: {id} is there in part, from position {begin}"));
        }
    }
    Ok(())
}

/// D03: the state that is listed is the one that the log leads to.
pub async fn lists_what_the_log_says(server: &Server, log: &[EventChange]) -> Result<(), String> {
    let mut expected = BTreeMap::new();
    for event in log.iter().filter_map(|change| change.event.as_ref()) {
        expected.insert(event.name.as_str(), event);
    }
    let listed = list(server).await;
    if !listed.iter().eq(expected.into_values()) {
        return Err("D03: the list of events is not what the log says".to_owned());
    }
    Ok(())
}

/// D02: an acknowledgement that was answered is not forgotten, and none is made up.
pub fn is_where_it_was_acknowledged(acked: i64, told: &Told) -> Result<(), String> {
    if !(told.acknowledged..=told.acknowledging).contains(&acked) {
        return Err(format!(
            "D02: {} was acknowledged and the cursor is at {acked}",
            told.acknowledged
        ));
    }
    Ok(())
}

/// Up to where the subscription is acknowledged.
pub async fn acked_position(server: &Server) -> Result<i64, String> {
    let request = GetSubscriptionRequest {
        name: SUBSCRIPTION.to_owned(),
    };
    let answer = SubscriptionServiceClient::new(server.channel())
        .get_subscription(request)
        .await
        .map_err(|status| format!("D02: the subscription is not there: {status:?}"))?;
    let subscription = answer.into_inner().subscription;
    Ok(subscription.map_or(0, |subscription| subscription.acked_position))
}

/// D03: a request that is repeated is answered as before, or done now if it had not been done. Those
/// that were never answered are repeated, and some of the others.
pub async fn knows_requests(
    server: &Server,
    log: &[EventChange],
    told: &mut Told,
    random: &mut Random,
) -> Result<(), String> {
    let first = first_positions(log);
    let chance = told.writes.len() / REPEATS + 1;
    for write in &mut told.writes {
        if write.events.is_none() || random.below(chance) == 0 {
            let before = write.names().find_map(|name| first.get(name));
            repeat(server, write, before.is_some()).await?;
        }
    }
    Ok(())
}

async fn repeat(server: &Server, write: &mut Write, was_done: bool) -> Result<(), String> {
    let id = write.request.request_id.clone();
    let request = write.request.clone();
    let answer = server.publisher().batch_create_events(request).await;
    let answer = answer
        .map_err(|status| format!("D03: {id} is repeated and refused: {status:?}"))?
        .into_inner();
    if answer.replayed != was_done {
        return Err(format!(
            "D03: {id} was done: {was_done}, replayed: {}",
            answer.replayed
        ));
    }
    match &write.events {
        Some(events) if *events != answer.events => {
            Err(format!("D03: {id} has another answer when repeated"))
        }
        _ => {
            write.events = Some(answer.events);
            Ok(())
        }
    }
}

/// Where each name came first.
fn first_positions(log: &[EventChange]) -> BTreeMap<&str, usize> {
    let mut first = BTreeMap::new();
    for (name, position) in log.iter().map(name_of).zip(1..) {
        first.entry(name).or_insert(position);
    }
    first
}

/// Every event by name.
async fn list(server: &Server) -> Vec<Event> {
    let mut events = Vec::new();
    let mut request = ListEventsRequest {
        page_size: 1_000,
        order_by: "name".to_owned(),
        view: View::Full.into(),
        show_retracted: true,
        ..ListEventsRequest::default()
    };
    loop {
        let page = server.events().list_events(request.clone()).await;
        let page = page.expect("a page").into_inner();
        events.extend(page.events);
        if page.next_page_token.is_empty() {
            return events;
        }
        request.page_token = page.next_page_token;
    }
}
