//! Reads of events.

mod batch_get;
mod explain;
mod get;
mod list;
mod revisions;
mod summarize;
mod summary_order;
mod watch;

pub(crate) use batch_get::BatchGetEvents;
pub(crate) use explain::{ExplainFilter, Explained};
pub(crate) use get::GetEvent;
pub(crate) use list::{EventPage, ListEvents};
pub(crate) use revisions::{ListEventRevisions, RevisionRow};
pub(crate) use summarize::{SummarizeEvents, Summary, SummaryRow};
pub(crate) use summary_order::SummaryOrder;
pub(crate) use watch::WatchEvents;
