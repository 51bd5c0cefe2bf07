//! Subscriptions and their consumers.

use super::*;

impl World {
    pub(super) fn subscriptions(&self) -> SubscriptionServiceClient<Channel> {
        SubscriptionServiceClient::new(self.client.channel())
    }

    /// Where a subscription stands at a place; none when that is refused.
    pub(super) fn cursor(&self, place: Place) -> Option<i64> {
        match place {
            Place::Earliest => Some(0),
            Place::Latest => Some(self.model.head()),
            Place::Snapshot => None,
            Place::After(parts) => Some(self.model.part(parts)),
            Place::Time(..) | Place::Future(_) => {
                let time = self.time(place);
                let log = 1..=self.model.head();
                let before = log.filter(|at| self.model.at(*at).time < time).count() as i64;
                (before < self.model.head() || time <= self.now()).then_some(before)
            }
        }
    }

    pub(super) async fn create_subscription(
        &mut self,
        id: usize,
        filter: Filter,
        place: Place,
    ) -> Result<(), Failed> {
        let after = self.cursor(place);
        let begin = match place {
            Place::Earliest => Begin::Start(v1::Start::Earliest.into()),
            Place::Latest => Begin::Start(v1::Start::Latest.into()),
            Place::Snapshot => Begin::Start(v1::Start::Snapshot.into()),
            Place::After(parts) => Begin::AfterPosition(self.model.part(parts)),
            Place::Time(..) | Place::Future(_) => Begin::StartTime(timestamp(self.time(place))),
        };
        let request = CreateSubscriptionRequest {
            subscription_id: format!("s{id}"),
            subscription: Some(Subscription {
                filter: filter.text(),
                ..Subscription::default()
            }),
            begin: Some(begin),
            ..CreateSubscriptionRequest::default()
        };
        let answer = self.subscriptions().create_subscription(request).await;
        let expected = match (after, self.model.subscriptions.contains_key(&id)) {
            (None, _) => Some("FIELD_INVALID"),
            (_, true) => Some("SUBSCRIPTION_EXISTS"),
            _ => None,
        };
        if !agreed(expected, answer)? {
            return Ok(());
        }
        let made = model::Subscription {
            filters: vec![(0, self.model.resolved(filter))],
            acknowledged: after.unwrap_or_default(),
            epoch: None,
            taken: 0,
        };
        self.model.subscriptions.insert(id, made);
        self.check_subscription(id).await
    }

    pub(super) async fn edit_subscription(
        &mut self,
        id: usize,
        filter: Filter,
    ) -> Result<(), Failed> {
        let request = UpdateSubscriptionRequest {
            subscription: Some(Subscription {
                name: subscription_name(id),
                filter: filter.text(),
                ..Subscription::default()
            }),
            update_mask: Some(FieldMask {
                paths: vec!["filter".to_owned()],
            }),
        };
        let answer = self.subscriptions().update_subscription(request).await;
        if agreed(self.absent(id), answer)? {
            let head = self.model.head();
            let resolved = self.model.resolved(filter);
            let subscription = self.model.subscriptions.get_mut(&id).expect("it is there");
            let newest = subscription.filters.last().expect("one at least").1;
            // The same filter stands for the same bodies as before.
            if newest.filter != filter {
                subscription.filters.retain(|(after, _)| *after < head);
                subscription.filters.push((head, resolved));
            }
        }
        self.check_subscription(id).await
    }

    pub(super) async fn delete_subscription(&mut self, id: usize) -> Result<(), Failed> {
        let request = DeleteSubscriptionRequest {
            name: subscription_name(id),
            ..DeleteSubscriptionRequest::default()
        };
        let answer = self.subscriptions().delete_subscription(request).await;
        if agreed(self.absent(id), answer)? {
            self.model.subscriptions.remove(&id);
        }
        self.check_subscription(id).await
    }

    pub(super) async fn seek_subscription(
        &mut self,
        id: usize,
        place: Place,
    ) -> Result<(), Failed> {
        let after = self.cursor(place);
        let target = match place {
            Place::Earliest => Target::Start(v1::Start::Earliest.into()),
            Place::Latest => Target::Start(v1::Start::Latest.into()),
            Place::Snapshot => Target::Start(v1::Start::Snapshot.into()),
            Place::After(parts) => Target::AfterPosition(self.model.part(parts)),
            Place::Time(..) | Place::Future(_) => Target::Time(timestamp(self.time(place))),
        };
        let request = SeekSubscriptionRequest {
            name: subscription_name(id),
            target: Some(target),
        };
        let answer = self.subscriptions().seek_subscription(request).await;
        let expected = match after {
            None => Some("FIELD_INVALID"),
            Some(_) => self.absent(id),
        };
        let epoch = answer.as_ref().ok().and_then(|answer| {
            let subscription = answer.get_ref().subscription.as_ref()?;
            Some(subscription.lease_epoch)
        });
        if !agreed(expected, answer)? {
            return Ok(());
        }
        self.note_epoch(id, epoch.unwrap_or_default())?;
        let subscription = self.model.subscriptions.get_mut(&id).expect("it is there");
        let newest = subscription.filters.last().expect("one at least").1;
        subscription.filters = vec![(0, newest)];
        subscription.acknowledged = after.unwrap_or_default();
        subscription.epoch = None;
        subscription.taken = 0;
        self.check_subscription(id).await
    }

