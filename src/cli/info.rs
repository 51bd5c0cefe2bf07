use clap::Args;

use crate::proto::v1::GetServerInfoRequest;

use super::{
    connect::Connection, details::details, failure::Failure, output::Output, remote::RemoteCommand,
};

/// `entente info`.
#[derive(Args, Debug)]
pub(super) struct Info {}

impl RemoteCommand for Info {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let call = server.request(GetServerInfoRequest {});
        let mut admin = server.client().admin();
        let info = server.answer(admin.get_server_info(call)).await?;
        output.one(&info, |colour| details(&info, colour))
    }
}
