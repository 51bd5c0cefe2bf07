//! The program: the command line decides what it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    entente::cli::main()
}
