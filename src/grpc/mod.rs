//! The gRPC edge. A method has three steps: parse the request into domain values, ask the layer
//! below, convert the answer. One file, `error.rs`, turns rejections into statuses.

mod admin;
mod answer;
mod apply;
mod error;
mod events;
mod explain;
mod export;
mod filters;
mod fitting;
mod frame_codec;
mod get;
mod health;
mod list;
mod listed;
mod nothing;
mod order;
mod page;
mod partnerships;
mod publisher;
mod reason_code;
mod redact;
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

pub use apply::Importer;
pub use fitting::TRAILERS_LEN_MAX;
pub use health::{HealthReporter, HealthService, Readiness};
pub use page::{read_sorted_token as read_page_token, sorted_token as page_token};
pub use reflection::Reflection;
pub use reply::{ERROR_DOMAIN, Reply};
pub use services::{Services, Settings, services};
pub use time_left::{TimeLeft, parse_timeout, with_time_left};

/// Who makes a call, for a part of the server that knows.
#[derive(Clone, Debug)]
struct Principal(String);

/// Who makes a call. Clients are not asked who they are.
fn principal<T>(request: &tonic::Request<T>) -> String {
    let known = request.extensions().get::<Principal>();
    known.map_or_else(
        || crate::feed::ANONYMOUS.to_owned(),
        |principal| principal.0.clone(),
    )
}
