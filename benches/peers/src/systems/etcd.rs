//! etcd with its defaults, which sync before they answer. An event is a key.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use prost::Message as _;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Streaming, async_trait, transport::Channel};

use crate::{
    Failure, client,
    process::{Process, free_address},
    proto::{
        etcdserverpb::{
            PutRequest, RangeRequest, RequestOp, TxnRequest, WatchCreateRequest, WatchRequest,
            WatchResponse, kv_client::KvClient, request_op::Request, watch_client::WatchClient,
            watch_request::RequestUnion,
        },
        v1::Event,
    },
    system::{Client, Reader, System},
};

const KEYS: &[u8] = b"events/";
const KEYS_END: &[u8] = b"events0";
/// Of operations in a transaction: the server's own default.
const OPERATIONS_MAX: usize = 128;
/// Wider than what the server puts into one answer.
const ANSWER_LEN_MAX: usize = 64 << 20;

pub struct Etcd {
    address: SocketAddr,
    data: PathBuf,
    process: Process,
}

impl Etcd {
    pub async fn start(home: &Path) -> Result<Etcd, Failure> {
        let (address, peers) = (free_address()?, free_address()?);
        let (client_url, peer_url) = (format!("http://{address}"), format!("http://{peers}"));
        let data = home.join("etcd");
        let mut command = Command::new("etcd");
        command
            .arg("--data-dir")
            .arg(&data)
            .args([
                "--listen-client-urls",
                &client_url,
                "--advertise-client-urls",
                &client_url,
            ])
            .args([
                "--listen-peer-urls",
                &peer_url,
                "--initial-advertise-peer-urls",
                &peer_url,
            ])
            // A run with many events writes more than the two gigabytes that it has by default.
            .arg("--quota-backend-bytes=8589934592")
            .args(["--initial-cluster", &format!("default={peer_url}")]);
        let mut process = Process::start("etcd", command, &home.join("etcd.log"))?;
        process.listens(address).await?;
        Ok(Etcd {
            address,
            data,
            process,
        })
    }
}

#[async_trait]
impl System for Etcd {
    fn name(&self) -> &'static str {
        "etcd"
    }

    fn process(&self) -> &Process {
        &self.process
    }

    fn data(&self) -> Option<&Path> {
        Some(&self.data)
    }

    fn batch_len(&self) -> usize {
        OPERATIONS_MAX
    }

    async fn connect(&self) -> Result<Arc<dyn Client>, Failure> {
        Ok(Arc::new(Connection(client::connect(self.address).await?)))
    }
}

struct Connection(Channel);

#[async_trait]
impl Client for Connection {
    async fn publish(&self, event: Event) -> Result<(), Failure> {
        KvClient::new(self.0.clone()).put(put(&event)).await?;
        Ok(())
    }

    async fn publish_batch(&self, events: Vec<Event>) -> Result<(), Failure> {
        let operation = |event| RequestOp {
            request: Some(Request::RequestPut(put(event))),
        };
        let success = events.iter().map(operation).collect();
        let answer = KvClient::new(self.0.clone())
            .txn(TxnRequest { success })
            .await?;
        let succeeded = answer.into_inner().succeeded;
        succeeded
            .then_some(())
            .ok_or_else(|| "a transaction failed".into())
    }

    async fn replay(&self) -> Result<Box<dyn Reader>, Failure> {
        self.watch_from(1).await
    }

    async fn watch(&self) -> Result<Box<dyn Reader>, Failure> {
        self.watch_from(0).await
    }

    async fn get(&self, number: usize) -> Result<Event, Failure> {
        let key = format!("events/loaded-{number}").into_bytes();
        let answer = KvClient::new(self.0.clone())
            .range(RangeRequest { key })
            .await?;
        let found = answer.into_inner().kvs.pop().ok_or("a key is absent")?;
        Ok(Event::decode(found.value.as_slice())?)
    }
}

impl Connection {
    async fn watch_from(&self, start_revision: i64) -> Result<Box<dyn Reader>, Failure> {
        let create = WatchCreateRequest {
            key: KEYS.to_vec(),
            range_end: KEYS_END.to_vec(),
            start_revision,
            fragment: true,
        };
        let request = WatchRequest {
            request_union: Some(RequestUnion::CreateRequest(create)),
        };
        // The watch ends with its requests, and those only end when this is dropped: were they
        // endless, the server would go on after the reader has gone.
        let (requesting, requests) = mpsc::channel(1);
        requesting.send(request).await?;
        let mut answers = WatchClient::new(self.0.clone())
            .max_decoding_message_size(ANSWER_LEN_MAX)
            .watch(ReceiverStream::new(requests))
            .await?
            .into_inner();
        let first = answers.message().await?.ok_or("a watch ended at once")?;
        match first.created && !first.canceled {
            true => Ok(Box::new(Changes {
                answers,
                _requesting: requesting,
            })),
            false => Err(format!("no watch was made: {}", first.cancel_reason).into()),
        }
    }
}

struct Changes {
    answers: Streaming<WatchResponse>,
    _requesting: mpsc::Sender<WatchRequest>,
}

#[async_trait]
impl Reader for Changes {
    async fn next(&mut self) -> Result<Vec<Event>, Failure> {
        while let Some(answer) = self.answers.message().await? {
            let values = answer.events.into_iter().filter_map(|change| change.kv);
            let events = values.map(|pair| Event::decode(pair.value.as_slice()));
            let events = events.collect::<Result<Vec<_>, _>>()?;
            if !events.is_empty() {
                return Ok(events);
            }
        }
        Ok(Vec::new())
    }
}

fn put(event: &Event) -> PutRequest {
    PutRequest {
        key: event.name.clone().into_bytes(),
        value: event.encode_to_vec(),
    }
}
