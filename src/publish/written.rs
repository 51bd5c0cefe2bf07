use std::sync::Arc;

use bytes::Bytes;

use super::prepared::Prepared;
use crate::{
    rejection::Rejection,
    store::{Record, StoreError},
    wire::ResourceMessage,
};

/// The result of a write.
#[derive(Clone, Debug)]
pub struct Written {
    /// The encoded resources of the answer, in order.
    pub resources: Vec<Bytes>,
    /// The request was seen before and nothing was written.
    pub replayed: bool,
    /// The content would stay the same, so nothing was written.
    pub unchanged: bool,
}

impl Written {
    /// Returns the resources of these records.
    pub(super) fn committed(records: &[Arc<Record>]) -> Result<Written, Rejection> {
        let bytes = |record: &Arc<Record>| match record.resource() {
            Ok(resource) => Ok(resource.into_bytes()),
            Err(error) => {
                let (position, what) = (record.position, error.to_string());
                Err(StoreError::Damaged { position, what })
            }
        };
        Ok(Written {
            resources: records.iter().map(bytes).collect::<Result<_, _>>()?,
            replayed: false,
            unchanged: false,
        })
    }

    /// Returns what would be written, or what exists already.
    pub(super) fn not_committed<M: ResourceMessage>(prepared: &Prepared<M>) -> Written {
        let encoded = prepared.answers.iter().map(|answer| answer.encode().into());
        Written {
            resources: encoded.collect(),
            replayed: false,
            unchanged: prepared.unchanged,
        }
    }
}
