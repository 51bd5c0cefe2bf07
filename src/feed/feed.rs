use std::time::Duration;

use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;

use super::{
    consumer::Consumer,
    frame::{Consumed, Frame, FrameCodec},
    lag::segment_after,
    lease::{Lease, LeaseState},
    outgoing::Outgoing,
    registry::{Registry, WatchLimits, WatchSlot},
    request::{Begin, ConsumeRequest, End, WatchRequest},
    stage::Ended,
    stall::end_stalled,
    stream_lifetime::StreamLifetime,
    tail::{Opening, Tail},
    token::{Checkpoint, Phase, read_token},
    watch::Watch,
};
use crate::{
    index::Position,
    rejection::Rejection,
    store::{Cursor, Store, StoreError},
};

/// Where watches come from. Cheap to clone.
#[derive(Clone)]
pub struct Feed {
    store: Store,
    registry: Registry,
    drain: CancellationToken,
    options: FeedOptions,
}

/// How many watches there may be and for how long.
#[derive(Clone, Copy, Debug)]
pub struct FeedOptions {
    pub limits: WatchLimits,
    /// Age at which a watch ends itself, give or take a tenth.
    pub max_age: Duration,
    /// How long a client may accept no bytes while a frame waits for it.
    pub stall_timeout: Duration,
}

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

    /// Ends watches whose clients accept no bytes, until the server drains.
    pub async fn end_stalled(self) {
        let timeout = self.options.stall_timeout;
        let rounds = end_stalled(&self.registry, self.store.clock(), timeout);
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
    pub async fn watch<C: FrameCodec<Frame>>(
        &self,
        request: WatchRequest,
        codec: C,
    ) -> Result<impl Stream<Item = Result<C::Item, Ended>> + use<C>, Rejection> {
        if self.drain.is_cancelled() {
            return Err(Rejection::Draining);
        }
        let place = self.registry.reserve(&request.client)?;
        let tail = self.admit(request, place).await?;
        Ok(Outgoing::of(Watch::new(tail), codec))
    }

    /// Takes the lease of a subscription and streams what follows its cursor, as the codec made for it
    /// encodes it, or says why not before any frame.
    pub async fn consume<C: FrameCodec<Consumed>, F: FnOnce(&Cursor) -> C>(
        &self,
        request: ConsumeRequest,
        codec: F,
    ) -> Result<impl Stream<Item = Result<C::Item, Ended>> + use<C, F>, Rejection> {
        if self.drain.is_cancelled() {
            return Err(Rejection::Draining);
        }
        // Before the lease, which is not to be taken from anybody in vain.
        let place = self.registry().reserve(&request.client)?;
        let consumer = request.client.label.clone();
        let mut lease = Lease::take(&self.store, &request.slug, consumer).await?;
        let cursor = match lease.standing() {
            LeaseState::Holds(cursor) => cursor,
            LeaseState::Lost { epoch } => {
                let name = lease.name();
                return Err(Rejection::LeaseLost { name, epoch });
            }
            LeaseState::Gone => return Err(Rejection::not_found(&lease.name())),
        };
        let tail = self.admit(watch_request(&request, &cursor)?, place).await?;
        let consumer = Consumer::new(
            tail,
            self.store.clone(),
            lease,
            &cursor,
            request.max_unacked,
        );
        Ok(Outgoing::of(consumer, codec(&cursor)))
    }

    async fn admit(&self, mut request: WatchRequest, place: WatchSlot) -> Result<Tail, Rejection> {
        let follow = self.store.follow_head();
        let head = self.store.head().position;
        let mut checkpoint = self.begin(&request, head)?;
        let filter = request.filter;
        request.filter = match request.resolved {
            Some(resolved) => {
                checkpoint.resolved = resolved;
                self.store.resolve_kept(filter, resolved).await?
            }
            None => {
                let upto = checkpoint.resolved;
                self.store.resolve_for_stream(filter, upto).await??
            }
        };
        let opening = Opening {
            place: checkpoint,
            head,
            follow,
        };
        let filter = request.filter.normalized();
        let scanned = checkpoint.phase.position();
        let ended = self.drain.child_token();
        let registration = place.register(request.client.clone(), filter, scanned, ended.clone());
        let store = self.store.clone();
        let max_age = self.age_of(&request, registration.state().id);
        let life = StreamLifetime::new(store.clock().clone(), self.drain.clone(), ended, max_age);
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
                    resolved: head,
                });
            }
            Begin::Token(token) => {
                return read_token(token, self.store.epoch(), &request.filter, head);
            }
        };
        Ok(Checkpoint {
            resolved: head,
            ..phase.into()
        })
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

/// A subscription is a watch from its cursor on.
fn watch_request(request: &ConsumeRequest, cursor: &Cursor) -> Result<WatchRequest, StoreError> {
    let segment = segment_after(cursor, cursor.acked)?;
    Ok(WatchRequest {
        filter: segment.filter,
        resolved: Some(segment.resolved),
        begin: Begin::After(cursor.acked),
        end: End::Never,
        heartbeat: request.heartbeat,
        max_age: None,
        include_previous: false,
        client: request.client.clone(),
    })
}
