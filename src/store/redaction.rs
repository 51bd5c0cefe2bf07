//! Taking the content out of committed records: what stays is that there was a change, of what, when
//! and by whom, and the leaf of its digest, so that the chain still verifies.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;

use super::{
    block,
    error::StoreError,
    log::Log,
    record::{Position, Record},
};
use crate::proto::v1;

/// Records without their content, ready to take the place of what they were.
#[derive(Debug, Default)]
pub struct Redaction {
    /// The records, in order of positions.
    pub records: Vec<Arc<Record>>,
    /// The blocks that they lie in, as they are to be, each with its key.
    pub blocks: Vec<(Position, Vec<u8>)>,
}

impl Redaction {
    /// Of the records at these positions, in any order.
    pub fn of(log: &Log, positions: &[Position]) -> Result<Redaction, StoreError> {
        let mut positions = positions.to_vec();
        positions.sort_unstable();
        let mut redaction = Redaction::default();
        let mut rest = &positions[..];
        while let Some(first) = rest.first() {
            let mut records = log.read_block(*first)?;
            let end = records.last().map_or(0, |record| record.position);
            let (here, after) = rest.split_at(rest.partition_point(|position| *position <= end));
            for record in &mut records {
                if here.contains(&record.position) {
                    *record = record.redacted()?;
                    redaction.records.push(Arc::new(record.clone()));
                }
            }
            redaction.blocks.extend(block::pack_as_one(&records));
            rest = after;
        }
        Ok(redaction)
    }
}

impl Record {
    /// The same without the content of its event.
    pub fn redacted(&self) -> Result<Record, StoreError> {
        let damaged = |what: String| StoreError::Damaged {
            position: self.position,
            what,
        };
        let change = v1::EventChange::decode(self.change.clone());
        let change = change.map_err(|error| damaged(error.to_string()))?;
        let without = without_content(change)
            .ok_or_else(|| damaged("only the content of events can be erased".to_owned()))?;
        Ok(Record {
            change: Bytes::from(without.encode_to_vec()),
            redacted: true,
            ..self.clone()
        })
    }
}

fn without_content(change: v1::EventChange) -> Option<v1::EventChange> {
    let event = change.event?;
    let event = v1::Event {
        name: event.name,
        // Decides who sees it at all.
        exercise: event.exercise,
        state: v1::State::Redacted.into(),
        revision: event.revision,
        etag: event.etag,
        position: event.position,
        create_time: event.create_time,
        update_time: event.update_time,
        author: event.author,
        superseded_by: event.superseded_by,
        ..Default::default()
    };
    Some(v1::EventChange {
        r#type: change.r#type,
        event: Some(event),
        changed_fields: change.changed_fields,
        commit_time: change.commit_time,
        continued: change.continued,
        ..Default::default()
    })
}
