use clap::Args;

use super::{
    client, name,
    place::{Place, place},
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
    /// The subscription's name or the slug in it.
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,

    /// Where to: latest, earliest, after a position, or at a time.
    #[arg(value_name = "PLACE", value_parser = place)]
    place: Place,
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
