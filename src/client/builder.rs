use std::time::Duration;

use thiserror::Error;
use tonic::transport::{self, Endpoint};

use super::{Client, innermost};

/// hyper's windows of 2 and 5 MiB are fine for one call. A watch that replays the log while other
/// calls run needs more bytes in flight.
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 8 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Settings of a [`Client`]. The defaults suit both local and distant servers.
///
/// ```no_run
/// use std::time::Duration;
/// use entente::client::Client;
///
/// # fn example() -> Result<(), entente::client::ConnectError> {
/// let client = Client::builder("http://127.0.0.1:50051")
///     .timeout(Duration::from_secs(10))
///     .windows(1 << 20, 2 << 20)
///     .keepalive(Duration::from_secs(30), Duration::from_secs(5))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    address: String,
    timeout: Duration,
    connect_timeout: Duration,
    windows: (u32, u32),
    keepalive: (Duration, Duration),
}

impl ClientBuilder {
    pub(super) fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            timeout: TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            windows: (STREAM_WINDOW, CONNECTION_WINDOW),
            keepalive: (KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT),
        }
    }

    /// Sets how long an answer, or the first frame of a watch, may take. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long connecting may take, at most [`timeout`](Self::timeout). Default: 5 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the flow-control windows of one stream and of the whole connection: how many bytes the
    /// server may send before the program reads them, from 64 KiB to 2 GiB. Defaults: 4 and 8 MiB.
    /// This bounds the memory of a slow consumer.
    pub fn windows(mut self, stream: u32, connection: u32) -> Self {
        self.windows = (stream, connection);
        self
    }

    /// Sets how often the connection sends a keepalive PING, and how long the answer may take.
    /// Defaults: 20 s and 10 s.
    pub fn keepalive(mut self, interval: Duration, timeout: Duration) -> Self {
        self.keepalive = (interval, timeout);
        self
    }

    /// Makes the client. The first call connects; nothing is sent before.
    ///
    /// # Errors
    ///
    /// The address is malformed.
    pub fn build(self) -> Result<Client, ConnectError> {
        let endpoint = self.endpoint().map_err(|cause| ConnectError::Address {
            address: self.address.clone(),
            cause,
        })?;
        Ok(Client::over(endpoint, self.timeout))
    }

    /// Makes the client and connects.
    ///
    /// # Errors
    ///
    /// The address is malformed, or no server answers there.
    pub async fn connect(self) -> Result<Client, ConnectError> {
        let address = self.address.clone();
        let client = self.build()?;
        client
            .connected()
            .await
            .map_err(|cause| ConnectError::Unreachable { address, cause })
    }

    fn endpoint(&self) -> Result<Endpoint, transport::Error> {
        let (stream_window, connection_window) = self.windows;
        let (interval, timeout) = self.keepalive;
        Ok(Endpoint::from_shared(self.address.clone())?
            .user_agent(concat!("entente/", env!("CARGO_PKG_VERSION")))?
            .connect_timeout(self.timeout.min(self.connect_timeout))
            .tcp_nodelay(true)
            .initial_stream_window_size(stream_window)
            .initial_connection_window_size(connection_window)
            .http2_keep_alive_interval(interval)
            .keep_alive_timeout(timeout)
            .keep_alive_while_idle(true))
    }
}

/// Why a client could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address of the server is malformed.
    #[error("{address:?} is not an address; give http://HOST:PORT")]
    Address {
        /// The address.
        address: String,
        /// What is wrong with it.
        #[source]
        cause: transport::Error,
    },
    /// No server answers at the address.
    #[error("cannot reach {address}: {}", innermost(cause))]
    Unreachable {
        /// The address.
        address: String,
        /// Why the connection failed.
        #[source]
        cause: transport::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_is_checked_before_anything_is_sent() {
        let error = Client::new("http://not an address").expect_err("there are spaces in it");

        assert!(error.to_string().contains("not an address"), "{error}");
        assert!(Client::new("http://127.0.0.1:1").is_ok());
    }

    #[tokio::test]
    async fn connecting_fails_where_no_server_answers() {
        let error = Client::connect("http://127.0.0.1:1")
            .await
            .expect_err("no server listens there");

        assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
    }
}
