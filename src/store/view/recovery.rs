//! What happens at start: the whole log is read and checked, and the view built from it.

use std::thread;

use super::{
    scan::{BATCH_LEN, Scan},
    view::View,
};
use crate::store::{error::StoreError, log::Log, record::Position};

/// Reads the log from its beginning, telling how far it is. Refuses one that is not what was written,
/// or that ends before a position that it is known to have reached.
pub(crate) fn recover(
    log: &dyn Log,
    mut progress: impl FnMut(Position),
) -> Result<View, StoreError> {
    let view = View::default();
    let reached = log.reached();
    thread::scope(|scope| {
        for batch in Scan::start(scope, log, reached) {
            let after = view.head().position;
            let batch =
                batch.map_err(|error| located(log, after, after + BATCH_LEN as Position, error))?;
            view.apply(&batch.records, &batch.documents, &[]);
            progress(view.head().position);
        }
        Ok(())
    })?;
    let position = view.head().position;
    if position < reached.0 {
        let reached = reached.0;
        let what = format!("the log ends there, and it had reached position {reached}");
        return Err(StoreError::Damaged { position, what });
    }
    Ok(view)
}

/// The same failure with the first position after `after` that cannot be read, which an engine may
/// not tell; as it is when each can, up to `upto`.
pub(crate) fn located(
    log: &dyn Log,
    after: Position,
    upto: Position,
    error: StoreError,
) -> StoreError {
    let StoreError::Failed(what) = &error else {
        return error;
    };
    match (after + 1..=upto).find(|position| log.read(*position).is_err()) {
        Some(position) => StoreError::Damaged {
            position,
            what: format!("it cannot be read: {what}"),
        },
        None => error,
    }
}
