use crate::{store::Proposal, wire::ResourceMessage};

/// What a verb proposes for the current state.
pub struct Prepared<M> {
    pub(super) changes: Vec<Proposal>,
    /// The resources for the answer, one for each of the first changes.
    pub(super) answers: Vec<M>,
    /// Whether the content would stay the same.
    pub(super) unchanged: bool,
}

impl<M: ResourceMessage> Prepared<M> {
    /// One change, with the resource for its answer.
    pub(super) fn one((change, answer): (Proposal, M)) -> Prepared<M> {
        Prepared {
            changes: vec![change],
            answers: vec![answer],
            unchanged: false,
        }
    }

    /// An update. If nothing would change, the answer is the current revision.
    pub(super) fn update((change, answer): (Proposal, M), before: M) -> Prepared<M> {
        let unchanged = change.changed_fields.is_empty();
        Prepared {
            changes: vec![change],
            answers: vec![if unchanged { before } else { answer }],
            unchanged,
        }
    }
}
