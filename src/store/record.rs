//! One entry of the log, where domain and disk meet.
//!
//! | bytes | content |
//! |---|---|
//! | 4 | CRC-32 of the rest, little endian |
//! | rest | [`entente.store.v1.Record`](crate::proto::store::Record), protobuf |
//!
//! It contains the change, as the `entente.v1.EventChange` that watchers receive, encoded once when it
//! was written. The terms for the index are not stored: they follow from the change, so a better index
//! needs no new format.

use bytes::{Bytes, BytesMut};
use prost::Message;
use thiserror::Error;

use super::{digest::Digest, error::StoreError, writer::proposal::Proposal};
use crate::{
    domain::{EventChange, RecordChange},
    filter::Document,
    proto::{numbers::store::record, store as disk},
    wire::{
        self, BodyMessage, EventMessage, NewChange, PartnershipMessage, ResourceMessage, put_bytes,
        put_varint,
    },
};
pub use crate::{index::Position, wire::Resource};

/// The format of records and subscriptions in backups. Format 3 is that of stores since bodies; every
/// earlier version wrote 1.
pub const RECORD_FORMAT: u8 = 3;
/// The formats of backups that this version reads.
pub const RECORD_FORMATS_READ: [u8; 2] = [1, RECORD_FORMAT];

/// The longest record, in bytes. A leaf of sled has up to sixteen values, and one larger than a
/// quarter of a segment (4 MiB here) would become a blob file, which sled never syncs.
pub const RECORD_LEN_MAX: usize = 60 * 1024;

const CHECKSUM_LEN: usize = 4;

/// What the writer adds to a proposal.
pub(super) struct Commit<'a> {
    pub epoch: &'a str,
    pub author: &'a str,
    pub position: Position,
    pub micros: i64,
    /// Another change of the same write follows.
    pub continued: bool,
}

/// The idempotency key of the request that wrote a record. It is kept for ever, so that the request
/// can be repeated at any time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestKey {
    /// The request id, as the client sent it.
    pub id: String,
    /// The digest of the rest of the request.
    pub fingerprint: Digest,
}

/// The place in a publisher's own source that a write comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tracking {
    /// The name of the source.
    pub source: String,
    /// Its position, at least 1.
    pub position: u64,
}

/// One committed change. Its bytes are shared, never copied.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    pub position: Position,
    /// `entente.v1.EventChange` without `match`, `previous_event` and `digest`.
    pub change: Bytes,
    pub leaf: Digest,
    /// The digest of the whole log up to here.
    pub digest: Digest,
    /// Set on the first record of a request that had an id.
    pub request: Option<RequestKey>,
    /// Set on the first record of a write that came with it.
    pub tracking: Option<Tracking>,
    /// The number of records of the same write that follow.
    pub remaining: u32,
    pub commit_micros: i64,
    /// Whether the content was erased. `leaf` is still that of the original content.
    pub redacted: bool,
}

/// Why stored bytes are not a record.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum RecordError {
    /// Written by a newer version.
    #[error("its block has format {format} and this version reads {known}")]
    UnknownFormat { format: u8, known: u8 },
    /// Cut short, or not as it was written.
    #[error("{0}")]
    Damaged(&'static str),
}

impl Record {
    /// Makes the record that follows `previous` in the chain.
    pub fn chained(
        previous: Digest,
        position: Position,
        change: Bytes,
        request: Option<RequestKey>,
        remaining: u32,
        commit_micros: i64,
    ) -> Record {
        let mut record = Record {
            position,
            change,
            leaf: Digest::default(),
            digest: Digest::default(),
            request,
            tracking: None,
            remaining,
            commit_micros,
            redacted: false,
        };
        record.leaf = record.computed_leaf();
        record.digest = previous.chain(record.leaf);
        record
    }

    /// Adds where the write comes from to a record that follows `previous` in the chain.
    pub(super) fn track(&mut self, previous: Digest, tracking: Tracking) {
        self.tracking = Some(tracking);
        self.leaf = self.computed_leaf();
        self.digest = previous.chain(self.leaf);
    }

    /// Returns the digest of the content as it is. It equals `leaf` unless something changed the
    /// content.
    pub fn computed_leaf(&self) -> Digest {
        let (id, fingerprint) = match &self.request {
            Some(key) => (key.id.as_bytes(), &key.fingerprint.0[..]),
            None => (&[][..], &[][..]),
        };
        let position = self.position.to_be_bytes();
        let remaining = self.remaining.to_be_bytes();
        let micros = self.commit_micros.to_be_bytes();
        let fields: [&[u8]; 6] = [
            &position,
            &self.change,
            id,
            fingerprint,
            &remaining,
            &micros,
        ];
        match &self.tracking {
            None => Digest::of(&fields),
            Some(Tracking { source, position }) => {
                let [a, b, c, d, e, f] = fields;
                Digest::of(&[a, b, c, d, e, f, source.as_bytes(), &position.to_be_bytes()])
            }
        }
    }

