//! What the server can be asked for. Each method is a [`Command`]. An output such as gRPC parses a request
//! into a command, and [`Commands::execute`] is the only way to execute it.
//!
//! Answers consist of domain values and stored bytes. The output encodes them.

mod access;
mod admin;
#[expect(
    clippy::module_inception,
    reason = "the module is named after what it is about"
)]
mod command;
mod commands;
mod context;
mod event_count;
mod events;
mod frames;
mod list_filter;
mod listed;
mod method;
mod named;
mod namesakes;
mod no_match_hints;
mod page;
mod read_at;
mod rows;
mod subscriptions;
mod tracking;
mod write;

pub use commands::Commands;
pub(crate) use page::Page;
pub use page::{SortedPlace, read_sorted_token, sorted_token};

pub(crate) use admin::{
    DisconnectWatch, ExportHeader, ExportPart, ExportStore, GetServerInfo, ListWatches, ServerInfo,
    Verification, VerifyStore, WatchRow,
};
pub(crate) use command::Command;
pub(crate) use context::{Context, Principal};
pub(crate) use events::{
    BatchGetEvents, EventPage, ExplainFilter, Explained, GetEvent, ListEventRevisions, ListEvents,
    RevisionRow, SummarizeEvents, Summary, SummaryOrder, SummaryRow, WatchEvents,
};
pub(crate) use frames::Frames;
pub(crate) use list_filter::ListFilter;
pub(crate) use method::Method;
pub(crate) use named::{GetNamed, ListNamed, NamedPage};
pub(crate) use read_at::{ReadAt, WAIT_MAX};
pub(crate) use rows::{BodyRow, EventRow, Full, PartnershipRow, ROWS_BYTES_MAX, Rows};
pub(crate) use subscriptions::{
    AcknowledgeSubscription, ConsumeSubscription, CreateSubscription, DeleteSubscription,
    GetSubscription, ListSubscriptions, SeekSubscription, StartAt, Subscription,
    UpdateSubscription,
};
pub(crate) use tracking::GetTracking;
pub(crate) use write::{Redacted, Write, WrittenBody, WrittenPartnership};
