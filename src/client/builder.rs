use std::time::Duration;

use thiserror::Error;
use tonic::transport::{self, Endpoint};

use super::{Client, innermost};

/// hyper's windows of 2 and 5 MiB are fine for one call. A watch that replays the log beside other
/// calls wants more in flight.
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 8 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// How to talk to a server. The defaults suit a service in the same network or another.
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

    /// How long one answer, or the first frame of a watch, may take: 30 s unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long making a connection may take: 5 s unless set, and never longer than
    /// [`timeout`](Self::timeout).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Bytes that the server may have sent and the program not yet taken, of one stream and of the
    /// whole connection: 4 and 8 MiB unless set, from 64 KiB to 2 GiB. This bounds the memory of a
    /// slow consumer.
    pub fn windows(mut self, stream: u32, connection: u32) -> Self {
        self.windows = (stream, connection);
        self
    }

    /// How often the connection is asked for a sign of life and how long that may take to come: 20
    /// and 10 s unless set.
    pub fn keepalive(mut self, interval: Duration, timeout: Duration) -> Self {
        self.keepalive = (interval, timeout);
        self
    }

    /// The client. Nothing is sent yet: the connection is made by the first call.
    ///
    /// # Errors
    ///
    /// The address is none.
    pub fn build(self) -> Result<Client, ConnectError> {
        let endpoint = self.endpoint().map_err(|cause| ConnectError::Address {
            address: self.address.clone(),
            cause,
        })?;
        Ok(Client::over(endpoint, self.timeout))
    }

    /// The same, with a connection that stands.
    ///
    /// # Errors
    ///
    /// The address is none, or nobody answers there.
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

/// Why there is no client.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// What was given as the address of a server is none.
    #[error("{address:?} is not an address; give http://HOST:PORT")]
    Address {
        /// What was given.
        address: String,
        /// What is wrong with it.
        #[source]
        cause: transport::Error,
    },
    /// Nobody answers at the address.
    #[error("cannot reach {address}: {}", innermost(cause))]
    Unreachable {
        /// Where nobody is.
        address: String,
        /// What was tried.
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
    async fn a_connection_that_is_to_stand_needs_somebody_who_answers() {
        let error = Client::connect("http://127.0.0.1:1")
            .await
            .expect_err("nobody is there");

        assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
    }
}
