use std::{ops::Deref, path::Path, time::Duration};

use clap::Parser as _;
use entente::{
    clock::ManualClock,
    server::{self, ServeConfig},
};
use tempfile::TempDir;

use crate::harness::{Clients, soon};

const TURN: Duration = Duration::from_millis(1);

#[derive(clap::Parser)]
struct Program {
    #[command(flatten)]
    serve: ServeConfig,
}

/// A server within this process, on free ports, whose clock the test moves. What it waits for comes
/// when the test lets the time pass.
pub struct Clocked {
    clients: Clients,
    clock: ManualClock,
    server: server::Server,
    config: ServeConfig,
    /// Its directory, unless that is the test's.
    _home: Option<TempDir>,
}

impl Clocked {
    /// Starts on an empty store.
    pub async fn start() -> Clocked {
        Clocked::start_with(&[]).await
    }

    /// The same with more options.
    pub async fn start_with(options: &[&str]) -> Clocked {
        let home = tempfile::tempdir().expect("a directory for the test");
        let mut started = Clocked::start_in(home.path(), ManualClock::start(), options).await;
        started._home = Some(home);
        started
    }

    /// Starts on a directory of the caller's, by this clock.
    pub async fn start_in(data_dir: &Path, clock: ManualClock, options: &[&str]) -> Clocked {
        let data_dir = data_dir.to_str().expect("a directory with a plain name");
        let arguments = [
            "entente",
            "--listen=127.0.0.1:0",
            "--admin-listen=127.0.0.1:0",
            "--cache-bytes=16MiB",
            "--data-dir",
            data_dir,
        ];
        // An hour that passes at once is longer than an answer to a PING may take.
        let keepalive = match options.iter().any(|option| option.contains("keepalive")) {
            true => None,
            false => Some(&"--http2-keepalive-interval=10000h"),
        };
        let arguments = arguments.iter().chain(options).chain(keepalive);
        let config = Program::parse_from(arguments).serve;
        let started = server::Server::start(&config, clock.clock().clone()).await;
        let mut server = started.expect("free ports");
        server.open_store(&config).await.expect("a sound store");
        let clients = Clients::connect(server.grpc_address(), server.admin_address()).await;
        Clocked {
            clients,
            clock,
            server,
            config,
            _home: None,
        }
    }

    /// What moves its clock.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Lets so much time pass.
    pub fn pass(&self, time: Duration) {
        self.clock.pass(time);
    }

    /// What the future gives, while time passes in such steps.
    pub async fn pass_while<T>(&self, step: Duration, future: impl Future<Output = T>) -> T {
        passing(&self.clock, step, future).await
    }

    /// Ends it as a signal does.
    pub async fn end(self) {
        drop(self.clients);
        self.server.drain(self.config.drain_timeout).await;
    }
}

impl Deref for Clocked {
    type Target = Clients;

    fn deref(&self) -> &Clients {
        &self.clients
    }
}

/// What the future gives, while time passes in such steps.
pub async fn passing<T>(clock: &ManualClock, step: Duration, future: impl Future<Output = T>) -> T {
    let passing = async {
        loop {
            clock.pass(step);
            // Whoever was woken has its turn.
            tokio::time::sleep(TURN).await;
        }
    };
    tokio::select! {
        value = soon("something to come with time", future) => value,
        () = passing => unreachable!("time does not end"),
    }
}
