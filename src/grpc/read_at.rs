use super::answer::position;
use crate::{command::ReadAt, rejection::Rejection, wire};

/// Reads the position at which a request must be answered.
pub(super) fn read_at(
    min_position: i64,
    as_of_position: i64,
    as_of_time: Option<prost_types::Timestamp>,
    known_at: Option<prost_types::Timestamp>,
) -> Result<ReadAt, Rejection> {
    let min_position = position("min_position", min_position)?;
    let as_of_position = position("as_of_position", as_of_position)?;
    let time = as_of_time.map(wire::micros).transpose();
    let as_of_time = match time {
        Ok(time) => time,
        // Together with a position it is refused whatever its value.
        Err(_) if as_of_position > 0 => Some(Default::default()),
        Err(why) => return Err(Rejection::argument("as_of_time", why)),
    };
    let known_at = known_at.map(wire::micros).transpose();
    let known_at = known_at.map_err(|why| Rejection::argument("known_at", why))?;
    Ok(ReadAt {
        known_at,
        min_position,
        as_of_position,
        as_of_time,
    })
}
