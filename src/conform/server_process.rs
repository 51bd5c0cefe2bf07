//! Server processes that checks start and kill.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, time::sleep};

use super::{
    frame::within,
    outcome::{Stop, broken, inapplicable},
    target::Target,
};

/// How long a server may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A directory for a store, removed when dropped.
pub(super) struct StoreDirectory {
    path: PathBuf,
}

/// A server process, killed when dropped.
pub(super) struct ServerProcess {
    child: Child,
    /// The address on which it serves gRPC.
    pub(super) address: SocketAddr,
}

impl StoreDirectory {
    /// Creates an empty directory; `name` must be unused.
    pub(super) fn new(name: &str) -> Result<StoreDirectory, Stop> {
        let path = std::env::temp_dir().join(name);
        match fs::create_dir_all(&path) {
            Ok(()) => Ok(StoreDirectory { path }),
            Err(error) => inapplicable(format!("cannot create {}: {error}", path.display())),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for StoreDirectory {
    fn drop(&mut self) {
        // If this fails, the directory stays where the system cleans up.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Returns a command that serves a directory on free ports and ignores the caller's settings.
pub(super) fn serve(program: &Path, home: &StoreDirectory, options: &[&str]) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ENTENTE_") {
            command.env_remove(name);
        }
    }
    command
        .args([
            "serve",
            "--listen=127.0.0.1:0",
            "--admin-listen=127.0.0.1:0",
        ])
        .args(["--log-filter=error", "--cache-bytes=16MiB", "--data-dir"])
        .arg(home.path())
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

impl ServerProcess {
    /// Starts a server on the directory and waits until it serves.
    pub(super) async fn start(
        program: &Path,
        home: &StoreDirectory,
        options: &[&str],
    ) -> Result<ServerProcess, Stop> {
        let mut child = match serve(program, home, options).spawn() {
            Ok(child) => child,
            Err(error) => {
                return inapplicable(format!("cannot run {}: {error}", program.display()));
            }
        };
        let (sender, line) = oneshot::channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                let mut lines = BufReader::new(stdout).lines();
                // The receiver may have given up.
                let _ = sender.send(lines.next());
                lines.for_each(drop);
            });
        }
        // From here on, dropping it kills the process.
        let mut spawned = ServerProcess {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        match within(PATIENCE, "a server to serve", line).await? {
            Ok(Some(Ok(line))) => match address_in(&line) {
                Some(address) => spawned.address = address,
                None => return broken(format!("a server printed no address: {line:?}")),
            },
            _ => return broken("a server ended before it served"),
        }
        Ok(spawned)
    }

    /// Returns what a server that fails to start writes to standard error, which is piped.
    pub(super) async fn refusal(child: Child) -> Result<String, Stop> {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut spawned = ServerProcess { child, address };
        let status = spawned.ended().await?;
        let mut said = String::new();
        if let Some(mut stderr) = spawned.child.stderr.take() {
            // The caller finds its text missing if this fails.
            let _ = stderr.read_to_string(&mut said);
        }
        match status.success() {
            true => broken("a server that failed to start exited with 0"),
            false => Ok(said),
        }
    }

    /// Connects to it, with the options of `like` and names that begin like its own.
    pub(super) async fn target(&self, like: &Target) -> Result<Target, Stop> {
        let address = format!("http://{}", self.address);
        let prefix = like.unique("spawned");
        let target = Target::connect(&address, like.options.clone(), prefix).await;
        let mut target = target.or_else(broken)?;
        target.broken_rules = like.broken_rules.clone();
        target.timer_lag = like.timer_lag.clone();
        Ok(target)
    }

    pub(super) fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Kills the process with SIGKILL, so that it cannot clean up.
    pub(super) fn kill(mut self) {
        self.end();
    }

    /// Asks the process to shut down, with SIGTERM.
    pub(super) fn terminate(&self) -> Result<(), Stop> {
        let id = self.child.id().to_string();
        match Command::new("kill").args(["-TERM", &id]).status() {
            Ok(status) if status.success() => Ok(()),
            _ => inapplicable("cannot send SIGTERM: the `kill` command failed or is missing"),
        }
    }

    /// Waits for the process to end by itself.
    pub(super) async fn ended(&mut self) -> Result<ExitStatus, Stop> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Ok(status);
            }
            sleep(Duration::from_millis(10)).await;
        }
        broken(format!("a server did not end within {PATIENCE:?}"))
    }

    fn end(&mut self) {
        // Both fail if it has ended already. The id cannot be reused before `wait`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.end();
    }
}

/// Parses the address in `entente VERSION serving gRPC on ADDRESS, admin on …`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("serving gRPC on ")?;
    rest.split(',').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_parsed_from_the_first_line() {
        let line = "entente 0.1.0 serving gRPC on 127.0.0.1:7, admin on http://127.0.0.1:8, data";
        assert_eq!(
            address_in(line),
            Some(SocketAddr::from(([127, 0, 0, 1], 7)))
        );
        assert_eq!(address_in("entente 0.1.0"), None);
    }
}
