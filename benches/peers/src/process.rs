//! A system, as a child process.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    net::TcpStream,
    task::spawn_blocking,
    time::{sleep, timeout},
};

use crate::Failure;

const START_TIMEOUT: Duration = Duration::from_secs(60);
const END_TIMEOUT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A process of ours. Dropped, it is asked to end, and killed when it does not.
pub struct Process {
    name: &'static str,
    child: Child,
}

impl Process {
    /// With what it says in a file.
    pub fn start(name: &'static str, mut command: Command, log: &Path) -> Result<Process, Failure> {
        let log = File::create(log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn();
        let child = child.map_err(|error| format!("{name} cannot be started: {error}"))?;
        Ok(Process { name, child })
    }

    /// With the first line that it prints.
    pub async fn start_with_line(
        name: &'static str,
        mut command: Command,
    ) -> Result<(Process, String), Failure> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("{name} cannot be started: {error}"))?;
        let stdout = child.stdout.take().ok_or("its output is not piped")?;
        let process = Process { name, child };
        let line = spawn_blocking(move || BufReader::new(stdout).lines().next());
        let line = timeout(START_TIMEOUT, line).await??;
        let line = line.ok_or_else(|| format!("{name} ended at its start"))??;
        Ok((process, line))
    }

    /// Waits until it accepts connections.
    pub async fn listens(&mut self, address: SocketAddr) -> Result<(), Failure> {
        let begun = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("{} ended at its start: {status}", self.name).into());
            }
            if begun.elapsed() > START_TIMEOUT {
                return Err(format!("{} does not listen on {address}", self.name).into());
            }
            sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn has_ended(&mut self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < END_TIMEOUT {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // For PostgreSQL this is a fast shutdown, in which it ends its own children.
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-INT", &id]).status();
        if !asked.is_ok_and(|status| status.success()) || !self.has_ended() {
            // It may have ended already; it is our own child in any case.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// An address on loopback that was free a moment ago.
pub fn free_address() -> Result<SocketAddr, Failure> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
