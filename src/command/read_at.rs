use std::time::Duration;

use super::{access::Access, command::Command, context::Context};
use crate::{
    domain::Micros,
    index::{Index, Position},
    rejection::Rejection,
};

/// Longest wait for `min_position`.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(30);

/// A time that is at most this old means the present, because clients' clocks differ.
const NOW_LEN: Duration = Duration::from_secs(60);

/// The position of a read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadAt {
    /// The read waits until the store has reached it.
    pub min_position: Position,
    /// The position to read at; 0 if not given.
    pub as_of_position: Position,
    /// The time to read at.
    pub as_of_time: Option<Micros>,
    /// Reads what was known at this time.
    pub known_at: Option<Micros>,
}

impl ReadAt {
    /// Waits until the store has reached `min_position`, and returns the head. A shutdown ends the wait but
    /// not a read that need not wait.
    pub(super) async fn reached<C: Command>(
        &self,
        access: Access<'_, C>,
        context: &Context,
    ) -> Result<Position, Rejection> {
        let wanted = self.min_position;
        let head = access.head().position;
        if wanted <= head {
            return Ok(head);
        }
        let mut heads = access.follow_head();
        let reached = heads.wait_for(|head| head.position >= wanted);
        let reached = access.drain().run_until_cancelled(reached);
        let clock = access.clock();
        let begun = clock.now();
        let latest = begun + WAIT_MAX;
        let answer_by = context.answer_by;
        let until = answer_by.map_or(latest, |answer_by| answer_by.min(latest));
        match clock.timeout_at(until, reached).await {
            Some(Some(Ok(head))) => Ok(head.position),
            Some(Some(Err(_)) | None) => Err(Rejection::Draining),
            None => {
                let head = access.head().position;
                let what = format!("the store is at position {head} and did not reach {wanted}");
                Err(Rejection::Late {
                    waited: clock.since(begun),
                    what,
                })
            }
        }
    }

    /// Returns the position to read at: the given one, that of the given time, or the head.
    pub(super) fn as_of<C: Command>(
        &self,
        access: Access<'_, C>,
        head: Position,
    ) -> Result<Position, Rejection> {
        let requested = self.as_of_position;
        if requested > head {
            return Err(Rejection::PositionInFuture { requested, head });
        }
        match (requested, self.as_of_time) {
            (0, None) => Ok(head),
            (0, Some(time)) if is_now(access, time) => Ok(head),
            (0, Some(time)) => Ok(access.index().position_at(time.0).min(head)),
            (requested, None) => Ok(requested),
            (_, Some(_)) => {
                let why = "is given together with as_of_position; give one of the two";
                Err(Rejection::argument("as_of_time", why))
            }
        }
    }

    /// The position and the times, as parts of what must stay the same between pages.
    pub(super) fn texts(&self) -> [String; 3] {
        let text = |time: Option<Micros>| {
            let time = time.map(|Micros(micros)| {
                let (seconds, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
                format!("{seconds}.{}", rest * 1_000)
            });
            time.unwrap_or_default()
        };
        let known_at = match self.known_at {
            None => String::new(),
            known_at => format!("known {}", text(known_at)),
        };
        [
            self.as_of_position.to_string(),
            text(self.as_of_time),
            known_at,
        ]
    }

    /// Whether the revision at a position was known at the time, if one is given.
    pub(super) fn knows(&self, index: &Index, position: Position) -> bool {
        let known_at = self.known_at;
        known_at.is_none_or(|Micros(known_at)| index.known_micros(position) <= known_at)
    }

    /// Returns the revision of a resource to read when the log ended at `upto`.
    pub(super) fn revision(&self, index: &Index, name: &str, upto: Position) -> Option<Position> {
        match self.known_at {
            None => index.newest_as_of(name, upto),
            Some(Micros(known_at)) => index.newest_known(name, upto, known_at),
        }
    }
}

/// Whether a time means the present. Commit times may be ahead of the clock, if the clock was wrong once;
/// that must not hide the newest changes from a client that asks for the present.
fn is_now<C: Command>(access: Access<'_, C>, time: Micros) -> bool {
    let now = access.clock().now_micros();
    let len = NOW_LEN.as_micros() as i64;
    time.0 >= now || (time.0 >= now - len && !access.ahead().is_zero())
}
