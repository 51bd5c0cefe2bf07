use clap::Args;

use super::{client, name};
use crate::{
    cli::{
        connect::Connection, failure::Failure, note::note, output::Output, remote::RemoteCommand,
    },
    proto::v1::DeleteSubscriptionRequest,
};

/// `entente unsubscribe`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Unsubscribe {
    /// Name of the subscription; the prefix subscriptions/ is optional.
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,

    /// Delete only if this is still the etag.
    #[arg(long, default_value_t, hide_default_value = true)]
    etag: String,
}

impl RemoteCommand for Unsubscribe {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        output.check_not_asked("unsubscribe has no answer to print")?;
        let name = self.name.clone();
        let call = server.request(DeleteSubscriptionRequest {
            name: self.name,
            etag: self.etag,
        });
        server
            .answer(client(&server).delete_subscription(call))
            .await?;
        note(format!("deleted {name}"));
        Ok(())
    }
}
