use std::{env, ffi::OsString, future::Future, process::ExitCode};

use clap::{
    FromArgMatches as _,
    builder::StyledStr,
    error::{ContextKind, ContextValue, ErrorKind},
};
use tokio::runtime;

use super::{
    args::{Cli, ClientCommand, Command},
    failure::Failure,
    health,
    help::program,
    parse, serve,
};

/// The exit code of clap and of most Unix programs.
const WRONG_COMMAND_LINE: u8 = 2;

/// The commands that take a filter as one argument.
const WITH_FILTER: [&str; 7] = [
    "bodies",
    "explain",
    "list",
    "partnerships",
    "subscribe",
    "summarize",
    "watch",
];

/// Parses the command line, runs the command and returns the exit code.
pub fn main() -> ExitCode {
    let matches = program().try_get_matches_from(arguments());
    match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => run(cli.command),
        Err(error) => report_usage_error(&with_tips(error)),
    }
}

/// Returns the arguments, with filters that begin with a hyphen protected.
fn arguments() -> Vec<OsString> {
    let arguments: Vec<_> = env::args_os().collect();
    let command = arguments.get(1).and_then(|command| command.to_str());
    match command.is_some_and(|command| WITH_FILTER.contains(&command)) {
        true => arguments.into_iter().map(parse::protect_filter).collect(),
        false => arguments,
    }
}

fn run(command: Command) -> ExitCode {
    match command {
        Command::Serve(config) => serve::run(*config),
        Command::Backup(backup) => exit_code(blocking(backup.run()).and_then(|result| result)),
        Command::Verify(verify) => exit_code(blocking(verify.run()).and_then(|result| result)),
        Command::Conform(conform) => exit_code(blocking(conform.run()).and_then(|result| result)),
        Command::Health(health) => blocking(health.run()).unwrap_or_else(Failure::end),
        Command::Completions(completions) => exit_code(completions.run(program())),
        Command::Client(command) => exit_code(blocking(ask(*command)).and_then(|result| result)),
    }
}

async fn ask(command: ClientCommand) -> Result<(), Failure> {
    match command {
        ClientCommand::List(list) => list.run().await,
        ClientCommand::Partnerships(partnerships) => partnerships.run().await,
        ClientCommand::Bodies(bodies) => bodies.run().await,
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
        ClientCommand::CreateBody(create) => create.run().await,
        ClientCommand::UpdateBody(update) => update.run().await,
        ClientCommand::Tracking(tracking) => tracking.run().await,
        ClientCommand::Import(import) => import.run().await,
        ClientCommand::Export(export) => export.run().await,
    }
}

/// Runs a client on one thread, which is enough because it mostly waits.
fn blocking<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Failed(format!("cannot start: {error}")))?;
    Ok(runtime.block_on(work))
}

fn exit_code(result: Result<(), Failure>) -> ExitCode {
    result.map_or_else(Failure::end, |()| ExitCode::SUCCESS)
}

/// Adds what clap cannot know: a tip about filters, and a usage line that does not require options
/// set in the environment.
fn with_tips(mut error: clap::Error) -> clap::Error {
    let command = env::args().nth(1).unwrap_or_default();
    let wrong = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(wrong)) if error.kind() == ErrorKind::UnknownArgument => {
            wrong.as_str()
        }
        _ => "-",
    };
    let tip = match wrong {
        _ if !WITH_FILTER.contains(&command.as_str()) => None,
        "--filter" => Some(format!(
            "give the filter without an option: entente {command} 'party:JP'"
        )),
        wrong if !wrong.starts_with('-') => Some(
            "a filter is one argument: put all of it in quotes, such as 'party:JP AND topic:quantum'"
                .to_owned(),
        ),
        _ => None,
    };
    if let Some(tip) = tip {
        error.remove(ContextKind::SuggestedArg);
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
    if error.get(ContextKind::Usage).is_some() {
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage()));
    }
    error
}

/// Returns the usage line of the command. clap's own shows options that are set in the environment
/// as required.
fn usage() -> StyledStr {
    let mut command = program();
    command.build();
    for name in env::args().skip(1) {
        match command.find_subcommand(&name) {
            Some(inner) => command = inner.clone(),
            None => break,
        }
    }
    command.render_usage()
}

fn report_usage_error(error: &clap::Error) -> ExitCode {
    // A closed terminal does not change the exit code.
    let _ = error.print();
    let is_health = env::args_os()
        .nth(1)
        .is_some_and(|command| command == "health");
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ if is_health => ExitCode::from(health::WRONG_ARGUMENTS),
        _ => ExitCode::from(WRONG_COMMAND_LINE),
    }
}
