use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{
    CURSORS_MAX,
    change::{CursorChange, CursorOutcome, CursorRefusal, NewCursor},
    cursor::Cursor,
    cursors::{Cursors, Staged, edits},
    history::CursorHistory,
    record::CURSOR_LEN_MAX,
};
use crate::{
    clock::Moment,
    store::{error::StoreError, log::Edit, record::Position},
};

/// The most requests in one group. Requests to the same subscription cost a single write.
const REQUESTS_MAX: usize = 1_024;

/// A change of a subscription that is queued for the writer.
pub(crate) struct CursorRequest {
    pub slug: String,
    pub change: CursorChange,
    pub answer: oneshot::Sender<Result<CursorOutcome, StoreError>>,
    /// Bounds the queue. Returned when the request is done. The request of a stream that ends has none,
    /// as there are no more of those than streams.
    pub _permit: Option<OwnedSemaphorePermit>,
}

/// Changes of subscriptions that become durable together.
#[derive(Default)]
pub(crate) struct CursorGroup {
    staged: Staged,
    /// The numbers that subscriptions will have been given, if the group changes them.
    past: Option<CursorHistory>,
    answers: Vec<(CursorRequest, Result<CursorOutcome, StoreError>)>,
}

impl CursorGroup {
    /// Returns whether the group has room for another request.
    pub(crate) fn has_room(&self) -> bool {
        self.answers.len() < REQUESTS_MAX
    }

    /// Adds a request that is refused unchecked.
    pub(crate) fn refuse(&mut self, request: CursorRequest, error: StoreError) {
        self.answers.push((request, Err(error)));
    }

    /// Checks a request against the state that the group so far leads to, and adds it. `head` is the
    /// last position that the group leads to.
    pub(crate) fn add(
        &mut self,
        cursors: &Cursors,
        request: CursorRequest,
        head: Position,
        now: Moment,
    ) {
        let outcome = self.outcome(cursors, &request.slug, &request.change, head, now);
        let outcome = outcome.unwrap_or_else(CursorOutcome::Refused);
        self.answers.push((request, Ok(outcome)));
    }

    /// Deletes the subscriptions that were without a consumer for too long, and returns their ids.
    pub(crate) fn expire(&mut self, cursors: &Cursors, steady_micros: i64) -> Vec<String> {
        let expired = cursors.list("", usize::MAX).into_iter();
        let expired = expired.filter(|cursor| cursor.is_expired(steady_micros));
        let delete = |cursor: Arc<Cursor>| {
            self.delete(cursors, &cursor);
            cursor.slug.clone()
        };
        expired.map(delete).collect()
    }

    /// Stores how long each subscription that may expire has been without a consumer.
    pub(crate) fn keep_idle(&mut self, cursors: &Cursors, steady_micros: i64) {
        let idle = cursors.list("", usize::MAX).into_iter();
        for cursor in idle.filter(|cursor| cursor.may_expire()) {
            let mut kept = Cursor::clone(&cursor);
            kept.idle = kept.idle.upto(steady_micros);
            self.staged.insert(kept.slug.clone(), Some(Arc::new(kept)));
        }
    }

    /// Returns whether there is nothing to make durable.
    pub(crate) fn is_clean(&self) -> bool {
        self.staged.is_empty()
    }

    /// Returns the edits that make the states durable.
    pub(crate) fn edits(&self) -> Vec<Edit> {
        edits(&self.staged, self.past)
    }

    /// Returns the requests, to be added to another group.
    pub(crate) fn into_requests(self) -> impl Iterator<Item = CursorRequest> {
        self.answers.into_iter().map(|(request, _)| request)
    }

    /// Publishes the states, which are durable unless there was a failure, and answers.
    pub(crate) fn finish(self, cursors: &Cursors, failure: Option<&StoreError>) {
        if failure.is_none() {
            cursors.publish(self.staged, self.past);
        }
        for (request, answer) in self.answers {
            let answer = failure.map_or(answer, |failure| Err(failure.clone()));
            // The caller may be gone; the change stands all the same.
            let _ = request.answer.send(answer);
        }
    }

    fn outcome(
        &mut self,
        cursors: &Cursors,
        slug: &str,
        change: &CursorChange,
        head: Position,
        now: Moment,
    ) -> Result<CursorOutcome, CursorRefusal> {
        let current = match self.staged.get(slug) {
            Some(staged) => staged.clone(),
            None => cursors.get(slug),
        };
        if let CursorChange::Create(new) = change {
            return self.create(cursors, slug, new, current, now);
        }
        let current = current.ok_or(CursorRefusal::NotFound)?;
        let Some(changed) = current.changed(change, head, now)? else {
            return Ok(CursorOutcome::Done(current));
        };
        if matches!(change, CursorChange::Delete { .. }) {
            self.delete(cursors, &current);
            return Ok(CursorOutcome::Done(current));
        }
        // A refused change takes no lease away.
        let kept = |_: &CursorRefusal| current.lease.sent.reopen();
        let staged = self.stage(changed).inspect_err(kept);
        staged.map(CursorOutcome::Done)
    }

