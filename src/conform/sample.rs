//! A part of the log of which is known what a watch of it must give.

use super::{
    asking::{EVERYTHING, after, until},
    hearing::Frame,
    outcome::{Stop, broken, inapplicable},
    target::{Target, retitled},
    watching::Watching,
};
use crate::proto::v1::{WatchEventsRequest, watch_events_request::End};

/// A filter, a part of the log, and the matching changes in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    pub(super) filter: String,
    pub(super) after: i64,
    pub(super) upto: i64,
    /// Where the matching changes are: as the writes were answered or, read only, as first read.
    pub(super) positions: Vec<i64>,
}

/// Without writing, so much of the end of the log is looked at.
const READ_LEN: i64 = 200;

impl Sample {
    /// Writes a sample: created alone and in batches, corrected, withdrawn, and between them what
    /// does not match.
    pub(super) async fn write(target: &Target) -> Result<Sample, Stop> {
        let topic = target.topic("sample");
        let noise = target.topic("noise");
        let first = target.create(target.draft(&topic)).await?;
        let batch = target.create_all(target.drafts(&topic, 6)).await?;
        let mut positions = vec![first.position];
        positions.extend(batch.iter().map(|event| event.position));
        for event in batch.iter().take(3) {
            target.create(target.draft(&noise)).await?;
            positions.push(target.update(retitled(event, "Corrected")).await?.position);
        }
        positions.push(target.retract(&batch[5].name).await?.position);
        let mixed = [topic.as_str(), &noise, &noise, &topic];
        let mixed = mixed.iter().map(|topic| target.draft(topic)).collect();
        let mixed = target.create_all(mixed).await?;
        positions.extend([mixed[0].position, mixed[3].position]);
        positions.push(target.create(target.draft(&topic)).await?.position);
        let upto = target.create(target.draft(&noise)).await?.position;
        Ok(Sample {
            filter: target.about(&topic),
            after: first.position - 1,
            upto,
            positions,
        })
    }

    /// The end of the log as it is.
    pub(super) async fn read(target: &Target) -> Result<Sample, Stop> {
        let upto = target.info().await?.head_position;
        let after = (upto - READ_LEN).max(0);
        let mut sample = Sample {
            filter: EVERYTHING.to_owned(),
            after,
            upto,
            positions: Vec::new(),
        };
        let watching = Watching::open(target, sample.request()).await?;
        sample.positions = watching.until_end(LONGEST).await?.positions()?;
        Ok(sample)
    }

    /// A watch that gives it and ends.
    pub(super) fn request(&self) -> WatchEventsRequest {
        until(
            End::StopPosition(self.upto),
            after(&self.filter, self.after),
        )
    }

    /// For checks that need something to look at.
    pub(super) fn with_at_least(&self, count: usize) -> Result<&Sample, Stop> {
        match self.positions.len() {
            0 if self.filter.is_empty() => broken("no sample of the log was to be had"),
            len if len < count => {
                inapplicable(format!("the log has {len} changes; {count} are needed"))
            }
            _ => Ok(self),
        }
    }

    /// The frames of a watch that gives it.
    pub(super) async fn frames(&self, target: &Target) -> Result<Vec<Frame>, Stop> {
        let watching = Watching::open(target, self.request()).await?;
        let ended = watching.until_end(LONGEST).await?;
        ended.planned()?;
        Ok(ended.frames)
    }
}

/// How long a stream with a stop in the past may take.
pub(super) const LONGEST: std::time::Duration = std::time::Duration::from_secs(15);
