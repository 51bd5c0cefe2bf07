use clap::{Arg, Args, Command, ValueHint};
use clap_complete::{Shell, generate};

use super::{failure::Failure, output};

/// `entente completions`.
#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell to print the script for.
    shell: Shell,
}

impl Completions {
    /// Prints the script for `program`.
    pub(super) fn run(self, program: Command) -> Result<(), Failure> {
        let mut program = without_files(program);
        let mut script = Vec::new();
        generate(self.shell, &mut program, "entente", &mut script);
        output::write_all(&script)
    }
}

/// Turns off completion of files. Shells offer files for arguments without a hint; here, arguments
/// that take files have one.
fn without_files(command: Command) -> Command {
    let told = |argument: Arg| match argument.get_value_hint() {
        ValueHint::Unknown if argument.get_action().takes_values() => {
            argument.value_hint(ValueHint::Other)
        }
        _ => argument,
    };
    command.mut_args(told).mut_subcommands(without_files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::help::program;

    /// Trial D7: completions offered files for fields.
    #[test]
    fn d7_files_are_offered_only_where_a_file_is_expected() {
        let mut script = Vec::new();
        generate(
            Shell::Bash,
            &mut without_files(program()),
            "entente",
            &mut script,
        );
        let script = String::from_utf8(script).expect("a script is text");
        let publish = script.find("entente__subcmd__publish)").expect("it");
        let after = |option: &str| {
            let rest = &script[publish..];
            let option = rest.find(option).expect("the option");
            rest[option..].lines().nth(1).expect("what is offered")
        };

        assert!(after("--file)").contains("compgen -f"));
        assert!(!after("--title)").contains("compgen -f"));
    }
}
