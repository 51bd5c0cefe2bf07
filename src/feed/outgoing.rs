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

use super::{
    frame::{EndReason, FrameCodec},
    registry::Registration,
    stage::Ended,
    stream_handle::OpenStream,
};
use crate::store::StoreError;

/// What makes the frames of a stream.
pub(super) trait Source: Send + Sized + 'static {
    type Frame: Send;

    /// The next frame, or the reason for there being no more, which is the last item.
    fn next(&mut self) -> impl Future<Output = Option<Result<Self::Frame, Ended>>> + Send;

    /// Returns the last frame, unless it was made already, and the error that ends the stream.
    fn end(&mut self, reason: EndReason) -> (Option<Self::Frame>, Option<Ended>);

    /// Ends without another frame, as the last one could not be encoded.
    fn fail(&mut self, error: StoreError) -> Ended;

    /// Its registration among the open watches.
    fn registration(&self) -> &Registration;
}

/// The stream of a source's frames, as its codec encodes them.
pub(super) struct Outgoing<S: Source, C: FrameCodec<S::Frame>> {
    shared: Arc<Shared<S, C>>,
}

struct Shared<S: Source, C: FrameCodec<S::Frame>> {
    state: Mutex<State<S, C>>,
}

enum State<S: Source, C: FrameCodec<S::Frame>> {
    Idle(Idle<S, C>),
    /// It makes a frame, or waits for what to say. The waker is that of whoever asked.
    Working(Work<S, C>, Waker),
    /// It was ended. What is left is to be said.
    Ended(VecDeque<C::Item>, Option<Ended>),
}

/// A source whose last frame was taken or waits to be.
struct Idle<S: Source, C: FrameCodec<S::Frame>> {
    encoding: Box<Encoding<S, C>>,
    /// What was made although nobody asked.
    untaken: Option<Option<Result<C::Item, Ended>>>,
    work: Option<Work<S, C>>,
}

/// A source with what encodes its frames.
struct Encoding<S, C> {
    source: S,
    codec: C,
}

/// Gives the source back with what it made. Its memory is used again for the next frame.
type Work<S, C> = ReusableBoxFuture<'static, (Box<Encoding<S, C>>, Option<Made<S, C>>)>;

/// An encoded frame, or the reason for there being no more, which is the last item.
type Made<S, C> = Result<<C as FrameCodec<<S as Source>::Frame>>::Item, Ended>;

impl<S: Source, C: FrameCodec<S::Frame>> Encoding<S, C> {
    async fn next(&mut self) -> Option<Made<S, C>> {
        let frame = self.source.next().await?;
        Some(frame.and_then(|frame| self.encode(&frame)))
    }

    fn encode(&mut self, frame: &S::Frame) -> Made<S, C> {
        match self.codec.encode(frame) {
            Ok(item) => {
                self.source.registration().state().wrote(C::len(&item));
                Ok(item)
            }
            Err(error) => Err(self.source.fail(error)),
        }
    }
}

impl<S: Source, C: FrameCodec<S::Frame>> Outgoing<S, C> {
    /// Of a source that nobody has asked yet.
    pub(super) fn of(source: S, codec: C) -> Outgoing<S, C> {
        let handle = source.registration().handle().clone();
        let idle = Idle {
            encoding: Box::new(Encoding { source, codec }),
            untaken: None,
            work: None,
        };
        let state = Mutex::new(State::Idle(idle));
        let shared = Arc::new(Shared { state });
        let stream: Arc<dyn OpenStream> = shared.clone();
        handle.set(&stream);
        Outgoing { shared }
    }
}

impl<S: Source, C: FrameCodec<S::Frame>> Stream for Outgoing<S, C> {
    type Item = Made<S, C>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Made<S, C>>> {
        let mut state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (work, waker) = match mem::take(&mut *state) {
            State::Idle(mut idle) => {
                if let Some(item) = idle.untaken.take() {
                    *state = State::Idle(idle);
                    return Poll::Ready(item);
                }
                (idle.start(), None)
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

impl<S: Source, C: FrameCodec<S::Frame>> State<S, C> {
    /// Works on, and rests once an item is made.
    fn advance(&mut self, mut work: Work<S, C>, waker: Waker) -> Poll<Option<Made<S, C>>> {
        let Poll::Ready((encoding, item)) = work.poll(&mut Context::from_waker(&waker)) else {
            *self = State::Working(work, waker);
            return Poll::Pending;
        };
        *self = State::Idle(Idle {
            encoding,
            untaken: None,
            work: Some(work),
        });
        Poll::Ready(item)
    }
}

impl<S: Source, C: FrameCodec<S::Frame>> Default for State<S, C> {
    fn default() -> Self {
        State::Ended(VecDeque::new(), None)
    }
}

impl<S: Source, C: FrameCodec<S::Frame>> Idle<S, C> {
    fn start(self) -> Work<S, C> {
        let mut encoding = self.encoding;
        let next = async move {
            let item = encoding.next().await;
            (encoding, item)
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
    fn end(&mut self, reason: EndReason) -> (VecDeque<C::Item>, Option<Ended>) {
        let (untaken, over) = match self.untaken.take() {
            None => (None, None),
            Some(Some(Ok(frame))) => (Some(frame), None),
            Some(Some(Err(ended))) => (None, Some(Some(ended))),
            Some(None) => (None, Some(None)),
        };
        if let Some(ended) = over {
            return (VecDeque::new(), ended);
        }
        let (ending, ended) = self.encoding.source.end(reason);
        let (ending, ended) = match ending.map(|frame| self.encoding.encode(&frame)) {
            None => (None, ended),
            Some(Ok(ending)) => (Some(ending), ended),
            Some(Err(failed)) => (None, Some(failed)),
        };
        (untaken.into_iter().chain(ending).collect(), ended)
    }
}

impl<S: Source, C: FrameCodec<S::Frame>> OpenStream for Shared<S, C> {
    fn drive(&self) {
        // Whoever holds the lock is asking for a frame.
        let Ok(mut state) = self.state.try_lock() else {
            return;
        };
        match mem::take(&mut *state) {
            State::Working(work, waker) => {
                let waiting = waker.clone();
                if let Poll::Ready(item) = state.advance(work, waker)
                    && let State::Idle(idle) = &mut *state
                {
                    idle.untaken = Some(item);
                    waiting.wake();
                }
            }
            other => *state = other,
        }
    }

    fn end_resting(&self, reason: EndReason) -> bool {
        let Ok(mut state) = self.state.try_lock() else {
            return false;
        };
        let State::Idle(idle) = &mut *state else {
            return false;
        };
        let (frames, ended) = idle.end(reason);
        // Dropped with the lock released: it gives up places and leases.
        let resting = mem::replace(&mut *state, State::Ended(frames, ended));
        drop(state);
        drop(resting);
        true
    }
}
