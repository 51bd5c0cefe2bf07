use clap::Args;

use super::{client, table::table};
use crate::{
    cli::{
        connect::Connection, failure::Failure, note::note, output::Output, remote::RemoteCommand,
    },
    proto::v1::{ListSubscriptionsRequest, ListSubscriptionsResponse},
};

/// `entente subscriptions`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Subscriptions {}

impl RemoteCommand for Subscriptions {
    const IS_LIST: bool = true;

    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let mut request = ListSubscriptionsRequest {
            page_size: 1_000,
            ..Default::default()
        };
        let mut listing = ListSubscriptionsResponse::default();
        let mut listed = 0;
        loop {
            let call = server.request(request.clone());
            let page = server
                .answer(client(&server).list_subscriptions(call))
                .await?;
            listed += page.subscriptions.len();
            listing
                .subscriptions
                .extend(output.page(page.subscriptions)?);
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        if listed == 0 && output.is_table() {
            note("there are no subscriptions; create one: entente subscribe NAME 'FILTER'");
        }
        output.many(&listing, &listing.subscriptions, |colour| {
            table(&listing.subscriptions, colour)
        })
    }
}
