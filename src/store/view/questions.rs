//! Questions to the index. Cheap ones are answered at once. Costly ones take turns on threads of their
//! own, and release the index every few moments, so that nobody else waits for them.

use std::{num::NonZero, sync::Arc, thread};

use tokio::{
    sync::{Semaphore, oneshot},
    task,
};

use crate::{
    index::{Index, Lend, Question},
    store::{disk::catch_panics::catch_panics, error::StoreError, view::View},
};

/// The cost, in positions and values, up to which a question is answered on the caller's thread:
/// about a millisecond.
const AT_ONCE_MAX: u64 = 100_000;
/// The number of positions and values after which the index is released.
const SLICE: u64 = 65_536;
/// The most costly questions that are answered at a time, on machines with many processors.
const ANSWERED_MAX: usize = 4;
/// The most costly questions that wait for their turn.
const WAITING_MAX: usize = 64;

/// Answers questions to the index of a view. Clones share the turns.
#[derive(Clone, Debug)]
pub(crate) struct Questions {
    view: Arc<View>,
    turns: Arc<Turns>,
}

/// The turns of costly questions.
#[derive(Debug)]
struct Turns {
    waiting: Semaphore,
    answered: Arc<Semaphore>,
    /// The total permits of `answered`.
    places: usize,
}

/// Why a costly question ends without an answer.
enum Stopped {
    /// Nobody waits for the answer any more.
    Unasked,
    /// Revisions were replaced, and parts of the answer are older.
    Replaced,
}

/// Lends the index in slices while the caller waits for the answer.
struct Slices<'a, T> {
    view: &'a View,
    asker: &'a oneshot::Sender<T>,
    replacements: u64,
}

impl<T> Lend for Slices<'_, T> {
    type Stop = Stopped;

    const SLICE: u64 = SLICE;

    fn lend<A>(&self, ask: impl FnOnce(&Index) -> A) -> Result<A, Stopped> {
        self.go_on()?;
        let index = self.view.index();
        if index.replacements() != self.replacements {
            return Err(Stopped::Replaced);
        }
        Ok(ask(&index))
    }

    fn go_on(&self) -> Result<(), Stopped> {
        if self.asker.is_closed() {
            return Err(Stopped::Unasked);
        }
        // A thread that serves calls may be waiting for this processor.
        thread::yield_now();
        Ok(())
    }
}

impl Questions {
    /// Makes a queue of questions, which leaves half of the processors to others.
    pub(crate) fn new(view: Arc<View>) -> Questions {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let places = (processors / 2).clamp(1, ANSWERED_MAX);
        let turns = Arc::new(Turns {
            waiting: Semaphore::new(WAITING_MAX),
            answered: Arc::new(Semaphore::new(places)),
            places,
        });
        Questions { view, turns }
    }

    /// Answers a question. Dropping the future stops the work.
    pub(crate) async fn ask<Q>(&self, question: Q) -> Result<Q::Answer, StoreError>
    where
        Q: Question + Send + 'static,
        Q::Answer: Send + 'static,
    {
        {
            let index = self.view.index();
            if question.cost(&index) <= AT_ONCE_MAX {
                let Ok(answer) = question.answer(&*index);
                return Ok(answer);
            }
        }
        let waiting = if Q::IS_PATIENT {
            None
        } else {
            let place = self.turns.waiting.try_acquire();
            Some(place.map_err(|_| StoreError::Busy {
                waiting: WAITING_MAX,
            })?)
        };
        let turn = self.turns.answered.clone().acquire_owned().await;
        let turn = turn.map_err(|_| StoreError::Closed)?;
        drop(waiting);
        let (asker, answered) = oneshot::channel();
        let view = self.view.clone();
        task::spawn_blocking(move || {
            let answer = catch_panics(|| answer_in_slices(&view, &question, &asker));
            // Before the answer, so that its receiver finds a turn free.
            drop(turn);
            if let Some(answer) = answer.transpose() {
                // The caller may stop waiting at this very moment.
                let _ = asker.send(answer);
            }
        });
        answered.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Answers a question on this thread, in slices, however costly it is. For threads that serve no
    /// calls.
    pub(crate) fn ask_here<Q: Question>(&self, question: &Q) -> Result<Q::Answer, StoreError> {
        let (asker, _answered) = oneshot::channel::<()>();
        answer_in_slices(&self.view, question, &asker).ok_or(StoreError::Closed)
    }

    /// Returns the number of costly questions that are being answered.
    pub(crate) fn costly(&self) -> usize {
        let turns = &self.turns;
        turns.places - turns.answered.available_permits().min(turns.places)
    }
}

/// Answers a question, starting again whenever revisions are replaced. `None` once nobody waits.
fn answer_in_slices<Q: Question, T>(
    view: &View,
    question: &Q,
    asker: &oneshot::Sender<T>,
) -> Option<Q::Answer> {
    loop {
        let lender = Slices {
            view,
            asker,
            replacements: view.index().replacements(),
        };
        match question.answer(&lender) {
            Ok(answer) => return Some(answer),
            Err(Stopped::Replaced) => {}
            Err(Stopped::Unasked) => return None,
        }
    }
}