    fn create(
        &mut self,
        cursors: &Cursors,
        slug: &str,
        new: &NewCursor,
        current: Option<Arc<Cursor>>,
        now: Moment,
    ) -> Result<CursorOutcome, CursorRefusal> {
        if let Some(key) = &new.request
            && let Some(made) = self.made_by(cursors, &key.id)
        {
            return if made.slug == slug && made.request.as_ref() == Some(key) {
                Ok(CursorOutcome::Replayed(made))
            } else {
                let (request_id, slug) = (key.id.clone(), made.slug.clone());
                Err(CursorRefusal::RequestIdReused { request_id, slug })
            };
        }
        if current.is_some() {
            return Err(CursorRefusal::Exists);
        }
        if self.is_full(cursors) {
            return Err(CursorRefusal::TooMany);
        }
        let past = self.past.get_or_insert_with(|| cursors.past());
        let cursor = new.cursor(slug, past, now);
        self.stage(cursor).map(CursorOutcome::Done)
    }

    fn delete(&mut self, cursors: &Cursors, cursor: &Cursor) {
        let past = self.past.get_or_insert_with(|| cursors.past());
        past.add(cursor);
        self.staged.insert(cursor.slug.clone(), None);
    }

    /// Returns whether the group so far leads to as many subscriptions as there may be.
    fn is_full(&self, cursors: &Cursors) -> bool {
        let published = cursors.len();
        if published + self.staged.len() < CURSORS_MAX {
            return false;
        }
        let (mut made, mut deleted) = (0, 0);
        for (slug, staged) in &self.staged {
            match (staged, cursors.get(slug)) {
                (Some(_), None) => made += 1,
                (None, Some(_)) => deleted += 1,
                _ => {}
            }
        }
        published + made - deleted >= CURSORS_MAX
    }

    fn made_by(&self, cursors: &Cursors, request_id: &str) -> Option<Arc<Cursor>> {
        let is_its = |cursor: &&Arc<Cursor>| {
            cursor
                .request
                .as_ref()
                .is_some_and(|key| key.id == request_id)
        };
        let staged = self.staged.values().flatten().find(is_its).cloned();
        let deleted = |cursor: &Arc<Cursor>| matches!(self.staged.get(&cursor.slug), Some(None));
        staged.or_else(|| {
            cursors
                .made_by(request_id)
                .filter(|cursor| !deleted(cursor))
        })
    }

    fn stage(&mut self, cursor: Cursor) -> Result<Arc<Cursor>, CursorRefusal> {
        let len = cursor.encoded_len();
        if len > CURSOR_LEN_MAX {
            return Err(CursorRefusal::TooLarge { len });
        }
        let cursor = Arc::new(cursor);
        self.staged
            .insert(cursor.slug.clone(), Some(cursor.clone()));
        Ok(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::View, store::memory::MemoryLog};

    const NOW: Moment = Moment {
        wall_micros: 1_700_000_000_000_000,
        steady_micros: 0,
    };

    fn new() -> NewCursor {
        NewCursor {
            resolved: 0,
            filter: String::new(),
            view: Some(View::Full),
            idle_ttl: None,
            after: 0,
            request: None,
        }
    }

    #[test]
    fn subscriptions_that_a_group_creates_and_deletes_count_towards_the_limit_and_no_others() {
        let log = MemoryLog::new("0000000000000001");
        let (cursors, _) = Cursors::open(&log, 0, NOW).expect("there are none");
        let made = |n: usize| {
            let cursor = new().cursor(&format!("c-{n}"), &mut CursorHistory::default(), NOW);
            (cursor.slug.clone(), Some(Arc::new(cursor)))
        };
        cursors.publish((1..CURSORS_MAX).map(made).collect(), None);
        let mut group = CursorGroup::default();
        let mut ends = |slug: &str, change: CursorChange| {
            let outcome = group.outcome(&cursors, slug, &change, 0, NOW);
            outcome.map(drop)
        };
        let acquire = |n: usize| CursorChange::Acquire {
            consumer: format!("consumer {n}"),
        };
        for n in 1..100 {
            assert_eq!(ends(&format!("c-{n}"), acquire(n)), Ok(()));
        }
        assert_eq!(ends("one-more", CursorChange::Create(new())), Ok(()));
        let too_many = ends("too-many", CursorChange::Create(new()));
        assert_eq!(too_many, Err(CursorRefusal::TooMany));
        for slug in ["one-more", "c-1", "c-1000"] {
            assert_eq!(ends(slug, CursorChange::Delete { etag: None }), Ok(()));
        }
        for slug in ["a", "c-1", "b"] {
            assert_eq!(ends(slug, CursorChange::Create(new())), Ok(()));
        }
        let too_many = ends("too-many", CursorChange::Create(new()));
        assert_eq!(too_many, Err(CursorRefusal::TooMany));
    }
}
