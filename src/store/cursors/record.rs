//! The stored form of a cursor. Its key is its id.
//!
//! | bytes | content |
//! |---|---|
//! | 1 | format, [`FORMAT`] |
//! | 4 | CRC-32 of the rest, little endian |
//! | rest | [`entente.store.v1.Subscription`](disk::Subscription), protobuf |

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use prost::Message;

use super::{
    cursor::{Cursor, Delivery, FilterSegment, Idle, Lease},
    sent_upto::SentUpto,
};
use crate::{
    filter::{Filter, Schema},
    proto::{store as disk, v1},
    store::{
        digest::Digest,
        record::{RECORD_LEN_MAX, RequestKey},
    },
    wire,
};

/// The format that this version writes, and the newest that it reads.
const FORMAT: u8 = 1;
const ENVELOPE_LEN: usize = 5;

/// The longest stored state, in bytes, as for a record of the log.
pub(super) const CURSOR_LEN_MAX: usize = RECORD_LEN_MAX;

impl Cursor {
    /// Returns the length of its encoding, in bytes.
    pub(super) fn encoded_len(&self) -> usize {
        ENVELOPE_LEN + self.to_disk().encoded_len()
    }

    pub(in crate::store) fn encode(&self) -> Vec<u8> {
        let body = self.to_disk().encode_to_vec();
        let mut bytes = Vec::with_capacity(ENVELOPE_LEN + body.len());
        bytes.push(FORMAT);
        bytes.extend(crc32fast::hash(&body).to_le_bytes());
        bytes.extend(body);
        bytes
    }

    /// Reads the id in what [`Cursor::encode`] wrote, if it can be read.
    pub(super) fn slug_in(bytes: &[u8]) -> Option<String> {
        let body = bytes.get(ENVELOPE_LEN..)?;
        Some(disk::Subscription::decode(body).ok()?.slug)
    }

    /// Reads what [`Cursor::encode`] wrote. The error says why `bytes` are not that.
    pub(super) fn decode(key: &[u8], bytes: &[u8]) -> Result<Cursor, String> {
        let (envelope, body) = bytes
            .split_first_chunk::<ENVELOPE_LEN>()
            .ok_or("it is shorter than its envelope")?;
        let [format, c0, c1, c2, c3] = *envelope;
        if format != FORMAT {
            return Err(format!(
                "it has format {format} and this version reads {FORMAT}"
            ));
        }
        if crc32fast::hash(body) != u32::from_le_bytes([c0, c1, c2, c3]) {
            return Err("wrong checksum".to_owned());
        }
        let body = disk::Subscription::decode(body).map_err(|_| "it is unreadable")?;
        if body.slug.as_bytes() != key {
            return Err(format!("it says that it is {}", body.slug));
        }
        Cursor::from_disk(body)
    }

    fn to_disk(&self) -> disk::Subscription {
        let ttl = self.idle_ttl.unwrap_or_default().as_micros();
        let segment = |segment: &FilterSegment| disk::FilterSegment {
            filter: segment.filter.clone(),
            after_position: segment.after,
            resolved_position: segment.resolved,
        };
        let delivery = |delivery: &Delivery| disk::Delivery {
            upto: delivery.upto,
            leases: delivery.leases,
        };
        let request = self.request.as_ref();
        let fingerprint = |key: &RequestKey| Bytes::copy_from_slice(&key.fingerprint.0);
        disk::Subscription {
            slug: self.slug.clone(),
            segments: self.segments.iter().map(segment).collect(),
            view: wire::view_message(self.view).into(),
            idle_ttl_micros: u64::try_from(ttl).unwrap_or(u64::MAX),
            version: self.version,
            acked_position: self.acked,
            last_ack_micros: self.last_ack_micros,
            lease_epoch: self.lease.epoch,
            consumer: self.lease.consumer.clone(),
            consuming: self.lease.open,
            sent_position: self.lease.sent(),
            deliveries: self.deliveries.iter().map(delivery).collect(),
            request_id: request.map(|key| key.id.clone()).unwrap_or_default(),
            request_fingerprint: request.map(fingerprint).unwrap_or_default(),
            create_micros: self.create_micros,
            idle_since_micros: self.idle_since_micros,
            incarnation: self.incarnation,
            idle_micros: self.idle.micros,
        }
    }

    fn from_disk(body: disk::Subscription) -> Result<Cursor, String> {
        let segments = body
            .segments
            .into_iter()
            .map(read_segment)
            .collect::<Result<Vec<_>, _>>()?;
        if segments.is_empty() {
            return Err("it has no filter".to_owned());
        }
        let request = match body.request_id {
            id if id.is_empty() => None,
            id => Some(RequestKey {
                id,
                fingerprint: Digest::from_slice(&body.request_fingerprint)
                    .ok_or("a digest of the wrong length")?,
            }),
        };
        let delivery = |read: disk::Delivery| Delivery {
            upto: read.upto,
            leases: read.leases,
        };
        let view = v1::View::try_from(body.view).map_err(|_| "it has an unknown view")?;
        Ok(Cursor {
            slug: body.slug,
            incarnation: body.incarnation,
            segments,
            view: wire::view_of(view),
            idle_ttl: Some(Duration::from_micros(body.idle_ttl_micros))
                .filter(|ttl| !ttl.is_zero()),
            version: body.version,
            acked: body.acked_position,
            last_ack_micros: body.last_ack_micros,
            lease: Lease {
                epoch: body.lease_epoch,
                consumer: body.consumer,
                open: body.consuming,
                sent: Arc::new(SentUpto::upto(body.sent_position)),
            },
            deliveries: body.deliveries.into_iter().map(delivery).collect(),
            request,
            create_micros: body.create_micros,
            idle_since_micros: body.idle_since_micros,
            idle: Idle {
                micros: body.idle_micros,
                counted_at: 0,
            },
        })
    }
}

fn read_segment(read: disk::FilterSegment) -> Result<FilterSegment, String> {
    let parsed = Filter::parse_kept(&read.filter, Schema::Events);
    parsed.map_err(|error| format!("its filter cannot be read: {error}"))?;
    Ok(FilterSegment {
        filter: read.filter,
        after: read.after_position,
        resolved: read.resolved_position,
    })
}
