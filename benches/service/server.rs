//! A server, as a child process.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::{task::spawn_blocking, time::timeout};

use crate::{Failure, bare};

/// A start over ten gigabytes takes minutes.
const START_TIMEOUT: Duration = Duration::from_secs(900);
/// Linux counts processor time in hundredths of a second, whatever the machine.
const TICK: Duration = Duration::from_millis(10);

/// A server that listens. Dropped, it is killed.
pub struct Server {
    pub name: &'static str,
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to the line that says what is served.
    pub started_in: Duration,
}

impl Server {
    /// entente, storing in a directory of its own below `home`.
    pub async fn entente(home: &Path) -> Result<Server, Failure> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_entente"));
        command
            .args([
                "serve",
                "--listen=127.0.0.1:0",
                "--admin-listen=127.0.0.1:0",
            ])
            .args(["--watches-max=20000", "--watches-per-client-max=20000"])
            .args(["--log-filter=warn", "--data-dir"])
            .arg(home.join("data"));
        Server::start("entente", command).await
    }

    /// The bare server, with the frames of the server at an address, if any.
    pub async fn bare(frames: Option<SocketAddr>) -> Result<Server, Failure> {
        let mut command = Command::new(env::current_exe()?);
        command
            .arg(bare::ARGUMENT)
            .args(frames.map(|address| address.to_string()));
        Server::start("the bare server", command).await
    }

    async fn start(name: &'static str, mut command: Command) -> Result<Server, Failure> {
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("ENTENTE_") {
                command.env_remove(name);
            }
        }
        let begun = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("its output is not piped")?;
        let address = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut server = Server {
            name,
            child,
            address,
            started_in: Duration::ZERO,
        };
        let line = spawn_blocking(move || BufReader::new(stdout).lines().next());
        let line = timeout(START_TIMEOUT, line)
            .await??
            .ok_or("a server ended at its start")??;
        server.started_in = begun.elapsed();
        server.address = bare::address_in(&line)?;
        Ok(server)
    }

    /// Processor time taken so far, by user and system; nothing where the system does not tell.
    pub fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.unwrap_or_default();
        // The second field is a name in brackets that may contain anything.
        let fields = stat
            .rsplit_once(") ")
            .map(|(_, rest)| rest)
            .unwrap_or_default();
        let ticks = fields
            .split(' ')
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<u32>().ok());
        TICK * ticks.sum::<u32>()
    }

    /// Memory in use; nothing where the system does not tell.
    pub fn resident_kib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
            .unwrap_or_default()
    }

    /// Asks the process to end well.
    pub fn terminate(&self) -> Result<(), Failure> {
        let status = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()?;
        status
            .success()
            .then_some(())
            .ok_or_else(|| "the server is gone".into())
    }

    /// Ends the process at once.
    pub fn kill(&mut self) {
        // It may have ended already; it is our own child in any case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
