//! Writes of events and partnerships.

use super::*;

impl World {
    pub(super) async fn create(
        &mut self,
        id: usize,
        said: &Said,
        terms: &Terms,
        key: Option<usize>,
    ) -> Result<(), Failed> {
        let name = event_name(id);
        let since = self.since(terms.known);
        let precondition = terms.precondition.map(|(filter, parts)| Precondition {
            filter: filter.text(),
            after_position: self.model.part(parts),
        });
        let tracking = terms.tracking.map(|(source, position)| Tracking {
            source: TRACKED[source].to_owned(),
            position,
        });
        let request = CreateEventRequest {
            event: Some(event(&name, said)),
            request_id: self.request_id(key),
            known_since: since.map(timestamp),
            precondition,
            tracking,
            ..CreateEventRequest::default()
        };
        let answer = self
            .client
            .publisher()
            .create_event(request.clone())
            .await
            .map(|answer| answer.into_inner().event);
        let expected = match self.is_future(since) {
            true => Err("FIELD_INVALID"),
            false => self.model.create(&name, said, terms),
        };
        let expected = expected.map(|mut changes| {
            changes[0].since = since;
            changes
        });
        let is_done = self.written(expected, answer)?;
        if let Some((source, position)) = terms.tracking
            && is_done
        {
            let head = self.model.head();
            self.model.tracked.insert(source, (position, head));
        }
        if is_done && key.is_some() {
            self.repeatable = Some(Repeatable::Create(request));
        }
        Ok(())
    }

    pub(super) async fn update(
        &mut self,
        id: usize,
        said: &Said,
        mask: usize,
        known: Option<i64>,
        key: Option<usize>,
    ) -> Result<(), Failed> {
        let name = event_name(id);
        let since = self.since(known);
        let request = UpdateEventRequest {
            event: Some(event(&name, said)),
            update_mask: messages::mask(mask),
            request_id: self.request_id(key),
            known_since: since.map(timestamp),
            ..UpdateEventRequest::default()
        };
        let answer = self
            .client
            .publisher()
            .update_event(request.clone())
            .await
            .map(Response::into_inner);
        let expected = match self.is_future(since) {
            true => Err("FIELD_INVALID"),
            false => self.model.update(&name, said, mask, since),
        };
        let head = self.model.head();
        let before = self.model.newest(&name, head);
        if let (Ok(changes), Some(before)) = (&expected, before)
            && changes[0].content == self.model.at(before).content
            && key.is_none()
        {
            let answer = answer.map_err(told)?;
            if !answer.unchanged {
                return Err(format!("not told as unchanged: {answer:?}"));
            }
            return Ok(());
        }
        if let Ok(answer) = &answer
            && answer.unchanged
            && expected.is_ok()
        {
            return Err(format!("told as unchanged: {answer:?} of {expected:?}"));
        }
        let answer = answer.map(|answer| answer.event);
        let is_done = self.written(expected, answer)?;
        if is_done && key.is_some() {
            self.repeatable = Some(Repeatable::Update(request));
        }
        Ok(())
    }

    pub(super) async fn retract(
        &mut self,
        id: usize,
        by: Option<usize>,
        known: Option<i64>,
    ) -> Result<(), Failed> {
        let (name, by) = (event_name(id), by.map(event_name));
        let since = self.since(known);
        let request = RetractEventRequest {
            name: name.clone(),
            known_since: since.map(timestamp),
            superseded_by: by.clone().unwrap_or_default(),
            ..RetractEventRequest::default()
        };
        let answer = self.client.publisher().retract_event(request).await;
        let answer = answer.map(|answer| answer.into_inner().event);
        let expected = match self.is_future(since) {
            true => Err("FIELD_INVALID"),
            false => self.model.retract(&name, by.as_deref(), since),
        };
        self.written(expected, answer)?;
        Ok(())
    }

    pub(super) async fn restore(&mut self, id: usize) -> Result<(), Failed> {
        let name = event_name(id);
        let request = RestoreEventRequest {
            name: name.clone(),
            ..RestoreEventRequest::default()
        };
        let answer = self.client.publisher().restore_event(request).await;
        let answer = answer.map(|answer| answer.into_inner().event);
        self.written(self.model.restore(&name), answer)?;
        Ok(())
    }

