use std::time::Duration;

use super::server::Server;

/// Admin pages are small: a client that takes longer than this is not reading.
const ADMIN_TIMEOUT: Duration = Duration::from_secs(1);

impl Server {
    /// Announces the shutdown while still serving: health says NOT_SERVING, and new calls are refused. Does
    /// nothing before the store is open.
    pub async fn lame_duck(&self, time: Duration) {
        if self.store.is_none() || time.is_zero() {
            return;
        }
        self.health.draining();
        self.intake.close();
        self.clock.sleep(time).await;
    }

    /// Shuts the server down: health says NOT_SERVING, streams end with a resume token, no new connections are
    /// accepted, running calls may finish within the timeout, and the store closes. Calls that remain are
    /// logged, and their connections end with the process.
    pub async fn drain(mut self, timeout: Duration) {
        self.health.draining();
        self.intake.close();
        self.draining.cancel();
        self.health.end();
        let ended = async { while self.serving.join_next().await.is_some() {} };
        match self.clock.timeout(timeout, ended).await {
            // A server that was refused its store has had no calls.
            Some(()) if self.store.is_none() => {}
            Some(()) => tracing::info!("every call has ended"),
            None => self.log_the_rest(timeout),
        }
        if let Some(store) = self.store.take()
            && let Err(error) = tokio::task::spawn_blocking(move || store.close()).await
        {
            tracing::error!(%error, "closing the store failed");
        }
        self.drained.cancel();
        let ended = async { while self.admin.join_next().await.is_some() {} };
        if self.clock.timeout(ADMIN_TIMEOUT, ended).await.is_none() {
            tracing::warn!("an admin request was cut off");
        }
    }

    fn log_the_rest(&self, timeout: Duration) {
        let timeout = timeout.as_secs_f64();
        let calls = self.metrics.rpcs().open_calls();
        if calls.is_empty() {
            tracing::warn!(
                timeout,
                "cut off connections that have no call and do not close"
            );
        }
        for (method, open) in calls {
            tracing::warn!(timeout, method, open, "cut off calls that have not ended");
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;
    use tonic::Code;

    use super::*;
    use crate::{
        clock::WallClock,
        proto::health::{
            HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
        },
        server::config::tests::parse,
    };

    async fn start() -> Server {
        let config = parse(&["--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0"]).expect("valid");
        Server::start(&config, WallClock::system())
            .await
            .expect("free ports")
    }

    #[tokio::test]
    async fn an_open_health_watch_does_not_hold_the_drain_back() {
        let server = start().await;
        let address = format!("http://{}", server.grpc_address());
        let mut client = HealthClient::connect(address).await.expect("listening");
        let request = HealthCheckRequest::default();
        let mut stream = client.watch(request).await.expect("open").into_inner();
        let first = stream.message().await.expect("open").expect("a status");
        assert_eq!(first.status(), ServingStatus::NotServing);
        let drained = tokio::time::timeout(
            Duration::from_secs(10),
            server.drain(Duration::from_secs(60)),
        );
        drained.await.expect("long before its timeout");
        assert_eq!(
            stream.message().await.expect_err("the end").code(),
            Code::Unavailable
        );
    }

    #[tokio::test]
    async fn b5_a_peer_that_never_speaks_does_not_hold_the_drain_back() {
        let server = start().await;
        let _silent = TcpStream::connect(server.grpc_address())
            .await
            .expect("listening");
        let drained = tokio::time::timeout(
            Duration::from_secs(30),
            server.drain(Duration::from_secs(600)),
        );
        drained.await.expect("long before its timeout");
    }

    #[tokio::test]
    async fn nobody_connects_once_the_server_drains() {
        let server = start().await;
        let (grpc, admin) = (server.grpc_address(), server.admin_address());
        server.drain(Duration::from_secs(10)).await;
        assert!(TcpStream::connect(grpc).await.is_err());
        assert!(TcpStream::connect(admin).await.is_err());
    }
}
