use std::time::Duration;

use tokio::time::Instant;
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;

use super::{
    frames::Frames,
    registry::Registry,
    request::{Begin, WatchRequest},
    token::{Phase, TokenWriter, read_token},
    watch::{Ended, Stage, Watch},
};
use crate::{
    filter::{Field, Filter, Predicate},
    index::{Clock, Index, Position, Resources, Scope},
    rejection::Rejection,
    store::Store,
    wire::Encoded,
};

/// Where watches come from. Cheap to clone.
#[derive(Clone)]
pub struct Feed {
    pub(super) store: Store,
    registry: Registry,
    pub(super) drain: CancellationToken,
    max_age: Duration,
}

/// How far a watch's own age may differ from the limit, so that those opened together do not come
/// back together.
const AGE_JITTER: f64 = 0.1;

impl Feed {
    /// At most `watches_max` at a time, each ending itself after `max_age`, give or take a tenth, and
    /// when `drain` is cancelled.
    pub fn new(
        store: Store,
        watches_max: usize,
        max_age: Duration,
        drain: CancellationToken,
    ) -> Feed {
        Feed {
            store,
            registry: Registry::new(watches_max),
            drain,
            max_age,
        }
    }

    /// The open watches.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Opens a watch, or says why not before any frame.
    pub fn watch(
        &self,
        request: WatchRequest,
    ) -> Result<impl Stream<Item = Result<Encoded, Ended>> + use<>, Rejection> {
        if self.drain.is_cancelled() {
            return Err(Rejection::Draining);
        }
        let mut watch = self.admit(request)?;
        Ok(async_stream::stream! {
            while let Some(item) = watch.next().await {
                yield item;
            }
        })
    }

    pub(super) fn admit(&self, request: WatchRequest) -> Result<Watch, Rejection> {
        // Taken before the place in the log is chosen, so that no change falls between.
        let head = self.store.follow_head();
        let opened_at = self.store.head().position;
        let phase = self.begin(&request, opened_at)?;
        let index = self.store.index();
        let members = match phase {
            Phase::Snapshot { at, after } => members(&index, &request.filter, at, after),
            Phase::Log { .. } => Vec::new(),
        };
        drop(index);
        let not_before = match request.begin {
            Begin::Time(micros) => micros,
            _ => i64::MIN,
        };
        let (Phase::Log { after: scanned } | Phase::Snapshot { at: scanned, .. }) = phase;
        let filter = request.filter.normalized();
        let registration = self
            .registry
            .register(request.client.clone(), filter, scanned)?;
        let tokens = TokenWriter::new(self.store.epoch(), filter);
        let max_age = self.age_of(&request, registration.state.id);
        Ok(Watch {
            frames: Frames::new(tokens, request.view, registration.state.clone()),
            store: self.store.clone(),
            registration,
            head,
            opened_at,
            drain: self.drain.clone(),
            expires: Instant::now() + max_age,
            max_age,
            phase,
            scanned,
            bound: Position::MAX,
            not_before,
            members: members.into(),
            hits: Default::default(),
            ready: Default::default(),
            scanned_changes: 0,
            live: false,
            stage: Stage::Opening,
            request,
        })
    }

    fn begin(&self, request: &WatchRequest, head: Position) -> Result<Phase, Rejection> {
        let within = |requested: Position| {
            let known = requested <= head;
            if known {
                Ok(requested)
            } else {
                Err(Rejection::PositionInFuture { requested, head })
            }
        };
        match &request.begin {
            Begin::Latest => Ok(Phase::Log { after: head }),
            Begin::Snapshot => Ok(Phase::Snapshot { at: head, after: 0 }),
            Begin::After(position) => Ok(Phase::Log {
                after: within(*position)?,
            }),
            Begin::Time(micros) => {
                let first = self.store.index().first_at_or_after(*micros);
                Ok(Phase::Log {
                    after: (first - 1).min(head),
                })
            }
            Begin::Token(token) => {
                read_token(token, self.store.epoch(), request.filter.normalized(), head)
            }
        }
    }

    fn age_of(&self, request: &WatchRequest, id: u64) -> Duration {
        let asked = request.max_age.filter(|asked| *asked < self.max_age);
        if let Some(asked) = asked {
            return asked;
        }
        // Any spread will do; this one needs no source of randomness.
        let spread = (id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 / (1 << 24) as f64;
        self.max_age
            .mul_f64(1.0 - AGE_JITTER + 2.0 * AGE_JITTER * spread)
    }
}

/// The filter of a watch with its defaults written out: drills are left out unless it names them.
pub fn with_watch_defaults(filter: Filter) -> Filter {
    if filter.mentions(Field::Exercise) {
        return filter;
    }
    filter.and_not(Predicate::term(Field::Exercise, "true"))
}

/// The filter of a list or summary with its defaults written out: also what is withdrawn or merged
/// is left out, unless it is asked for.
pub fn with_list_defaults(filter: Filter, show_retracted: bool) -> Filter {
    let filter = with_watch_defaults(filter);
    if show_retracted || filter.mentions(Field::State) {
        return filter;
    }
    let gone = ["RETRACTED", "REDACTED", "MERGED"];
    gone.into_iter().fold(filter, |filter, state| {
        filter.and_not(Predicate::term(Field::State, state))
    })
}

/// What stood at `at`, in order of positions, after the member at `after`.
fn members(index: &Index, filter: &Filter, at: Position, after: Position) -> Vec<Position> {
    let filter = with_list_defaults(filter.clone(), false);
    let scope = Scope {
        upto: at,
        clock: Clock::AtCommit,
    };
    let members = index.select_newest(filter.expr(), Resources::Both, scope);
    let members = members
        .iter()
        .map(Position::from)
        .skip_while(|member| *member <= after);
    members.collect()
}
