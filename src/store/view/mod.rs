//! What the log has led to, in memory, and how it is asked.

pub(crate) mod erasures;
pub(crate) mod head;
pub(crate) mod questions;
pub(crate) mod readers;
pub(crate) mod recovery;
pub(crate) mod ring;
pub(crate) mod scan;
mod view;

pub(crate) use view::View;
