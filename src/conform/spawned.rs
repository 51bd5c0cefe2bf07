//! Servers of one's own, to be killed.

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
    hearing::within,
    outcome::{Stop, broken, inapplicable},
    target::Target,
};

/// How long a server may take to serve or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A directory for a store, removed when dropped.
pub(super) struct Home {
    path: PathBuf,
}

/// A server process. Dropped, it is killed.
pub(super) struct Spawned {
    child: Child,
    /// Where it serves gRPC.
    pub(super) address: SocketAddr,
}

impl Home {
    /// An empty directory; `name` was not given before.
    pub(super) fn new(name: &str) -> Result<Home, Stop> {
        let path = std::env::temp_dir().join(name);
        match fs::create_dir_all(&path) {
            Ok(()) => Ok(Home { path }),
            Err(error) => inapplicable(format!("{} cannot be made: {error}", path.display())),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Left behind at worst, where the system cleans up.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A command that serves a directory on free ports, whatever the settings of the caller.
pub(super) fn serve(program: &Path, home: &Home, options: &[&str]) -> Command {
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

impl Spawned {
    /// Starts a server on the directory and waits until it serves.
    pub(super) async fn start(
        program: &Path,
        home: &Home,
        options: &[&str],
    ) -> Result<Spawned, Stop> {
        let mut child = match serve(program, home, options).spawn() {
            Ok(child) => child,
            Err(error) => {
                return inapplicable(format!("{} does not run: {error}", program.display()));
            }
        };
        let (sender, line) = oneshot::channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                let mut lines = BufReader::new(stdout).lines();
                // Nobody may wait any more.
                let _ = sender.send(lines.next());
                lines.for_each(drop);
            });
        }
        // From here on it is killed when given up.
        let mut spawned = Spawned {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        match within(PATIENCE, "a server to serve", line).await? {
            Ok(Some(Ok(line))) => match address_in(&line) {
                Some(address) => spawned.address = address,
                None => return broken(format!("a server said no address: {line:?}")),
            },
            _ => return broken("a server ended before it served"),
        }
        Ok(spawned)
    }

    /// What a server that does not come up says on standard error, which is piped.
    pub(super) async fn refusal(child: Child) -> Result<String, Stop> {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut spawned = Spawned { child, address };
        let status = spawned.ended().await?;
        let mut said = String::new();
        if let Some(mut stderr) = spawned.child.stderr.take() {
            // What cannot be read is not what it is to say.
            let _ = stderr.read_to_string(&mut said);
        }
        match status.success() {
            true => broken("a server that cannot serve ended with success"),
            false => Ok(said),
        }
    }

    /// Connects to it, to write names that begin like those of `like`.
    pub(super) async fn target(&self, like: &Target) -> Result<Target, Stop> {
        let address = format!("http://{}", self.address);
        let prefix = like.fresh("spawned");
        let target = Target::connect(&address, like.options.clone(), prefix).await;
        let mut target = target.or_else(broken)?;
        target.ledger = like.ledger.clone();
        target.noise = like.noise.clone();
        Ok(target)
    }

    pub(super) fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: the process has no chance to do anything.
    pub(super) fn kill(mut self) {
        self.end();
    }

    /// SIGTERM.
    pub(super) fn terminate(&self) -> Result<(), Stop> {
        let id = self.child.id().to_string();
        match Command::new("kill").args(["-TERM", &id]).status() {
            Ok(status) if status.success() => Ok(()),
            _ => inapplicable("there is no `kill` to send SIGTERM with"),
        }
    }

    /// The end of the process, which something else brings about.
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
        // It may have ended already; it is our own child in any case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        self.end();
    }
}

/// The address in `entente VERSION serving gRPC on ADDRESS, admin on …`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("serving gRPC on ")?;
    rest.split(',').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_where_it_serves() {
        let line = "entente 0.1.0 serving gRPC on 127.0.0.1:7, admin on http://127.0.0.1:8, data";
        assert_eq!(
            address_in(line),
            Some(SocketAddr::from(([127, 0, 0, 1], 7)))
        );
        assert_eq!(address_in("entente 0.1.0"), None);
    }
}
