use crate::{
    command::{Command, access::Access},
    domain::Micros,
    index::Position,
    rejection::Rejection,
    wire,
};

/// Where a subscription is put.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StartAt {
    Latest,
    Earliest,
    After(Position),
    /// Before the first change that was committed then or later, which the request has in `field`.
    Time {
        field: &'static str,
        time: Micros,
    },
}

impl StartAt {
    /// The position before which everything counts as acknowledged.
    pub(super) fn after<C: Command>(self, access: Access<'_, C>) -> Result<Position, Rejection> {
        let head = access.head().position;
        match self {
            StartAt::Latest => Ok(head),
            StartAt::Earliest => Ok(0),
            StartAt::After(requested) if requested > head => {
                Err(Rejection::PositionInFuture { requested, head })
            }
            StartAt::After(requested) => Ok(requested),
            StartAt::Time { field, time } => {
                let first = access.index().first_at_or_after(time.0);
                // The clock may have gone back since: what the log has reached is not in the future.
                if first > head && time.0 > access.clock().now_micros() {
                    let time = wire::timestamp(time);
                    let why = format!("{time} is in the future; send START_LATEST to begin now");
                    return Err(Rejection::argument(field, why));
                }
                Ok(first.saturating_sub(1).min(head))
            }
        }
    }
}
