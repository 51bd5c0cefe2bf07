use clap::Args;
use clap_complete::{Shell, generate};

use super::{failure::Failure, output};

/// `entente completions`.
#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell that will read the script.
    shell: Shell,
}

impl Completions {
    /// Prints the script for `program`.
    pub(super) fn run(self, mut program: clap::Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut program, "entente", &mut script);
        output::write_all(&script)
    }
}
