//! The gRPC edge. A method has three steps: parse the request into a command, execute it, encode the
//! answer. One file, `error.rs`, turns rejections into statuses.

mod admin;
mod answer;
mod call;
mod error;
mod events;
mod explain;
mod export;
mod filters;
mod fitting;
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
mod reply;
mod rows;
mod server_info;
mod services;
mod subscription_request;
mod subscriptions;
mod summarize;
mod time_left;
mod verify;
mod watch;
mod watches;
mod write;
mod write_event;
mod write_partnership;

pub use fitting::TRAILERS_LEN_MAX;
pub use health::{HealthReporter, HealthService, Readiness};
pub use importer::Importer;
pub use reflection::Reflection;
pub use reply::{ERROR_DOMAIN, Reply};
pub use services::{Services, Settings, services};
pub use time_left::{TimeLeft, parse_timeout, with_time_left};
