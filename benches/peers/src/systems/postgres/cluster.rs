use std::{fs, net::SocketAddr, path::Path, process::Command, sync::Arc, time::Duration};

use futures_util::future::poll_fn;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::{Instant, sleep},
};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

use crate::{
    Failure,
    process::{Process, free_address},
};

/// PostgreSQL does not run as root; this account comes with Debian's package.
const ACCOUNT: &str = "postgres";
const START_TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A server with its data. Dropped, it is stopped.
#[derive(Clone)]
pub struct Cluster {
    address: SocketAddr,
    data: Arc<Path>,
    process: Arc<Process>,
}

impl Cluster {
    pub async fn start(home: &Path, connections_max: usize) -> Result<Cluster, Failure> {
        let (address, data) = (free_address()?, home.join("postgres"));
        fs::create_dir(&data)?;
        let mut give = Command::new("chown");
        if is_root()? && !give.arg(ACCOUNT).arg(&data).status()?.success() {
            return Err(format!("there is no account {ACCOUNT} for the data").into());
        }
        let mut initdb = as_account("initdb")?;
        initdb.arg("--pgdata").arg(&data);
        initdb.args([
            "--username",
            ACCOUNT,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
        ]);
        let made = initdb.output()?;
        if !made.status.success() {
            let said = String::from_utf8_lossy(&made.stderr);
            return Err(format!("initdb failed: {said}").into());
        }
        let mut command = as_account("postgres")?;
        command
            .arg("-D")
            .arg(&data)
            .args(["-h", "127.0.0.1", "-p", &address.port().to_string()])
            .args([
                "-c",
                "unix_socket_directories=",
                "-c",
                &format!("max_connections={connections_max}"),
            ]);
        let mut process = Process::start("postgres", command, &home.join("postgres.log"))?;
        process.listens(address).await?;
        let cluster = Cluster {
            address,
            data: data.into(),
            process: Arc::new(process),
        };
        cluster.accepts().await?;
        Ok(cluster)
    }

    pub fn process(&self) -> &Process {
        &self.process
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    /// It listens a moment before it serves.
    async fn accepts(&self) -> Result<(), Failure> {
        let begun = Instant::now();
        loop {
            match self.connect().await {
                Ok(_) => return Ok(()),
                Err(error) if begun.elapsed() > START_TIMEOUT => return Err(error),
                Err(_) => sleep(POLL_INTERVAL).await,
            }
        }
    }

    /// A connection, and what it is notified of.
    pub async fn connect(&self) -> Result<(Client, UnboundedReceiver<String>), Failure> {
        let mut config = Config::new();
        config
            .host(self.address.ip().to_string())
            .port(self.address.port())
            .user(ACCOUNT)
            .dbname("postgres");
        let (client, mut connection) = config.connect(NoTls).await?;
        let (notified, notifications) = unbounded_channel();
        // It ends with its client.
        tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await
            {
                if let AsyncMessage::Notification(notification) = message {
                    // It fails when nobody listens.
                    let _ = notified.send(notification.payload().to_owned());
                }
            }
        });
        Ok((client, notifications))
    }
}

/// A program of the server, by an account that may run it.
fn as_account(program: &str) -> Result<Command, Failure> {
    if !is_root()? {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups"]);
    command.arg(program);
    Ok(command)
}

fn is_root() -> Result<bool, Failure> {
    let said = Command::new("id").arg("--user").output()?.stdout;
    Ok(said.trim_ascii() == b"0")
}
