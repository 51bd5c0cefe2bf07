use std::{error::Error, process::ExitCode};

use tokio::runtime;

use crate::server::{self, ServeConfig};

use super::failure::Failure;

/// Runs the server until it receives a stop signal.
pub(super) fn run(config: ServeConfig) -> ExitCode {
    if let Err(error) = server::init_telemetry(config.log_format, &config.log_filter) {
        return failed(&error);
    }
    let served = match runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(server::run(config)),
        Err(error) => return failed(&error),
    };
    server::finish_telemetry();
    served.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
}

fn failed(error: &(dyn Error + 'static)) -> ExitCode {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Some errors already include the text of their cause.
        let text = error.to_string();
        if !sentence.contains(&text) {
            sentence = format!("{sentence}: {text}");
        }
        cause = error.source();
    }
    Failure::Failed(sentence).end()
}
