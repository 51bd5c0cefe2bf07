//! The admin port: probes and metrics over plain HTTP, for systems that do not speak gRPC. It needs no
//! authentication and writes nothing, but should be kept private.

use std::{collections::VecDeque, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet, spawn_blocking},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{listen::is_of_the_peer, log_line_limit::LogLineLimit, metrics::Metrics};
use crate::grpc::{HealthReporter, Readiness};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Maximum number of open connections. Another one replaces the oldest: a probe takes milliseconds, so a
/// connection that stays longer is not a probe, and probes are always answered.
const CONNECTIONS_MAX: usize = 16;

/// Maximum time for the head of a request, also of the next one on the same connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection may last. Scrapers that keep theirs open connect again.
const CONNECTION_TIME: Duration = Duration::from_secs(600);

const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

static ACCEPT_FAILURES: LogLineLimit = LogLineLimit::new();

const INDEX: &str = "<!doctype html>
<html lang=\"en\">
<title>entente</title>
<h1>entente</h1>
<ul>
<li><a href=\"/healthz\">/healthz</a>: 200 as long as the process lives
<li><a href=\"/readyz\">/readyz</a>: 200 when calls are served, otherwise 503 with the reason
<li><a href=\"/metrics\">/metrics</a>: for Prometheus
</ul>
";

#[derive(Clone)]
struct Admin {
    health: HealthReporter,
    metrics: Arc<Metrics>,
}

/// Serves until the token is cancelled and requests under way are answered.
pub(super) async fn serve(
    listener: TcpListener,
    health: HealthReporter,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) {
    let pages = Router::new()
        .route("/", get(Html(INDEX)))
        .route("/healthz", get("alive\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(page_of_metrics))
        .with_state(Admin { health, metrics });
    let (mut open, mut oldest_first) = (JoinSet::new(), VecDeque::<AbortHandle>::new());
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = open.join_next(), if !open.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                oldest_first.retain(|connection| !connection.is_finished());
                if oldest_first.len() >= CONNECTIONS_MAX
                    && let Some(oldest) = oldest_first.pop_front()
                {
                    oldest.abort();
                }
                let serving = serve_one(stream, pages.clone(), stop.clone());
                oldest_first.push_back(open.spawn(serving));
            }
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                if let Some(left_out) = ACCEPT_FAILURES.allows() {
                    tracing::warn!(%error, left_out, "cannot accept an admin connection");
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

async fn serve_one(stream: TcpStream, pages: Router, stop: CancellationToken) {
    let mut http1 = http1::Builder::new();
    http1
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT);
    let pages = TowerToHyperService::new(pages);
    let mut connection = pin!(http1.serve_connection(TokioIo::new(stream), pages));
    let served = async {
        tokio::select! {
            biased;
            result = &mut connection => return result,
            () = stop.cancelled() => {}
        }
        connection.as_mut().graceful_shutdown();
        connection.await
    };
    // Errors here are the peer's: it is gone, or does not speak HTTP.
    let _ = timeout(CONNECTION_TIME, served).await;
}

async fn readyz(State(admin): State<Admin>) -> (StatusCode, String) {
    let readiness = admin.health.readiness();
    let status = match readiness {
        Readiness::Serving => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, format!("{readiness}\n"))
}

async fn page_of_metrics(State(admin): State<Admin>, headers: HeaderMap) -> Response {
    let open_metrics = wants_open_metrics(&headers);
    // It includes the lag of subscriptions, which has to be computed.
    let page = spawn_blocking(move || match open_metrics {
        true => (OPEN_METRICS, admin.metrics.open_metrics()),
        false => (PROMETHEUS_TEXT, admin.metrics.prometheus_text()),
    });
    let failed = |error: String| (StatusCode::INTERNAL_SERVER_ERROR, error + "\n").into_response();
    match page.await {
        Ok((content_type, Ok(page))) => {
            ([(header::CONTENT_TYPE, content_type)], page).into_response()
        }
        Ok((_, Err(error))) => failed(error.to_string()),
        Err(error) => failed(error.to_string()),
    }
}

/// Prometheus asks for OpenMetrics; a person with curl, who may pipe it to promtool, does not.
fn wants_open_metrics(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().any(|accept| {
        accept
            .to_str()
            .is_ok_and(|accept| accept.contains("application/openmetrics-text"))
    })
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    };

    use super::*;

    async fn admin() -> (std::net::SocketAddr, HealthReporter, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let health = HealthReporter::new(&[]);
        let stop = CancellationToken::new();
        tokio::spawn(serve(
            listener,
            health.clone(),
            Arc::new(Metrics::new()),
            stop.clone(),
        ));
        (address, health, stop)
    }

    async fn get(address: std::net::SocketAddr, path: &str, accept: &str) -> String {
        let mut connection = TcpStream::connect(address).await.expect("listening");
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
        );
        connection
            .write_all(request.as_bytes())
            .await
            .expect("open");
        let mut answer = String::new();
        connection
            .read_to_string(&mut answer)
            .await
            .expect("an answer");
        answer
    }

    #[tokio::test]
    async fn readyz_says_why_it_is_not_ready() {
        let (address, health, _stop) = admin().await;
        let answer = get(address, "/readyz", "*/*").await;
        assert!(
            answer.starts_with("HTTP/1.1 503") && answer.contains("being opened"),
            "{answer}"
        );
        health.serving();
        assert!(
            get(address, "/readyz", "*/*")
                .await
                .starts_with("HTTP/1.1 200")
        );
        health.not_serving("the disk is full");
        let answer = get(address, "/readyz", "*/*").await;
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("the disk is full"));
        health.draining();
        assert!(get(address, "/readyz", "*/*").await.contains("draining"));
    }

    #[tokio::test]
    async fn healthz_lives_as_long_as_the_process() {
        let (address, health, _stop) = admin().await;
        health.not_serving("the disk is full");
        assert!(
            get(address, "/healthz", "*/*")
                .await
                .starts_with("HTTP/1.1 200")
        );
    }

    #[tokio::test]
    async fn metrics_come_in_the_format_that_was_asked_for() {
        let (address, _health, _stop) = admin().await;
        let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
        let answer = get(address, "/metrics", accept).await;
        assert!(
            answer.contains(OPEN_METRICS) && answer.ends_with("# EOF\n"),
            "{answer}"
        );
        let answer = get(address, "/metrics", "*/*").await;
        assert!(
            answer.contains(PROMETHEUS_TEXT) && !answer.contains("# EOF"),
            "{answer}"
        );
    }

    #[tokio::test]
    async fn the_front_page_lists_the_others() {
        let (address, _health, _stop) = admin().await;
        let answer = get(address, "/", "*/*").await;
        assert!(
            ["/healthz", "/readyz", "/metrics"]
                .iter()
                .all(|path| answer.contains(path))
        );
    }
}