    pub(super) async fn merge(&mut self, into: usize, duplicates: &[usize]) -> Result<(), Failed> {
        let into = event_name(into);
        let names: Vec<String> = duplicates.iter().copied().map(event_name).collect();
        let request = MergeEventsRequest {
            into: into.clone(),
            names: names.clone(),
            ..MergeEventsRequest::default()
        };
        let answer = self.client.publisher().merge_events(request).await;
        let answer = answer.map(|answer| answer.into_inner().event);
        self.written(self.model.merge(&into, &names), answer)?;
        Ok(())
    }

    pub(super) async fn redact(&mut self, id: usize) -> Result<(), Failed> {
        let name = event_name(id);
        let request = RedactEventRequest {
            name: name.clone(),
            ..RedactEventRequest::default()
        };
        let answer = self.client.admin().redact_event(request).await;
        let answer = answer.map(|answer| answer.into_inner().event);
        self.written(self.model.redact(&name), answer)?;
        Ok(())
    }

    pub(super) async fn create_partnership(
        &mut self,
        id: usize,
        topics: usize,
    ) -> Result<(), Failed> {
        let name = partnership_name(id);
        let request = CreatePartnershipRequest {
            partnership: Some(partnership(&name, topics)),
            ..CreatePartnershipRequest::default()
        };
        let mut partnerships = self.client.partnerships();
        let answer = partnerships.create_partnership(request).await;
        let terms = Terms::default();
        let expected = self.model.create(&name, &topics_alone(topics), &terms);
        let answer = answer.map(|answer| answer.into_inner().partnership.map(as_event));
        self.written(expected, answer)?;
        Ok(())
    }

    pub(super) async fn update_partnership(
        &mut self,
        id: usize,
        topics: usize,
    ) -> Result<(), Failed> {
        let name = partnership_name(id);
        let request = UpdatePartnershipRequest {
            partnership: Some(partnership(&name, topics)),
            update_mask: Some(FieldMask {
                paths: vec!["topics".to_owned()],
            }),
            ..UpdatePartnershipRequest::default()
        };
        let mut partnerships = self.client.partnerships();
        let answer = partnerships.update_partnership(request).await;
        let answer = answer.map(Response::into_inner);
        let mut expected = self
            .model
            .update(&name, &topics_alone(topics), 1 << 3, None);
        if let (Ok(changes), Ok(answer)) = (&mut expected, &answer) {
            let before = self.model.newest(&name, self.model.head());
            let before = before.map(|at| &self.model.at(at).content);
            let is_same = before == changes.first().map(|change| &change.content);
            if answer.unchanged != is_same {
                return Err(format!("told as unchanged or not: {answer:?}"));
            }
            if is_same {
                return Ok(());
            }
        }
        let answer = answer.map(|answer| answer.partnership.map(as_event));
        self.written(expected, answer)?;
        Ok(())
    }

    pub(super) async fn redact_partnership(&mut self, id: usize) -> Result<(), Failed> {
        let name = partnership_name(id);
        let request = RedactPartnershipRequest {
            name: name.clone(),
            ..RedactPartnershipRequest::default()
        };
        let answer = self.client.admin().redact_partnership(request).await;
        let answer = answer.map(|answer| answer.into_inner().partnership.map(as_event));
        self.written(self.model.redact(&name), answer)?;
        Ok(())
    }

    pub(super) async fn create_body(&mut self, id: usize, said: &BodySaid) -> Result<(), Failed> {
        let name = body_name(id);
        let request = CreateBodyRequest {
            body: Some(messages::body(&name, said.names, said.country)),
            ..CreateBodyRequest::default()
        };
        let answer = self.bodies().create_body(request).await;
        let answer = answer.map(|answer| answer.into_inner().body.map(body_as_event));
        self.written(self.model.create_body(&name, said), answer)?;
        Ok(())
    }

