//! The encoding of a change, made once, when it is committed.
//!
//! The content comes encoded from the request; what only the writer knows (position, times, etag)
//! goes behind it, as protobuf allows.

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;

use super::{proposal::Proposal, record::Position};
use crate::{
    proto::{
        numbers::v1::{event, event_change, partnership},
        v1,
    },
    wire::{put_bytes, put_timestamp, put_varint},
};

/// What the writer adds to a proposal.
pub struct Commit<'a> {
    pub epoch: &'a str,
    pub author: &'a str,
    pub position: Position,
    pub micros: i64,
    /// Another change of the same write follows.
    pub continued: bool,
}

/// The etag of the revision at `position`: opaque to clients, and never the same in two histories.
pub fn etag(epoch: &str, position: Position) -> String {
    format!("{}-{position}", &epoch[..8.min(epoch.len())])
}

/// `entente.v1.EventChange` without what differs per stream.
pub fn encode_change(proposal: &Proposal, commit: &Commit<'_>) -> Bytes {
    let resource = if proposal.partnership {
        encode_partnership(proposal, commit)
    } else {
        encode_event(proposal, commit)
    };
    let mut change = BytesMut::with_capacity(resource.len() + 64);
    put_varint(&mut change, event_change::TYPE, proposal.kind as u64);
    if !proposal.partnership {
        put_bytes(&mut change, event_change::EVENT, &resource);
    }
    if !proposal.changed_fields.is_empty() {
        let mask = prost_types::FieldMask {
            paths: proposal.changed_fields.clone(),
        };
        put_bytes(
            &mut change,
            event_change::CHANGED_FIELDS,
            &mask.encode_to_vec(),
        );
    }
    put_timestamp(&mut change, event_change::COMMIT_TIME, commit.micros);
    put_varint(
        &mut change,
        event_change::CONTINUED,
        u64::from(commit.continued),
    );
    if proposal.partnership {
        put_bytes(&mut change, event_change::PARTNERSHIP, &resource);
    }
    change.freeze()
}

fn encode_event(proposal: &Proposal, commit: &Commit<'_>) -> BytesMut {
    let mut event = content(proposal);
    put_varint(&mut event, event::STATE, proposal.state as u64);
    put_varint(&mut event, event::REVISION, proposal.revision as u64);
    put_bytes(
        &mut event,
        event::ETAG,
        etag(commit.epoch, commit.position).as_bytes(),
    );
    put_varint(&mut event, event::POSITION, commit.position);
    put_timestamp(
        &mut event,
        event::CREATE_TIME,
        proposal.create_micros.unwrap_or(commit.micros),
    );
    put_timestamp(&mut event, event::UPDATE_TIME, commit.micros);
    if proposal.state == v1::State::Retracted {
        put_timestamp(&mut event, event::RETRACT_TIME, commit.micros);
    }
    put_note(&mut event, event::CHANGE_NOTE, proposal);
    put_bytes(&mut event, event::AUTHOR, commit.author.as_bytes());
    if !proposal.superseded_by.is_empty() {
        put_bytes(
            &mut event,
            event::SUPERSEDED_BY,
            proposal.superseded_by.as_bytes(),
        );
    }
    if proposal.document.overdue_at(commit.micros) {
        put_varint(&mut event, event::OVERDUE, 1);
    }
    event
}

fn encode_partnership(proposal: &Proposal, commit: &Commit<'_>) -> BytesMut {
    let mut partnership = content(proposal);
    put_varint(
        &mut partnership,
        partnership::REVISION,
        proposal.revision as u64,
    );
    put_bytes(
        &mut partnership,
        partnership::ETAG,
        etag(commit.epoch, commit.position).as_bytes(),
    );
    put_varint(&mut partnership, partnership::POSITION, commit.position);
    put_timestamp(
        &mut partnership,
        partnership::CREATE_TIME,
        proposal.create_micros.unwrap_or(commit.micros),
    );
    put_timestamp(&mut partnership, partnership::UPDATE_TIME, commit.micros);
    put_note(&mut partnership, partnership::CHANGE_NOTE, proposal);
    put_bytes(
        &mut partnership,
        partnership::AUTHOR,
        commit.author.as_bytes(),
    );
    partnership
}

fn content(proposal: &Proposal) -> BytesMut {
    let mut bytes = BytesMut::with_capacity(proposal.content.len() + 128);
    bytes.put_slice(&proposal.content);
    bytes
}

fn put_note(buf: &mut BytesMut, tag: u32, proposal: &Proposal) {
    if let Some(note) = &proposal.note {
        put_bytes(buf, tag, &note.encode_to_vec());
    }
}
