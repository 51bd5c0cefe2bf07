use clap::Args;

use crate::proto::v1::{Event, ListEventsRequest, ListEventsResponse};

use super::{
    as_of::AsOf,
    connect::Connection,
    failure::Failure,
    listing::{Listing, page, pages},
    note::{counted, hints, note},
    output::Output,
    parse,
    remote::RemoteCommand,
    table,
};

/// The help text about filters of events.
pub(super) const FILTERS: &str = "\
A filter has terms such as kind = MEETING, party:JP, topic:quantum, date = 2025, text:\"summit\" or \
partnership:NAME, joined with AND, OR, NOT and parentheses. Other fields are status, step, instrument, \
state, organisation, person, series, place.country, source.type, language, identifier, \
identifier.scheme, position, revision, known_since, create_time and overdue; the \
README lists them all, and `entente explain 'FILTER'` shows how a filter is understood.";

/// `entente list`.
#[derive(Args, Debug)]
#[command(after_help = FILTERS)]
pub(super) struct List {
    /// Filter, such as 'kind = MEETING AND party:JP'. Everything if omitted.
    #[arg(value_name = "FILTER", default_value = "", hide_default_value = true,
        value_parser = parse::filter)]
    filter: String,

    /// Order: date, position or name, each with an optional asc or desc. [default: date desc]
    #[arg(
        long,
        value_name = "ORDER",
        default_value = "",
        hide_default_value = true
    )]
    order_by: String,

    /// The most to list.
    #[arg(long, value_name = "COUNT", default_value = "50", value_parser = parse::count)]
    limit: usize,

    /// List all that match.
    #[arg(long, conflicts_with = "limit")]
    all: bool,

    /// Also list events that are retracted, redacted or merged.
    #[arg(long)]
    show_retracted: bool,

    #[command(flatten)]
    as_of: AsOf,

    /// How much of each event to fetch. [default: basic]
    #[arg(long, value_name = "VIEW", ignore_case = true, value_parser = parse::word("entente.v1.View"))]
    view: Option<i32>,
}

page!(ListEventsResponse, events: Event, "event");

impl RemoteCommand for List {
    const IS_LIST: bool = true;

    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let limit = if self.all { usize::MAX } else { self.limit };
        let request = self.request();
        let ask = async |page_size, page_token| {
            let call = server.request(ListEventsRequest {
                page_size,
                page_token,
                ..request.clone()
            });
            server.answer(server.events().list_events(call)).await
        };
        let Listing {
            page: listing,
            listed,
        } = pages::<ListEventsResponse>(limit, output, ask).await?;
        hints(&listing.hints);
        if output.is_table() && listing.total_size == 0 {
            empty(&request.filter);
        } else if !output.is_whole() && !listing.next_page_token.is_empty() {
            let total = listing.total_size;
            note(format!(
                "{listed} of {}; --all lists the rest",
                counted(total, "event")
            ));
        }
        output.many(&listing, &listing.events, |colour| {
            table::events(&listing.events, colour)
        })
    }
}

impl List {
    fn request(self) -> ListEventsRequest {
        ListEventsRequest {
            filter: self.filter,
            order_by: self.order_by,
            view: self.view.unwrap_or_default(),
            show_retracted: self.show_retracted,
            as_of_position: self.as_of.position(),
            as_of_time: self.as_of.as_of_time,
            known_at: self.as_of.known_at(),
            ..Default::default()
        }
    }
}

/// Explains an empty answer.
fn empty(filter: &str) {
    note("no event matches");
    if !filter.is_empty() {
        note("to see how the filter is understood: entente explain 'FILTER'");
    }
}
