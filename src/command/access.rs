use std::{
    marker::PhantomData,
    sync::{Arc, RwLockReadGuard},
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    command::Command,
    commands::Commands,
    event_count::EventCount,
    method::Cost,
    rows::{BodyRow, EventRow, PartnershipRow},
};
use crate::{
    clock::WallClock,
    domain::{Day, Micros, View},
    feed::{self, Feed, Lag, Registry},
    filter::Filter,
    index::{Index, Position, Question, Resources, Scope},
    publish::Publisher,
    rejection::{Begins, Missing, Rejection},
    store::{
        Cursor, CursorChange, CursorOutcome, Cursors, Head, PHRASE_RECORDS_MAX, Record, Resource,
        Store, StoreError,
    },
    wire,
};

/// What a command may use of the server. Anything that costs more than a lookup must be listed for its
/// method in the table of [`Method`](super::Method), or the command does not compile.
pub(crate) struct Access<'a, C> {
    commands: &'a Commands,
    by: PhantomData<fn() -> C>,
}

impl<C> Clone for Access<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Access<'_, C> {}

impl<'a, C: Command> Access<'a, C> {
    pub(super) fn new(commands: &'a Commands) -> Access<'a, C> {
        Access {
            commands,
            by: PhantomData,
        }
    }

    /// Identity of the history.
    pub(super) fn epoch(self) -> &'a str {
        self.store().epoch()
    }

