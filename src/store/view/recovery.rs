//! Recovery at start: reads and checks the whole log, and builds the view from it.

use std::thread;

use super::{
    scan::{BATCH_LEN, Scan},
    view::View,
};
use crate::store::{error::StoreError, log::Log, record::Position};

/// Builds the view from the whole log, and reports its progress. Fails if the log is not as it was
/// written, or ends before a position that it is known to have reached.
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

/// Adds to a failure the first position after `after` and up to `upto` that cannot be read, as an
/// engine may not report it. Returns the failure unchanged when all can be read.
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
