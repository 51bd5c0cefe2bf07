//! The gRPC edge. A method has three steps: parse the request into a command, execute it, encode the
//! answer. One file, `error.rs`, turns rejections into statuses.

mod admin;
mod answer;
mod bodies;
mod call;
mod error;
mod events;
mod explain;
mod export;
mod filters;
mod frame_codec;
mod frame_stream;
mod get;
mod health;
mod importer;
mod list;
mod order;
mod page_size;
mod partnerships;
mod publisher;
mod read_at;
mod reason_code;
mod reflection;
mod rows;
mod server_info;
mod services;
mod status_builder;
mod subscription_request;
mod subscriptions;
mod summarize;
mod time_left;
mod trailer_limit;
mod verify;
mod watch;
mod watches;
mod write;
mod write_event;
mod write_record;

pub use health::{HealthReporter, HealthService, Readiness};
pub use importer::Importer;
pub use reflection::Reflection;
pub use services::{Services, Settings, services};
pub use status_builder::{ERROR_DOMAIN, StatusBuilder};
pub use time_left::{TimeLeft, parse_timeout, with_time_left};
pub use trailer_limit::TRAILERS_LEN_MAX;
