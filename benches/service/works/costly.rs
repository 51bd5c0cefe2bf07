use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use entente::proto::v1::{
    GetEventRequest, ListEventsRequest, SummarizeEventsRequest,
    event_service_client::EventServiceClient,
};
use tokio::{
    runtime::Builder,
    task::{JoinSet, spawn_blocking},
    time::{MissedTickBehavior, interval},
};
use tonic::{Code, transport::Channel};

use crate::{Failure, client, sides::Sides, table::Row};

const GETS: usize = 2_000;
const BETWEEN_GETS: Duration = Duration::from_millis(2);
/// Clients of each costly call.
const CALLERS: usize = 8;
const TERMS: usize = 95;
/// Has no factor in common with the number of events, so that none is asked for twice early on.
const STRIDE: usize = 7_919;

/// How long gets take while others make the costliest calls there are, next to an idle server.
pub async fn beside_gets(sides: &Sides, count: usize) -> Result<Row, Failure> {
    let address = sides.entente.address;
    let idle = slow_get_apart(address, count).await?;
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let summarizing = client::connect(address).await?;
        callers.spawn(async move {
            loop {
                summarize(summarizing.clone()).await?;
            }
        });
        let listing = client::connect(address).await?;
        callers.spawn(async move {
            loop {
                list(listing.clone()).await?;
            }
        });
    }
    let busy = slow_get_apart(address, count).await?;
    if let Some(ended) = callers.try_join_next() {
        let ended: Result<(), Failure> = ended?;
        ended?;
    }
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(Row {
        work: format!(
            "get beside {} costly calls, p99; {:.2} ms without",
            2 * CALLERS,
            millis(idle)
        ),
        entente: format!("{:.2} ms", millis(busy)),
        ratio: Some(millis(idle) / millis(busy)),
        aim: Some(0.5),
        ..Row::default()
    })
}

/// As [`slow_get`], on a thread of its own, as decoding what costly calls answer holds up the others.
async fn slow_get_apart(address: SocketAddr, count: usize) -> Result<Duration, Failure> {
    let gets = spawn_blocking(move || {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async { slow_get(client::connect(address).await?, count).await })
    });
    gets.await?
}

/// The time in which 99 of 100 gets are answered.
async fn slow_get(channel: Channel, count: usize) -> Result<Duration, Failure> {
    let mut events = EventServiceClient::new(channel);
    let mut ticks = interval(BETWEEN_GETS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut took = Vec::with_capacity(GETS);
    for number in 0..GETS {
        ticks.tick().await;
        let name = format!("events/loaded-{}", number * STRIDE % count);
        let begun = Instant::now();
        let request = GetEventRequest {
            name,
            ..GetEventRequest::default()
        };
        events.get_event(request).await?;
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    Ok(took[GETS * 99 / 100])
}

async fn summarize(channel: Channel) -> Result<(), Failure> {
    let group_by = ["topic", "party", "month"].map(str::to_owned).into();
    let request = SummarizeEventsRequest {
        group_by,
        ..SummarizeEventsRequest::default()
    };
    let mut events = EventServiceClient::new(channel).max_decoding_message_size(16 << 20);
    allowed(events.summarize_events(request).await)
}

async fn list(channel: Channel) -> Result<(), Failure> {
    let term = |number: usize| format!("text:\"a{} b\"", ["", "c", "g"][number % 3]);
    let terms = (0..TERMS).map(|number| format!("{} AND revision > {number}", term(number)));
    let filter: Vec<String> = terms.map(|term| format!("({term})")).collect();
    let request = ListEventsRequest {
        filter: filter.join(" OR "),
        ..ListEventsRequest::default()
    };
    allowed(EventServiceClient::new(channel).list_events(request).await)
}

/// A call may be refused for what it costs.
fn allowed<T>(answer: Result<T, tonic::Status>) -> Result<(), Failure> {
    match answer {
        Err(status) if status.code() != Code::ResourceExhausted => Err(status.into()),
        _ => Ok(()),
    }
}
