//! The list of commands, grouped by purpose.

use clap::{Command, CommandFactory as _};

use super::{
    args::Cli,
    layout::{Bold, Layout, terminal_width},
};

const GROUPS: [(&str, &[&str]); 5] = [
    (
        "Read",
        &[
            "list",
            "partnerships",
            "bodies",
            "get",
            "summarize",
            "explain",
            "watch",
        ],
    ),
    (
        "Write",
        &[
            "publish",
            "update",
            "retract",
            "restore",
            "merge",
            "redact",
            "create-partnership",
            "update-partnership",
            "create-body",
            "update-body",
            "tracking",
            "import",
            "export",
        ],
    ),
    (
        "Subscriptions",
        &[
            "subscriptions",
            "subscribe",
            "consume",
            "seek",
            "unsubscribe",
        ],
    ),
    (
        "Run and operate",
        &[
            "serve",
            "info",
            "watches",
            "disconnect",
            "health",
            "verify",
            "backup",
            "conform",
        ],
    ),
    ("More", &["completions", "help"]),
];

/// The width of clap's help texts.
const WIDTH_MAX: usize = 100;

/// Returns the program with its commands in groups.
pub(super) fn program() -> Command {
    let program = Cli::command();
    let commands = commands(&program);
    program.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{commands}Options:\n{{options}}{{after-help}}"
    ))
}

fn commands(program: &Command) -> String {
    let layout = Layout {
        narrow: 1,
        last_moves: false,
        gap: 2,
        width: Some(terminal_width().unwrap_or(WIDTH_MAX).min(WIDTH_MAX)),
    };
    let row = |name: &&str| {
        let about = match program.find_subcommand(name).and_then(Command::get_about) {
            Some(about) => about.to_string(),
            // The command `help` is clap's own.
            None => "Show the help of a command".to_owned(),
        };
        vec![format!("  {name:<20}"), about]
    };
    let group = |(heading, names): &(&str, &[&str])| {
        let rows: Vec<_> = names.iter().map(row).collect();
        format!("{heading}:\n{}\n", layout.text(&rows, Bold::Nothing))
    };
    GROUPS.iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trial D7: all commands were in one list.
    #[test]
    fn d7_every_command_is_in_one_group() {
        let mut grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| names.iter()).collect();
        grouped.sort();
        let program = Cli::command();
        let mut commands: Vec<_> = program.get_subcommands().map(Command::get_name).collect();
        commands.push("help");
        commands.sort_unstable();

        assert_eq!(grouped, commands.iter().collect::<Vec<_>>());
    }

    #[test]
    fn the_help_has_the_groups_the_options_and_the_exit_codes() {
        let help = program().render_help().to_string();

        for part in ["Subscriptions:\n", "  watch ", "--version", "Exit codes:"] {
            assert!(help.contains(part), "{help}");
        }
    }
}
