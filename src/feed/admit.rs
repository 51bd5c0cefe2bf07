use std::time::Duration;

use tokio::time::sleep;
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;

use super::{
    frame::{Frame, FrameCodec},
    life::Life,
    outlet::Outgoing,
    registry::{Place, Registry, STALL_STEPS, WatchLimits},
    request::{Begin, WatchRequest},
    stage::Ended,
    tail::{Opening, Tail},
    token::{Checkpoint, Phase, read_token},
    watch::Watch,
};
use crate::{
    filter::{Field, Filter, Predicate},
    index::Position,
    rejection::Rejection,
    store::Store,
};

/// Where watches come from. Cheap to clone.
#[derive(Clone)]
pub struct Feed {
    pub(super) store: Store,
    registry: Registry,
    pub(super) drain: CancellationToken,
    options: FeedOptions,
}

/// How many watches there may be and for how long.
#[derive(Clone, Copy, Debug)]
pub struct FeedOptions {
    pub limits: WatchLimits,
    /// Age at which a watch ends itself, give or take a tenth.
    pub max_age: Duration,
    /// How long a client may accept nothing while a frame waits for it.
    pub stall_timeout: Duration,
}

/// How often it is looked for clients that accept nothing, at the least.
const STALL_LOOK_INTERVAL_MAX: Duration = Duration::from_secs(5);

/// How far a watch's own age may differ from the limit, so that those opened together do not come
/// back together.
const AGE_JITTER: f64 = 0.1;

impl Feed {
    /// Over a store. Watches end when `drain` is cancelled.
    pub fn new(store: Store, options: FeedOptions, drain: CancellationToken) -> Feed {
        Feed {
            registry: Registry::new(options.limits, store.clock().clone()),
            store,
            drain,
            options,
        }
    }

    /// Ends watches whose clients accept nothing, until the drain.
    pub async fn end_stalled(self) {
        let timeout = self.options.stall_timeout;
        let rounds = async {
            loop {
                sleep((timeout / STALL_STEPS).min(STALL_LOOK_INTERVAL_MAX)).await;
                self.registry.end_stalled(timeout);
            }
        };
        self.drain.run_until_cancelled(rounds).await;
    }

    /// The open watches.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Cancelled when streams are to end, those that are no watches as well.
    pub fn drain(&self) -> &CancellationToken {
        &self.drain
    }

    /// Opens a watch whose frames the codec encodes, or says why not before any frame.
    pub fn watch<C: FrameCodec<Frame>>(
        &self,
        request: WatchRequest,
        codec: C,
    ) -> Result<impl Stream<Item = Result<C::Item, Ended>> + use<C>, Rejection> {
        if self.drain.is_cancelled() {
            return Err(Rejection::Draining);
        }
        let place = self.registry.reserve(&request.client)?;
        Ok(Outgoing::of(Watch::new(self.admit(request, place)?), codec))
    }

    pub(super) fn admit(&self, request: WatchRequest, place: Place) -> Result<Tail, Rejection> {
        let follow = self.store.follow_head();
        let head = self.store.head().position;
        let checkpoint = self.begin(&request, head)?;
        let opening = Opening {
            place: checkpoint,
            head,
            follow,
        };
        let filter = request.filter.normalized();
        let scanned = checkpoint.phase.position();
        let ended = self.drain.child_token();
        let registration = place.register(request.client.clone(), filter, scanned, ended.clone());
        let max_age = self.age_of(&request, registration.state.id);
        let life = Life::new(self.drain.clone(), ended, max_age);
        let store = self.store.clone();
        Ok(Tail::new(store, request, registration, life, opening))
    }

    fn begin(&self, request: &WatchRequest, head: Position) -> Result<Checkpoint, Rejection> {
        let within = |requested: Position| {
            let known = requested <= head;
            if known {
                Ok(requested)
            } else {
                Err(Rejection::PositionInFuture { requested, head })
            }
        };
        let phase = match &request.begin {
            Begin::Latest => Phase::Log { after: head },
            Begin::Snapshot => Phase::Snapshot { at: head, after: 0 },
            Begin::After(position) => Phase::Log {
                after: within(*position)?,
            },
            Begin::Time(micros) => {
                let first = self.store.index().first_at_or_after(*micros);
                return Ok(Checkpoint {
                    phase: Phase::Log {
                        after: (first - 1).min(head),
                    },
                    not_before: (first > head).then_some(*micros),
                });
            }
            Begin::Token(token) => {
                return read_token(token, self.store.epoch(), &request.filter, head);
            }
        };
        Ok(phase.into())
    }

    fn age_of(&self, request: &WatchRequest, id: u64) -> Duration {
        let asked = request
            .max_age
            .filter(|asked| *asked < self.options.max_age);
        if let Some(asked) = asked {
            return asked;
        }
        // Any spread will do; this one needs no source of randomness.
        let spread = (id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 / (1 << 24) as f64;
        self.options
            .max_age
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
