use super::{
    first_match::FirstMatch,
    prepared::Prepared,
    write_terms::{Precondition, WriteTerms},
    written::Written,
};
use crate::{
    domain::Micros,
    index::Position,
    rejection::Rejection,
    store::{Outcome, Proposal, Record, RequestKey, Store, Unmatched, Write},
    wire::ResourceMessage,
};

/// How often a write is tried again if others wrote in between. Each time one of those succeeded.
const ATTEMPTS_MAX: usize = 32;

/// Writes to the store. Cheap to clone.
#[derive(Clone)]
pub struct Publisher {
    pub(super) store: Store,
}

/// A kind of write: how it is checked and what it proposes.
pub trait Verb: Send + Sync {
    /// The resource in the answer.
    type Answer: ResourceMessage;

    /// Whether its resources must not exist. Then a concurrent write makes it fail, which the writer detects;
    /// otherwise it is tried again.
    const CREATES: bool = false;

    /// Checks the write against the current state.
    fn prepare(
        &self,
        publisher: &Publisher,
        author: &str,
    ) -> impl Future<Output = Result<Prepared<Self::Answer>, Rejection>> + Send;
}

impl Publisher {
    /// Writes to `store`.
    pub fn new(store: Store) -> Publisher {
        Publisher { store }
    }

    /// Commits what a verb proposes, and tries again if others wrote in between.
    pub async fn write<V: Verb>(
        &self,
        verb: V,
        author: &str,
        mut terms: WriteTerms,
    ) -> Result<Written, Rejection> {
        if let Some(written) = self.repeated(&terms).await? {
            return Ok(written);
        }
        self.check_known(&mut terms);
        if !terms.wrong.is_empty() {
            if let Err(Rejection::Invalid(found)) = verb.prepare(self, author).await {
                terms.wrong.append("", found);
            }
            return Err(terms.wrong.into());
        }
        let mut name = String::new();
        for _ in 0..ATTEMPTS_MAX {
            let precondition = match &terms.precondition {
                Some(precondition) => Some(self.check_precondition(precondition).await?),
                None => None,
            };
            let prepared = match verb.prepare(self, author).await {
                Ok(prepared) => prepared,
                // The refusal may be the effect of this very request, committed a moment ago.
                Err(rejection) => return self.repeated(&terms).await?.ok_or(rejection),
            };
            let is_written = !terms.validate_only && self.store.takes_writes();
            if V::CREATES
                && !is_written
                && let Err(rejection) = self.check_absent(&prepared.changes)
            {
                return self.repeated(&terms).await?.ok_or(rejection);
            }
            if terms.validate_only {
                self.check_ahead(&terms)?;
            }
            // With a request id or tracking it is written anyway, because the log is what remembers
            // them.
            let is_remembered = terms.request.is_some() || terms.tracking.is_some();
            if terms.validate_only || (prepared.unchanged && !is_remembered) {
                return Ok(Written::not_committed(&prepared));
            }
            let answers = prepared.answers.len();
            let write = Write {
                changes: prepared.changes,
                request: terms.request.clone(),
                author: author.to_owned(),
                tracking: terms.tracking.clone(),
                precondition,
            };
            match self.store.commit(write).await? {
                Outcome::Committed { mut records } => {
                    records.truncate(answers);
                    return Written::committed(&records);
                }
                Outcome::Replayed { first, .. } => {
                    return self.replayed(first, answers).await;
                }
                Outcome::RequestIdReused { first } => {
                    return Err(self.reused(terms.request.as_ref(), first));
                }
                Outcome::Matched { name, position } => {
                    return Err(Rejection::PreconditionFailed { name, position });
                }
                Outcome::NotAhead { tracked } => {
                    let source = terms.tracking.map(|tracking| tracking.source);
                    return Err(Rejection::NotAhead {
                        source: source.unwrap_or_default(),
                        tracked,
                    });
                }
                Outcome::Stale { name } if V::CREATES => {
                    return Err(Rejection::AlreadyExists { name });
                }
                Outcome::Stale { name: written } => name = written,
            }
        }
        Err(Rejection::Contended { name })
    }

    /// Checks that nothing became known later than now. The commit time of the head may be ahead of the
    /// clock, if that was wrong once, and no later commit is earlier than it.
    pub(super) fn check_known(&self, terms: &mut WriteTerms) {
        let now = self.store.clock().now_micros();
        terms.check_known(Micros(now.max(self.store.head().commit_micros)));
    }

