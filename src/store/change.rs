//! The encoding of a change, made once, when it is committed.
//!
//! The content comes encoded from the request; what only the writer knows (position, times, etag)
//! goes behind it, as protobuf allows.

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;

use super::{proposal::Proposal, record::Position};
use crate::{
    proto::v1,
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
    put_varint(&mut change, 1, proposal.kind as u64);
    if !proposal.partnership {
        put_bytes(&mut change, 3, &resource);
    }
    if !proposal.changed_fields.is_empty() {
        let mask = prost_types::FieldMask {
            paths: proposal.changed_fields.clone(),
        };
        put_bytes(&mut change, 5, &mask.encode_to_vec());
    }
    put_timestamp(&mut change, 6, commit.micros);
    put_varint(&mut change, 7, u64::from(commit.continued));
    if proposal.partnership {
        put_bytes(&mut change, 8, &resource);
    }
    change.freeze()
}

fn encode_event(proposal: &Proposal, commit: &Commit<'_>) -> BytesMut {
    let mut event = content(proposal);
    put_varint(&mut event, 40, proposal.state as u64);
    put_varint(&mut event, 41, proposal.revision as u64);
    put_bytes(
        &mut event,
        42,
        etag(commit.epoch, commit.position).as_bytes(),
    );
    put_varint(&mut event, 43, commit.position);
    put_timestamp(
        &mut event,
        44,
        proposal.create_micros.unwrap_or(commit.micros),
    );
    put_timestamp(&mut event, 45, commit.micros);
    if proposal.state == v1::State::Retracted {
        put_timestamp(&mut event, 46, commit.micros);
    }
    put_note(&mut event, 47, proposal);
    put_bytes(&mut event, 48, commit.author.as_bytes());
    if !proposal.superseded_by.is_empty() {
        put_bytes(&mut event, 49, proposal.superseded_by.as_bytes());
    }
    if proposal.document.overdue_at(commit.micros) {
        put_varint(&mut event, 50, 1);
    }
    event
}

fn encode_partnership(proposal: &Proposal, commit: &Commit<'_>) -> BytesMut {
    let mut partnership = content(proposal);
    put_varint(&mut partnership, 40, proposal.revision as u64);
    put_bytes(
        &mut partnership,
        41,
        etag(commit.epoch, commit.position).as_bytes(),
    );
    put_varint(&mut partnership, 42, commit.position);
    put_timestamp(
        &mut partnership,
        43,
        proposal.create_micros.unwrap_or(commit.micros),
    );
    put_timestamp(&mut partnership, 44, commit.micros);
    put_note(&mut partnership, 46, proposal);
    put_bytes(&mut partnership, 47, commit.author.as_bytes());
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
