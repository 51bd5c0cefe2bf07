//! The commands for subscriptions, one file per command.

mod consume;
mod list;
mod log_position;
mod seek;
mod subscribe;
mod table;
mod unsubscribe;

use tonic::transport::Channel;

use super::connect::Connection;
use crate::proto::v1::subscription_service_client::SubscriptionServiceClient;

pub(super) use consume::Consume;
pub(super) use list::Subscriptions;
pub(super) use seek::Seek;
pub(super) use subscribe::Subscribe;
pub(super) use unsubscribe::Unsubscribe;

/// The longest answer, in bytes. A page of a thousand subscriptions with long filters exceeds the
/// default.
const ANSWER_SIZE_MAX: usize = 16 << 20;

pub(super) fn client(server: &Connection) -> SubscriptionServiceClient<Channel> {
    SubscriptionServiceClient::new(server.channel()).max_decoding_message_size(ANSWER_SIZE_MAX)
}

/// Completes the name of a subscription.
fn name(text: &str) -> Result<String, String> {
    match text {
        "" => Err("the name is missing".into()),
        name if name.starts_with("subscriptions/") => Ok(name.to_owned()),
        slug => Ok(format!("subscriptions/{slug}")),
    }
}
