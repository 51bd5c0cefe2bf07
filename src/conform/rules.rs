//! The rules that every stream of frames must keep.

use std::{sync::Arc, time::Duration};

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{broken_rules::BrokenRules, outcome::describe, timer_lag::TimerLag};
use crate::proto::v1::{
    ChangeType, EndReason, EventChange, WatchEventsResponse, watch_events_response::Payload,
};

/// Checks the frames of one stream against the rules. It holds what the stream has said so far.
#[derive(Debug)]
pub(super) struct Rules {
    broken_rules: Arc<BrokenRules>,
    timer_lag: Arc<TimerLag>,
    heartbeat: Duration,
    frames: i64,
    position: i64,
    newest: i64,
    newest_existing: i64,
    sent_changes: i64,
    caught_up: bool,
    ending: Option<EndReason>,
}

/// How long the service may be silent beyond the heartbeat.
const SILENCE_MARGIN: Duration = Duration::from_secs(1);

impl Rules {
    pub(super) fn new(
        broken_rules: Arc<BrokenRules>,
        timer_lag: Arc<TimerLag>,
        heartbeat: Duration,
    ) -> Rules {
        Rules {
            broken_rules,
            timer_lag,
            heartbeat,
            frames: 0,
            position: 0,
            newest: 0,
            newest_existing: 0,
            sent_changes: 0,
            caught_up: false,
            ending: None,
        }
    }

    /// Checks the next frame, which took `waited` to come.
    pub(super) fn frame(&mut self, frame: &WatchEventsResponse, waited: Duration) {
        let number = frame.frame;
        let expect = |rule, holds, what: &str| {
            let what = || format!("frame {number} of a stream {what}");
            self.broken_rules.expect(rule, holds, what);
        };
        let silent = waited > self.heartbeat + SILENCE_MARGIN + self.timer_lag.allowance();
        expect(
            "S24",
            !silent,
            &format!("came after a silence of {waited:.1?}"),
        );
        let due = self.frames + 1;
        expect("S16", number == due, &format!("came as number {due}"));
        let before = self.position;
        let now = frame.position;
        expect(
            "S17",
            now >= before,
            &format!("is at position {now} after one at {before}"),
        );
        expect("S04", !frame.resume_token.is_empty(), "has no token");
        expect(
            "S35",
            self.ending.is_none(),
            "follows the one that announced the end",
        );
        self.payload(frame);
        // Counts on from the frame's own number, so that one gap is recorded once.
        self.frames = number;
        self.position = now;
    }

    fn payload(&mut self, frame: &WatchEventsResponse) {
        let first = self.frames == 0;
        let started = matches!(frame.payload, Some(Payload::Started(_)));
        self.broken_rules.expect("S01", started == first, || {
            format!(
                "frame {} of a stream: {}",
                frame.frame,
                match started {
                    true => "`started` came a second time",
                    false => "it is the first and not `started`",
                }
            )
        });
        match &frame.payload {
            Some(Payload::Change(change)) => self.change(frame.position, change),
            Some(Payload::CaughtUp(said)) => {
                self.expect_once(self.caught_up, "caught_up");
                let (said, sent) = (said.sent_changes, self.sent_changes);
                self.broken_rules.expect("S27", said == sent, || {
                    format!("caught_up counts {said} changes, but {sent} were received")
                });
                self.caught_up = true;
            }
            Some(Payload::FellBehind(_)) => {
                self.expect_once(!self.caught_up, "fell_behind before any caught_up or");
                self.caught_up = false;
            }
            Some(Payload::Progress(progress)) => {
                let (at, head) = (frame.position, progress.head_position);
                self.broken_rules.expect("S26", at <= head, || {
                    format!("a progress frame is at position {at}, beyond the head {head}")
                });
            }
            Some(Payload::Ending(ending)) => self.ending = Some(ending.reason()),
            Some(Payload::Started(_)) | None => {}
        }
    }

    fn expect_once(&self, twice: bool, what: &str) {
        self.broken_rules.expect("S27", !twice, || {
            format!("{what} came a second time in a stream")
        });
    }

    fn change(&mut self, frame_position: i64, change: &EventChange) {
        let position = position_of(change);
        self.sent_changes += 1;
        if change.r#type() == ChangeType::Existing {
            let before = self.newest_existing;
            self.broken_rules.expect("S11", frame_position == 0, || {
                format!("an existing event came at position {frame_position} rather than 0")
            });
            self.broken_rules.expect("S17", position > before, || {
                format!("the existing event of position {position} came after that of {before}")
            });
            self.newest_existing = position;
            return;
        }
        let (newest, said) = (self.newest, self.position);
        self.broken_rules.expect("S17", position > newest, || {
            format!("the change at position {position} came after that at {newest}")
        });
        // The frame before promised that everything up to its position had been sent.
        self.broken_rules
            .expect("S26", position > said || position <= newest, || {
                format!("the change at position {position} came after a frame at {said}")
            });
        self.broken_rules
            .expect("S17", frame_position >= position, || {
                format!("a frame at {frame_position} has the change at position {position}")
            });
        self.newest = position;
    }

    /// Checks how the server ended the stream.
    pub(super) fn end(&self, end: &Result<(), Status>) {
        let Some(reason) = self.ending else {
            let end = end.as_ref().map_or_else(describe, |()| "OK".to_owned());
            let what = format!("a stream ended without an ending frame, with {end}");
            return self.broken_rules.note("S35", what);
        };
        match end {
            Ok(()) => self
                .broken_rules
                .expect("S35", reason == EndReason::StopReached, || {
                    format!(
                        "a stream that ended because of {} did so with OK",
                        reason.as_str_name()
                    )
                }),
            Err(status) => {
                let expected = match reason {
                    EndReason::ConsumerStalled => Code::ResourceExhausted,
                    _ => Code::Unavailable,
                };
                self.broken_rules
                    .expect("S35", status.code() == expected, || {
                        format!("a stream ended with {}", describe(status))
                    });
                let retry = status
                    .get_details_retry_info()
                    .and_then(|info| info.retry_delay);
                self.broken_rules.expect("S35", retry.is_some(), || {
                    format!(
                        "a stream ended without RetryInfo, with {}",
                        describe(status)
                    )
                });
            }
        }
    }
}

/// Returns the position of a change; 0 if it has no resource.
pub(super) fn position_of(change: &EventChange) -> i64 {
    let event = change.event.as_ref().map(|event| event.position);
    let partnership = || change.partnership.as_ref().map(|it| it.position);
    let body = || change.body.as_ref().map(|it| it.position);
    event.or_else(partnership).or_else(body).unwrap_or(0)
}

/// Returns the name of what changed; empty if the change has no resource.
pub(super) fn name_of(change: &EventChange) -> &str {
    let event = change.event.as_ref().map(|event| event.name.as_str());
    let partnership = || change.partnership.as_ref().map(|it| it.name.as_str());
    let body = || change.body.as_ref().map(|it| it.name.as_str());
    event.or_else(partnership).or_else(body).unwrap_or_default()
}
