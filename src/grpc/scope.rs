//! At which position a read is answered.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{answer::position, time_left::answer_by};
use crate::{
    domain::Micros,
    feed,
    filter::Filter,
    index::Position,
    rejection::{Missing, Rejection},
    store::Store,
    wire,
};

/// Longest wait for a position that is asked for.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(30);

/// Waits until the store has reached `min_position`, and gives the head. A drain ends the wait, not the
/// read of what is there.
pub(super) async fn reached(
    store: &Store,
    drain: &CancellationToken,
    min_position: i64,
) -> Result<Position, Rejection> {
    let wanted = position("min_position", min_position)?;
    let head = store.head().position;
    if wanted <= head {
        return Ok(head);
    }
    let mut heads = store.follow_head();
    let reached = heads.wait_for(|head| head.position >= wanted);
    let reached = drain.run_until_cancelled(reached);
    let (clock, begun) = (store.clock(), store.clock().now());
    let latest = begun + WAIT_MAX;
    let until = answer_by().map_or(latest, |answer_by| answer_by.min(latest));
    match clock.timeout_at(until, reached).await {
        Some(Some(Ok(head))) => Ok(head.position),
        Some(Some(Err(_)) | None) => Err(Rejection::Draining),
        None => {
            let head = store.head().position;
            let what = format!("the store is at position {head} and did not reach {wanted}");
            Err(Rejection::Late {
                waited: clock.since(begun),
                what,
            })
        }
    }
}

/// As long ago, by their clocks, clients mean the present when they ask for what is there now.
const NOW_LEN: Duration = Duration::from_secs(60);

/// The position that a read is about: a given one, that of a given time, or the head.
pub(super) fn as_of(
    store: &Store,
    head: Position,
    as_of_position: i64,
    as_of_time: Option<prost_types::Timestamp>,
) -> Result<Position, Rejection> {
    let requested = position("as_of_position", as_of_position)?;
    if requested > head {
        return Err(Rejection::PositionInFuture { requested, head });
    }
    match (requested, as_of_time) {
        (0, None) => Ok(head),
        (0, Some(time)) => {
            let time = wire::micros(time).map_err(|why| Rejection::argument("as_of_time", why))?;
            if is_now(store, time) {
                return Ok(head);
            }
            Ok(store.index().position_at(time.0).min(head))
        }
        (requested, None) => Ok(requested),
        (_, Some(_)) => {
            let why = "is given together with as_of_position; give one of the two";
            Err(Rejection::argument("as_of_time", why))
        }
    }
}

/// What a read did not find, with where it begins, if it does so later than what was read.
pub(super) fn missing(store: &Store, name: &str, first: Option<Position>) -> Missing {
    let begins = |position| (position, Micros(store.index().commit_micros(position)));
    Missing {
        name: name.to_owned(),
        first: first.map(begins),
    }
}

/// What to tell whoever reads what nothing matches at a position.
pub(super) fn hints(store: &Store, filter: &Filter, upto: Position) -> Vec<String> {
    match (upto, store.head().position) {
        (0, 1..) => vec![nothing_by_then(store)],
        _ => feed::hints(store, filter, upto),
    }
}

/// Of a read as of a time at which the log was empty, which is no answer about the world.
fn nothing_by_then(store: &Store) -> String {
    let first = wire::timestamp(Micros(store.index().commit_micros(1)));
    format!("nothing had been committed by then: the first commit was at {first}")
}

/// A time as a part of what must stay the same between pages.
pub(super) fn time_text(time: Option<prost_types::Timestamp>) -> String {
    time.map_or_else(String::new, |time| {
        format!("{}.{}", time.seconds, time.nanos)
    })
}

/// Whether everything there is was committed by then, whatever its commit times say: those that are
/// ahead of the clock, which once was wrong, are no reason to hide what is newer from who asks for now.
fn is_now(store: &Store, time: Micros) -> bool {
    let now = store.clock().now_micros();
    let len = NOW_LEN.as_micros() as i64;
    time.0 >= now || (time.0 >= now - len && !store.ahead().is_zero())
}
