use std::time::Duration;

use bytes::Bytes;
use entente::proto::v1::{
    ChangeType, EventChange, Match, WatchEventsResponse, watch_events_response::Payload,
};
use prost::Message as _;

use super::{Fault, edit::Out};

/// Edits the frames of one watch.
pub struct Frames {
    fault: Fault,
    odd: bool,
    frames: i64,
    changes: usize,
    left_out: i64,
    first_token: String,
    held: Option<Box<WatchEventsResponse>>,
}

impl Frames {
    pub fn new(fault: Fault, odd: bool) -> Frames {
        Frames {
            fault,
            odd,
            frames: 0,
            changes: 0,
            left_out: 0,
            first_token: String::new(),
            held: None,
        }
    }

    /// Whether a frame has come.
    pub fn any(&self) -> bool {
        self.frames > 0
    }

    pub fn edit(&mut self, message: Bytes) -> Vec<Out> {
        self.frames += 1;
        if self.fault == Fault::None {
            return vec![Out::Message(message)];
        }
        let frame = Box::new(WatchEventsResponse::decode(message).expect("a frame"));
        let nth_change = matches!(frame.payload, Some(Payload::Change(_))).then(|| {
            self.changes += 1;
            self.changes
        });
        let outs = self.whole(frame, nth_change);
        outs.into_iter().map(|out| self.numbered(out)).collect()
    }

    /// Turns a frame into none, one or several.
    fn whole(
        &mut self,
        mut frame: Box<WatchEventsResponse>,
        change: Option<usize>,
    ) -> Vec<Planned> {
        use Planned::{End, Send, Wait};
        let progress = matches!(frame.payload, Some(Payload::Progress(_)));
        let caught_up = matches!(frame.payload, Some(Payload::CaughtUp(_)));
        match (self.fault, change) {
            (Fault::ChangeDropped, Some(3)) => vec![],
            (Fault::ChangeNotSent, Some(3)) => {
                self.left_out += 1;
                vec![]
            }
            (Fault::ChangeRepeated, Some(3)) => vec![Send(frame.clone()), Send(frame)],
            (Fault::ChangesSwapped, Some(3)) => {
                self.held = Some(frame);
                vec![]
            }
            (Fault::ChangesSwapped, _) => {
                let held = self.held.take().map(Send);
                std::iter::once(Send(frame)).chain(held).collect()
            }
            (Fault::ProgressLate, _) if progress => {
                vec![Wait(Duration::from_millis(3_500)), Send(frame)]
            }
            (Fault::ProgressStripped, _) if progress => vec![],
            (Fault::PositionAhead, _) if progress => {
                frame.position += 1_000;
                if let Some(Payload::Progress(progress)) = &mut frame.payload {
                    progress.head_position += 1_000;
                }
                vec![Send(frame)]
            }
            (Fault::StreamTruncated, _) if self.frames == 6 => vec![End],
            (Fault::CaughtUpStripped, _) if caught_up => {
                self.left_out += 1;
                vec![]
            }
            (Fault::CaughtUpTwice, _) if caught_up => {
                // The numbers stay right, so that the repetition is the only fault.
                self.left_out -= 1;
                let second = frame.clone();
                frame.frame -= 1;
                vec![Send(frame), Send(second)]
            }
            _ => vec![Send(self.altered(frame, change))],
        }
    }

    /// Turns a frame into another one.
    fn altered(
        &mut self,
        mut frame: Box<WatchEventsResponse>,
        nth: Option<usize>,
    ) -> Box<WatchEventsResponse> {
        match self.fault {
            Fault::FramesReset => frame.frame = (frame.frame - 1) % 5 + 1,
            Fault::TokenStuck if self.first_token.is_empty() => {
                self.first_token.clone_from(&frame.resume_token);
            }
            Fault::TokenStuck => frame.resume_token.clone_from(&self.first_token),
            _ => {}
        }
        if let Some(Payload::Change(change)) = &mut frame.payload {
            self.change(change, nth == Some(2) && self.odd);
        }
        frame
    }

    fn change(&self, change: &mut EventChange, chosen: bool) {
        match self.fault {
            Fault::ContinuedDropped => change.continued = false,
            Fault::LeftAsStayed if change.r#match() == Match::Left => {
                change.set_match(Match::Stayed);
            }
            Fault::ExistingAsCreated if change.r#type() == ChangeType::Existing => {
                change.set_type(ChangeType::Created);
            }
            Fault::OtherBytes if chosen => {
                if let Some(event) = &mut change.event {
                    event.title.push('!');
                }
            }
            Fault::PresenceUntold => {
                let is_true = change.event.as_ref().and_then(|event| event.binding);
                if let (None | Some(false), Some(mask)) = (is_true, &mut change.changed_fields) {
                    mask.paths.retain(|path| path != "binding");
                }
            }
            Fault::OtherDigest if chosen => change.digest = "0".repeat(64),
            _ => {}
        }
    }

    fn numbered(&self, planned: Planned) -> Out {
        match planned {
            Planned::Wait(delay) => Out::Wait(delay),
            Planned::End => Out::End,
            Planned::Send(mut frame) => {
                frame.frame -= self.left_out;
                Out::Message(frame.encode_to_vec().into())
            }
        }
    }
}

enum Planned {
    Send(Box<WatchEventsResponse>),
    Wait(Duration),
    End,
}
