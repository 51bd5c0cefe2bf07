//! NATS JetStream with a sync for every write. An event is a message with a subject of its own.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use async_nats::jetstream::{
    self, Context,
    consumer::{DeliverPolicy, pull},
    stream::{Config, Stream},
};
use futures_util::{StreamExt as _, TryStreamExt as _};
use prost::Message as _;
use tonic::async_trait;

use crate::{
    Failure,
    process::{Process, free_address},
    proto::v1::Event,
    system::{Client, Reader, System},
};

const STREAM: &str = "events";
const SUBJECTS: &str = "events.>";

pub struct JetStream {
    address: SocketAddr,
    data: PathBuf,
    process: Process,
}

impl JetStream {
    pub async fn start(home: &Path) -> Result<JetStream, Failure> {
        let address = free_address()?;
        let settings = home.join("nats.conf");
        let data = home.join("nats");
        let store = data.display();
        let text = format!(
            "listen: \"{address}\"\n\
             jetstream {{ store_dir: \"{store}\", sync_interval: always }}\n"
        );
        fs::write(&settings, text)?;
        let mut command = Command::new("nats-server");
        command.arg("--config").arg(settings);
        let mut process = Process::start("nats-server", command, &home.join("nats.log"))?;
        process.listens(address).await?;
        Ok(JetStream {
            address,
            data,
            process,
        })
    }
}

#[async_trait]
impl System for JetStream {
    fn name(&self) -> &'static str {
        "JetStream"
    }

    fn process(&self) -> &Process {
        &self.process
    }

    fn data(&self) -> Option<&Path> {
        Some(&self.data)
    }

    async fn connect(&self) -> Result<Arc<dyn Client>, Failure> {
        let client = async_nats::connect(self.address.to_string()).await?;
        let context = jetstream::new(client);
        let config = Config {
            name: STREAM.to_owned(),
            subjects: vec![SUBJECTS.to_owned()],
            allow_direct: true,
            ..Config::default()
        };
        let stream = context.get_or_create_stream(config).await?;
        Ok(Arc::new(Connection { context, stream }))
    }
}

struct Connection {
    context: Context,
    stream: Stream,
}

#[async_trait]
impl Client for Connection {
    async fn publish(&self, event: Event) -> Result<(), Failure> {
        let payload = event.encode_to_vec().into();
        self.context
            .publish(subject(&event), payload)
            .await?
            .await?;
        Ok(())
    }

    /// All are sent before the first answer is awaited.
    async fn publish_batch(&self, events: Vec<Event>) -> Result<(), Failure> {
        let mut answers = Vec::with_capacity(events.len());
        for event in events {
            let payload = event.encode_to_vec().into();
            answers.push(self.context.publish(subject(&event), payload).await?);
        }
        for answer in answers {
            answer.await?;
        }
        Ok(())
    }

    async fn replay(&self) -> Result<Box<dyn Reader>, Failure> {
        self.consume(DeliverPolicy::All).await
    }

    async fn watch(&self) -> Result<Box<dyn Reader>, Failure> {
        let state = self.stream.get_info().await?.state;
        let start_sequence = state.last_sequence + 1;
        self.consume(DeliverPolicy::ByStartSequence { start_sequence })
            .await
    }

    /// The server would keep each consumer for another half a minute.
    async fn forget_watchers(&self) -> Result<(), Failure> {
        let names: Vec<String> = self.stream.consumer_names().try_collect().await?;
        for name in names {
            self.stream.delete_consumer(&name).await?;
        }
        Ok(())
    }

    async fn get(&self, number: usize) -> Result<Event, Failure> {
        let subject = format!("events.loaded-{number}");
        let message = self.stream.direct_get_last_for_subject(subject).await?;
        Ok(Event::decode(message.payload)?)
    }
}

impl Connection {
    async fn consume(&self, deliver_policy: DeliverPolicy) -> Result<Box<dyn Reader>, Failure> {
        let config = pull::OrderedConfig {
            deliver_policy,
            ..pull::OrderedConfig::default()
        };
        let consumer = self.stream.create_consumer(config).await?;
        Ok(Box::new(Messages(consumer.messages().await?)))
    }
}

struct Messages(pull::Ordered);

#[async_trait]
impl Reader for Messages {
    async fn next(&mut self) -> Result<Vec<Event>, Failure> {
        match self.0.next().await {
            Some(message) => Ok(vec![Event::decode(message?.message.payload)?]),
            None => Ok(Vec::new()),
        }
    }
}

fn subject(event: &Event) -> String {
    event.name.replace('/', ".")
}
