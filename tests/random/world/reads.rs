//! Lists, reads and what is checked after them.

use super::*;

impl World {
    pub(super) async fn list(
        &mut self,
        reader: usize,
        order: usize,
        filter: Filter,
        size: usize,
        withdrawn: bool,
    ) -> Result<(), Failed> {
        let request = ListEventsRequest {
            page_size: size as i32,
            filter: filter.text().to_owned(),
            order_by: ORDERS[order].to_owned(),
            show_retracted: withdrawn,
            ..ListEventsRequest::default()
        };
        let head = self.model.head();
        let standing = self.model.standing(filter, head, withdrawn);
        let expected = standing.into_iter().map(|at| (at, self.model.at(at)));
        let expected = expected.filter(|(_, change)| change.name.starts_with("events/"));
        let expected: Vec<_> = expected
            .map(|(at, change)| (change.name.clone(), at, change.days()))
            .collect();
        let listing = Listing {
            request,
            order,
            filter,
            position: head,
            total: expected.len() as i64,
            listed: Vec::new(),
            expected,
        };
        self.listings.insert(reader, listing);
        self.list_next(reader).await
    }

    pub(super) async fn list_next(&mut self, reader: usize) -> Result<(), Failed> {
        let Some(mut listing) = self.listings.remove(&reader) else {
            return Ok(());
        };
        let answer = self
            .client
            .events()
            .list_events(listing.request.clone())
            .await;
        let answer = answer.map_err(told)?.into_inner();
        if answer.position != listing.position {
            return Err(format!("a page as of {}", answer.position));
        }
        let is_first = listing.request.page_token.is_empty();
        if is_first && answer.total_size != listing.total {
            return Err(format!(
                "{} in all instead of {}",
                answer.total_size, listing.total
            ));
        }
        let rows = answer.events.iter();
        listing
            .listed
            .extend(rows.map(|event| (event.name.clone(), event.position)));
        if !answer.next_page_token.is_empty() {
            listing.request.page_token = answer.next_page_token;
            self.listings.insert(reader, listing);
            return Ok(());
        }
        self.check_listing(&listing)
    }

    /// What was redacted since the first page may have left the listing, or moved within it.
    pub(super) fn check_listing(&self, listing: &Listing) -> Result<(), Failed> {
        let since = listing.position + 1..=self.model.head();
        let redacted = |name: &str| {
            let mut since = since.clone().map(|at| self.model.at(at));
            since.any(|change| change.name == name && change.kind == Kind::Redacted)
        };
        let mut expected: Vec<_> = listing
            .expected
            .iter()
            .filter(|(name, ..)| !redacted(name))
            .collect();
        let listed = listing.listed.iter().filter(|(name, _)| !redacted(name));
        let listed: Vec<_> = listed.collect();
        let order = ORDERS[listing.order];
        let descending = order.is_empty() || order.ends_with("desc");
        match order.split(' ').next() {
            Some("name") => expected.sort_by(|a, b| a.0.cmp(&b.0)),
            Some("position") => expected.sort_by_key(|row| row.1),
            _ => {
                // Equal dates are in an order of the server's own.
                let days = |name: &str| {
                    let row = expected.iter().find(|row| row.0 == name);
                    row.and_then(|row| row.2)
                };
                let listed_days: Vec<_> = listed.iter().map(|row| days(&row.0)).collect();
                let is_sorted = listed_days.is_sorted_by(|a, b| match (a, b) {
                    (Some(a), Some(b)) if descending => a >= b,
                    (Some(a), Some(b)) => a <= b,
                    (_, None) => true,
                    (None, Some(_)) => false,
                });
                if !is_sorted {
                    return Err(format!("{listed:?} are not by date: {listed_days:?}"));
                }
                let mut found: Vec<_> = listed.iter().map(|row| row.0.as_str()).collect();
                let mut names: Vec<_> = expected.iter().map(|row| row.0.as_str()).collect();
                found.sort_unstable();
                names.sort_unstable();
                return match found == names {
                    true => Ok(()),
                    false => Err(format!(
                        "listed {found:?} instead of {names:?} by {order:?} of {:?}",
                        listing.filter
                    )),
                };
            }
        }
        if descending {
            expected.reverse();
        }
        let found = listed.iter().map(|row| (row.0.as_str(), row.1));
        let names = expected.iter().map(|row| (row.0.as_str(), row.1));
        match found.eq(names) {
            true => Ok(()),
            false => Err(format!(
                "listed {listed:?} instead of {expected:?} by {order:?} of {:?}",
                listing.filter
            )),
        }
    }

    pub(super) async fn get(&mut self, name: &str, position: i64) -> Result<(), Failed> {
        let request = GetEventRequest {
            name: name.to_owned(),
            as_of_position: position,
            ..GetEventRequest::default()
        };
        let upto = if position == 0 {
            self.model.head()
        } else {
            position
        };
        let expected = self.model.newest(name, upto);
        let answer = self.client.events().get_event(request).await;
        match (answer, expected) {
            (Err(status), None) if reason(&status) == "EVENT_NOT_FOUND" => Ok(()),
            (Err(status), _) => Err(told(status)),
            (Ok(answer), None) => Err(format!("there is {answer:?}")),
            (Ok(answer), Some(at)) => {
                let event = answer.into_inner().event.ok_or("an answer without event")?;
                difference(&event, self.model.at(at), at).map_or(Ok(()), Err)
            }
        }
    }

    pub(super) async fn check(&mut self) -> Result<(), Failed> {
        self.check_head().await?;
        for event in 0..EVENTS {
            self.get(&event_name(event), 0).await?;
        }
        for subscription in 0..crate::operation::SUBSCRIPTIONS {
            self.check_subscription(subscription).await?;
        }
        Ok(())
    }

    /// All that is left to read is read, and the whole log once more.
    pub async fn finish(&mut self) -> Result<(), Failed> {
        self.check().await?;
        for reader in 0..READERS {
            while self.listings.contains_key(&reader) {
                self.list_next(reader).await?;
            }
            self.resume(reader, 99).await?;
        }
        self.watch(0, Filter::All, Place::Earliest, 99).await
    }

    pub(super) async fn check_head(&mut self) -> Result<(), Failed> {
        let mut admin = self.client.admin();
        let answer = admin.get_server_info(GetServerInfoRequest {}).await;
        let head = answer.map_err(told)?.into_inner().head_position;
        match head == self.model.head() {
            true => Ok(()),
            false => Err(format!(
                "the head is {head} instead of {}",
                self.model.head()
            )),
        }
    }
}
