//! The connections of the gRPC port, from their acceptance to their end.
//!
//! Anybody who reaches the port can open connections, so each costs bounded memory, work and time. Their
//! number is limited, in total and per address. A connection that does not begin HTTP/2 is closed after
//! seconds, and an unfinished request is dropped. Misbehaviour of strangers is counted in the metrics and
//! not logged line by line.

mod accept;
mod activity;
mod calls;
mod connection_metrics;
mod file_descriptors;
mod hyper_timer;
mod preface;
mod refusals;
mod request_body;
mod resets;
mod serve;

mod slots;

pub(super) use accept::{Connections, accept};
pub(super) use activity::{Activity, Intake};
pub(super) use connection_metrics::ConnectionMetrics;
pub(super) use file_descriptors::Bounds;
pub(super) use preface::PREFACE;
pub(super) use resets::Resets;
