//! The program around the services: configuration, listeners, logs, metrics, probes, and an orderly
//! start and end.
//!
//! [`run()`] is the whole of it. Both listeners are up before the store is opened: health answers
//! NOT_SERVING and the services that need the store answer UNAVAILABLE until it is. On a signal,
//! health says NOT_SERVING and new calls are refused for a while; then nobody is accepted, streams
//! end themselves, calls under way finish, and the store closes.

mod admin_http;
mod call;
mod compression;
mod config;
mod connection;
mod connections;
mod deadline;
mod drain;
mod error;
mod frames;
mod gate;
mod held_metrics;
mod line_limit;
mod listen;
mod metrics;
mod metrics_layer;
mod pace;
mod quantity;
mod room;
mod routes;
mod rpc_metrics;
mod run;
mod running;
mod scrub;
mod scrub_metrics;
mod signals;
mod starting_data;
mod subscription_metrics;
mod telemetry;
mod transport_status;
mod untaken;
mod whole;

pub use config::{LogFormat, ServeConfig};
pub use error::ServeError;
pub use listen::ListenError;
pub use run::run;
pub use running::Server;
pub use telemetry::{TelemetryError, finish as finish_telemetry, init as init_telemetry};
