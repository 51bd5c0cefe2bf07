//! The gRPC edge. A method has three steps: parse the request into domain values, ask the layer
//! below, convert the answer. One file, `error.rs`, turns rejections into statuses.

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
mod get;
mod health;
mod importer;
mod list;
mod listed;
mod nothing;
mod order;
mod page;
mod partnerships;
mod publisher;
mod reason_code;
mod reflection;
mod reply;
mod revisions;
mod scope;
mod services;
mod subscription_request;
mod subscriptions;
mod summarize;
mod summary_order;
mod time_left;
mod verify;
mod watch;
mod write;
mod write_event;
mod write_partnership;

pub use fitting::TRAILERS_LEN_MAX;
pub use health::{HealthReporter, HealthService, Readiness};
pub use importer::Importer;
pub use page::{read_sorted_token as read_page_token, sorted_token as page_token};
pub use reflection::Reflection;
pub use reply::{ERROR_DOMAIN, Reply};
pub use services::{Services, Settings, services};
pub use time_left::{TimeLeft, parse_timeout, with_time_left};
