//! entente, and the bare server that has the same methods.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use tonic::{async_trait, transport::Channel};

use crate::{
    Failure,
    client::{self, Watch},
    events::{RARE, THREE_TERMS},
    process::Process,
    proto::v1::{
        BatchCreateEventsRequest, CreateEventRequest, Event, GetEventRequest, ListEventsRequest,
        SummarizeEventsRequest, SummaryRow, View, event_service_client::EventServiceClient,
        publisher_service_client::PublisherServiceClient, watch_events_response::Payload,
    },
    system::{Client, Reader, Summary, System},
};

pub struct Grpc {
    name: &'static str,
    address: SocketAddr,
    data: Option<PathBuf>,
    process: Process,
}

impl Grpc {
    pub async fn entente(program: &Path, home: &Path) -> Result<Grpc, Failure> {
        let data = home.join("entente");
        let mut command = Command::new(program);
        command
            .args([
                "serve",
                "--listen=127.0.0.1:0",
                "--admin-listen=127.0.0.1:0",
            ])
            // Watchers of the round before may just be going.
            .arg("--watches-per-client-max=4000")
            .args(["--log-filter=warn", "--data-dir"])
            .arg(&data);
        Grpc::start("entente", command, Some(data)).await
    }

    /// The bare server, with the events of the server at an address in memory.
    pub async fn bare(program: &Path, loaded: SocketAddr) -> Result<Grpc, Failure> {
        let mut command = Command::new(program);
        command.args(["--bare-server", &loaded.to_string()]);
        Grpc::start("bare tonic", command, None).await
    }

    async fn start(
        name: &'static str,
        command: Command,
        data: Option<PathBuf>,
    ) -> Result<Grpc, Failure> {
        let (process, line) = Process::start_with_line(name, command).await?;
        let after = line.split_once("serving gRPC on ").map(|(_, after)| after);
        let address = after.and_then(|after| after.split(',').next()?.parse().ok());
        Ok(Grpc {
            name,
            address: address.ok_or_else(|| format!("there is no address in {line:?}"))?,
            data,
            process,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

#[async_trait]
impl System for Grpc {
    fn name(&self) -> &'static str {
        self.name
    }

    fn process(&self) -> &Process {
        &self.process
    }

    fn data(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    fn has_lists(&self) -> bool {
        true
    }

    fn has_indexes(&self) -> bool {
        self.data.is_some()
    }

    async fn connect(&self) -> Result<Arc<dyn Client>, Failure> {
        Ok(Arc::new(client::connect(self.address).await?))
    }
}

#[async_trait]
impl Client for Channel {
    async fn publish(&self, event: Event) -> Result<(), Failure> {
        let mut publisher = PublisherServiceClient::new(self.clone());
        publisher.create_event(request(event)).await?;
        Ok(())
    }

    async fn publish_batch(&self, events: Vec<Event>) -> Result<(), Failure> {
        let requests = events.into_iter().map(request).collect();
        let request = BatchCreateEventsRequest {
            requests,
            ..BatchCreateEventsRequest::default()
        };
        let mut publisher = PublisherServiceClient::new(self.clone());
        publisher.batch_create_events(request).await?;
        Ok(())
    }

    async fn replay(&self) -> Result<Box<dyn Reader>, Failure> {
        Ok(Box::new(Watch::replay(self.clone()).await?))
    }

    async fn replay_rare(&self) -> Result<Vec<Event>, Failure> {
        let mut watch = Watch::replay_where(self.clone(), RARE).await?;
        let mut rare = Vec::new();
        while let Some(frame) = watch.next_change().await? {
            if let Some(Payload::Change(change)) = frame.payload {
                rare.extend(change.event);
            }
        }
        Ok(rare)
    }

    async fn watch(&self) -> Result<Box<dyn Reader>, Failure> {
        Ok(Box::new(Watch::live(self.clone()).await?))
    }

    async fn get(&self, number: usize) -> Result<Event, Failure> {
        let request = GetEventRequest {
            name: format!("events/loaded-{number}"),
            ..GetEventRequest::default()
        };
        let mut reader = EventServiceClient::new(self.clone());
        let answer = reader.get_event(request).await?.into_inner();
        Ok(answer.event.ok_or("an answer has no event")?)
    }

    async fn list(&self, len: usize) -> Result<Vec<Event>, Failure> {
        let request = ListEventsRequest {
            page_size: len.try_into()?,
            filter: THREE_TERMS.to_owned(),
            view: View::Full.into(),
            ..ListEventsRequest::default()
        };
        let mut reader = EventServiceClient::new(self.clone());
        Ok(reader.list_events(request).await?.into_inner().events)
    }

    async fn summarize(&self) -> Result<Summary, Failure> {
        let request = SummarizeEventsRequest {
            group_by: vec!["party".to_owned(), "year".to_owned()],
            ..SummarizeEventsRequest::default()
        };
        let mut reader = EventServiceClient::new(self.clone());
        let answer = reader.summarize_events(request).await?.into_inner();
        let group = |mut row: SummaryRow| {
            let mut value = |field| row.group.remove(field).unwrap_or_default();
            ((value("party"), value("year")), row.count)
        };
        Ok(answer.rows.into_iter().map(group).collect())
    }
}

fn request(event: Event) -> CreateEventRequest {
    CreateEventRequest {
        event: Some(event),
        ..CreateEventRequest::default()
    }
}

#[async_trait]
impl Reader for Watch {
    async fn next(&mut self) -> Result<Vec<Event>, Failure> {
        let frame = self.next_change().await?;
        match frame.and_then(|frame| frame.payload) {
            Some(Payload::Change(change)) => Ok(change.event.into_iter().collect()),
            _ => Ok(Vec::new()),
        }
    }
}
