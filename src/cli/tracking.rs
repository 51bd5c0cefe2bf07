use clap::Args;

use crate::proto::v1::{GetTrackingRequest, GetTrackingResponse};

use super::{
    connect::Connection, failure::Failure, output::Output, remote::RemoteCommand, table::plain,
};

/// `entente tracking`.
#[derive(Args, Debug)]
pub(super) struct Tracking {
    /// The source, as --tracking names it.
    #[arg(value_name = "SOURCE")]
    source: String,
}

impl RemoteCommand for Tracking {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let answer = tracked(&server, self.source.clone()).await?;
        output.one(&answer, |_| sentence(&plain(&self.source), &answer))
    }
}

/// Reads how far a source was written.
pub(super) async fn tracked(
    server: &Connection,
    source: String,
) -> Result<GetTrackingResponse, Failure> {
    let call = server.request(GetTrackingRequest { source });
    server.answer(server.publisher().get_tracking(call)).await
}

fn sentence(source: &str, answer: &GetTrackingResponse) -> String {
    let GetTrackingResponse {
        position,
        log_position,
    } = answer;
    match position {
        0 => format!("nothing of {source} was written"),
        _ => {
            format!("{source} was written up to {position}, at position {log_position} of the log")
        }
    }
}
