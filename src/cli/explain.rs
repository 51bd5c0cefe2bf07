use clap::Args;

use crate::proto::v1::ExplainFilterRequest;

use super::{
    as_of::KnownAt, connect::Connection, details::details, failure::Failure, list::FILTERS,
    note::note, output::Output, parse, remote::RemoteCommand,
};

/// `entente explain`.
#[derive(Args, Debug)]
#[command(after_help = FILTERS)]
pub(super) struct Explain {
    /// The filter of events, such as 'overdue = true'. It may not use the fields that only
    /// partnerships or bodies have.
    #[arg(value_name = "FILTER", value_parser = parse::filter)]
    filter: String,

    /// Number of matching events to name, 0 to 100.
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = parse::whole(0..=100))]
    sample: i32,

    #[command(flatten)]
    known: KnownAt,
}

impl RemoteCommand for Explain {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let request = ExplainFilterRequest {
            filter: self.filter,
            sample_size: self.sample,
            known_at: self.known.known_at,
        };
        let call = server.request(request);
        let answered = server.answer(server.events().explain_filter(call)).await;
        let answer = answered.inspect_err(|failure| {
            if failure.text().contains("unknown field") {
                note(
                    "explain reads filters of events; to try one of bodies or partnerships: entente \
                     bodies 'FILTER', entente partnerships 'FILTER'",
                );
            }
        })?;
        output.one(&answer, |colour| details(&answer, colour))
    }
}
