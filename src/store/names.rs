//! Names in filters, which are resolved to the bodies that had them at a position.

use super::{error::StoreError, record::Position, store::Store};
use crate::{
    filter::Filter,
    index::{Index, Lend, Question, TooManyBodies, resolve, resolve_cost, resolve_kept},
};

/// Asks for the filter of a request with its names resolved; patiently for a stream.
struct Resolve<const PATIENT: bool> {
    filter: Filter,
    upto: Position,
}

/// Asks the same for a filter that was accepted before.
struct ResolveKept {
    filter: Filter,
    upto: Position,
}

impl<const PATIENT: bool> Question for Resolve<PATIENT> {
    type Answer = Result<Filter, TooManyBodies>;

    const IS_PATIENT: bool = PATIENT;

    fn cost(&self, index: &Index) -> u64 {
        resolve_cost(index, &self.filter)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Self::Answer, L::Stop> {
        resolve(lender, &self.filter, self.upto)
    }
}

impl Question for ResolveKept {
    type Answer = Filter;

    const IS_PATIENT: bool = true;

    fn cost(&self, index: &Index) -> u64 {
        resolve_cost(index, &self.filter)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Filter, L::Stop> {
        resolve_kept(lender, &self.filter, self.upto)
    }
}

impl Store {
    /// Resolves the names in the filter of a call to the bodies that had them at a position. The answer
    /// depends on nothing that came after it, except that redacted bodies are gone.
    pub async fn resolve(
        &self,
        filter: Filter,
        upto: Position,
    ) -> Result<Result<Filter, TooManyBodies>, StoreError> {
        self.resolve_new::<false>(filter, upto).await
    }

    /// Does the same for a stream, which may wait longer for its turn.
    pub async fn resolve_for_stream(
        &self,
        filter: Filter,
        upto: Position,
    ) -> Result<Result<Filter, TooManyBodies>, StoreError> {
        self.resolve_new::<true>(filter, upto).await
    }

    async fn resolve_new<const PATIENT: bool>(
        &self,
        filter: Filter,
        upto: Position,
    ) -> Result<Result<Filter, TooManyBodies>, StoreError> {
        if !self.names_bodies(&filter) {
            return Ok(Ok(filter));
        }
        self.ask(Resolve::<PATIENT> { filter, upto }).await
    }

    /// Resolves the names in a filter that was accepted before.
    pub async fn resolve_kept(&self, filter: Filter, upto: Position) -> Result<Filter, StoreError> {
        if !self.names_bodies(&filter) {
            return Ok(filter);
        }
        self.ask(ResolveKept { filter, upto }).await
    }

    /// Does the same on this thread, which serves no calls.
    pub fn resolve_kept_here(&self, filter: Filter, upto: Position) -> Result<Filter, StoreError> {
        if !self.names_bodies(&filter) {
            return Ok(filter);
        }
        self.ask_here(&ResolveKept { filter, upto })
    }

    /// Whether some name in a filter may stand for bodies, so that it must be resolved.
    fn names_bodies(&self, filter: &Filter) -> bool {
        self.index().has_named_bodies(filter)
    }
}
