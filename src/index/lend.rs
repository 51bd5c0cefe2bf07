//! How a question borrows the index: once, or in slices between which others use it.

use std::convert::Infallible;

use super::index::Index;

/// A lender of the index.
pub trait Lend {
    /// Why a question ends without an answer.
    type Stop;

    /// How many values and positions a question may look at before it gives the index back.
    const SLICE: u64;

    /// Lends the index for a moment.
    fn lend<T>(&self, ask: impl FnOnce(&Index) -> T) -> Result<T, Self::Stop>;

    /// Fails if nobody waits for the answer any more. Called between pieces of work that need no index.
    fn go_on(&self) -> Result<(), Self::Stop>;
}

/// Lends the index until the answer is complete.
impl Lend for Index {
    type Stop = Infallible;

    const SLICE: u64 = u64::MAX;

    fn lend<T>(&self, ask: impl FnOnce(&Index) -> T) -> Result<T, Infallible> {
        Ok(ask(self))
    }

    fn go_on(&self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A question to the index, with its cost.
pub trait Question {
    type Answer;

    /// Estimates how many values and positions the answer takes, without looking at them.
    fn cost(&self, index: &Index) -> u64;

    /// Whether it may queue behind any number of others, as a stream does. Other questions are refused
    /// when many are queued.
    const IS_PATIENT: bool = false;

    /// Computes the answer, which is the same for every lender.
    fn answer<L: Lend>(&self, lender: &L) -> Result<Self::Answer, L::Stop>;
}

/// What part of a question was answered: the last one, or the part up to a key.
#[derive(Debug)]
pub(super) enum Part<K> {
    Last,
    UpTo(K),
}
