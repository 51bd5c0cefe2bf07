//! How a question has the index: at once, or in slices between which others have it.

use std::convert::Infallible;

use super::index::Index;

/// Who lends the index to a question.
pub trait Lend {
    /// Why a question ends without an answer.
    type Stop;

    /// Values and positions that a question may look at before it gives the index back.
    const SLICE: u64;

    /// Lends the index for a moment.
    fn lend<T>(&self, ask: impl FnOnce(&Index) -> T) -> Result<T, Self::Stop>;

    /// Whether the answer is still waited for. Asked between pieces of work that need no index.
    fn go_on(&self) -> Result<(), Self::Stop>;
}

/// Whoever has the index has it until the answer.
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

/// What is asked of the index, and what that costs.
pub trait Question {
    type Answer;

    /// About how many values and positions are looked at. Told without looking at them.
    fn cost(&self, index: &Index) -> u64;

    /// Whether it may wait behind any number of others, as a stream does. Others are refused when
    /// many wait.
    const IS_PATIENT: bool = false;

    /// The answer; the same whoever lends the index.
    fn answer<L: Lend>(&self, lender: &L) -> Result<Self::Answer, L::Stop>;
}

/// Part of a question, of which the rest begins behind a key.
#[derive(Debug)]
pub(super) enum Part<K> {
    Last,
    UpTo(K),
}
