use std::fmt;

use bytes::Bytes;

use crate::{
    proto::v1::{
        ExportEnd, ExportHeader, ExportRecords, ExportStoreResponse, ExportSubscriptions,
        export_store_response::Part,
    },
    store::{Digest, Erasures, Position, RECORD_FORMATS_READ, Record, check_cursor},
};

/// A position of the log and the digest up to it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Checkpoint {
    pub position: Position,
    pub digest: Digest,
}

/// What an export contains.
#[derive(Clone, Debug, Default)]
pub struct ExportSummary {
    pub header: ExportHeader,
    pub records: u64,
    pub subscriptions: u64,
    /// The last position of the export and its digest.
    pub head: Checkpoint,
}

/// Checks the parts of an export, one after the other.
#[derive(Debug, Default)]
pub struct ExportCheck {
    stage: Stage,
    summary: ExportSummary,
    erasures: Erasures,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Stage {
    #[default]
    Header,
    Records,
    Subscriptions,
    Over,
}

/// Why parts are not a valid export.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Damage(pub String);

impl ExportCheck {
    /// Checks the next part and returns its records.
    pub fn part(&mut self, part: &ExportStoreResponse) -> Result<Vec<Record>, Damage> {
        match (self.stage, &part.part) {
            (Stage::Header, Some(Part::Header(header))) => self.header(header).map(|()| Vec::new()),
            (Stage::Records, Some(Part::Records(records))) => self.records(records),
            (Stage::Records | Stage::Subscriptions, Some(Part::Subscriptions(subscriptions))) => {
                self.subscriptions(subscriptions).map(|()| Vec::new())
            }
            (Stage::Records | Stage::Subscriptions, Some(Part::End(end))) => {
                self.end(*end).map(|()| Vec::new())
            }
            _ => Err(Damage("its parts are out of order".to_owned())),
        }
    }

    /// Returns the summary of the export. Fails unless the export is complete.
    pub fn finish(self) -> Result<ExportSummary, Damage> {
        match self.stage {
            Stage::Over => Ok(self.summary),
            _ => Err(Damage(format!(
                "it ends too early, after position {}",
                self.summary.head.position
            ))),
        }
    }

    fn header(&mut self, header: &ExportHeader) -> Result<(), Damage> {
        let is_read = |format: &u8| header.format == i32::from(*format);
        if !RECORD_FORMATS_READ.iter().any(is_read) {
            return Err(Damage(format!(
                "its format is {}, written by entente {}, but this is entente {}, which reads formats \
                 {}",
                header.format,
                header.server_version,
                env!("CARGO_PKG_VERSION"),
                RECORD_FORMATS_READ
                    .map(|format| format.to_string())
                    .join(" and "),
            )));
        }
        let after = u64::try_from(header.after_position).ok();
        let digest = Digest::parse(&header.after_digest);
        let (Some(position), Some(digest)) = (after, digest) else {
            return Err(Damage(
                "its header does not give the position and digest that it follows".to_owned(),
            ));
        };
        self.summary.head = Checkpoint { position, digest };
        self.summary.header = header.clone();
        self.stage = Stage::Records;
        Ok(())
    }

    fn records(&mut self, records: &ExportRecords) -> Result<Vec<Record>, Damage> {
        let mut read = Vec::with_capacity(records.records.len());
        for stored in &records.records {
            let Checkpoint { position, digest } = self.summary.head;
            let record = Record::decode(Bytes::clone(stored))
                .map_err(|error| Damage(format!("position {}: {error}", position + 1)))?;
            let follows = record.check_after(position, digest);
            follows.map_err(|error| Damage(error.to_string()))?;
            self.erasures.add(&record);
            self.summary.head = Checkpoint {
                position: record.position,
                digest: record.digest,
            };
            self.summary.records += 1;
            read.push(record);
        }
        Ok(read)
    }

    fn subscriptions(&mut self, subscriptions: &ExportSubscriptions) -> Result<(), Damage> {
        let head = self.summary.head.position;
        for stored in &subscriptions.subscriptions {
            check_cursor(stored, head).map_err(|error| Damage(error.to_string()))?;
        }
        self.summary.subscriptions += subscriptions.subscriptions.len() as u64;
        self.stage = Stage::Subscriptions;
        Ok(())
    }

    fn end(&mut self, end: ExportEnd) -> Result<(), Damage> {
        let ExportSummary {
            header,
            records,
            subscriptions,
            head,
        } = &self.summary;
        let same = i64::try_from(*records) == Ok(end.record_count)
            && i64::try_from(*subscriptions) == Ok(end.subscription_count)
            && i64::try_from(head.position) == Ok(header.head_position)
            && head.digest.to_string() == header.head_digest;
        if !same {
            return Err(Damage(format!(
                "it ends at position {}, but its header says {}",
                head.position, header.head_position
            )));
        }
        let complete = self.erasures.check_complete();
        complete.map_err(|error| Damage(error.to_string()))?;
        self.stage = Stage::Over;
        Ok(())
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
