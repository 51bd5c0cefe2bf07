use crate::{
    cli::{connect::Connection, failure::Failure, watch::Follower},
    proto::v1::{
        EventChange, Start, TransferLine, View, WatchEventsRequest, WatchStarted,
        watch_events_request::{Begin, End},
        watch_events_response::Payload,
    },
    transfer::{LeftOut, LineBuilder, position},
};

/// Every change: a filter that names `exercise` includes drills.
const EVERYTHING: &str =
    "exercise = true OR exercise = false OR resource = PARTNERSHIP OR resource = BODY";

/// Reads the log from its first position to its head, as import lines.
pub(super) struct Reader {
    follower: Follower,
    head_position: i64,
    log: LineReader,
}

impl Reader {
    pub(super) fn new(server: Connection) -> Self {
        let request = WatchEventsRequest {
            filter: EVERYTHING.into(),
            begin: Some(Begin::Start(Start::Earliest.into())),
            end: Some(End::StopWhenCaughtUp(true)),
            view: View::Full.into(),
            client_label: "entente export".into(),
            ..Default::default()
        };
        Self {
            follower: Follower::new(server, request),
            head_position: 0,
            log: LineReader::default(),
        }
    }

    /// Returns the lines of the next atomic write; `None` at the head.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<TransferLine>>, Failure> {
        while let Some(frame) = self.follower.next().await? {
            match frame.payload {
                Some(Payload::Started(started)) => {
                    self.head_position = self.head_position.max(started.head_position);
                    self.log.start(&started);
                }
                Some(Payload::Change(change)) => {
                    let lines = self.log.push(change).map_err(Failure::Failed)?;
                    if !lines.is_empty() {
                        return Ok(Some(lines));
                    }
                }
                _ => {}
            }
        }
        self.log.finish().map_err(Failure::Failed)?;
        Ok(None)
    }

    /// Returns the position up to which it has read.
    pub(super) fn position(&self) -> i64 {
        self.log.position
    }

    /// Returns what could not be carried, as it names what is redacted.
    pub(super) fn left_out(&self) -> LeftOut {
        let changes = self.log.changes.as_ref();
        changes.map(LineBuilder::left_out).unwrap_or_default()
    }

    /// Returns the head when the stream was last opened.
    pub(super) fn head_position(&self) -> i64 {
        self.head_position
    }
}

/// Checks that no position of the log is missing.
#[derive(Debug, Default)]
struct LineReader {
    changes: Option<LineBuilder>,
    position: i64,
}

impl LineReader {
    /// Called again after an interruption; the token ensures that the history is the same.
    fn start(&mut self, started: &WatchStarted) {
        self.changes
            .get_or_insert_with(|| LineBuilder::new(&started.store_epoch));
    }

    fn push(&mut self, change: EventChange) -> Result<Vec<TransferLine>, String> {
        let position = position(&change);
        if position != self.position + 1 {
            return Err(format!(
                "position {} is followed by {position}: the server does not send its whole log",
                self.position
            ));
        }
        self.position = position;
        match &mut self.changes {
            Some(changes) => changes.push(change),
            None => Err("the server sent a change before its epoch".into()),
        }
    }

    fn finish(&self) -> Result<(), String> {
        if self
            .changes
            .as_ref()
            .is_some_and(|changes| !changes.is_complete())
        {
            return Err(format!(
                "the log ends at {}, in the middle of a write",
                self.position
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{ChangeType, Event};

    fn created(position: i64) -> EventChange {
        EventChange {
            r#type: ChangeType::Created.into(),
            event: Some(Event {
                position,
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    fn started() -> LineReader {
        let mut log = LineReader::default();
        log.start(&WatchStarted {
            store_epoch: "epoch".into(),
            ..Default::default()
        });
        log
    }

    #[test]
    fn a_gap_in_the_log_is_an_error() {
        let mut log = started();

        assert!(log.push(created(1)).is_ok());
        let error = log.push(created(3)).expect_err("position 2 is missing");
        assert!(error.contains("position 1 is followed by 3"), "{error}");
    }

    #[test]
    fn a_log_that_ends_within_a_write_is_an_error() {
        let mut log = started();
        let change = EventChange {
            continued: true,
            ..created(1)
        };

        assert_eq!(log.push(change), Ok(Vec::new()));

        assert!(log.finish().is_err());
    }
}
