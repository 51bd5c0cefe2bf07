//! Named cursors and their streams.

mod acknowledge;
mod consume;
mod create;
mod delete;
mod get;
mod list;
mod seek;
mod start_at;
mod subscription;
mod update;

pub(crate) use acknowledge::AcknowledgeSubscription;
pub(crate) use consume::ConsumeSubscription;
pub(crate) use create::CreateSubscription;
pub(crate) use delete::DeleteSubscription;
pub(crate) use get::GetSubscription;
pub(crate) use list::ListSubscriptions;
pub(crate) use seek::SeekSubscription;
pub(crate) use start_at::StartAt;
pub(crate) use subscription::Subscription;
pub(crate) use update::UpdateSubscription;
