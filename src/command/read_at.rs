use std::time::Duration;

use super::{access::Access, command::Command, context::Context};
use crate::{domain::Micros, index::Position, rejection::Rejection};

/// Longest wait for a position that is asked for.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(30);

/// As long ago, by their clocks, clients mean the present when they ask for what is there now.
const NOW_LEN: Duration = Duration::from_secs(60);

/// At which position a read is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadAt {
    /// The read waits until the store has reached it.
    pub min_position: Position,
    /// What the read is about; 0 when it is not given.
    pub as_of_position: Position,
    /// The same by its time.
    pub as_of_time: Option<Micros>,
}

impl ReadAt {
    /// Waits until the store has reached the least position, and gives the head. A drain ends the wait,
    /// not the read of what is there.
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

    /// The position that a read is about: a given one, that of a given time, or the head.
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

    /// The position and the time as parts of what must stay the same between pages.
    pub(super) fn texts(&self) -> [String; 2] {
        let time = self.as_of_time.map(|Micros(micros)| {
            let (seconds, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
            format!("{seconds}.{}", rest * 1_000)
        });
        [self.as_of_position.to_string(), time.unwrap_or_default()]
    }
}

/// Whether everything there is was committed by then, whatever its commit times say: those that are
/// ahead of the clock, which once was wrong, are no reason to hide what is newer from who asks for now.
fn is_now<C: Command>(access: Access<'_, C>, time: Micros) -> bool {
    let now = access.clock().now_micros();
    let len = NOW_LEN.as_micros() as i64;
    time.0 >= now || (time.0 >= now - len && !access.ahead().is_zero())
}
