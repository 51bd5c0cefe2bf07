use std::time::SystemTime;

use crate::proto::v1::{
    self,
    watch_events_request::{Begin, End},
};

/// Where in the log a watch begins.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Start {
    /// Only changes made from now on.
    #[default]
    Latest,
    /// Every change of the log.
    Earliest,
    /// A snapshot: each event that matches now, once, and then every later change.
    Snapshot,
    /// The first matching change above this position; 0 means all.
    After(i64),
    /// The first matching change committed at or after this time.
    Time(SystemTime),
}

/// When a watch ends by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Stop {
    /// Once the watch has caught up for the first time.
    CaughtUp,
    /// Once everything up to this position was delivered. Waits for a position in the future.
    Position(i64),
    /// Once everything committed up to this time was delivered. Waits for a time in the future.
    Time(SystemTime),
    /// After this many changes, at least 1.
    Count(i32),
}

impl From<Start> for Begin {
    fn from(start: Start) -> Begin {
        match start {
            Start::Latest => Begin::Start(v1::Start::Latest.into()),
            Start::Earliest => Begin::Start(v1::Start::Earliest.into()),
            Start::Snapshot => Begin::Start(v1::Start::Snapshot.into()),
            Start::After(position) => Begin::AfterPosition(position),
            Start::Time(time) => Begin::StartTime(time.into()),
        }
    }
}

impl From<Stop> for End {
    fn from(stop: Stop) -> End {
        match stop {
            Stop::CaughtUp => End::StopWhenCaughtUp(true),
            Stop::Position(position) => End::StopPosition(position),
            Stop::Time(time) => End::StopTime(time.into()),
            Stop::Count(count) => End::StopCount(count),
        }
    }
}
