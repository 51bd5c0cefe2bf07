use entente::proto::v1::{
    ChangeType, EndReason, EventChange, WatchEventsResponse, watch_events_response::Payload,
};
use tonic::{Code, Status};

use super::{info, position_of, retry_delay};

/// What holds for the frames of every stream, checked for each one that a test sees.
#[derive(Debug, Default)]
pub struct Rules {
    frames: i64,
    position: i64,
    newest_change: i64,
    newest_existing: i64,
    sent_changes: i64,
    live: bool,
    ending: Option<EndReason>,
}

impl Rules {
    pub fn check(&mut self, frame: &WatchEventsResponse) {
        assert_eq!(frame.frame, self.frames + 1, "S16: a gap in {frame:?}");
        assert!(
            frame.position >= self.position,
            "S17: back from {} in {frame:?}",
            self.position
        );
        assert!(!frame.resume_token.is_empty(), "S04: no token in {frame:?}");
        assert!(frame.server_time.is_some(), "no time in {frame:?}");
        assert_eq!(self.ending, None, "S35: {frame:?} follows the ending");
        let payload = frame.payload.as_ref().expect("every frame says something");
        let is_first = self.frames == 0;
        assert_eq!(
            matches!(payload, Payload::Started(_)),
            is_first,
            "S01: {frame:?}"
        );
        match payload {
            Payload::Change(change) => self.check_change(frame.position, change),
            Payload::CaughtUp(caught_up) => {
                assert!(!self.live, "S27: caught up twice, {frame:?}");
                assert_eq!(caught_up.sent_changes, self.sent_changes, "{frame:?}");
                self.live = true;
            }
            Payload::FellBehind(_) => {
                assert!(
                    self.live,
                    "S27: fell behind without having caught up, {frame:?}"
                );
                self.live = false;
            }
            Payload::Progress(progress) => {
                assert!(frame.position <= progress.head_position, "S26: {frame:?}");
            }
            Payload::Ending(ending) => self.ending = Some(ending.reason()),
            Payload::Started(_) => {}
        }
        self.frames = frame.frame;
        self.position = frame.position;
    }

    fn check_change(&mut self, frame_position: i64, change: &EventChange) {
        let position = position_of(change);
        self.sent_changes += 1;
        if change.r#type() == ChangeType::Existing {
            assert_eq!(
                frame_position, 0,
                "S11: the snapshot is not complete, {change:?}"
            );
            assert!(position > self.newest_existing, "S17: {change:?}");
            self.newest_existing = position;
            return;
        }
        assert_eq!(frame_position, position, "{change:?}");
        assert!(
            position > self.newest_change,
            "S17: after {}: {change:?}",
            self.newest_change
        );
        // A frame before had said that everything up to its position was sent.
        assert!(
            position > self.position,
            "S26: after {}: {change:?}",
            self.position
        );
        self.newest_change = position;
    }

    /// The end that the server made of a stream.
    pub fn check_end(&self, end: &Result<(), Status>) {
        let reason = self.ending.expect("S35: the server announces every end");
        let Err(status) = end else {
            return assert_eq!(
                reason,
                EndReason::StopReached,
                "S35: only planned ends are OK"
            );
        };
        let (code, expected) = match reason {
            EndReason::Draining => (Code::Unavailable, "DRAINING"),
            EndReason::MaxAge => (Code::Unavailable, "STREAM_MAX_AGE"),
            EndReason::DisconnectedByAdmin => (Code::Unavailable, "DISCONNECTED_BY_ADMIN"),
            EndReason::ConsumerStalled => (Code::ResourceExhausted, "CONSUMER_STALLED"),
            other => panic!("S35: {other:?} does not end with {status:?}"),
        };
        assert_eq!(status.code(), code, "S35: {status:?}");
        let info = info(status);
        assert_eq!(info.reason, expected, "S39: {status:?}");
        assert_eq!(
            info.metadata.get("position"),
            Some(&self.position.to_string()),
            "{status:?}"
        );
        assert!(!retry_delay(status).is_zero(), "S35: {status:?}");
    }
}
