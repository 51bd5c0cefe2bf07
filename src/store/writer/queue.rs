//! The queue of requests to the writer. The writer is woken when there are as many as it wants: waking
//! it for each would cost more processor time than most of the work on a request.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::group::Request;
use crate::store::error::StoreError;

/// Makes a queue and returns its two ends.
pub(crate) fn queue() -> (Requests, Queue) {
    let shared = Arc::new(Shared::default());
    (Requests(shared.clone()), Queue(shared))
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    requests: VecDeque<Request>,
    /// The number of requests that the writer waits for; 0 while it does not wait.
    wanted: usize,
    closed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.state().closed = true;
        self.arrived.notify_one();
    }
}

/// The callers' end. Dropping it closes the queue.
pub(crate) struct Requests(Arc<Shared>);

impl Requests {
    /// Adds a request. Fails once the queue is closed.
    pub(crate) fn push(&self, request: Request) -> Result<(), StoreError> {
        let mut state = self.0.state();
        if state.closed {
            return Err(StoreError::Closed);
        }
        state.requests.push_back(request);
        let is_enough = state.requests.len() == state.wanted;
        drop(state);
        if is_enough {
            self.0.arrived.notify_one();
        }
        Ok(())
    }

    /// Closes the queue for new requests. The writer still gets those that are in it.
    pub(crate) fn close(&self) {
        self.0.close();
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        self.close();
    }
}

/// The writer's end. Dropping it drops the requests that are left, whose callers learn that the
/// store is closed.
pub(crate) struct Queue(Arc<Shared>);

impl Queue {
    /// Waits until there are `wanted` requests, at most for `longest`, and returns how many there are.
    /// `None` once the queue is closed and empty.
    pub(crate) fn wait(&self, wanted: usize, longest: Duration) -> Option<usize> {
        let mut state = self.0.state();
        state.wanted = wanted;
        let lacks = |state: &mut State| state.requests.len() < wanted && !state.closed;
        let waited = self.0.arrived.wait_timeout_while(state, longest, lacks);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.wanted = 0;
        let len = state.requests.len();
        (len > 0 || !state.closed).then_some(len)
    }

    /// Takes the oldest request, if any.
    pub(crate) fn pop(&self) -> Option<Request> {
        self.0.state().requests.pop_front()
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.0.close();
        // Dropped after the lock is released: their callers are woken, and may push at once.
        let left = std::mem::take(&mut self.0.state().requests);
        drop(left);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tokio::sync::oneshot::error::TryRecvError;

    use super::*;
    use crate::store::writer::group::WriteRequest;

    const LONG: Duration = Duration::from_secs(60);

    fn empty() -> Request {
        Request::Write(WriteRequest::empty().0)
    }

    #[test]
    fn waits_for_as_many_as_are_wanted() {
        let (requests, queue) = queue();
        let pushing = thread::spawn(move || {
            for _ in 0..3 {
                requests.push(empty()).expect("it is open");
            }
            requests
        });
        assert_eq!(queue.wait(3, LONG), Some(3));
        pushing.join().expect("it does not panic");
    }

    #[test]
    fn waits_no_longer_than_it_may() {
        let (requests, queue) = queue();
        assert_eq!(queue.wait(1, Duration::ZERO), Some(0));
        requests.push(empty()).expect("it is open");
        assert_eq!(queue.wait(2, Duration::from_millis(1)), Some(1));
    }

    #[test]
    fn requests_in_a_queue_that_is_closed_are_still_received() {
        let (requests, queue) = queue();
        requests.push(empty()).expect("it is open");
        requests.close();
        assert!(requests.push(empty()).is_err());
        assert_eq!(queue.wait(2, LONG), Some(1));
        assert!(queue.pop().is_some());
        assert_eq!(queue.wait(1, LONG), None);
    }

    #[test]
    fn a_waiting_writer_is_woken_when_the_queue_is_closed() {
        let (requests, queue) = queue();
        let waiting = thread::spawn(move || queue.wait(1, LONG));
        drop(requests);
        assert_eq!(waiting.join().expect("it does not panic"), None);
    }

    #[test]
    fn requests_that_a_writer_leaves_behind_are_dropped() {
        let (requests, queue) = queue();
        let (request, mut answered) = WriteRequest::empty();
        requests.push(Request::Write(request)).expect("it is open");
        drop(queue);
        assert_eq!(answered.try_recv().err(), Some(TryRecvError::Closed));
        assert!(requests.push(empty()).is_err());
    }
}