    /// The same epoch never comes twice for one name.
    pub(super) fn note_epoch(&mut self, id: usize, epoch: i64) -> Result<(), Failed> {
        match self.model.epochs.entry(id).or_default().insert(epoch) {
            true => Ok(()),
            false => Err(format!("lease epoch {epoch} came before, of s{id}")),
        }
    }

    pub(super) async fn take(
        &mut self,
        id: usize,
        reader: usize,
        count: usize,
    ) -> Result<(), Failed> {
        let request = ConsumeSubscriptionRequest {
            name: subscription_name(id),
            consumer: format!("reader-{reader}"),
            ..ConsumeSubscriptionRequest::default()
        };
        let answer = self.subscriptions().consume_subscription(request).await;
        let mut frames = match (self.absent(id), answer) {
            (Some(expected), Err(status)) if reason(&status) == expected => return Ok(()),
            (Some(expected), Ok(_)) => return Err(format!("{expected} was to come")),
            (_, Err(status)) => return Err(told(status)),
            (None, Ok(answer)) => answer.into_inner(),
        };
        let waiting = self.model.subscriptions[&id].waiting(&self.model);
        let (mut epoch, mut taken, mut upto) = (0, Vec::new(), 0);
        loop {
            let frame = frames.message().await.map_err(told)?;
            let frame = frame.ok_or("the stream has an end")?;
            epoch = frame.lease_epoch.max(epoch);
            let frame = frame.frame.ok_or("no frame")?;
            upto = upto.max(frame.position);
            match frame.payload {
                Some(Payload::Change(change)) => taken.push(seen(&change)),
                Some(Payload::CaughtUp(_)) => break,
                _ => {}
            }
            if taken.len() >= count {
                break;
            }
        }
        let expected = &waiting[..taken.len().min(waiting.len())];
        if taken != expected || (taken.len() < count && taken.len() < waiting.len()) {
            return Err(format!("consumed {taken:?} instead of {waiting:?}"));
        }
        self.note_epoch(id, epoch)?;
        let subscription = self.model.subscriptions.get_mut(&id).expect("it is there");
        subscription.epoch = Some(epoch);
        subscription.taken = upto;
        let mut positions: Vec<i64> = taken.iter().map(|seen| seen.position).collect();
        positions.push(upto);
        self.leases.insert(
            reader,
            Lease {
                subscription: id,
                epoch,
                positions,
            },
        );
        Ok(())
    }

    pub(super) async fn acknowledge(&mut self, reader: usize, which: usize) -> Result<(), Failed> {
        let Some(lease) = self.leases.get(&reader) else {
            return Ok(());
        };
        let (id, epoch) = (lease.subscription, lease.epoch);
        // Some of them are behind the head.
        let position = match which {
            0 => self.model.head() + 1,
            which => lease.positions[which % lease.positions.len()],
        };
        let request = AcknowledgeSubscriptionRequest {
            name: subscription_name(id),
            lease_epoch: epoch,
            position,
        };
        let answer = self.subscriptions().acknowledge_subscription(request).await;
        let answer = answer.map(|answer| answer.into_inner().acked_position);
        let expected = match self.model.subscriptions.get(&id) {
            None => Some("SUBSCRIPTION_NOT_FOUND"),
            Some(one) if one.epoch != Some(epoch) => Some("LEASE_LOST"),
            Some(_) if position > self.model.head() => Some("POSITION_NOT_SENT"),
            Some(_) => None,
        };
        if agreed(expected, answer)? {
            let subscription = self.model.subscriptions.get_mut(&id).expect("it is there");
            subscription.acknowledged = subscription.acknowledged.max(position);
        }
        self.check_subscription(id).await
    }

    pub(super) async fn check_subscription(&self, id: usize) -> Result<(), Failed> {
        let request = GetSubscriptionRequest {
            name: subscription_name(id),
        };
        let answer = self.subscriptions().get_subscription(request).await;
        let answer = match (self.absent(id), answer) {
            (Some(expected), Err(status)) if reason(&status) == expected => return Ok(()),
            (Some(expected), Ok(_)) => return Err(format!("{expected} was to come")),
            (_, Err(status)) => return Err(told(status)),
            (None, Ok(answer)) => answer.into_inner().subscription,
        };
        let found = answer.ok_or("an answer without subscription")?;
        let subscription = &self.model.subscriptions[&id];
        let expected = (
            subscription.acknowledged,
            subscription.waiting(&self.model).len() as i64,
        );
        match (found.acked_position, found.unacked_changes) == expected {
            true => Ok(()),
            false => Err(format!("{found:?} instead of {expected:?}")),
        }
    }

    pub(super) fn absent(&self, id: usize) -> Option<&'static str> {
        let is_there = self.model.subscriptions.contains_key(&id);
        (!is_there).then_some("SUBSCRIPTION_NOT_FOUND")
    }
}
