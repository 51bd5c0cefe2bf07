//! The connections of the gRPC port, from their acceptance to their end.
//!
//! Everybody who reaches the port can open them, so each costs bounded memory, work and time: there
//! is a bound on how many there are, in all and from one address; one that does not begin HTTP/2 is
//! closed after seconds, and a request that does not end is given up. What strangers do wrong is
//! counted in the metrics and is no reason for a line in the log.

mod accept;
mod calls;
mod connection_metrics;
mod descriptors;
mod hyper_timer;
mod preface;
mod pulse;
mod refusals;
mod request_body;
mod resets;
mod serve;

mod slots;

pub(super) use accept::{Connections, accept};
pub(super) use connection_metrics::ConnectionMetrics;
pub(super) use descriptors::Bounds;
pub(super) use preface::PREFACE;
pub(super) use pulse::{Intake, Pulse};
pub(super) use resets::Resets;