    /// Returns the answer to a request that was committed before. This comes before all checks, since
    /// what they depend on may have changed: a clock that was set back makes times that were past future.
    pub(super) async fn repeated(&self, terms: &WriteTerms) -> Result<Option<Written>, Rejection> {
        let Some(key) = terms.request.as_ref().filter(|_| terms.wrong.is_empty()) else {
            return Ok(None);
        };
        let head = self.store.head().position;
        let first = self.store.index().request(&key.id);
        // A request that is being committed at this moment is left to the writer.
        let Some(first) = first.filter(|first| *first <= head) else {
            return Ok(None);
        };
        let records = self.store.read(vec![first]).await?;
        let Some(record) = records.first() else {
            return Ok(None);
        };
        if record.request.as_ref() != Some(key) {
            return Err(self.reused(Some(key), first));
        }
        self.replayed(first, answers_of(record)).await.map(Some)
    }

    /// Returns the resources that an earlier request wrote from `first` on.
    async fn replayed(&self, first: Position, count: usize) -> Result<Written, Rejection> {
        let positions = (first..first + count as Position).collect();
        let written = Written::committed(&self.store.read(positions).await?)?;
        Ok(Written {
            replayed: true,
            ..written
        })
    }

    /// Checks a precondition as of the head. The writer checks what follows.
    async fn check_precondition(
        &self,
        precondition: &Precondition,
    ) -> Result<Unmatched, Rejection> {
        let head = self.store.head().position;
        if precondition.after > head {
            // It would be met by nothing, whatever is written.
            let requested = precondition.after;
            return Err(Rejection::PositionInFuture { requested, head });
        }
        let filter = self.store.resolve(precondition.filter.clone(), head);
        let filter = filter.await??;
        let found = self.store.ask(FirstMatch {
            filter: filter.clone(),
            after: precondition.after,
            upto: head,
        });
        match found.await? {
            Some((name, position)) => Err(Rejection::PreconditionFailed { name, position }),
            None => Ok(Unmatched {
                filter,
                after: head,
            }),
        }
    }

    /// Checks that the tracking is ahead of its source, for writes that do not reach the writer.
    fn check_ahead(&self, terms: &WriteTerms) -> Result<(), Rejection> {
        let Some(tracking) = &terms.tracking else {
            return Ok(());
        };
        let tracked = self.store.index().tracked(&tracking.source);
        match tracked {
            Some((tracked, _)) if tracked >= tracking.position => Err(Rejection::NotAhead {
                source: tracking.source.clone(),
                tracked,
            }),
            _ => Ok(()),
        }
    }

    /// Checks that the resources do not exist, for writes that do not reach the writer.
    fn check_absent(&self, changes: &[Proposal]) -> Result<(), Rejection> {
        let head = self.store.head().position;
        let index = self.store.index();
        let exists = |change: &&Proposal| index.newest_as_of(&change.name, head).is_some();
        match changes.iter().find(exists) {
            None => Ok(()),
            Some(change) => Err(Rejection::AlreadyExists {
                name: change.name.clone(),
            }),
        }
    }

    fn reused(&self, key: Option<&RequestKey>, first: Position) -> Rejection {
        let request_id = key.map(|key| key.id.clone()).unwrap_or_default();
        Rejection::RequestIdReused {
            request_id,
            name: self.store.index().name(first).to_owned(),
        }
    }
}

/// The number of resources in the answer to a write: all that it created, otherwise the first.
fn answers_of(record: &Record) -> usize {
    match record.creates() {
        true => record.remaining as usize + 1,
        false => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{ResourceName, Slug, Violations},
        proto::v1,
        publish::NewPartnership,
        store::StoreOptions,
    };

    #[tokio::test]
    async fn a_taken_id_is_told_also_when_nothing_is_written_any_more() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::open(StoreOptions {
            directory: directory.path().join("data"),
            cache_bytes: 1 << 20,
            clock: Default::default(),
        })
        .expect("a new store");
        let publisher = Publisher::new(store.clone());
        let create = || {
            let slug = Slug::parse("uk-jp").expect("a slug");
            let new = NewPartnership {
                name: ResourceName::Partnership(slug),
                note: None,
                known_since: None,
                message: v1::Partnership {
                    display_name: "UK-Japan".to_owned(),
                    sources: vec![v1::Source {
                        id: "a".to_owned(),
                        publisher: "A ministry".to_owned(),
                        uri: "https://example.org/a".to_owned(),
                        r#type: v1::SourceType::Official.into(),
                        ..v1::Source::default()
                    }],
                    ..v1::Partnership::default()
                }
                .into(),
            };
            let terms = WriteTerms {
                known: Vec::new(),
                precondition: None,
                tracking: None,
                request: None,
                validate_only: false,
                wrong: Violations::default(),
            };
            publisher.write(new, "", terms)
        };
        create().await.expect("it is new");
        store.close();
        let refused = create().await.expect_err("it is taken");
        assert!(
            matches!(refused, Rejection::AlreadyExists { .. }),
            "{refused:?}"
        );
    }
}
