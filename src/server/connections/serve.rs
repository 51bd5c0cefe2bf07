use std::{
    convert::Infallible, error::Error, future::poll_fn, net::SocketAddr, pin::pin, sync::Arc,
    task::Poll, time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tonic::{Status, body::Body, transport::server::TcpConnectInfo};
use tower::Service;

use super::{
    Activity, Connections,
    calls::Calls,
    connection_metrics::{Ended, Refused},
    preface::{Beginning, answer_http1, beginning},
};
use crate::{clock::WallClock, server::connection::Connection};

/// How long a peer without open calls may stay silent after the server has announced its shutdown. A live
/// peer answers the PING at once.
const SILENCE_MAX: Duration = Duration::from_secs(2);

/// Maximum time for the last bytes to leave, to a peer whose input is no longer read.
const PARTING_TIME: Duration = Duration::from_secs(1);

/// Serves a connection to its end.
pub(super) async fn serve<S, B>(
    shared: Arc<Connections>,
    service: S,
    mut stream: TcpStream,
    peer: SocketAddr,
    draining: CancellationToken,
) where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes, Error = Status> + Unpin + Send + 'static,
{
    let begins = begins(&shared, &mut stream);
    let begun = tokio::select! {
        begun = begins => begun,
        // A peer that has sent nothing yet loses nothing.
        () = draining.cancelled() => return,
    };
    match begun {
        Ok(()) => {
            let ended = serve_http2(&shared, service, stream, peer, draining).await;
            shared.metrics.end(ended);
        }
        Err(Some(refused)) => shared.metrics.refuse(refused),
        Err(None) => {}
    }
}

/// Waits for the preface of HTTP/2. A peer that closes the connection before is refused nothing.
async fn begins(shared: &Connections, stream: &mut TcpStream) -> Result<(), Option<Refused>> {
    let read = async {
        match beginning(stream).await {
            Ok(Beginning::Http2) => Ok(()),
            Ok(Beginning::Http1) => {
                // It may be gone already.
                let _ = answer_http1(stream, shared.admin).await;
                Err(Some(Refused::NotHttp2))
            }
            Ok(Beginning::Other) => Err(Some(Refused::NotHttp2)),
            Err(_) => Err(None),
        }
    };
    let begun = shared.clock.timeout(shared.handshake_timeout, read);
    match begun.await {
        Some(begun) => begun,
        None => Err(Some(Refused::HandshakeTimeout)),
    }
}

async fn serve_http2<S, B>(
    shared: &Arc<Connections>,
    service: S,
    stream: TcpStream,
    peer: SocketAddr,
    draining: CancellationToken,
) -> Ended
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes, Error = Status> + Unpin + Send + 'static,
{
    let activity = Activity::default();
    let calls = Calls {
        service,
        shared: shared.clone(),
        activity: activity.clone(),
        info: TcpConnectInfo {
            local_addr: stream.local_addr().ok(),
            remote_addr: Some(peer),
        },
    };
    let stream = TokioIo::new(Connection::after_preface(
        stream,
        activity.clone(),
        shared.clock.clone(),
        shared.stall_timeout,
    ));
    let mut connection = pin!(shared.http2.serve_connection(stream, calls));
    tokio::select! {
        biased;
        result = &mut connection => return how(result),
        () = floods(&activity) => {
            connection.as_mut().graceful_shutdown();
            let _ = shared.clock.timeout(PARTING_TIME, connection).await;
            return Ended::Flood;
        }
        () = draining.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        biased;
        result = &mut connection => how(result),
        () = floods(&activity) => Ended::Flood,
        () = falls_silent(&shared.clock, &activity) => Ended::SilentInDrain,
    }
}

/// Polled after the connection, in whose task alone it becomes true.
async fn floods(activity: &Activity) {
    poll_fn(|_| match activity.is_flooding() {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

async fn falls_silent(clock: &WallClock, activity: &Activity) {
    activity.was_heard();
    loop {
        clock.sleep(SILENCE_MAX).await;
        if !activity.was_heard() && !activity.has_open_calls() {
            return;
        }
    }
}

fn how(result: hyper::Result<()>) -> Ended {
    let Err(error) = result else {
        return Ended::Closed;
    };
    if error.is_timeout() {
        return Ended::KeepaliveTimeout;
    }
    match error
        .source()
        .and_then(|source| source.downcast_ref::<h2::Error>())
    {
        Some(error) if error.is_io() => Ended::Broken,
        Some(error) if error.is_remote() => Ended::Closed,
        Some(error) if error.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM) => Ended::Flood,
        Some(_) => Ended::ProtocolError,
        None => Ended::Broken,
    }
}
