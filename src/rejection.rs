//! Why a request is not served, grouped by who can do something about it.

use std::time::Duration;

use crate::{
    domain::{Micros, Violations},
    filter::FilterError,
    index::{Position, TooManyBodies},
    store::{CURSORS_MAX, Cursor, CursorRefusal, RECORD_LEN_MAX, StoreError},
};

/// A request that is not served. [`grpc`](crate::grpc) turns it into a status whose details hold
/// what the client needs for its next request.
#[derive(Clone, Debug)]
pub enum Rejection {
    /// Fields break rules of the domain; all of them are here.
    Invalid(Violations),
    /// A field of the request itself is wrong.
    Argument {
        field: &'static str,
        description: String,
    },
    /// The filter cannot be read.
    Filter(Box<FilterError>),
    /// A page token that is garbage, or of another request or store.
    PageToken { why: &'static str },
    /// A resume token that is garbage.
    ResumeToken { why: &'static str },
    /// A resume token made under another filter.
    ResumeTokenFilter { token: String, request: String },
    /// A resume token of a history that is no more.
    EpochChanged {
        token: String,
        store: String,
        head: Position,
    },
    /// A position beyond the head.
    PositionInFuture { requested: Position, head: Position },
    /// Resources that are not there, at the position that was asked for.
    NotFound { missing: Vec<Missing> },
    /// A resource that was to be created is there.
    AlreadyExists { name: String },
    /// The revision that the client saw is not the newest.
    EtagMismatch {
        name: String,
        current_etag: String,
        current_revision: i32,
    },
    /// The event is retracted, so that it takes no changes until it is restored.
    EventRetracted { name: String },
    /// The event was merged into another, which takes the changes.
    EventMerged { name: String },
    /// The content of the event was erased.
    EventRedacted { name: String, hint: &'static str },
    /// The content of the partnership or body was erased.
    Redacted { name: String, hint: &'static str },
    /// A write would be known earlier than the revision before.
    KnownTooEarly { name: String, known_since: Micros },
    /// A record exists that a write excludes.
    PreconditionFailed { name: String, position: Position },
    /// A write of this tracking source has reached this position already.
    NotAhead { source: String, tracked: u64 },
    /// The names in a filter stand for too many bodies.
    TooManyBodies(TooManyBodies),
    /// The event is not retracted, so that there is nothing to restore.
    NotRetracted { name: String, state: &'static str },
    /// The request id belongs to another request.
    RequestIdReused { request_id: String, name: String },
    /// Writes of others kept coming in between.
    Contended { name: String },
    /// An event was redacted while the store was exported, so that what was sent is no whole store.
    ExportOvertaken { name: String },
    /// More watches than allowed.
    TooManyWatches {
        limit: usize,
        /// Whose limit it is; the server's when it is `None`.
        holder: Option<String>,
    },
    /// Another consumer holds the lease of a subscription.
    LeaseLost { name: String, epoch: u64 },
    /// An acknowledgement of what was not sent.
    NotSent {
        name: String,
        requested: Position,
        sent: Position,
    },
    /// More subscriptions than a store keeps.
    TooManySubscriptions { limit: usize },
    /// An answer would be larger than allowed.
    TooLarge {
        what: &'static str,
        size: usize,
        limit: usize,
    },
    /// A summary would take more than a call may.
    TooCostly { what: &'static str, limit: u64 },
    /// More texts would have to be looked at for the phrases of a filter than a call may.
    PhraseTooCommon { limit: u64 },
    /// The deadline of the client passed, or the longest wait.
    Late { waited: Duration, what: String },
    /// The server is about to stop.
    Draining,
    /// Our own failure.
    Store(StoreError),
}

/// A resource that is not there at the position of a read, or was not known by its time.
#[derive(Clone, Debug)]
pub struct Missing {
    /// Its full name.
    pub name: String,
    /// When it begins, if that is later than the read.
    pub begins: Option<Begins>,
}

/// When a resource begins that a read did not find.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Begins {
    /// It is committed at a later position.
    At { position: Position, commit: Micros },
    /// It is there, but became known at a later time.
    Known { since: Micros },
}

impl Rejection {
    /// A field of the request that is wrong, with what would be right.
    pub fn argument(field: &'static str, description: impl Into<String>) -> Rejection {
        Rejection::Argument {
            field,
            description: description.into(),
        }
    }

    /// One resource that is not there.
    pub fn not_found(name: &str) -> Rejection {
        Rejection::NotFound {
            missing: vec![Missing {
                name: name.to_owned(),
                begins: None,
            }],
        }
    }

    /// A change of a subscription that was refused.
    pub fn of_subscription(slug: &str, refusal: CursorRefusal) -> Rejection {
        let name = Cursor::name_of(slug);
        match refusal {
            CursorRefusal::NotFound => Rejection::not_found(&name),
            CursorRefusal::Exists => Rejection::AlreadyExists { name },
            CursorRefusal::TooMany => Rejection::TooManySubscriptions { limit: CURSORS_MAX },
            CursorRefusal::RequestIdReused { request_id, slug } => Rejection::RequestIdReused {
                request_id,
                name: Cursor::name_of(&slug),
            },
            CursorRefusal::Stale { etag, version } => Rejection::EtagMismatch {
                name,
                current_etag: etag,
                current_revision: i32::try_from(version).unwrap_or(i32::MAX),
            },
            CursorRefusal::LeaseLost { epoch } => Rejection::LeaseLost { name, epoch },
            CursorRefusal::NotSent { requested, sent } => Rejection::NotSent {
                name,
                requested,
                sent,
            },
            CursorRefusal::TooLarge { len } => Rejection::TooLarge {
                what: "the subscription with the filters that still apply to what is not acknowledged",
                size: len,
                limit: RECORD_LEN_MAX,
            },
        }
    }
}

impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Rejection {
        Rejection::Store(error)
    }
}

impl From<FilterError> for Rejection {
    fn from(error: FilterError) -> Rejection {
        Rejection::Filter(Box::new(error))
    }
}

impl From<TooManyBodies> for Rejection {
    fn from(why: TooManyBodies) -> Rejection {
        Rejection::TooManyBodies(why)
    }
}

impl From<Violations> for Rejection {
    fn from(violations: Violations) -> Rejection {
        Rejection::Invalid(violations)
    }
}
