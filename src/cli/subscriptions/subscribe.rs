use std::time::Duration;

use clap::Args;

use super::{
    client,
    log_position::{LogPosition, log_position},
    name,
};
use crate::{
    cli::{
        connect::Connection,
        details::details,
        failure::Failure,
        list::FILTERS,
        note::{hints, note},
        output::Output,
        parse,
        remote::RemoteCommand,
    },
    proto::v1::{CreateSubscriptionRequest, Subscription},
};

/// `entente subscribe`.
#[derive(Args, Debug)]
#[command(after_help = FILTERS)]
pub(in crate::cli) struct Subscribe {
    /// Name of the new subscription; the prefix subscriptions/ is optional.
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,

    /// Filter, such as 'party:JP'. Everything if omitted.
    #[arg(value_name = "FILTER", default_value = "", hide_default_value = true,
        value_parser = parse::filter)]
    filter: String,

    /// Where to begin: latest, earliest, a position (begins after it), or a time.
    #[arg(long, value_name = "PLACE", default_value = "latest", value_parser = log_position)]
    from: LogPosition,

    /// How much of each event its consumers receive. [default: full]
    #[arg(long, value_name = "VIEW", ignore_case = true, value_parser = parse::word("entente.v1.View"))]
    view: Option<i32>,

    /// Delete the subscription after this long without a consumer. [default: never]
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    idle_ttl: Option<Duration>,

    /// Idempotency key, which makes the command safe to repeat.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    request_id: String,
}

impl RemoteCommand for Subscribe {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let subscription = Subscription {
            name: self.name,
            filter: self.filter,
            view: self.view.unwrap_or_default(),
            idle_ttl: self.idle_ttl.and_then(|ttl| ttl.try_into().ok()),
            ..Subscription::default()
        };
        let call = server.request(CreateSubscriptionRequest {
            subscription: Some(subscription),
            request_id: self.request_id,
            begin: Some(self.from.into()),
            ..CreateSubscriptionRequest::default()
        });
        let answer = server
            .answer(client(&server).create_subscription(call))
            .await?;
        if answer.replayed {
            note("this request had already created it");
        }
        hints(&answer.hints);
        let subscription = answer.subscription.unwrap_or_default();
        output.one(&subscription, |colour| details(&subscription, colour))
    }
}
