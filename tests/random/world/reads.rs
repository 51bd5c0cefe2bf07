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
        known_at: Option<i64>,
    ) -> Result<(), Failed> {
        let request = ListEventsRequest {
            page_size: size as i32,
            filter: filter.text(),
            order_by: ORDERS[order].to_owned(),
            show_retracted: withdrawn,
            known_at: known_at.map(timestamp),
            ..ListEventsRequest::default()
        };
        let mut listing = Listing {
            request,
            order,
            filter: self.model.resolved(filter),
            known_at,
            position: self.model.head(),
            total: 0,
            listed: Vec::new(),
            expected: Vec::new(),
        };
        listing.expected = self.rows(&listing);
        listing.total = listing.expected.len() as i64;
        self.listings.insert(reader, listing);
        self.list_next(reader).await
    }

    /// What is to be listed, by what is left of the content.
    fn rows(&self, listing: &Listing) -> Vec<Row> {
        let withdrawn = listing.request.show_retracted;
        let (filter, at) = (listing.filter, listing.position);
        let standing = self.model.standing(filter, at, withdrawn, listing.known_at);
        let rows = standing.into_iter().map(|at| (at, self.model.at(at)));
        let rows = rows.filter(|(_, change)| change.name.starts_with("events/"));
        rows.map(|(at, change)| (change.name.clone(), at, change.days()))
            .collect()
    }

    pub(super) async fn list_bodies(&mut self, filter: Filter) -> Result<(), Failed> {
        let request = ListBodiesRequest {
            filter: filter.text(),
            ..ListBodiesRequest::default()
        };
        let answer = self.bodies().list_bodies(request).await.map_err(told)?;
        let found = answer.into_inner().bodies.into_iter();
        let found: Vec<_> = found.map(|body| (body.name, body.position)).collect();
        let filter = self.model.resolved(filter);
        // What is left of a redacted body is listed too.
        let standing = self.model.standing(filter, filter.at, true, None);
        let standing = standing.into_iter();
        let standing = standing.map(|at| (self.model.at(at).name.clone(), at));
        let mut expected: Vec<_> = standing
            .filter(|(name, _)| name.starts_with("bodies/"))
            .collect();
        expected.sort();
        match found == expected {
            true => Ok(()),
            false => Err(format!(
                "listed bodies {found:?} instead of {expected:?} of {filter:?}"
            )),
        }
    }

    async fn check_body(&self, id: usize) -> Result<(), Failed> {
        let name = body_name(id);
        let request = GetBodyRequest {
            name: name.clone(),
            ..GetBodyRequest::default()
        };
        let expected = self.model.newest(&name, self.model.head());
        match (self.bodies().get_body(request).await, expected) {
            (Err(status), None) if reason(&status) == "BODY_NOT_FOUND" => Ok(()),
            (Err(status), _) => Err(told(status)),
            (Ok(answer), None) => Err(format!("there is {answer:?}")),
            (Ok(answer), Some(at)) => {
                let body = answer.into_inner().body.ok_or("an answer without body")?;
                body_difference(&body, self.model.at(at), at).map_or(Ok(()), Err)
            }
        }
    }

    async fn check_tracking(&self, source: usize) -> Result<(), Failed> {
        let request = GetTrackingRequest {
            source: TRACKED[source].to_owned(),
        };
        let answer = self.client.publisher().get_tracking(request).await;
        let found = answer.map_err(told)?.into_inner();
        let expected = self.model.tracked.get(&source).copied();
        match (found.position, found.log_position) == expected.unwrap_or_default() {
            true => Ok(()),
            false => Err(format!("{found:?} instead of {expected:?}")),
        }
    }

    pub(super) fn bodies(&self) -> BodyServiceClient<Channel> {
        BodyServiceClient::new(self.client.channel())
    }

    /// In microseconds since 1970.
    pub(super) fn known_at(&self, known: Known) -> i64 {
        let Known(parts, by) = known;
        match self.model.part(parts) {
            0 => 1_000_000,
            at => self.model.at(at).known() + by,
        }
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
        // The same holds for what a redacted body was named by.
        let now = self.rows(listing);
        let redacted = |name: &str| {
            let mut since = since.clone().map(|at| self.model.at(at));
            let is_in = |rows: &[Row]| rows.iter().any(|row| row.0 == name);
            since.any(|change| change.name == name && change.kind == Kind::Redacted)
                || is_in(&now) != is_in(&listing.expected)
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

    pub(super) async fn get(
        &mut self,
        name: &str,
        position: i64,
        known_at: Option<i64>,
    ) -> Result<(), Failed> {
        let request = GetEventRequest {
            name: name.to_owned(),
            as_of_position: position,
            known_at: known_at.map(timestamp),
            ..GetEventRequest::default()
        };
        let upto = if position == 0 {
            self.model.head()
        } else {
            position
        };
        let expected = self.model.newest_known(name, upto, known_at);
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
            self.get(&event_name(event), 0, None).await?;
        }
        for body in 0..BODIES {
            self.check_body(body).await?;
        }
        for source in 0..TRACKED.len() {
            self.check_tracking(source).await?;
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
