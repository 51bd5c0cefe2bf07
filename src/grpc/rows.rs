//! Rows of answers.

use bytes::BytesMut;
use prost::Message;

use super::answer::{self, Answer};
use crate::{
    command::{
        BodyRow, EventRow, Full, NamedPage, PartnershipRow, ROWS_BYTES_MAX, RevisionRow, Rows,
    },
    proto::numbers::v1::{event_revision, list_bodies_response, list_partnerships_response},
    wire::{Encoded, put_bytes, put_timestamp},
};

/// The answers that list by name have the same numbers.
const _: () = {
    use list_bodies_response as bodies;
    use list_partnerships_response as partnerships;
    assert!(bodies::NEXT_PAGE_TOKEN == partnerships::NEXT_PAGE_TOKEN);
    assert!(bodies::POSITION == partnerships::POSITION);
    assert!(bodies::HINTS == partnerships::HINTS);
};

/// Rows that are encoded as the field `TAG` of an answer.
#[derive(Debug, Default)]
pub(super) struct EncodedRows<const TAG: u32> {
    answer: Answer,
    room: Room,
}

/// Rows that are messages.
#[derive(Debug)]
pub(super) struct MessageRows<M> {
    pub messages: Vec<M>,
    room: Room,
}

/// Bytes of rows so far.
#[derive(Debug, Default)]
struct Room {
    bytes: usize,
}

impl Room {
    fn take(&mut self, len: usize) -> Result<(), Full> {
        let bytes = self.bytes + len;
        if bytes > ROWS_BYTES_MAX && self.bytes > 0 {
            return Err(Full { bytes });
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl<const TAG: u32> EncodedRows<TAG> {
    /// The answer so far.
    pub(super) fn into_answer(self) -> Answer {
        self.answer
    }
}

impl<const TAG: u32> Rows<EventRow> for EncodedRows<TAG> {
    fn take(&mut self, row: EventRow) -> Result<(), Full> {
        let event = answer::event(row);
        self.room.take(event.len())?;
        self.answer.add(TAG, &event);
        Ok(())
    }
}

impl<const TAG: u32> Rows<PartnershipRow> for EncodedRows<TAG> {
    fn take(&mut self, row: PartnershipRow) -> Result<(), Full> {
        let partnership = answer::partnership(&row);
        self.room.take(partnership.len())?;
        self.answer.add(TAG, &partnership);
        Ok(())
    }
}

impl<const TAG: u32> Rows<BodyRow> for EncodedRows<TAG> {
    fn take(&mut self, row: BodyRow) -> Result<(), Full> {
        self.room.take(row.body.len())?;
        self.answer.add(TAG, &row.body);
        Ok(())
    }
}

impl<const TAG: u32> From<NamedPage<EncodedRows<TAG>>> for Encoded {
    fn from(page: NamedPage<EncodedRows<TAG>>) -> Encoded {
        use list_partnerships_response as field;
        page.rows
            .into_answer()
            .put_text(field::NEXT_PAGE_TOKEN, &page.next_page_token)
            .put_number(field::POSITION, page.position)
            .put_texts(field::HINTS, &page.hints)
            .finish()
    }
}

impl<const TAG: u32> Rows<RevisionRow> for EncodedRows<TAG> {
    fn take(&mut self, row: RevisionRow) -> Result<(), Full> {
        let snapshot = answer::event(row.snapshot);
        self.room.take(snapshot.len())?;
        let mut revision = BytesMut::with_capacity(snapshot.len() + 160);
        put_bytes(&mut revision, event_revision::NAME, row.name.as_bytes());
        put_bytes(&mut revision, event_revision::SNAPSHOT, &snapshot);
        put_timestamp(
            &mut revision,
            event_revision::CREATE_TIME,
            row.commit_micros,
        );
        self.answer.add(TAG, &revision);
        Ok(())
    }
}

impl<M> Default for MessageRows<M> {
    fn default() -> Self {
        MessageRows {
            messages: Vec::new(),
            room: Room::default(),
        }
    }
}

impl<M: Message, R: Into<M>> Rows<R> for MessageRows<M> {
    fn take(&mut self, row: R) -> Result<(), Full> {
        let message = row.into();
        self.room.take(message.encoded_len())?;
        self.messages.push(message);
        Ok(())
    }
}