    pub(super) async fn update_body(&mut self, id: usize, said: &BodySaid) -> Result<(), Failed> {
        let name = body_name(id);
        let paths = ["display_name", "names", "country_code"];
        let request = UpdateBodyRequest {
            body: Some(messages::body(&name, said.names, said.country)),
            update_mask: Some(FieldMask {
                paths: paths.map(str::to_owned).to_vec(),
            }),
            ..UpdateBodyRequest::default()
        };
        let answer = self.bodies().update_body(request).await;
        let answer = answer.map(Response::into_inner);
        let expected = self.model.update_body(&name, said);
        if let (Ok(changes), Ok(answer)) = (&expected, &answer) {
            let before = self.model.newest(&name, self.model.head());
            let before = before.map(|at| &self.model.at(at).content);
            let is_same = before == Some(&changes[0].content);
            if answer.unchanged != is_same {
                return Err(format!("told as unchanged or not: {answer:?}"));
            }
            if is_same {
                return Ok(());
            }
        }
        let answer = answer.map(|answer| answer.body.map(body_as_event));
        self.written(expected, answer)?;
        Ok(())
    }

    pub(super) async fn redact_body(&mut self, id: usize) -> Result<(), Failed> {
        let name = body_name(id);
        let request = RedactBodyRequest {
            name: name.clone(),
            ..RedactBodyRequest::default()
        };
        let answer = self.client.admin().redact_body(request).await;
        let answer = answer.map(|answer| answer.into_inner().body.map(body_as_event));
        self.written(self.model.redact(&name), answer)?;
        Ok(())
    }

    /// In microseconds since 1970.
    fn since(&self, known: Option<i64>) -> Option<i64> {
        known.map(|seconds| self.now() - seconds * 1_000_000)
    }

    /// Whether a time is later than the clock and than the last commit.
    fn is_future(&self, since: Option<i64>) -> bool {
        let head = self.model.head();
        let committed = (head > 0).then(|| self.model.at(head).time);
        since.is_some_and(|since| since > self.now() && committed.is_none_or(|at| since > at))
    }

    /// What was written before, answered as it was then.
    pub(super) async fn repeat(&mut self) -> Result<(), Failed> {
        let mut publisher = self.client.publisher();
        let replayed = match self.repeatable.clone() {
            None => return Ok(()),
            Some(Repeatable::Create(request)) => {
                let answer = publisher.create_event(request).await.map_err(told)?;
                answer.into_inner().replayed
            }
            Some(Repeatable::Update(request)) => {
                let answer = publisher.update_event(request).await.map_err(told)?;
                answer.into_inner().replayed
            }
        };
        match replayed {
            true => self.check_head().await,
            false => Err("a request that was repeated was done again".to_owned()),
        }
    }

    pub(super) fn request_id(&self, key: Option<usize>) -> String {
        key.map_or_else(String::new, |_| format!("request-{}", self.operations))
    }

    /// Takes what was committed into the model; tells whether anything was.
    pub(super) fn written(
        &mut self,
        expected: Result<Vec<Change>, model::Refused>,
        answer: Result<Option<Event>, Status>,
    ) -> Result<bool, Failed> {
        match (expected, answer) {
            (Err(expected), Err(status)) => match reason(&status) {
                found if found == expected => Ok(false),
                found => Err(format!(
                    "refused as {found} instead of {expected}: {status}"
                )),
            },
            (Err(expected), Ok(answer)) => Err(format!("{expected} was to come, not {answer:?}")),
            (Ok(_), Err(status)) => Err(told(status)),
            (Ok(changes), Ok(answer)) => {
                let event = answer.ok_or("an answer without a resource")?;
                let position = self.model.head() + 1;
                let first = changes[0].clone();
                self.model.commit(changes, micros(event.update_time))?;
                if !first.name.starts_with("events/") {
                    let found = (event.name, event.revision, event.position);
                    let expected = (first.name, first.revision, position);
                    return match found == expected {
                        true => Ok(true),
                        false => Err(format!("{found:?} instead of {expected:?}")),
                    };
                }
                difference(&event, &first, position).map_or(Ok(true), Err)
            }
        }
    }
}
