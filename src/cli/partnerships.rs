use clap::Args;

use crate::proto::v1::{ListPartnershipsRequest, ListPartnershipsResponse};

use super::{
    as_of::AsOf,
    connect::Connection,
    failure::Failure,
    list::page_size,
    note::{hints, note},
    output::Output,
    parse,
    remote::RemoteCommand,
    table,
};

const FILTERS: &str = "\
A filter has terms such as status = active, party:JP or text:\"digital\", joined with AND, OR, NOT and \
parentheses. Other fields are name, form, organisation, person, topic, language, established, position, \
revision, create_time and update_time.";

/// `entente partnerships`.
#[derive(Args, Debug)]
#[command(after_help = FILTERS)]
pub(super) struct Partnerships {
    /// Filter, such as 'party:JP AND status = active'. Everything if omitted.
    #[arg(value_name = "FILTER", default_value = "", hide_default_value = true,
        value_parser = parse::filter)]
    filter: String,

    /// The most to list. [default: all]
    #[arg(long, value_name = "COUNT", value_parser = parse::count)]
    limit: Option<usize>,

    #[command(flatten)]
    as_of: AsOf,
}

impl RemoteCommand for Partnerships {
    const IS_LIST: bool = true;

    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let limit = self.limit.unwrap_or(usize::MAX);
        let mut request = ListPartnershipsRequest {
            page_size: page_size(limit),
            filter: self.filter,
            as_of_position: self.as_of.position(),
            as_of_time: self.as_of.as_of_time,
            ..Default::default()
        };
        let mut listing = ListPartnershipsResponse::default();
        let mut listed = 0;
        loop {
            let call = server.request(request.clone());
            let mut page = server
                .answer(server.partnerships().list_partnerships(call))
                .await?;
            page.partnerships.truncate(limit - listed);
            listed += page.partnerships.len();
            listing
                .partnerships
                .extend(output.page(page.partnerships.split_off(0))?);
            listing = ListPartnershipsResponse {
                partnerships: listing.partnerships,
                ..page
            };
            if listing.next_page_token.is_empty() || listed >= limit {
                break;
            }
            request.page_token.clone_from(&listing.next_page_token);
            // The token of the last page would continue after the limit.
            request.page_size = page_size(limit - listed);
        }
        hints(&listing.hints);
        if listed == 0 && output.is_table() {
            note("no partnership matches");
        } else if !output.is_whole() && !listing.next_page_token.is_empty() {
            note(format!(
                "only the first {listed}; a higher --limit, or none, lists more"
            ));
        }
        output.many(&listing, &listing.partnerships, |colour| {
            table::partnerships(&listing.partnerships, colour)
        })
    }
}
