use clap::{Parser, Subcommand};

use crate::{
    proto::v1::{Body, Partnership},
    server::ServeConfig,
};

use super::{
    backup::Backup,
    bodies::Bodies,
    completions::Completions,
    conform::Conform,
    explain::Explain,
    export::Export,
    get::Get,
    health::Health,
    import::Import,
    info::Info,
    list::List,
    partnerships::Partnerships,
    remote::Remote,
    subscriptions::{Consume, Seek, Subscribe, Subscriptions, Unsubscribe},
    summarize::Summarize,
    tracking::Tracking,
    verify::Verify,
    watch::Watch,
    watches::{Disconnect, Watches},
    write::{CreateResource, Merge, Publish, Redact, Restore, Retract, Update, UpdateResource},
};

/// The help text about exit codes.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  success; also when the reader of a pipe closed it early
  1  the request was refused or failed; for import, at least one line failed; for conform, at least
     one guarantee does not hold
  2  the command line is wrong
  3  the server cannot be reached or did not answer in time
health uses those of grpc_health_probe instead: 0 serving, 1 wrong arguments, 2 cannot be reached
in time, 3 the call failed, 4 not serving.";

/// Announcements of international digital partnerships: stored, queried, followed.
#[derive(Debug, Parser)]
#[command(name = "entente", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// The command to run.
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the server.
    Serve(Box<ServeConfig>),
    #[command(flatten)]
    Client(Box<ClientCommand>),
    /// Create, check, restore and salvage backups.
    Backup(Backup),
    /// Check a store for damage.
    Verify(Verify),
    /// Test any server against the guarantees of the service, through its public API.
    Conform(Conform),
    /// Ask whether the server is serving.
    Health(Health),
    /// Print a completion script for a shell.
    Completions(Completions),
}

/// The commands that talk to a server.
#[derive(Debug, Subcommand)]
pub(super) enum ClientCommand {
    /// List events that match a filter.
    List(Remote<List>),
    /// List partnerships that match a filter.
    Partnerships(Remote<Partnerships>),
    /// List the organisations, companies and unions that events name as parties.
    Bodies(Remote<Bodies>),
    /// Show one event, partnership or body, or the revisions of an event.
    Get(Remote<Get>),
    /// Follow changes as they happen, and resume after interruptions.
    Watch(Remote<Watch>),
    /// List subscriptions and how far behind they are.
    Subscriptions(Remote<Subscriptions>),
    /// Create a subscription, whose position in the log the server keeps.
    Subscribe(Remote<Subscribe>),
    /// Print the changes of a subscription and acknowledge each after printing it.
    Consume(Remote<Consume>),
    /// Move a subscription to another position in the log.
    Seek(Remote<Seek>),
    /// Delete a subscription.
    Unsubscribe(Remote<Unsubscribe>),
    /// Count events by one or more fields.
    Summarize(Remote<Summarize>),
    /// Show how a filter of events is understood and what it matches.
    Explain(Remote<Explain>),
    /// Publish new events, from a file or from options.
    Publish(Remote<Publish>),
    /// Correct an event, a partnership or a body.
    // Boxed, as it has the most options by far.
    Update(Box<Remote<Update>>),
    /// Withdraw the record of an event that was wrong or should not have been published. The record
    /// stays readable; `restore` undoes it.
    Retract(Remote<Retract>),
    /// Undo a retraction.
    Restore(Remote<Restore>),
    /// Turn duplicates into pointers to one event. This cannot be undone.
    Merge(Remote<Merge>),
    /// Erase the content of an event, a partnership or a body for good, from all revisions and files.
    /// This cannot be undone.
    Redact(Remote<Redact>),
    /// Show what is running: version, head, digest, limits.
    Info(Remote<Info>),
    /// List open watches, how far behind they are and what limits them.
    Watches(Remote<Watches>),
    /// End a watch. Its client receives a token to resume from.
    Disconnect(Remote<Disconnect>),
    /// Create a partnership, from a file or from options.
    CreatePartnership(Remote<CreateResource<Partnership>>),
    /// Correct a partnership.
    UpdatePartnership(Remote<UpdateResource<Partnership>>),
    /// Create a body, from a file or from options.
    CreateBody(Remote<CreateResource<Body>>),
    /// Correct a body.
    UpdateBody(Remote<UpdateResource<Body>>),
    /// Show how far a source of yours has been written with --tracking.
    Tracking(Remote<Tracking>),
    /// Write the lines of import files.
    Import(Remote<Import>),
    /// Write the whole log to an import file.
    Export(Remote<Export>),
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_argument_of_every_command_is_documented() {
        for command in Cli::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                let name = format!("{} {}", command.get_name(), argument.get_id());
                assert!(argument.get_help().is_some(), "{name}");
            }
        }
    }

    #[test]
    fn a_filter_is_one_argument() {
        assert!(Cli::try_parse_from(["entente", "list", "kind = MEETING"]).is_ok());
        assert!(Cli::try_parse_from(["entente", "list", "kind", "=", "MEETING"]).is_err());
    }
}