    /// Fails unless the record follows a position of the log with this digest.
    pub fn check_after(&self, position: Position, digest: Digest) -> Result<(), StoreError> {
        let damaged = |what: &str| StoreError::Damaged {
            position: position + 1,
            what: what.to_owned(),
        };
        if self.position != position + 1 {
            return Err(damaged("it is missing"));
        }
        if self.redacted && !self.is_skeleton() {
            return Err(damaged("it claims to be redacted and has content"));
        }
        if !self.redacted && self.computed_leaf() != self.leaf {
            return Err(damaged("its content does not fit its digest"));
        }
        if digest.chain(self.leaf) != self.digest {
            return Err(damaged("it does not follow from the record before"));
        }
        Ok(())
    }

    /// Returns the full name of its resource.
    pub fn name(&self) -> Option<String> {
        self.resource().ok()?.name()
    }

    /// Returns the full name of the resource that this change redacts, if it is a redaction.
    pub fn redacted_name(&self) -> Option<String> {
        wire::redacted_name(&self.change)
    }

    /// Returns whether this is the first revision of its resource.
    pub fn creates(&self) -> bool {
        wire::creates(&self.change)
    }

    /// Returns the encoded resource in the change.
    pub fn resource(&self) -> Result<Resource, RecordError> {
        let resource = Resource::of_change(&self.change);
        resource
            .map_err(|_| RecordError::Damaged("unreadable change"))?
            .ok_or(RecordError::Damaged("a change of nothing"))
    }

    /// Returns its document for the index.
    pub fn document(&self) -> Result<Document, StoreError> {
        let resource = self.resource();
        let resource = resource.map_err(|error| self.damaged(error.to_string()))?;
        let document = resource.document();
        document.map_err(|error| self.damaged(error.to_string()))
    }

    /// Calls `look` with each text that the field `text` searches.
    pub(super) fn for_each_text(&self, look: impl FnMut(&str)) -> Result<(), StoreError> {
        let resource = self.resource();
        let resource = resource.map_err(|error| self.damaged(error.to_string()))?;
        let looked = resource.for_each_text(look);
        looked.map_err(|error| self.damaged(error.to_string()))
    }

    /// Returns this record without the content of its resource.
    pub fn redacted(&self) -> Result<Record, StoreError> {
        let change = wire::without_content(&self.change);
        let change = change.map_err(|error| self.damaged(error.to_string()))?;
        let nothing = || self.damaged("a change of nothing".to_owned());
        Ok(Record {
            change: change.ok_or_else(nothing)?,
            redacted: true,
            ..self.clone()
        })
    }

    /// Returns whether it has only what a redaction leaves. The digest of the log does not cover what a
    /// redacted record contains, so it must not contain anything else.
    pub fn is_skeleton(&self) -> bool {
        wire::is_without_content(&self.change)
    }

    /// Makes the redaction of its resource, whose last revision this must be.
    pub fn redaction(&self) -> Result<Proposal, StoreError> {
        let resource = self.resource();
        match resource.map_err(|error| self.damaged(error.to_string()))? {
            Resource::Event(bytes) => {
                self.redaction_of::<EventMessage>(bytes, EventChange::Redacted)
            }
            Resource::Partnership(bytes) => {
                self.redaction_of::<PartnershipMessage>(bytes, RecordChange::Redacted)
            }
            Resource::Body(bytes) => {
                self.redaction_of::<BodyMessage>(bytes, RecordChange::Redacted)
            }
        }
    }

    fn redaction_of<M: ResourceMessage>(
        &self,
        bytes: Bytes,
        change: M::Change,
    ) -> Result<Proposal, StoreError> {
        let message = M::decode(bytes).map_err(|error| self.damaged(error.to_string()))?;
        let content = message.erased();
        Ok(Proposal {
            name: content.name().to_owned(),
            change: M::change(change),
            expected: Some(self.position),
            rests_on: Vec::new(),
            content: content.encode().into(),
            changed_fields: Vec::new(),
            note: None,
            document: content.document(),
            revision: message.revision() + 1,
            create_micros: message.create_micros(),
            known_since: None,
        })
    }

    fn damaged(&self, what: String) -> StoreError {
        StoreError::Damaged {
            position: self.position,
            what,
        }
    }

