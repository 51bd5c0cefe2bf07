use super::model::{Model, Operation};

/// Does again what was recorded from the beginning, with a look at everything after each number of
/// operations.
pub fn replay(operations: &[Operation], look: impl FnMut(usize, &Model)) {
    replay_on(&mut Model::default(), operations, look);
}

/// The same where something was before.
pub fn replay_on(model: &mut Model, operations: &[Operation], mut look: impl FnMut(usize, &Model)) {
    look(0, model);
    for (done, operation) in (1..).zip(operations) {
        model.apply(operation);
        look(done, model);
    }
}
