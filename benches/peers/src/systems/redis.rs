//! Redis with a sync before every answer. An event is an entry of one stream.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use bytes::Bytes;
use prost::Message as _;
use redis::{AsyncConnectionConfig, Cmd, Pipeline, aio::MultiplexedConnection, cmd};
use tonic::async_trait;

use crate::{
    Failure,
    process::{Process, free_address},
    proto::v1::Event,
    system::{Client, Reader, System},
};

const STREAM: &str = "events";
/// Before the first entry.
const BEGIN: &str = "0-0";
/// Events in one answer to a reader.
const PAGE_LEN: usize = 1_000;

/// An entry, with the one field that it has.
type Entry = (String, (String, Bytes));

pub struct Redis {
    address: SocketAddr,
    data: PathBuf,
    process: Process,
}

impl Redis {
    pub async fn start(home: &Path) -> Result<Redis, Failure> {
        let (address, data) = (free_address()?, home.join("redis"));
        fs::create_dir(&data)?;
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--port", &address.port().to_string()])
            .args(["--appendonly", "yes", "--appendfsync", "always"])
            // Snapshots of the whole memory would only be work beside the log.
            .args(["--save", "", "--dir"])
            .arg(&data);
        let mut process = Process::start("redis-server", command, &home.join("redis.log"))?;
        process.listens(address).await?;
        Ok(Redis {
            address,
            data,
            process,
        })
    }
}

#[async_trait]
impl System for Redis {
    fn name(&self) -> &'static str {
        "Redis"
    }

    fn process(&self) -> &Process {
        &self.process
    }

    fn data(&self) -> Option<&Path> {
        Some(&self.data)
    }

    async fn connect(&self) -> Result<Arc<dyn Client>, Failure> {
        let client = redis::Client::open(format!("redis://{}", self.address))?;
        Ok(Arc::new(Connection {
            connection: connect(&client).await?,
            client,
        }))
    }
}

struct Connection {
    client: redis::Client,
    connection: MultiplexedConnection,
}

#[async_trait]
impl Client for Connection {
    async fn publish(&self, event: Event) -> Result<(), Failure> {
        let mut connection = self.connection.clone();
        let _: String = add("*", &event).query_async(&mut connection).await?;
        Ok(())
    }

    async fn publish_batch(&self, events: Vec<Event>) -> Result<(), Failure> {
        self.pipe(events.iter().map(|event| add("*", event)).collect())
            .await
    }

    /// By ids that tell the number.
    async fn load(&self, first: usize, events: Vec<Event>) -> Result<(), Failure> {
        let numbered = events.iter().zip(first..);
        let commands = numbered.map(|(event, number)| add(&id(number), event));
        self.pipe(commands.collect()).await
    }

    async fn replay(&self) -> Result<Box<dyn Reader>, Failure> {
        Ok(Box::new(Entries {
            connection: connect(&self.client).await?,
            last: BEGIN.to_owned(),
            waits: false,
        }))
    }

    async fn watch(&self) -> Result<Box<dyn Reader>, Failure> {
        let mut connection = connect(&self.client).await?;
        let newest: Vec<Entry> = cmd("XREVRANGE")
            .arg(&[STREAM, "+", "-", "COUNT", "1"])
            .query_async(&mut connection)
            .await?;
        let last = newest.into_iter().next();
        Ok(Box::new(Entries {
            connection,
            last: last.map_or_else(|| BEGIN.to_owned(), |(id, _)| id),
            waits: true,
        }))
    }

    async fn get(&self, number: usize) -> Result<Event, Failure> {
        let id = id(number);
        let found: Vec<Entry> = cmd("XRANGE")
            .arg(&[STREAM, &id, &id])
            .query_async(&mut self.connection.clone())
            .await?;
        let (_, (_, event)) = found.into_iter().next().ok_or("an entry is absent")?;
        Ok(Event::decode(event)?)
    }
}

impl Connection {
    async fn pipe(&self, commands: Vec<Cmd>) -> Result<(), Failure> {
        let mut pipeline = Pipeline::new();
        for command in commands {
            pipeline.add_command(command).ignore();
        }
        let () = pipeline.query_async(&mut self.connection.clone()).await?;
        Ok(())
    }
}

struct Entries {
    connection: MultiplexedConnection,
    /// The id of the entry that was read last.
    last: String,
    /// At the end, for what is added.
    waits: bool,
}

#[async_trait]
impl Reader for Entries {
    async fn next(&mut self) -> Result<Vec<Event>, Failure> {
        let mut read = cmd("XREAD");
        read.arg("COUNT").arg(PAGE_LEN);
        if self.waits {
            read.arg("BLOCK").arg(0);
        }
        read.arg("STREAMS").arg(STREAM).arg(&self.last);
        let streams: Option<Vec<(String, Vec<Entry>)>> =
            read.query_async(&mut self.connection).await?;
        let mut events = Vec::new();
        for (_, entries) in streams.into_iter().flatten() {
            for (id, (_, event)) in entries {
                events.push(Event::decode(event)?);
                self.last = id;
            }
        }
        Ok(events)
    }
}

/// Without a limit for an answer, as a reader waits for as long as it takes.
async fn connect(client: &redis::Client) -> Result<MultiplexedConnection, Failure> {
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let connection = client.get_multiplexed_async_connection_with_config(&config);
    Ok(connection.await?)
}

fn id(number: usize) -> String {
    format!("{}-0", number + 1)
}

fn add(id: &str, event: &Event) -> Cmd {
    let mut command = cmd("XADD");
    command
        .arg(&[STREAM, id, "event"])
        .arg(event.encode_to_vec());
    command
}
