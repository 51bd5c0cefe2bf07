//! Where the frames of a stream leave it, one by one.
//!
//! The transport asks for a frame only while its client has room for one, so a stream whose client
//! accepts nothing is not polled and cannot end itself. Its source therefore stays, between two
//! frames, where it can be ended from outside: all that it holds is freed at once, and what is left
//! is to tell the client, should it ever take a frame again.

use std::{
    collections::VecDeque,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use tokio_stream::Stream;
use tokio_util::sync::ReusableBoxFuture;

use super::{stage::Ended, watch_state::WatchState};
use crate::{proto::v1, wire::Encoded};

/// A frame, or the reason for there being no more, which is the last item.
pub type Item = Result<Encoded, Ended>;

/// What makes the frames of a stream.
pub trait Source: Send + Sized + 'static {
    /// The next item.
    fn next(&mut self) -> impl Future<Output = Option<Item>> + Send;

    /// The last frame, unless it was made already, and what the stream ends with.
    fn end(&mut self, reason: v1::EndReason) -> (Option<Encoded>, Option<Ended>);

    /// What is known of it.
    fn state(&self) -> &Arc<WatchState>;
}

/// A stream that can be ended while its client takes nothing.
pub trait Outlet: Send + Sync {
    /// Has it make its next frame, if there is one to make, although nobody asks for it.
    fn press(&self);

    /// Ends it unless it is waiting for something to say, and tells whether it did.
    fn end_resting(&self, reason: v1::EndReason) -> bool;
}

/// The stream of a source's frames.
pub struct Outgoing<S> {
    shared: Arc<Shared<S>>,
}

struct Shared<S> {
    state: Mutex<State<S>>,
}

enum State<S> {
    Resting(Rest<S>),
    /// It makes a frame, or waits for what to say. The waker is that of whoever asked.
    Working(Work<S>, Waker),
    /// It was ended. What is left is to be said.
    Ended(VecDeque<Encoded>, Option<Ended>),
}

/// A source whose last frame was taken or waits to be.
struct Rest<S> {
    source: Box<S>,
    /// What was made although nobody asked.
    untaken: Option<Option<Item>>,
    work: Option<Work<S>>,
}

/// Gives the source back with what it made. Its memory is used again for the next frame.
type Work<S> = ReusableBoxFuture<'static, (Box<S>, Option<Item>)>;

impl<S: Source> Outgoing<S> {
    /// Of a source that nobody has asked yet.
    pub fn of(source: S) -> Outgoing<S> {
        let watch = source.state().clone();
        let rest = Rest {
            source: Box::new(source),
            untaken: None,
            work: None,
        };
        let state = Mutex::new(State::Resting(rest));
        let shared = Arc::new(Shared { state });
        let outlet: Arc<dyn Outlet> = shared.clone();
        // Each watch has one outlet, so that it is not set yet.
        let _ = watch.outlet.set(Arc::downgrade(&outlet));
        Outgoing { shared }
    }
}

impl<S: Source> Stream for Outgoing<S> {
    type Item = Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        let mut state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (work, waker) = match mem::take(&mut *state) {
            State::Resting(mut rest) => {
                if let Some(item) = rest.untaken.take() {
                    *state = State::Resting(rest);
                    return Poll::Ready(item);
                }
                (rest.start(), None)
            }
            State::Working(work, waker) => (work, Some(waker)),
            State::Ended(mut frames, ended) => {
                let Some(frame) = frames.pop_front() else {
                    return Poll::Ready(ended.map(Err));
                };
                *state = State::Ended(frames, ended);
                return Poll::Ready(Some(Ok(frame)));
            }
        };
        let waker = waker.filter(|waker| waker.will_wake(context.waker()));
        let waker = waker.unwrap_or_else(|| context.waker().clone());
        state.advance(work, waker)
    }
}

impl<S: Source> State<S> {
    /// Works on, and rests once an item is made.
    fn advance(&mut self, mut work: Work<S>, waker: Waker) -> Poll<Option<Item>> {
        let Poll::Ready((source, item)) = work.poll(&mut Context::from_waker(&waker)) else {
            *self = State::Working(work, waker);
            return Poll::Pending;
        };
        *self = State::Resting(Rest {
            source,
            untaken: None,
            work: Some(work),
        });
        Poll::Ready(item)
    }
}

impl<S> Default for State<S> {
    fn default() -> Self {
        State::Ended(VecDeque::new(), None)
    }
}

impl<S: Source> Rest<S> {
    fn start(self) -> Work<S> {
        let mut source = self.source;
        let next = async move {
            let item = source.next().await;
            (source, item)
        };
        match self.work {
            Some(mut work) => {
                work.set(next);
                work
            }
            None => ReusableBoxFuture::new(next),
        }
    }

    /// What is left to say.
    fn end(&mut self, reason: v1::EndReason) -> (VecDeque<Encoded>, Option<Ended>) {
        let (untaken, over) = match self.untaken.take() {
            None => (None, None),
            Some(Some(Ok(frame))) => (Some(frame), None),
            Some(Some(Err(ended))) => (None, Some(Some(ended))),
            Some(None) => (None, Some(None)),
        };
        if let Some(ended) = over {
            return (VecDeque::new(), ended);
        }
        let (ending, ended) = self.source.end(reason);
        (untaken.into_iter().chain(ending).collect(), ended)
    }
}

impl<S: Source> Outlet for Shared<S> {
    fn press(&self) {
        // Whoever holds the lock is asking for a frame.
        let Ok(mut state) = self.state.try_lock() else {
            return;
        };
        match mem::take(&mut *state) {
            State::Working(work, waker) => {
                let waiting = waker.clone();
                if let Poll::Ready(item) = state.advance(work, waker)
                    && let State::Resting(rest) = &mut *state
                {
                    rest.untaken = Some(item);
                    waiting.wake();
                }
            }
            other => *state = other,
        }
    }

    fn end_resting(&self, reason: v1::EndReason) -> bool {
        let Ok(mut state) = self.state.try_lock() else {
            return false;
        };
        let State::Resting(rest) = &mut *state else {
            return false;
        };
        let (frames, ended) = rest.end(reason);
        // Dropped with the lock released: it gives up places and leases.
        let resting = mem::replace(&mut *state, State::Ended(frames, ended));
        drop(state);
        drop(resting);
        true
    }
}
