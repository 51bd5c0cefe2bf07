use std::io::Write as _;

use super::{ServeConfig, ServeError, server::Server, signals::Signals, telemetry};
use crate::clock::WallClock;

/// Exit code of an interrupted program, as shells expect it.
const EXIT_INTERRUPTED: i32 = 130;

/// Serves until SIGTERM or SIGINT, then announces the shutdown for a while and drains. A second signal ends
/// the announcement, and one during the drain ends the process at once, which loses no acknowledged write.
/// One line on standard output says when everything is served.
pub async fn run(config: ServeConfig) -> Result<(), ServeError> {
    let mut signals = Signals::listen().map_err(ServeError::Signals)?;
    let mut server = Server::start(&config, WallClock::system()).await?;
    let result = tokio::select! {
        error = serve(&mut server, &config) => Err(error),
        signal = signals.next() => {
            let lame_duck = config.lame_duck.as_secs_f64();
            tracing::info!(signal, lame_duck, "refusing new calls; a second signal skips this time");
            Ok(())
        }
    };
    if result.is_ok() {
        tokio::select! {
            () = server.lame_duck(config.lame_duck) => {}
            signal = signals.next() => tracing::info!(signal, "not waiting any longer"),
        }
        tracing::info!("draining; another signal stops at once");
    }
    tokio::select! {
        () = server.drain(config.drain_timeout) => result,
        signal = signals.next() => stop_at_once(signal),
    }
}

/// Serves until something fails.
async fn serve(server: &mut Server, config: &ServeConfig) -> ServeError {
    if let Err(error) = server.open_store(config).await {
        return error;
    }
    announce(server, config);
    server.stopped().await
}

fn announce(server: &Server, config: &ServeConfig) {
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        grpc = %server.grpc_address(),
        admin = %server.admin_address(),
        data_dir = %config.data_dir.display(),
        "serving"
    );
    // Nobody may be reading standard output.
    let _ = writeln!(
        std::io::stdout(),
        "entente {} serving gRPC on {}, admin on http://{}, data in {}",
        env!("CARGO_PKG_VERSION"),
        server.grpc_address(),
        server.admin_address(),
        config.data_dir.display(),
    );
}

fn stop_at_once(signal: &str) -> ! {
    tracing::warn!(signal, "stopped at once by a signal in the drain");
    telemetry::finish();
    std::process::exit(EXIT_INTERRUPTED)
}
