use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    ops::Deref,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
};

use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{
    Clients,
    command::{program, program_within},
    eventually, soon,
};

/// A server of its own process, on free ports and a directory of its own. Dropped, it is killed and
/// its directory removed.
pub struct Server {
    home: TempDir,
    launch: Launch,
    process: Process,
    clients: Clients,
}

/// How the process is started, each time anew.
#[derive(Default)]
struct Launch {
    data_dir: PathBuf,
    options: Vec<String>,
    environment: Vec<(String, String)>,
    /// Where its log goes, instead of a file of its home.
    log: Option<PathBuf>,
    /// How many files it may have open, if not as many as the tests.
    descriptors: Option<u32>,
}

struct Process {
    child: OwnChild,
    grpc: SocketAddr,
    admin: SocketAddr,
    line: String,
}

/// A process that is killed when it is dropped, whether it ever served or not.
struct OwnChild(Child);

impl Server {
    /// Starts on an empty store and waits until it serves.
    pub async fn start() -> Server {
        Server::start_with(&[]).await
    }

    /// The same with more options.
    pub async fn start_with(options: &[&str]) -> Server {
        let home = tempfile::tempdir().expect("a directory for the test");
        let launch = Launch {
            data_dir: home.path().join("data"),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
            ..Launch::default()
        };
        let started = Server::launched(home, launch).await;
        started.unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// The same with a log that goes to a file or device of the caller's.
    #[allow(dead_code, reason = "not every suite has logs of its own")]
    pub async fn start_logging_to(log: &Path, options: &[&str]) -> Server {
        let home = tempfile::tempdir().expect("a directory for the test");
        let launch = Launch {
            data_dir: home.path().join("data"),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
            log: Some(log.to_owned()),
            ..Launch::default()
        };
        let started = Server::launched(home, launch).await;
        started.unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// The same with so many file descriptors.
    #[allow(dead_code, reason = "not every suite counts descriptors")]
    pub async fn start_within(descriptors: u32, options: &[&str]) -> Server {
        let home = tempfile::tempdir().expect("a directory for the test");
        let launch = Launch {
            data_dir: home.path().join("data"),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
            descriptors: Some(descriptors),
            ..Launch::default()
        };
        let started = Server::launched(home, launch).await;
        started.unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// Starts on a directory of the caller's, with these variables in its environment.
    #[allow(dead_code, reason = "not every suite has directories of its own")]
    pub async fn start_in(data_dir: &Path, environment: &[(&str, &str)]) -> Server {
        let started = Server::try_start_in(data_dir, environment).await;
        started.unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// The same, or what the process said when it did not start.
    #[allow(dead_code, reason = "not every suite has directories of its own")]
    pub async fn try_start_in(
        data_dir: &Path,
        environment: &[(&str, &str)],
    ) -> Result<Server, String> {
        let home = tempfile::tempdir().expect("a directory for the log");
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let launch = Launch {
            data_dir: data_dir.to_owned(),
            environment: environment.iter().map(owned).collect(),
            ..Launch::default()
        };
        Server::launched(home, launch).await
    }

    async fn launched(home: TempDir, launch: Launch) -> Result<Server, String> {
        let process = Process::start(home.path(), &launch).await?;
        let clients = Clients::connect(process.grpc, process.admin).await;
        Ok(Server {
            home,
            launch,
            process,
            clients,
        })
    }

    /// SIGKILL: the process has no chance to do anything.
    pub fn kill(&mut self) {
        self.process.child.kill();
    }

    /// Starts again on the same directory, after the process has ended.
    pub async fn start_again(&mut self) {
        let started = self.try_start_again().await;
        started.unwrap_or_else(|refusal| panic!("{refusal}"));
    }

    /// The same, or what the process said when it did not start.
    pub async fn try_start_again(&mut self) -> Result<(), String> {
        self.process = Process::start(self.home.path(), &self.launch).await?;
        self.clients = Clients::connect(self.process.grpc, self.process.admin).await;
        Ok(())
    }

    /// The same with other options.
    pub async fn start_again_with(&mut self, options: &[&str]) {
        self.launch.options = options.iter().map(|option| (*option).to_owned()).collect();
        self.start_again().await;
    }

    /// SIGKILL, and a start on the same directory.
    pub async fn kill_and_start_again(&mut self) {
        self.kill();
        self.start_again().await;
    }

    /// SIGTERM. Does not wait for the end.
    pub fn terminate(&self) {
        let command = format!("kill -TERM {}", self.process.child.0.id());
        let sent = Command::new("sh")
            .args(["-c", &command])
            .status()
            .expect("a shell");
        assert!(sent.success(), "{command} ends with {sent}");
    }

    /// The end of the process, which something else brings about.
    pub async fn ended(&mut self) -> ExitStatus {
        self.process.child.ended().await
    }

    /// The line on standard output that said what is served.
    pub fn line(&self) -> &str {
        &self.process.line
    }

    pub fn process_id(&self) -> u32 {
        self.process.child.0.id()
    }

    /// The memory that it has, as Linux counts it.
    pub fn resident_bytes(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most memory that it has had.
    pub fn peak_resident_bytes(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, figure: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process_id()));
        let status = status.expect("a running server");
        let line = status.lines().find_map(|line| line.strip_prefix(figure));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kibibytes: u64 = kibibytes
            .and_then(|text| text.parse().ok())
            .expect("a size");
        kibibytes << 10
    }

    /// Where the store is.
    pub fn data_dir(&self) -> PathBuf {
        self.launch.data_dir.clone()
    }

    /// What was logged so far, by every process of this server.
    pub fn log(&self) -> String {
        log(self.home.path())
    }
}

impl Deref for Server {
    type Target = Clients;

    fn deref(&self) -> &Clients {
        &self.clients
    }
}

impl Process {
    async fn start(home: &Path, launch: &Launch) -> Result<Process, String> {
        let log_file = File::options()
            .create(true)
            .append(true)
            .open(launch.log.clone().unwrap_or_else(|| home.join("log")));
        let mut program = match launch.descriptors {
            Some(descriptors) => program_within(descriptors),
            None => program(),
        };
        let mut child = program
            // Tests that are not about it have nobody to warn.
            .env("ENTENTE_LAME_DUCK", "0s")
            .args([
                "serve",
                "--listen=127.0.0.1:0",
                "--admin-listen=127.0.0.1:0",
            ])
            .args(["--cache-bytes=16MiB", "--data-dir"])
            .arg(&launch.data_dir)
            .args(&launch.options)
            .envs(launch.environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(log_file.expect("a writable directory"))
            .spawn()
            .map(OwnChild)
            .expect("the program was built");
        let stdout = child.0.stdout.take().expect("it is piped");
        let (sender, line) = oneshot::channel();
        thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines();
            // The test may have given up by now.
            let _ = sender.send(lines.next());
            lines.for_each(drop);
        });
        match soon("the server to serve", line).await {
            Ok(Some(Ok(line))) => Ok(Process::described(child, line)),
            other => {
                let status = child.ended().await;
                Err(format!(
                    "the server did not start: {other:?}, {status}\n{}",
                    log(home)
                ))
            }
        }
    }

    fn described(child: OwnChild, line: String) -> Process {
        let after = |mark: &str| {
            let rest = line.split_once(mark).map(|(_, rest)| rest);
            rest.and_then(|rest| rest.split(',').next()?.parse().ok())
                .unwrap_or_else(|| panic!("no address after {mark:?} in {line:?}"))
        };
        let (grpc, admin) = (after("serving gRPC on "), after("admin on http://"));
        Process {
            child,
            grpc,
            admin,
            line,
        }
    }
}

impl OwnChild {
    /// SIGKILL.
    fn kill(&mut self) {
        self.0.kill().expect("our own child");
        self.0.wait().expect("our own child");
    }

    async fn ended(&mut self) -> ExitStatus {
        eventually("the server to end", async || {
            self.0.try_wait().expect("our own child")
        })
        .await
    }
}

impl Drop for OwnChild {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn log(home: &Path) -> String {
    fs::read_to_string(home.join("log")).unwrap_or_default()
}
