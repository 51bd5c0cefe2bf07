use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use tokio::{net::TcpListener, task::AbortHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Status,
    body::Body,
    service::Routes,
    transport::{Channel, Endpoint, Server},
};
use tower::{Service, ServiceExt as _};

use super::{
    Fault, body,
    edit::{self, Edit},
};

/// A proxy that relays every call to a server, with one fault. Stops when dropped.
pub struct Proxy {
    address: SocketAddr,
    serving: AbortHandle,
}

impl Proxy {
    /// Starts on a free port.
    pub async fn start(server: SocketAddr, fault: Fault) -> Proxy {
        let channel = Endpoint::from_shared(format!("http://{server}")).expect("an address");
        let channel = channel.connect().await.expect("the server listens");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let relay = Relay {
            channel,
            fault,
            calls: Arc::default(),
            lease: Arc::default(),
        };
        let routes = Routes::from(axum::Router::new().fallback_service(relay));
        let serving = Server::builder()
            .add_routes(routes)
            .serve_with_incoming(TcpListenerStream::new(listener));
        let serving = tokio::spawn(serving).abort_handle();
        Proxy { address, serving }
    }

    /// `http://HOST:PORT`
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[derive(Clone)]
struct Relay {
    channel: Channel,
    fault: Fault,
    calls: Arc<AtomicU64>,
    lease: Arc<AtomicI64>,
}

impl Relay {
    async fn relay(self, request: Request<Body>) -> Response<Body> {
        let method = request.uri().path().to_owned();
        let odd = match method.as_str() {
            edit::WATCH => self.calls.fetch_add(1, Ordering::Relaxed) % 2 == 1,
            _ => false,
        };
        let request = match method.as_str() {
            edit::WATCH => self.misunderstood(request).await,
            edit::ACKNOWLEDGE if self.fault == Fault::AnyLease => {
                let lease = self.lease.load(Ordering::Relaxed);
                edited(request, |message| edit::with_lease(message, lease)).await
            }
            edit::GET | edit::LIST if self.fault == Fault::KnownAtIgnored => {
                edited(request, |message| edit::without_known_at(&method, message)).await
            }
            edit::CREATE
                if matches!(
                    self.fault,
                    Fault::PreconditionIgnored | Fault::TrackingForgotten
                ) =>
            {
                edited(request, |message| edit::unconditional(self.fault, message)).await
            }
            _ => request,
        };
        let answer = match self.channel.oneshot(request).await {
            Ok(answer) => answer,
            Err(error) => return status_of(error).into_http(),
        };
        let edit = Edit::new(self.fault, &method, odd, self.lease.clone());
        let (mut head, upstream) = answer.into_parts();
        head.headers = edit.trailers(head.headers);
        Response::from_parts(head, body::edited(upstream, edit))
    }

    /// Edits a request as the fault demands.
    async fn misunderstood(&self, request: Request<Body>) -> Request<Body> {
        use Fault::{
            FilterIgnored, ResolutionForgotten, SpellingMatters, StartLate, StartTimeForgotten,
            StopLate, UnknownIgnored,
        };
        if !matches!(
            self.fault,
            FilterIgnored
                | ResolutionForgotten
                | SpellingMatters
                | StartLate
                | StartTimeForgotten
                | StopLate
                | UnknownIgnored
        ) {
            return request;
        }
        edited(request, |message| edit::misunderstood(self.fault, message)).await
    }
}

async fn edited(request: Request<Body>, edit: impl Fn(Bytes) -> Bytes) -> Request<Body> {
    let (head, messages) = request.into_parts();
    let messages = body::whole(messages).await.into_iter();
    let messages: Vec<_> = messages.map(edit).collect();
    Request::from_parts(head, body::of(&messages))
}

impl Service<Request<axum::body::Body>> for Relay {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<axum::body::Body>) -> Self::Future {
        let relay = self.clone();
        Box::pin(async move { Ok(relay.relay(request.map(Body::new)).await) })
    }
}

/// Reports a deadline that passed here as such, and any other error as an unavailable server.
fn status_of(error: tonic::transport::Error) -> Status {
    Status::try_from_error(error.into())
        .unwrap_or_else(|error| Status::unavailable(error.to_string()))
}
