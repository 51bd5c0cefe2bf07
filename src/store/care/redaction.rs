//! Taking the content out of committed records: what stays is that there was a change, of what, when
//! and by whom, and the leaf of its digest, so that the chain still verifies.

use std::{collections::BTreeMap, sync::Arc};

use crate::store::{
    disk::{block, log::Log},
    error::StoreError,
    record::{Position, Record},
};
/// Records without their content, ready to take the place of what they were.
#[derive(Debug, Default)]
pub(crate) struct Redaction {
    /// The records, in order of positions.
    pub records: Vec<Arc<Record>>,
    /// The blocks that they lie in, as they are to be, each with its key.
    pub blocks: Vec<(Position, Vec<u8>)>,
}

impl Redaction {
    /// Of the records at these positions, in any order.
    pub(crate) fn of(log: &Log, positions: &[Position]) -> Result<Redaction, StoreError> {
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

/// Events with redacted records whose redaction was not met yet, while a log is read in order.
///
/// A redacted record is valid only when a later change redacts its event, and that change has its
/// content, hence a digest that can be checked.
#[derive(Clone, Debug, Default)]
pub struct Erasures {
    /// The last redacted record of each event.
    open: BTreeMap<String, Position>,
}

impl Erasures {
    /// Takes the record that follows.
    pub fn see(&mut self, record: &Record) {
        if record.redacted {
            let name = record.event_name().unwrap_or_default();
            self.open.insert(name, record.position);
        } else if let Some(name) = record.redacted_event() {
            self.open.remove(&name);
        }
    }

    /// Refuses records that claim to be redacted, at the end of the log.
    pub fn check_complete(&self) -> Result<(), StoreError> {
        let Some((name, position)) = self.open.iter().min_by_key(|(_, position)| *position) else {
            return Ok(());
        };
        Err(StoreError::Damaged {
            position: *position,
            what: format!("it claims to be redacted, and no later change redacts {name}"),
        })
    }

    /// The events, each with its last redacted record.
    pub fn open(&self) -> impl Iterator<Item = (&str, Position)> {
        self.open
            .iter()
            .map(|(name, position)| (name.as_str(), *position))
    }
}
