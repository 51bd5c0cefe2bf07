use std::process::ExitCode;

use clap::Args;

use crate::proto::health::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{
    connect::{ConnectOptions, Connection},
    failure::Failure,
    note::note,
    output,
};

/// The exit codes of grpc_health_probe, which container platforms expect.
pub(super) const WRONG_ARGUMENTS: u8 = 1;
const UNREACHABLE: u8 = 2;
const CALL_FAILED: u8 = 3;
const NOT_SERVING: u8 = 4;

/// `entente health`.
#[derive(Args, Debug)]
pub(super) struct Health {
    /// Full name of a service, such as entente.v1.EventService. The whole server if omitted.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    service: String,

    #[command(flatten)]
    connect: ConnectOptions,
}

impl Health {
    pub(super) async fn run(self) -> ExitCode {
        let server = match Connection::new(&self.connect) {
            Ok(server) => server,
            Err(failure) => return report(&failure, WRONG_ARGUMENTS),
        };
        let request = server.request(HealthCheckRequest {
            service: self.service,
        });
        let mut client = HealthClient::new(server.channel());
        match server.answer(client.check(request)).await {
            Ok(answer) => print_status(answer.status()),
            Err(
                failure @ (Failure::Unreachable(_) | Failure::TimedOut(_) | Failure::WrongPort(_)),
            ) => report(&failure, UNREACHABLE),
            Err(failure) => report(&failure, CALL_FAILED),
        }
    }
}

fn print_status(status: ServingStatus) -> ExitCode {
    // The exit code is the answer; a closed pipe does not change it.
    let _ = output::write_all(format!("{}\n", status.as_str_name()).as_bytes());
    match status {
        ServingStatus::Serving => ExitCode::SUCCESS,
        _ => ExitCode::from(NOT_SERVING),
    }
}

fn report(failure: &Failure, code: u8) -> ExitCode {
    note(format!("error: {}", failure.text()));
    ExitCode::from(code)
}
