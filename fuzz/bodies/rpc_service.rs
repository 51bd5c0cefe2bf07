//! A server on a store of its own, within this process, and calls to it whose messages are bytes.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::{Buf as _, BufMut as _, Bytes};
use clap::Parser;
use entente::{
    clock::WallClock,
    server::{ServeConfig, Server},
};
use tempfile::TempDir;
use tokio::{runtime::Runtime, time::timeout};
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
    transport::{Channel, Endpoint},
};

/// After so many calls there is a new store, so that it does not grow for ever.
const CALLS_MAX: usize = 20_000;
/// Whatever is asked, something is answered within this time. A read that names a position to come
/// waits for it, for 30 seconds at most.
const PATIENCE: Duration = Duration::from_secs(60);
/// Of a stream, so many messages are read, and none after a silence of this length.
const MESSAGES_MAX: usize = 8;
const SILENCE: Duration = Duration::from_millis(3);

static SERVICE: Mutex<Option<Service>> = Mutex::new(None);

struct Service {
    runtime: Runtime,
    channel: Channel,
    calls: usize,
    _server: Server,
    _home: TempDir,
}

#[derive(Parser)]
struct Program {
    #[command(flatten)]
    serve: ServeConfig,
}

/// Calls `/package.Service/Method`. Panics when there is no answer.
pub fn call(path: &str, request: Bytes) -> Result<(), Status> {
    let mut service = SERVICE.lock().unwrap_or_else(PoisonError::into_inner);
    if service
        .as_ref()
        .is_some_and(|service| service.calls == CALLS_MAX)
    {
        *service = None;
    }
    let service = service.get_or_insert_with(Service::start);
    service.calls += 1;
    let called = answer(service.channel.clone(), path, request);
    let answered = service
        .runtime
        .block_on(async { timeout(PATIENCE, called).await });
    answered.unwrap_or_else(|_| panic!("{path} does not answer"))
}

impl Service {
    fn start() -> Service {
        let home = tempfile::tempdir().expect("a directory");
        let data_dir = home.path().join("data");
        let program = Program::parse_from([
            "entente",
            "--listen=127.0.0.1:0",
            "--admin-listen=127.0.0.1:0",
            "--demo",
            "--data-dir",
            data_dir.to_str().expect("plain text"),
        ]);
        let runtime = Runtime::new().expect("threads");
        let (server, channel) = runtime.block_on(async {
            let started = Server::start(&program.serve, WallClock::system()).await;
            let mut server = started.expect("free ports");
            server
                .open_store(&program.serve)
                .await
                .expect("a new store");
            let address = format!("http://{}", server.grpc_address());
            let endpoint = Endpoint::from_shared(address).expect("an address");
            (server, endpoint.connect().await.expect("it listens"))
        });
        Service {
            runtime,
            channel,
            calls: 0,
            _server: server,
            _home: home,
        }
    }
}

/// Unary answers are read as streams of one message.
async fn answer(channel: Channel, path: &str, request: Bytes) -> Result<(), Status> {
    let mut client = Grpc::new(channel).max_decoding_message_size(64 << 20);
    let ready = client.ready().await;
    ready.map_err(|error| Status::unknown(format!("the server is gone: {error}")))?;
    let path = PathAndQuery::try_from(path).expect("a path");
    let answer = client
        .server_streaming(Request::new(request), path, Raw)
        .await?;
    let mut messages = answer.into_inner();
    let mut message = messages.message().await?;
    for _ in 1..MESSAGES_MAX {
        if message.is_none() {
            break;
        }
        match timeout(SILENCE, messages.message()).await {
            Ok(next) => message = next?,
            Err(_) => break,
        }
    }
    Ok(())
}

/// Leaves messages as they are.
#[derive(Clone, Copy, Debug)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
