//! The program around the services: configuration, listeners, logs, metrics, probes, and an orderly
//! start and end.
//!
//! [`run()`] is the entry point. Both listeners are up before the store is opened: until then health answers
//! NOT_SERVING, and services that need the store answer UNAVAILABLE. On a signal, health says NOT_SERVING and
//! new calls are refused for a while; then no connections are accepted, streams end, running calls finish,
//! and the store closes.

mod admin_http;
mod arriving_request;
mod buffered_bytes_metrics;
mod buffering;
mod buffering_limits;
mod byte_budget;
mod call;
mod compression;
mod config;
mod connection;
mod connections;
mod deadline;
mod drain;
mod error;
mod listen;
mod log_line_limit;
mod message_counter;
mod metrics;
mod metrics_layer;
mod pacer;
mod quantity;
mod routes;
mod rpc_metrics;
mod run;
mod scrub;
mod scrub_metrics;
#[expect(clippy::module_inception, reason = "it holds `Server`")]
mod server;
mod signals;
mod starting_data;
mod startup_gate;
mod subscription_metrics;
mod telemetry;
mod transport_status;
mod unread_answer;

pub use config::{LogFormat, ServeConfig};
pub use error::ServeError;
pub use listen::ListenError;
pub use quantity::{duration_above_zero, heartbeat};
pub use run::run;
pub use server::Server;
pub use telemetry::{TelemetryError, finish as finish_telemetry, init as init_telemetry};
