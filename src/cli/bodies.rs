use clap::Args;

use crate::proto::v1::{Body, ListBodiesRequest, ListBodiesResponse};

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
A filter has terms such as body_kind = COMPANY, party:JP or organisation:METI, joined with AND, OR, NOT and \
parentheses. Other fields are name, text, language, identifier, identifier.scheme, established, dissolved, position, \
revision, known_since, create_time and update_time. A body is found by each of its names.";

/// `entente bodies`.
#[derive(Args, Debug)]
#[command(after_help = FILTERS)]
pub(super) struct Bodies {
    /// Filter, such as 'party:JP AND body_kind = GOVERNMENT'. Everything if omitted.
    #[arg(value_name = "FILTER", default_value = "", hide_default_value = true,
        value_parser = parse::filter)]
    filter: String,

    #[command(flatten)]
    listing: ListingOptions,
}

page!(ListBodiesResponse, bodies: Body, "body");

impl RemoteCommand for Bodies {
    const IS_LIST: bool = true;

    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let Self { filter, listing } = self;
        let as_of = &listing.as_of;
        let ask = async |page_size, page_token| {
            let call = server.request(ListBodiesRequest {
                page_size,
                page_token,
                filter: filter.clone(),
                as_of_position: as_of.position(),
                as_of_time: as_of.as_of_time,
                known_at: as_of.known_at(),
                ..Default::default()
            });
            server.answer(server.bodies().list_bodies(call)).await
        };
        list_by_name::<ListBodiesResponse>(&listing, output, ask, table::bodies).await
    }
}
