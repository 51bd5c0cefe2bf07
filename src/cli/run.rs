use std::{future::Future, process::ExitCode};

use clap::{Arg, CommandFactory, Parser, error::ErrorKind};
use tokio::runtime;

use super::{
    args::{Cli, ClientCommand, Command},
    failure::Failure,
    health, parse, serve,
};

/// clap's own, and also that of most Unix programs.
const WRONG_COMMAND_LINE: u8 = 2;

/// Parses the command line, does what it says and gives the exit code.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => run(cli.command),
        Err(error) => misread(&error),
    }
}

fn run(command: Command) -> ExitCode {
    match command {
        Command::Serve(config) => serve::run(*config),
        Command::Backup(backup) => ended(blocking(backup.run()).and_then(|result| result)),
        Command::Verify(verify) => ended(blocking(verify.run()).and_then(|result| result)),
        Command::Conform(conform) => ended(blocking(conform.run()).and_then(|result| result)),
        Command::Health(health) => blocking(health.run()).unwrap_or_else(Failure::end),
        Command::Completions(completions) => ended(completions.run(Cli::command())),
        Command::Client(command) => ended(blocking(ask(*command)).and_then(|result| result)),
    }
}

async fn ask(command: ClientCommand) -> Result<(), Failure> {
    match command {
        ClientCommand::List(list) => list.run().await,
        ClientCommand::Partnerships(partnerships) => partnerships.run().await,
        ClientCommand::Get(get) => get.run().await,
        ClientCommand::Watch(watch) => watch.run().await,
        ClientCommand::Subscriptions(subscriptions) => subscriptions.run().await,
        ClientCommand::Subscribe(subscribe) => subscribe.run().await,
        ClientCommand::Consume(consume) => consume.run().await,
        ClientCommand::Seek(seek) => seek.run().await,
        ClientCommand::Unsubscribe(unsubscribe) => unsubscribe.run().await,
        ClientCommand::Summarize(summarize) => summarize.run().await,
        ClientCommand::Explain(explain) => explain.run().await,
        ClientCommand::Publish(publish) => publish.run().await,
        ClientCommand::Update(update) => update.run().await,
        ClientCommand::Retract(retract) => retract.run().await,
        ClientCommand::Restore(restore) => restore.run().await,
        ClientCommand::Merge(merge) => merge.run().await,
        ClientCommand::Redact(redact) => redact.run().await,
        ClientCommand::Info(info) => info.run().await,
        ClientCommand::Watches(watches) => watches.run().await,
        ClientCommand::Disconnect(disconnect) => disconnect.run().await,
        ClientCommand::CreatePartnership(create) => create.run().await,
        ClientCommand::UpdatePartnership(update) => update.run().await,
        ClientCommand::Import(import) => import.run().await,
        ClientCommand::Export(export) => export.run().await,
    }
}

/// A client waits far more than it works: one thread is enough.
fn blocking<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Failed(format!("cannot start: {error}")))?;
    Ok(runtime.block_on(work))
}

fn ended(result: Result<(), Failure>) -> ExitCode {
    result.map_or_else(Failure::end, |()| ExitCode::SUCCESS)
}

/// Where a filter may begin with a hyphen, a misspelled option is taken for one, so that what follows
/// it is complained of. The option is to blame.
fn misspelled(arguments: &[String]) -> Option<clap::Error> {
    let program = Cli::command();
    let command = program.find_subcommand(arguments.get(1)?)?;
    let has_filter = command
        .get_positionals()
        .any(Arg::is_allow_hyphen_values_set);
    let is_known = |text: &str| {
        let name = text.split('=').next().unwrap_or_default();
        let mut options = command.get_opts().filter_map(Arg::get_long);
        matches!(name, "" | "help" | "version") || options.any(|long| long == name)
    };
    let options = arguments[2..].iter().take_while(|it| *it != "--");
    options
        .filter_map(|it| it.strip_prefix("--"))
        .find(|it| has_filter && !is_known(it))
        .map(|it| parse::unknown_option(command, it))
}

fn misread(error: &clap::Error) -> ExitCode {
    let arguments: Vec<_> = std::env::args_os()
        .map(|it| it.to_string_lossy().into_owned())
        .collect();
    let misspelled = match error.kind() {
        ErrorKind::UnknownArgument => misspelled(&arguments),
        _ => None,
    };
    let error = misspelled.as_ref().unwrap_or(error);
    // A closed terminal is no reason for another exit code.
    let _ = error.print();
    let is_health = std::env::args_os()
        .nth(1)
        .is_some_and(|command| command == "health");
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ if is_health => ExitCode::from(health::WRONG_ARGUMENTS),
        _ => ExitCode::from(WRONG_COMMAND_LINE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d1_a_misspelled_option_is_blamed_and_a_filter_with_a_hyphen_is_not() {
        let blamed = |arguments: &[&str]| {
            let arguments: Vec<_> = arguments.iter().map(|it| (*it).to_owned()).collect();
            misspelled(&arguments).map(|error| error.to_string())
        };

        let error = blamed(&["entente", "list", "--limt", "3"]).unwrap_or_default();
        assert!(
            error.contains("'--limt'") && error.contains("'--limit'"),
            "{error}"
        );
        assert_eq!(blamed(&["entente", "list", "-date:*", "--all", "x"]), None);
    }
}
