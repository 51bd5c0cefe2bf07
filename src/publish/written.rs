use std::sync::Arc;

use bytes::Bytes;

use super::prepared::Prepared;
use crate::{
    rejection::Rejection,
    store::{Record, StoreError},
    wire::ResourceMessage,
};

/// What a write led to.
#[derive(Clone, Debug)]
pub struct Written {
    /// The encoded resources to answer with, in order.
    pub resources: Vec<Bytes>,
    /// The request was seen before and nothing was written.
    pub replayed: bool,
    /// The content would stay as it is, and nothing was written.
    pub unchanged: bool,
}

impl Written {
    /// The resources of these records.
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

    /// What would be written, or stands already.
    pub(super) fn not_committed<M: ResourceMessage>(prepared: &Prepared<M>) -> Written {
        let encoded = prepared.answers.iter().map(|answer| answer.encode().into());
        Written {
            resources: encoded.collect(),
            replayed: false,
            unchanged: prepared.unchanged,
        }
    }
}
