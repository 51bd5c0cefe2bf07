//! Watches, by the client library.

use super::*;

impl World {
    pub(super) async fn watch(
        &mut self,
        reader: usize,
        filter: Filter,
        place: Place,
        count: usize,
    ) -> Result<(), Failed> {
        let head = self.model.head();
        let (start, after, not_before) = match place {
            Place::Earliest => (Start::Earliest, 0, 0),
            Place::Latest => (Start::Latest, head, 0),
            Place::Snapshot => (Start::Snapshot, head, 0),
            Place::After(parts) => {
                let after = self.model.part(parts);
                (Start::After(after), after, 0)
            }
            Place::Time(..) | Place::Future(_) => {
                let time = self.time(place);
                (start_time(time), 0, time)
            }
        };
        let options = WatchOptions::new(filter.text()).start(start);
        let filter = self.model.resolved(filter);
        let expected = match place {
            Place::Snapshot => {
                let standing = self.model.standing(filter, head, false, None).into_iter();
                let existing = standing.map(|at| Seen {
                    position: at,
                    name: self.model.at(at).name.clone(),
                    kind: Kind::Existing,
                    crossing: model::Crossing::Entered,
                    changed: std::collections::BTreeSet::new(),
                });
                existing.collect()
            }
            _ => self.model.seen(filter, after, not_before),
        };
        // A cut snapshot goes on with what stood then, which later redactions change.
        let count = if matches!(place, Place::Snapshot) {
            99
        } else {
            count
        };
        let (taken, checkpoint) = read(&self.client, options, count, &expected).await?;
        let after = reached(&expected, taken, count, (after, head));
        let watch = Watch {
            filter,
            checkpoint,
            after,
            not_before,
        };
        self.watches.insert(reader, watch);
        Ok(())
    }

    pub(super) async fn resume(&mut self, reader: usize, count: usize) -> Result<(), Failed> {
        let Some(watch) = self.watches.get_mut(&reader) else {
            return Ok(());
        };
        let checkpoint = Some(watch.checkpoint.clone());
        let options = WatchOptions::new(watch.filter.filter.text()).resume(checkpoint);
        let expected = self.model.seen(watch.filter, watch.after, watch.not_before);
        let (taken, checkpoint) = read(&self.client, options, count, &expected).await?;
        watch.after = reached(&expected, taken, count, (watch.after, self.model.head()));
        watch.checkpoint = checkpoint;
        Ok(())
    }

    /// In microseconds since 1970.
    pub(super) fn time(&self, place: Place) -> i64 {
        match place {
            Place::Time(parts, by) => match self.model.part(parts) {
                0 => 1_000_000,
                at => self.model.at(at).time + by,
            },
            Place::Future(seconds) => self.now() + seconds * 1_000_000,
            _ => 0,
        }
    }

    pub(super) fn now(&self) -> i64 {
        self.clock.clock().now_micros()
    }
}

/// Where a watch goes on that took so many of these changes. When it took as many as it wanted, it has not
/// heard of what follows, which a redaction may yet let into a negated filter.
fn reached(expected: &[Seen], taken: usize, count: usize, (after, head): (i64, i64)) -> i64 {
    match taken.checked_sub(1) {
        _ if taken < count => head,
        Some(last) => expected[last].position,
        None => after,
    }
}
