use clap::Args;
use prost_types::Timestamp;

use crate::proto::v1::ListEventsRequest;

use super::{connect::Connection, failure::Failure, note::hints, parse};

/// The state of the log that a read shows; by default the current one.
#[derive(Args, Clone, Debug)]
pub(super) struct AsOf {
    /// Show the state at this position of the log. Positions begin at 1.
    #[arg(long, value_name = "POSITION", value_parser = parse::position)]
    as_of_position: Option<i64>,

    /// Show the state at this time: 2025-05-12T09:00:00Z, or 2025-05-12 for midnight UTC.
    #[arg(long, value_name = "TIME", value_parser = parse::time, conflicts_with = "as_of_position")]
    pub(super) as_of_time: Option<Timestamp>,

    #[command(flatten)]
    known: KnownAt,
}

/// The time whose knowledge a read shows; by default that of the state which is read.
#[derive(Args, Clone, Debug)]
pub(super) struct KnownAt {
    /// Show what was known at this time: 2025-05-12T09:00:00Z, or 2025-05-12 for the last moment
    /// of that day in UTC.
    #[arg(long, value_name = "TIME", value_parser = parse::time_or_end_of_day)]
    pub(super) known_at: Option<Timestamp>,
}

impl AsOf {
    /// Prints a note when the log was still empty at that time, for reads whose error does not say
    /// so.
    pub(super) async fn explain(&self, server: &Connection) -> Result<(), Failure> {
        if self.as_of_time.is_none() {
            return Ok(());
        }
        let call = server.request(ListEventsRequest {
            page_size: 1,
            as_of_time: self.as_of_time,
            ..Default::default()
        });
        let page = server.answer(server.events().list_events(call)).await?;
        hints(&page.hints);
        Ok(())
    }
}

impl AsOf {
    /// Returns whether an earlier state than the current one is shown.
    pub(super) fn is_past(&self) -> bool {
        self.as_of_position.is_some() || self.as_of_time.is_some() || self.known_at().is_some()
    }

    /// Returns the position for requests: 0 means the current state.
    pub(super) fn position(&self) -> i64 {
        self.as_of_position.unwrap_or(0)
    }

    /// Returns the time at which it was known, for requests.
    pub(super) fn known_at(&self) -> Option<Timestamp> {
        self.known.known_at
    }
}
