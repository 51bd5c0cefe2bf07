use entente::proto::v1::{BatchCreateEventsRequest, Event};

/// What clients asked of servers, and what they were told.
#[derive(Default)]
pub struct Told {
    /// Every write of new events, each under a request id.
    pub writes: Vec<Write>,
    /// Corrections, as they were answered.
    pub corrections: Vec<Event>,
    /// The last acknowledgement that was answered.
    pub acknowledged: i64,
    /// The last acknowledgement that was sent.
    pub acknowledging: i64,
}

/// A write under a request id.
pub struct Write {
    pub request: BatchCreateEventsRequest,
    /// As they were answered, if they were.
    pub events: Option<Vec<Event>>,
}

impl Told {
    pub fn extend(&mut self, more: Told) {
        self.writes.extend(more.writes);
        self.corrections.extend(more.corrections);
        self.acknowledged = self.acknowledged.max(more.acknowledged);
        self.acknowledging = self.acknowledging.max(more.acknowledging);
    }

    /// Every event that an answer said was written.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        let created = self.writes.iter().filter_map(|write| write.events.as_ref());
        created.flatten().chain(&self.corrections)
    }
}

impl Write {
    /// Names of what it would write.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let events = self.request.requests.iter();
        events.filter_map(|request| Some(request.event.as_ref()?.name.as_str()))
    }
}
