use clap::Args;

use super::{
    client,
    log_position::{LogPosition, log_position},
    name,
};
use crate::{
    cli::{
        connect::Connection, details::details, failure::Failure, output::Output,
        remote::RemoteCommand,
    },
    proto::v1::SeekSubscriptionRequest,
};

/// `entente seek`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Seek {
    /// Name of the subscription; the prefix subscriptions/ is optional.
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,

    /// New position: latest, earliest, a position (continues after it), or a time.
    #[arg(value_name = "PLACE", value_parser = log_position)]
    place: LogPosition,
}

impl RemoteCommand for Seek {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let call = server.request(SeekSubscriptionRequest {
            name: self.name,
            target: Some(self.place.into()),
        });
        let answer = server
            .answer(client(&server).seek_subscription(call))
            .await?;
        let subscription = answer.subscription.unwrap_or_default();
        output.one(&subscription, |colour| details(&subscription, colour))
    }
}