    /// The clock of commit times.
    pub(super) fn clock(self) -> &'a WallClock {
        self.store().clock()
    }

    /// Returns how far the newest commit time is ahead of the clock.
    pub(super) fn ahead(self) -> Duration {
        self.store().ahead()
    }

    /// The end of the durable log.
    pub(super) fn head(self) -> Head {
        self.store().head()
    }

    /// Follows the end of the durable log.
    pub(super) fn follow_head(self) -> watch::Receiver<Head> {
        self.store().follow_head()
    }

    /// Cancelled when the server shuts down, so that those who wait can return.
    pub(super) fn drain(self) -> &'a CancellationToken {
        self.commands.feed.drain()
    }

    /// Locks the index for a short lookup.
    pub(super) fn index(self) -> RwLockReadGuard<'a, Index> {
        self.store().index()
    }

    /// Reads the records at these positions, none of which may be beyond the head.
    pub(super) async fn read(
        self,
        positions: Vec<Position>,
    ) -> Result<Vec<Arc<Record>>, StoreError> {
        self.store().read(positions).await
    }

    /// Reads the record at a position.
    pub(super) async fn record(self, position: Position) -> Result<Arc<Record>, StoreError> {
        let records = self.read(vec![position]).await?;
        records.into_iter().next().ok_or(StoreError::Closed)
    }

    /// Returns the day for which a read decides what is overdue: today, or the day of the time whose
    /// knowledge is read. What was planned for a later day was not overdue then.
    pub(super) fn today(self, known_at: Option<Micros>) -> Day {
        let today = self.clock().today();
        known_at.map_or(today, |known_at| today.min(known_at.day()))
    }

    /// Returns the event of a record, with what depends on the day.
    pub(super) fn event(
        self,
        record: &Record,
        view: View,
        today: Day,
    ) -> Result<EventRow, Rejection> {
        let event = wire::apply_view(view, resource(record)?);
        let position = record.position;
        let index = self.index();
        // The record has what was so at the commit.
        let overdue = match index.is_overdue_at(position, today) {
            false => index.was_overdue(position).then_some(false),
            true => Some(true),
        };
        drop(index);
        Ok(EventRow {
            event: event.map_err(|_| damaged(record, "an unreadable event"))?,
            overdue,
        })
    }

    /// Returns the partnership of a record, with the number of its events as of a position, or of those
    /// that were known at a time.
    pub(super) async fn partnership(
        self,
        record: &Record,
        upto: Position,
        known_at: Option<Micros>,
    ) -> Result<PartnershipRow, Rejection> {
        let name = self.index().name(record.position).to_owned();
        let slug = name.rsplit_once('/').map_or(&*name, |(_, slug)| slug);
        let event_count = match known_at {
            None => self.event_count(slug, upto),
            Some(known_at) => {
                let known = EventCount::known(slug, upto, known_at);
                self.ask(known).await?
            }
        };
        let partnership: Bytes = resource(record)?.into_bytes();
        Ok(PartnershipRow {
            partnership,
            event_count,
        })
    }

    /// Returns the body of a record.
    pub(super) fn body(self, record: &Record) -> Result<BodyRow, Rejection> {
        Ok(BodyRow {
            body: resource(record)?.into_bytes(),
        })
    }

    /// Counts the active events of a partnership, without drills.
    pub(super) fn event_count(self, slug: &str, upto: Position) -> u64 {
        let Ok(count) = EventCount::of(slug, upto).answer(&*self.index());
        count
    }

    /// Resolves the names in a filter to the bodies that had them at a position. This searches the index.
    pub(super) async fn resolved(
        self,
        filter: Filter,
        upto: Position,
    ) -> Result<Filter, Rejection> {
        const {
            assert!(
                C::METHOD.takes(Cost::Search),
                "the table of methods does not say Search of it"
            )
        }
        Ok(self.store().resolve(filter, upto).await??)
    }

    /// Describes a resource that a read up to `upto` did not find, with its first position or that of the
    /// revision that was asked for.
    pub(super) fn missing(self, name: &str, first: Option<Position>, upto: Position) -> Missing {
        let index = self.index();
        let begins = first.map(|position| match position > upto {
            true => Begins::At {
                position,
                commit: Micros(index.commit_micros(position)),
            },
            false => Begins::Known {
                since: Micros(index.known_micros(position)),
            },
        });
        Missing {
            name: name.to_owned(),
            begins,
        }
    }

    /// Returns hints for a read that found nothing at a position.
    pub(super) fn hints(
        self,
        filter: &Filter,
        upto: Position,
        known_at: Option<Micros>,
    ) -> Vec<String> {
        match (upto, self.head().position) {
            (0, 1..) => vec![self.nothing_by_then()],
            _ => self.unknown_terms(filter, upto, known_at),
        }
    }

    /// Returns a hint for each term of a filter with a value that no record up to a position has.
    pub(super) fn unknown_terms(
        self,
        filter: &Filter,
        upto: Position,
        known_at: Option<Micros>,
    ) -> Vec<String> {
        match known_at {
            None => feed::hints(self.store(), filter, upto),
            Some(_) => feed::plain_hints(self.store(), filter, upto),
        }
    }

    /// The hint for a read as of a time before the first commit.
    fn nothing_by_then(self) -> String {
        let first = wire::timestamp(Micros(self.index().commit_micros(1)));
        format!("nothing had been committed by then: the first commit was at {first}")
    }

    /// Whether files may still hold redacted content.
    pub(super) fn is_erasure_pending(self) -> bool {
        self.store().is_erasure_pending()
    }

    /// The subscriptions.
    pub(super) fn cursors(self) -> &'a Cursors {
        self.store().cursors()
    }

    /// Returns a hint for each term of a subscription's current filter with a value that no record has.
    pub(super) async fn hints_of(self, cursor: &Cursor) -> Result<Vec<String>, StoreError> {
        feed::hints_of(self.store(), cursor).await
    }

    /// The open watches.
    pub(super) fn watches(self) -> &'a Registry {
        self.commands.feed.registry()
    }

    /// When this server began to execute commands, in microseconds since 1970.
    pub(super) fn start_micros(self) -> i64 {
        self.commands.start_micros
    }

    /// Asks the index a question that may be expensive.
    pub(super) async fn ask<Q>(self, question: Q) -> Result<Q::Answer, StoreError>
    where
        Q: Question + Send + 'static,
        Q::Answer: Send + 'static,
    {
        const {
            assert!(
                C::METHOD.takes(Cost::Search),
                "the table of methods does not say Search of it"
            )
        }
        self.store().ask(question).await
    }

    /// Returns a filter whose phrases are decided for the newest revisions as of a position; it then is
    /// only for questions about these. `None` if too many texts would have to be looked at.
    pub(super) async fn decide(
        self,
        filter: Arc<Filter>,
        resources: Resources,
        scope: Scope,
    ) -> Result<Option<Arc<Filter>>, StoreError> {
        const {
            assert!(
                C::METHOD.takes(Cost::Search),
                "the table of methods does not say Search of it"
            )
        }
        self.store().decide_newest(filter, resources, scope).await
    }

    /// Does the same as [`Access::decide`], and refuses a filter whose phrases are too common.
    pub(super) async fn decided(
        self,
        filter: Arc<Filter>,
        resources: Resources,
        scope: Scope,
    ) -> Result<Arc<Filter>, Rejection> {
        let decided = self.decide(filter, resources, scope).await?;
        decided.ok_or(Rejection::PhraseTooCommon {
            limit: PHRASE_RECORDS_MAX,
        })
    }

    /// Returns how far a subscription is behind. This searches the index.
    pub(super) async fn lag(self, cursor: &Cursor) -> Result<Lag, StoreError> {
        const {
            assert!(
                C::METHOD.takes(Cost::Search),
                "the table of methods does not say Search of it"
            )
        }
        feed::lag(self.store(), cursor).await
    }

    /// Changes a subscription.
    pub(super) async fn change_cursor(
        self,
        slug: &str,
        change: CursorChange,
    ) -> Result<CursorOutcome, StoreError> {
        const {
            assert!(
                C::METHOD.takes(Cost::Write),
                "the table of methods does not say Write of it"
            )
        }
        self.store().change_cursor(slug, change).await
    }

    /// The store, for reading all of it.
    pub(super) fn scan(self) -> &'a Store {
        const {
            assert!(
                C::METHOD.takes(Cost::Scan),
                "the table of methods does not say Scan of it"
            )
        }
        self.store()
    }

    /// Writes to the log.
    pub(super) fn publisher(self) -> &'a Publisher {
        const {
            assert!(
                C::METHOD.takes(Cost::Write),
                "the table of methods does not say Write of it"
            )
        }
        &self.commands.publisher
    }

    /// Opens streams of changes.
    pub(super) fn feed(self) -> &'a Feed {
        const {
            assert!(
                C::METHOD.takes(Cost::Watch),
                "the table of methods does not say Watch of it"
            )
        }
        &self.commands.feed
    }

    fn store(self) -> &'a Store {
        &self.commands.store
    }
}

fn resource(record: &Record) -> Result<Resource, Rejection> {
    record
        .resource()
        .map_err(|error| damaged(record, &error.to_string()))
}

fn damaged(record: &Record, what: &str) -> Rejection {
    StoreError::Damaged {
        position: record.position,
        what: what.to_owned(),
    }
    .into()
}
