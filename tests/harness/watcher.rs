use std::time::Duration;

use entente::proto::v1::{
    EventChange, WatchCaughtUp, WatchEnding, WatchEventsRequest, WatchEventsResponse, WatchStarted,
    event_service_client::EventServiceClient, watch_events_response::Payload,
};
use tokio::time::timeout;
use tonic::{Request, Status, Streaming, transport::Channel};

use super::{Clients, rules::Rules, soon};

/// One frame of a watch.
pub type Frame = WatchEventsResponse;

/// A watch as its client sees it. Every frame is checked against the rules of all streams.
pub struct Watcher {
    frames: Streaming<Frame>,
    rules: Rules,
    token: String,
    started: WatchStarted,
}

impl Watcher {
    /// Opens a watch and takes its first frame.
    pub async fn open(server: &Clients, request: WatchEventsRequest) -> Watcher {
        match Watcher::try_open(server, request.clone()).await {
            Ok(watcher) => watcher,
            Err(status) => panic!("{request:?} is refused: {status:?}"),
        }
    }

    /// Opens a watch and takes its first frame, or tells the refusal.
    pub async fn try_open(
        server: &Clients,
        request: WatchEventsRequest,
    ) -> Result<Watcher, Status> {
        Watcher::try_call(server, Request::new(request)).await
    }

    /// The same with metadata.
    pub async fn try_call(
        server: &Clients,
        request: Request<WatchEventsRequest>,
    ) -> Result<Watcher, Status> {
        Watcher::try_on(server.channel(), request).await
    }

    /// Opens a watch on a connection of its own that holds little of what is not read.
    pub async fn open_narrow(server: &Clients, request: WatchEventsRequest) -> Watcher {
        let channel = server.narrow_channel().await;
        Watcher::try_on(channel, Request::new(request))
            .await
            .expect("a valid request")
    }

    async fn try_on(
        channel: Channel,
        request: Request<WatchEventsRequest>,
    ) -> Result<Watcher, Status> {
        let mut client = EventServiceClient::new(channel);
        let frames = soon("a watch to open", client.watch_events(request)).await?;
        let mut watcher = Watcher {
            frames: frames.into_inner(),
            rules: Rules::default(),
            token: String::new(),
            started: WatchStarted::default(),
        };
        match watcher.next().await?.and_then(|frame| frame.payload) {
            Some(Payload::Started(started)) => watcher.started = started,
            other => panic!("the stream begins with {other:?}"),
        }
        Ok(watcher)
    }

    /// What the first frame said.
    pub fn started(&self) -> &WatchStarted {
        &self.started
    }

    /// The token of the newest frame.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The next frame; none at the end.
    pub async fn next(&mut self) -> Result<Option<Frame>, Status> {
        let frame = soon("a frame", self.frames.message()).await?;
        if let Some(frame) = &frame {
            self.rules.check(frame);
            self.token.clone_from(&frame.resume_token);
        }
        Ok(frame)
    }

    /// The next frame if there is one by then. Waiting in vain loses nothing.
    pub async fn next_within(&mut self, patience: Duration) -> Option<Frame> {
        let frame = timeout(patience, self.frames.message()).await.ok()?;
        let frame = frame
            .expect("the stream stands")
            .expect("the stream goes on");
        self.rules.check(&frame);
        self.token.clone_from(&frame.resume_token);
        Some(frame)
    }

    /// The next frame of a stream that goes on.
    pub async fn frame(&mut self) -> Frame {
        match self.next().await {
            Ok(Some(frame)) => frame,
            other => panic!("the stream ended: {other:?}"),
        }
    }

    /// The next frame that satisfies `wanted`; skips those before.
    pub async fn frame_where(&mut self, wanted: impl Fn(&Frame) -> bool) -> Frame {
        loop {
            let frame = self.frame().await;
            if wanted(&frame) {
                return frame;
            }
        }
    }

    /// The next change; skips other frames.
    pub async fn change(&mut self) -> EventChange {
        loop {
            if let Some(Payload::Change(change)) = self.frame().await.payload {
                return change;
            }
        }
    }

    /// The next so many changes.
    pub async fn changes(&mut self, count: usize) -> Vec<EventChange> {
        let mut changes = Vec::with_capacity(count);
        while changes.len() < count {
            changes.push(self.change().await);
        }
        changes
    }

    /// The changes before the watch has caught up.
    pub async fn until_caught_up(&mut self) -> (Vec<EventChange>, WatchCaughtUp) {
        let mut changes = Vec::new();
        loop {
            match self.frame().await.payload {
                Some(Payload::Change(change)) => changes.push(change),
                Some(Payload::CaughtUp(caught_up)) => return (changes, caught_up),
                _ => {}
            }
        }
    }

    /// Every frame up to the end that the server makes, and that end.
    pub async fn into_end(mut self) -> (Vec<Frame>, Result<(), Status>) {
        let mut frames = Vec::new();
        let end = loop {
            match self.next().await {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break Ok(()),
                Err(status) => break Err(status),
            }
        };
        self.rules.check_end(&end);
        (frames, end)
    }

    /// The changes and the last frame of a stream that ends with OK.
    pub async fn into_planned_end(self) -> (Vec<EventChange>, WatchEnding) {
        let (frames, end) = self.into_end().await;
        assert!(end.is_ok(), "{end:?}");
        let changes = frames.iter().filter_map(change_of).cloned().collect();
        match frames.last().and_then(|frame| frame.payload.clone()) {
            Some(Payload::Ending(ending)) => (changes, ending),
            other => panic!("the last frame is {other:?}"),
        }
    }
}

/// When the server made a frame, by its clock, since 1970.
pub fn time_of(frame: &Frame) -> Duration {
    let time = frame.server_time.expect("every frame has a time");
    let nanos = u32::try_from(time.nanos).expect("less than a second");
    Duration::new(time.seconds.unsigned_abs(), nanos)
}

/// The change in a frame, if it is one.
pub fn change_of(frame: &Frame) -> Option<&EventChange> {
    match &frame.payload {
        Some(Payload::Change(change)) => Some(change),
        _ => None,
    }
}

/// The position of what a change is of.
pub fn position_of(change: &EventChange) -> i64 {
    match (&change.event, &change.partnership, &change.body) {
        (Some(event), None, None) => event.position,
        (None, Some(partnership), None) => partnership.position,
        (None, None, Some(body)) => body.position,
        _ => panic!("a change is of one resource: {change:?}"),
    }
}

/// What a change is of.
pub fn name_of(change: &EventChange) -> &str {
    match (&change.event, &change.partnership, &change.body) {
        (Some(event), None, None) => &event.name,
        (None, Some(partnership), None) => &partnership.name,
        (None, None, Some(body)) => &body.name,
        _ => panic!("a change is of one resource: {change:?}"),
    }
}
