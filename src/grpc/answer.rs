//! Answers put together from stored bytes.

use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    command::{EventRow, PartnershipRow, WrittenBody, WrittenPartnership},
    index::Position,
    proto::numbers::v1::{
        self as numbers, batch_create_events_response, create_body_response, create_event_response,
        merge_events_response, restore_event_response, retract_event_response,
        update_body_response, update_event_response, update_partnership_response,
    },
    publish::Written,
    rejection::Rejection,
    wire::{Encoded, put_bytes, put_varint, put_varint_always},
};

/// The answers of all writes of events have the same numbers, as far as they have the fields.
const _: () = {
    let event = update_event_response::EVENT;
    assert!(event == create_event_response::EVENT);
    assert!(event == batch_create_events_response::EVENTS);
    assert!(event == retract_event_response::EVENT);
    assert!(event == restore_event_response::EVENT);
    assert!(event == merge_events_response::EVENT);
    let replayed = update_event_response::REPLAYED;
    assert!(replayed == create_event_response::REPLAYED);
    assert!(replayed == batch_create_events_response::REPLAYED);
    assert!(replayed == retract_event_response::REPLAYED);
    assert!(replayed == restore_event_response::REPLAYED);
    assert!(replayed == merge_events_response::REPLAYED);
    assert!(update_body_response::BODY == create_body_response::BODY);
    assert!(update_body_response::REPLAYED == create_body_response::REPLAYED);
    assert!(update_body_response::HINTS == create_body_response::HINTS);
};

/// An answer that is being built.
#[derive(Debug, Default)]
pub(super) struct Answer(BytesMut);

impl Answer {
    /// Appends a message or text as field `tag`.
    pub(super) fn add(&mut self, tag: u32, value: &[u8]) {
        put_bytes(&mut self.0, tag, value);
    }

    /// Appends a message or text as field `tag`.
    pub(super) fn put(mut self, tag: u32, value: &[u8]) -> Answer {
        self.add(tag, value);
        self
    }

    /// Appends text as field `tag`, unless it is empty.
    pub(super) fn put_text(self, tag: u32, text: &str) -> Answer {
        if text.is_empty() {
            self
        } else {
            self.put(tag, text.as_bytes())
        }
    }

    /// Appends texts as the repeated field `tag`.
    pub(super) fn put_texts(self, tag: u32, texts: &[String]) -> Answer {
        let put = |answer: Answer, text: &String| answer.put(tag, text.as_bytes());
        texts.iter().fold(self, put)
    }

    /// Appends an integer or bool as field `tag`.
    pub(super) fn put_number(mut self, tag: u32, number: u64) -> Answer {
        put_varint(&mut self.0, tag, number);
        self
    }

    /// Returns the finished answer.
    pub(super) fn finish(self) -> Encoded {
        Encoded(self.0.freeze())
    }
}

/// The answer of every write of events: the resource, whether the request was seen before, and whether the
/// write would change nothing, which only answers to updates can say.
pub(super) fn written(written: &Written) -> Encoded {
    let answer = written
        .resources
        .iter()
        .fold(Answer::default(), |answer, event| {
            answer.put(update_event_response::EVENT, event)
        });
    answer
        .put_number(update_event_response::REPLAYED, written.replayed.into())
        .put_number(update_event_response::UNCHANGED, written.unchanged.into())
        .finish()
}

/// The answer of every write of partnerships.
pub(super) fn written_partnership(answer: &WrittenPartnership) -> Encoded {
    use update_partnership_response as field;
    let WrittenPartnership {
        written,
        event_count,
    } = answer;
    let partnerships = written.resources.iter();
    let answer = partnerships.fold(Answer::default(), |answer, partnership| {
        let partnership = with_event_count(partnership, *event_count);
        answer.put(field::PARTNERSHIP, &partnership)
    });
    answer
        .put_number(field::REPLAYED, written.replayed.into())
        .put_number(field::UNCHANGED, written.unchanged.into())
        .finish()
}

/// The answer of every write of bodies.
pub(super) fn written_body(answer: &WrittenBody) -> Encoded {
    use update_body_response as field;
    let WrittenBody { written, hints } = answer;
    let bodies = written.resources.iter();
    let answer = bodies.fold(Answer::default(), |answer, body| {
        answer.put(field::BODY, body)
    });
    answer
        .put_number(field::REPLAYED, written.replayed.into())
        .put_number(field::UNCHANGED, written.unchanged.into())
        .put_texts(field::HINTS, hints)
        .finish()
}

/// Encodes an event with what depends on the day of the read.
pub(super) fn event(row: EventRow) -> Bytes {
    match row.overdue {
        // The last value counts.
        Some(overdue) => appended(&row.event, numbers::event::OVERDUE, overdue.into()),
        None => row.event,
    }
}

/// A partnership with the number of its events.
pub(super) fn partnership(row: &PartnershipRow) -> Bytes {
    with_event_count(&row.partnership, row.event_count)
}

/// An encoded partnership with the number of its events.
fn with_event_count(partnership: &Bytes, event_count: u64) -> Bytes {
    appended(partnership, numbers::partnership::EVENT_COUNT, event_count)
}

/// A position as a client gave it.
pub(super) fn position(field: &'static str, given: i64) -> Result<Position, Rejection> {
    let why = || format!("is {given}; a position is 0 or more");
    Position::try_from(given).map_err(|_| Rejection::argument(field, why()))
}

/// Appends a number, which replaces one before it.
fn appended(bytes: &Bytes, tag: u32, value: u64) -> Bytes {
    let mut longer = BytesMut::with_capacity(bytes.len() + 12);
    longer.put_slice(bytes);
    put_varint_always(&mut longer, tag, value);
    longer.freeze()
}
