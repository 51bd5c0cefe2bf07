//! Writes. Each verb reads the current state, checks the request, and proposes revisions, which the store
//! commits only if nobody else has written in between.

mod create;
mod draft;
mod event_content;
mod first_match;
mod merge;
mod named;
mod parts;
mod prepared;
mod publisher;
mod record;
mod redaction;
mod retraction;
mod revision;
mod successor;
mod update;
mod write_terms;
mod written;

pub use create::{BATCH_LEN_MAX, NewEvent};
pub use draft::{CONTENT_LEN_MAX, NOTE_LEN_MAX};
pub use merge::{MERGE_LEN_MAX, Merger};
pub use publisher::{Publisher, Verb};
pub use record::{
    BodyRedaction, BodyUpdate, NewBody, NewPartnership, NewRecord, PartnershipRedaction,
    PartnershipUpdate, RecordRedaction, RecordUpdate,
};
pub use redaction::Redact;
pub use retraction::{Restoration, Retraction};
pub use update::EventUpdate;
pub use write_terms::{Precondition, WriteTerms};
pub use written::Written;
