use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use hyper::server::conn::http2;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use tonic::{Status, body::Body};
use tower::Service;

use super::{
    Bounds, ConnectionMetrics, Intake,
    connection_metrics::Refused,
    hyper_timer::HyperTimer,
    refusals::HEADER_LIST_LEN_MAX,
    serve::serve,
    slots::{ConnectionSlots, Full},
};
use crate::{
    clock::WallClock,
    server::{
        ServeConfig, listen::is_of_the_peer, log_line_limit::LogLineLimit,
        unread_answer::CallExecutor,
    },
};

/// After a failed accept that is not the peer's doing, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Calls that were cancelled before they were looked at may be so many at a time; beyond, the
/// connection is closed. All the calls that a client may have open, several times over, are no more.
const UNSEEN_RESETS_MAX: usize = 8_192;

/// Calls that HTTP/2 itself had to break may be so many in the life of a connection. No client that
/// follows the protocol causes one.
const BROKEN_STREAMS_MAX: usize = 1_024;

/// An empty SETTINGS frame and a GOAWAY with ENHANCE_YOUR_CALM, for who finds no place.
const NO_PLACE: &[u8] = b"\
    \0\0\0\x04\0\0\0\0\0\
    \0\0\x1c\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0btoo_many_connections";

static ACCEPT_FAILURES: LogLineLimit = LogLineLimit::new();

/// What all connections of the gRPC port share.
#[derive(Debug)]
pub(crate) struct Connections {
    pub(super) http2: http2::Builder<CallExecutor>,
    pub(super) places: Arc<ConnectionSlots>,
    pub(super) clock: WallClock,
    pub(super) metrics: ConnectionMetrics,
    pub(super) intake: Intake,
    pub(super) handshake_timeout: Duration,
    pub(super) call_stall_timeout: Duration,
    pub(super) stall_timeout: Duration,
    /// The port that speaks HTTP/1.
    pub(super) admin: SocketAddr,
}

impl Connections {
    /// Applies the settings.
    pub(crate) fn new(
        config: &ServeConfig,
        clock: WallClock,
        metrics: ConnectionMetrics,
        intake: Intake,
        admin: SocketAddr,
    ) -> Arc<Connections> {
        let mut http2 = http2::Builder::new(CallExecutor);
        http2
            .timer(HyperTimer::new(clock.clone()))
            .max_concurrent_streams(config.concurrent_streams_max)
            .keep_alive_interval(config.http2_keepalive_interval)
            .keep_alive_timeout(config.http2_keepalive_timeout)
            .max_header_list_size(HEADER_LIST_LEN_MAX)
            .max_pending_accept_reset_streams(UNSEEN_RESETS_MAX)
            .max_local_error_reset_streams(BROKEN_STREAMS_MAX);
        let bounds = Bounds::new(config.connections_max, config.connections_per_address_max);
        Arc::new(Connections {
            http2,
            places: ConnectionSlots::new(bounds),
            clock,
            metrics,
            intake,
            handshake_timeout: config.handshake_timeout,
            call_stall_timeout: config.call_stall_timeout,
            stall_timeout: config.http2_keepalive_interval + config.http2_keepalive_timeout,
            admin,
        })
    }
}

/// Accepts connections and serves them until the server drains; then closes the socket and waits
/// for those that are open. Whatever goes wrong with one, it goes on.
pub(crate) async fn accept<S, B>(
    listener: TcpListener,
    shared: Arc<Connections>,
    service: S,
    draining: CancellationToken,
) where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes, Error = Status> + Unpin + Send + 'static,
{
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = draining.cancelled() => break,
            Some(_) = open.join_next(), if !open.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match shared.places.take(peer.ip()) {
                Ok(place) => {
                    // It fails for a peer that is gone already, which the first read will tell.
                    // Nagle's algorithm held first frames back by 40 ms.
                    let _ = stream.set_nodelay(true);
                    let counted = shared.metrics.open();
                    let serving = serve(
                        shared.clone(),
                        service.clone(),
                        stream,
                        peer,
                        draining.clone(),
                    );
                    open.spawn(async move {
                        serving.await;
                        drop((counted, place));
                    });
                }
                Err(full) => turn_away(&shared.metrics, &stream, full),
            },
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                shared.metrics.fail_to_accept();
                tell_failure(&error);
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// Closes a connection above the limit. An HTTP/2 client receives the reason.
fn turn_away(metrics: &ConnectionMetrics, stream: &TcpStream, full: Full) {
    metrics.refuse(match full {
        Full::InAll => Refused::ConnectionsMax,
        Full::OfAddress => Refused::ConnectionsPerAddressMax,
    });
    // The socket is new and has room for it; nobody waits for one that has not.
    let _ = stream.try_write(NO_PLACE);
}

fn tell_failure(error: &io::Error) {
    if let Some(left_out) = ACCEPT_FAILURES.allows() {
        tracing::warn!(%error, left_out, "cannot accept connections; trying again");
    }
}