    /// Appends the bytes that go to disk.
    pub fn encode(&self, buf: &mut BytesMut) {
        let begin = buf.len() + CHECKSUM_LEN;
        buf.extend_from_slice(&[0; CHECKSUM_LEN]);
        put_varint(buf, record::POSITION, self.position);
        put_bytes(buf, record::CHANGE, &self.change);
        put_bytes(buf, record::LEAF, &self.leaf.0);
        put_bytes(buf, record::DIGEST, &self.digest.0);
        if let Some(key) = &self.request {
            put_bytes(buf, record::REQUEST_ID, key.id.as_bytes());
            put_bytes(buf, record::REQUEST_FINGERPRINT, &key.fingerprint.0);
        }
        if let Some(tracking) = &self.tracking {
            put_bytes(buf, record::TRACKING_SOURCE, tracking.source.as_bytes());
            put_varint(buf, record::TRACKING_POSITION, tracking.position);
        }
        put_varint(buf, record::REMAINING, u64::from(self.remaining));
        put_varint(buf, record::COMMIT_MICROS, self.commit_micros as u64);
        if self.redacted {
            put_varint(buf, record::REDACTED, 1);
        }
        let checksum = crc32fast::hash(&buf[begin..]);
        buf[begin - CHECKSUM_LEN..begin].copy_from_slice(&checksum.to_le_bytes());
    }

    /// Reads what [`Record::encode`] wrote, sharing `bytes`. Checks the checksum, and not the chain, as
    /// only the caller knows the previous record.
    pub fn decode(bytes: Bytes) -> Result<Record, RecordError> {
        let checksum = *bytes
            .first_chunk::<CHECKSUM_LEN>()
            .ok_or(RecordError::Damaged("shorter than its checksum"))?;
        let body = bytes.slice(CHECKSUM_LEN..);
        if crc32fast::hash(&body) != u32::from_le_bytes(checksum) {
            return Err(RecordError::Damaged("wrong checksum"));
        }
        let body = disk::Record::decode(body).map_err(|_| RecordError::Damaged("unreadable"))?;
        Record::from_disk(body).ok_or(RecordError::Damaged("a digest of the wrong length"))
    }

    fn from_disk(body: disk::Record) -> Option<Record> {
        let request = match body.request_id {
            id if id.is_empty() => None,
            id => Some(RequestKey {
                id,
                fingerprint: Digest::from_slice(&body.request_fingerprint)?,
            }),
        };
        let tracking = match body.tracking_source {
            source if source.is_empty() => None,
            source => Some(Tracking {
                source,
                position: body.tracking_position,
            }),
        };
        Some(Record {
            tracking,
            position: body.position,
            change: body.change,
            leaf: Digest::from_slice(&body.leaf)?,
            digest: Digest::from_slice(&body.digest)?,
            request,
            remaining: body.remaining,
            commit_micros: body.commit_micros,
            redacted: body.redacted,
        })
    }
}

impl Commit<'_> {
    /// Encodes the `entente.v1.EventChange`, without the fields that differ between streams.
    pub(super) fn encode(&self, proposal: &Proposal) -> Bytes {
        let change = NewChange {
            change: &proposal.change,
            content: &proposal.content,
            note: proposal.note.as_deref(),
            changed_fields: &proposal.changed_fields,
            overdue: proposal.document.overdue_at(self.micros),
            revision: proposal.revision,
            create_micros: proposal.create_micros.unwrap_or(self.micros),
            etag: &etag(self.epoch, self.position),
            author: self.author,
            position: self.position,
            commit_micros: self.micros,
            known_since: proposal.known_since,
            continued: self.continued,
        };
        change.encode()
    }
}

/// Returns the etag of the revision at `position`. It is opaque to clients, and never the same in two
/// histories.
fn etag(epoch: &str, position: Position) -> String {
    format!("{}-{position}", &epoch[..8.min(epoch.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let request = RequestKey {
            id: "r-1".into(),
            fingerprint: Digest::of(&[b"x"]),
        };
        let change = Bytes::from_static(b"\x08\x01");
        Record::chained(
            Digest::default(),
            7,
            change,
            Some(request),
            2,
            1_700_000_000_000_000,
        )
    }

    fn encoded() -> Vec<u8> {
        let mut bytes = BytesMut::new();
        record().encode(&mut bytes);
        bytes.into()
    }

    #[test]
    fn a_record_reads_as_it_was_written() {
        assert_eq!(Record::decode(encoded().into()), Ok(record()));
    }

    #[test]
    fn any_flipped_bit_is_detected() {
        let bytes = encoded();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Record::decode(flipped.into()).is_err(), "bit {bit}");
        }
    }
}
