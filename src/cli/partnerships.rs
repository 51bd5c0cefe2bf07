use clap::Args;

use crate::proto::v1::{ListPartnershipsRequest, ListPartnershipsResponse, Partnership};

use super::{
    connect::Connection,
    failure::Failure,
    listing::{ListingOptions, list_by_name, page},
    output::Output,
    parse,
    remote::RemoteCommand,
    table,
};

const FILTERS: &str = "\
A filter has terms such as status = active, party:JP or text:\"digital\", joined with AND, OR, NOT and \
parentheses. Other fields are name, form, organisation, person, topic, language, identifier, identifier.scheme, \
established, ended, successor, position, revision, known_since, create_time and update_time.";

/// `entente partnerships`.
#[derive(Args, Debug)]
#[command(after_help = FILTERS)]
pub(super) struct Partnerships {
    /// Filter, such as 'party:JP AND status = active'. Everything if omitted.
    #[arg(value_name = "FILTER", default_value = "", hide_default_value = true,
        value_parser = parse::filter)]
    filter: String,

    #[command(flatten)]
    listing: ListingOptions,
}

page!(ListPartnershipsResponse, partnerships: Partnership, "partnership");

impl RemoteCommand for Partnerships {
    const IS_LIST: bool = true;

    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let Self { filter, listing } = self;
        let as_of = &listing.as_of;
        let ask = async |page_size, page_token| {
            let call = server.request(ListPartnershipsRequest {
                page_size,
                page_token,
                filter: filter.clone(),
                as_of_position: as_of.position(),
                as_of_time: as_of.as_of_time,
                known_at: as_of.known_at(),
                ..Default::default()
            });
            let mut partnerships = server.partnerships();
            server.answer(partnerships.list_partnerships(call)).await
        };
        list_by_name::<ListPartnershipsResponse>(&listing, output, ask, table::partnerships).await
    }
}
