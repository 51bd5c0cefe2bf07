//! A part of the log whose matching changes are known.

use super::{
    frame::Frame,
    outcome::{Stop, broken, inapplicable},
    target::{Target, retitled},
    watch_requests::{EVERYTHING, after, until},
    watch_stream::WatchStream,
};
use crate::proto::v1::{WatchEventsRequest, watch_events_request::End};

/// A filter, a part of the log, and the matching changes in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    pub(super) filter: String,
    pub(super) after: i64,
    pub(super) upto: i64,
    /// The positions of the matching changes: from the answers to our writes or, read-only, from a
    /// first read.
    pub(super) positions: Vec<i64>,
}

/// How many positions at the end of the log a read-only sample covers.
const READ_LEN: i64 = 200;

impl Sample {
    /// Writes a sample: events created alone and in batches, corrected and retracted, with changes
    /// that do not match in between.
    pub(super) async fn write(target: &Target) -> Result<Sample, Stop> {
        let topic = target.topic("sample");
        let unrelated = target.topic("noise");
        let first = target.create(target.draft(&topic)).await?;
        let batch = target.create_all(target.drafts(&topic, 6)).await?;
        let mut positions = vec![first.position];
        positions.extend(batch.iter().map(|event| event.position));
        for event in batch.iter().take(3) {
            target.create(target.draft(&unrelated)).await?;
            positions.push(target.update(retitled(event, "Corrected")).await?.position);
        }
        positions.push(target.retract(&batch[5].name).await?.position);
        let mixed = [topic.as_str(), &unrelated, &unrelated, &topic];
        let mixed = mixed.iter().map(|topic| target.draft(topic)).collect();
        let mixed = target.create_all(mixed).await?;
        positions.extend([mixed[0].position, mixed[3].position]);
        positions.push(target.create(target.draft(&topic)).await?.position);
        let upto = target.create(target.draft(&unrelated)).await?.position;
        Ok(Sample {
            filter: target.filter_for(&topic),
            after: first.position - 1,
            upto,
            positions,
        })
    }

    /// Samples the end of the log without writing.
    pub(super) async fn read(target: &Target) -> Result<Sample, Stop> {
        let upto = target.info().await?.head_position;
        let after = (upto - READ_LEN).max(0);
        let mut sample = Sample {
            filter: EVERYTHING.to_owned(),
            after,
            upto,
            positions: Vec::new(),
        };
        let watching = WatchStream::open(target, sample.request()).await?;
        sample.positions = watching.until_end(STREAM_TIME_MAX).await?.positions()?;
        Ok(sample)
    }

    /// Returns the request of a watch that delivers the sample and ends.
    pub(super) fn request(&self) -> WatchEventsRequest {
        until(
            End::StopPosition(self.upto),
            after(&self.filter, self.after),
        )
    }

    /// Returns the sample if it has enough changes; otherwise the check is not applicable.
    pub(super) fn with_at_least(&self, count: usize) -> Result<&Sample, Stop> {
        match self.positions.len() {
            0 if self.filter.is_empty() => {
                broken("there is no sample of the log, since reading or writing it failed")
            }
            len if len < count => {
                inapplicable(format!("the log has {len} changes; {count} are needed"))
            }
            _ => Ok(self),
        }
    }

    /// Watches the sample and returns the frames.
    pub(super) async fn frames(&self, target: &Target) -> Result<Vec<Frame>, Stop> {
        let watching = WatchStream::open(target, self.request()).await?;
        let ended = watching.until_end(STREAM_TIME_MAX).await?;
        ended.planned()?;
        Ok(ended.frames)
    }
}

/// How long a stream with a stop in the past may take to end.
pub(super) const STREAM_TIME_MAX: std::time::Duration = std::time::Duration::from_secs(15);
