use std::{
    collections::VecDeque,
    convert::Infallible,
    future::Ready,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use entente::proto::v1::{WatchEventsRequest, WatchEventsResponse};
use tokio::net::TcpListener;
use tokio_stream::{Stream, StreamExt as _, wrappers::TcpListenerStream};
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{BoxFuture, Service, http},
    server::{Grpc, NamedService, ServerStreamingService},
    transport::Server,
};
use tonic_prost::ProstCodec;

/// One answer to a watch: frames, and how the stream ends.
pub struct Script {
    pub frames: Vec<WatchEventsResponse>,
    pub end: End,
}

/// How a stream ends.
#[derive(Clone)]
pub enum End {
    /// With OK, as if it were complete.
    Ok,
    With(Status),
    /// Never; nothing more is sent.
    Silence,
}

/// A server that answers each watch with the next script and records the request. After the last
/// script it is unavailable.
#[derive(Clone)]
pub struct Fake {
    scripts: Arc<Mutex<VecDeque<Script>>>,
    requests: Arc<Mutex<Vec<WatchEventsRequest>>>,
}

impl Fake {
    /// Serves on a free port for as long as the test's runtime lives.
    pub async fn start(scripts: impl IntoIterator<Item = Script>) -> (Fake, SocketAddr) {
        let fake = Fake {
            scripts: Arc::new(Mutex::new(scripts.into_iter().collect())),
            requests: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let server = Server::builder().add_service(fake.clone());
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        (fake, address)
    }

    /// Returns the requests so far.
    pub fn requests(&self) -> Vec<WatchEventsRequest> {
        self.requests.lock().expect("no holder panics").clone()
    }
}

impl NamedService for Fake {
    const NAME: &'static str = "entente.v1.EventService";
}

impl Service<http::Request<Body>> for Fake {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let fake = self.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::default());
            Ok(grpc.server_streaming(fake, request).await)
        })
    }
}

impl ServerStreamingService<WatchEventsRequest> for Fake {
    type Response = WatchEventsResponse;
    type ResponseStream = Pin<Box<dyn Stream<Item = Result<WatchEventsResponse, Status>> + Send>>;
    type Future = Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<WatchEventsRequest>) -> Self::Future {
        self.requests
            .lock()
            .expect("no holder panics")
            .push(request.into_inner());
        let script = self.scripts.lock().expect("no holder panics").pop_front();
        let Some(script) = script else {
            return std::future::ready(Err(Status::unavailable("no script is left")));
        };
        let frames = tokio_stream::iter(script.frames.into_iter().map(Ok));
        let stream: Self::ResponseStream = match script.end {
            End::Ok => Box::pin(frames),
            End::With(status) => Box::pin(frames.chain(tokio_stream::once(Err(status)))),
            End::Silence => Box::pin(frames.chain(tokio_stream::pending())),
        };
        std::future::ready(Ok(Response::new(stream)))
    }
}
