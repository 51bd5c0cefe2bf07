use crate::{store::Proposal, wire::ResourceMessage};

/// What a verb makes of the state as it is.
pub struct Prepared<M> {
    pub(super) changes: Vec<Proposal>,
    /// What the first changes would be answered with, one each.
    pub(super) answers: Vec<M>,
    /// The content would stay as it is.
    pub(super) unchanged: bool,
}

impl<M: ResourceMessage> Prepared<M> {
    /// One change, with what it would be answered with.
    pub(super) fn one((change, answer): (Proposal, M)) -> Prepared<M> {
        Prepared {
            changes: vec![change],
            answers: vec![answer],
            unchanged: false,
        }
    }

    /// An update. When nothing would change, it is answered with what there is.
    pub(super) fn update((change, answer): (Proposal, M), before: M) -> Prepared<M> {
        let unchanged = change.changed_fields.is_empty();
        Prepared {
            changes: vec![change],
            answers: vec![if unchanged { before } else { answer }],
            unchanged,
        }
    }
}
