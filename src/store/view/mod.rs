//! The state that the log has led to, in memory, and queries on it.

pub(crate) mod erasures;
pub(crate) mod head;
pub(crate) mod questions;
pub(crate) mod readers;
pub(crate) mod recovery;
pub(crate) mod ring;
pub(crate) mod scan;
mod view;

pub(crate) use view::View;
