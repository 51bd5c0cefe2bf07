//! What clients of either server have in common.

use std::{net::SocketAddr, time::Duration};

use entente::proto::v1::{
    Start, WatchEventsRequest, WatchEventsResponse,
    event_service_client::EventServiceClient,
    watch_events_request::{Begin, End},
    watch_events_response::Payload,
};
use tokio::time::timeout;
use tonic::{
    Streaming,
    transport::{Channel, Endpoint},
};

use crate::Failure;

/// Wide enough that flow control never holds a server back on loopback.
const WINDOW_LEN: u32 = 4 << 20;
/// Longest wait for a frame. Heartbeats come more often.
const FRAME_TIMEOUT: Duration = Duration::from_secs(60);

/// A connection of its own to a server that listens.
pub async fn connect(address: SocketAddr) -> Result<Channel, Failure> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?
        .initial_stream_window_size(WINDOW_LEN)
        .initial_connection_window_size(WINDOW_LEN)
        .tcp_nodelay(true);
    Ok(endpoint.connect().await?)
}

/// Several of them.
pub async fn connections(address: SocketAddr, count: usize) -> Result<Vec<Channel>, Failure> {
    let mut channels = Vec::with_capacity(count);
    for _ in 0..count {
        channels.push(connect(address).await?);
    }
    Ok(channels)
}

/// A watch, with the frames that come next.
pub struct Watch(Streaming<WatchEventsResponse>);

impl Watch {
    /// Of the whole log up to the head.
    pub async fn replay(channel: Channel) -> Result<Watch, Failure> {
        Watch::replay_where(channel, "").await
    }

    /// The same of what matches a filter.
    pub async fn replay_where(channel: Channel, filter: &str) -> Result<Watch, Failure> {
        let (start, stop) = (Start::Earliest, End::StopWhenCaughtUp(true));
        Watch::open(channel, start, Some(stop), filter).await
    }

    /// Of what comes from now on. When this returns, nothing that is published is missed.
    pub async fn live(channel: Channel) -> Result<Watch, Failure> {
        Watch::live_where(channel, "").await
    }

    /// The same of what matches a filter.
    pub async fn live_where(channel: Channel, filter: &str) -> Result<Watch, Failure> {
        let mut watch = Watch::open(channel, Start::Latest, None, filter).await?;
        loop {
            match watch.next().await?.and_then(|frame| frame.payload) {
                Some(Payload::CaughtUp(_)) => return Ok(watch),
                Some(_) => {}
                None => return Err("the stream ended before it had caught up".into()),
            }
        }
    }

    async fn open(
        channel: Channel,
        start: Start,
        end: Option<End>,
        filter: &str,
    ) -> Result<Watch, Failure> {
        let begin = Some(Begin::Start(start.into()));
        let request = WatchEventsRequest {
            begin,
            end,
            filter: filter.to_owned(),
            ..WatchEventsRequest::default()
        };
        let answer = EventServiceClient::new(channel)
            .watch_events(request)
            .await?;
        Ok(Watch(answer.into_inner()))
    }

    /// The next change; `None` at the end of the stream.
    pub async fn next_change(&mut self) -> Result<Option<WatchEventsResponse>, Failure> {
        loop {
            match self.next().await? {
                Some(frame) if !matches!(frame.payload, Some(Payload::Change(_))) => {}
                other => return Ok(other),
            }
        }
    }

    async fn next(&mut self) -> Result<Option<WatchEventsResponse>, Failure> {
        let frame = timeout(FRAME_TIMEOUT, self.0.message()).await;
        Ok(frame.map_err(|_| "no frame comes")??)
    }

    /// Until the server has ended the stream, however it does.
    pub async fn ended(mut self) -> Result<(), Failure> {
        while timeout(FRAME_TIMEOUT, self.0.message())
            .await
            .map_err(|_| "the stream does not end")?
            .is_ok_and(|frame| frame.is_some())
        {}
        Ok(())
    }
}
