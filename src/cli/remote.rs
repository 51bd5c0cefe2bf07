use clap::Args;

use super::{
    connect::{ConnectOptions, Connection},
    failure::Failure,
    output::{Output, OutputOptions},
};

/// A command that talks to a server and prints an answer.
#[derive(Args, Debug)]
pub(super) struct Remote<C: RemoteCommand> {
    #[command(flatten)]
    command: C,
    #[command(flatten)]
    connect: ConnectOptions,
    #[command(flatten)]
    output: OutputOptions,
}

/// The work of a [`Remote`] command.
pub(super) trait RemoteCommand: Args {
    /// Whether the answer is a list.
    const IS_LIST: bool = false;

    /// Returns whether the answer is a list, for commands whose options decide it.
    fn is_list(&self) -> bool {
        Self::IS_LIST
    }

    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure>;
}

impl<C: RemoteCommand> Remote<C> {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let server = Connection::new(&self.connect)?;
        let mut output = Output::new(self.output);
        output.check(self.command.is_list())?;
        self.command.run(server, &mut output).await?;
        output.flush()
    }
}
