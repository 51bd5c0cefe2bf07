//! S28: a client that vanishes without closing its connection.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::sleep,
};

use super::{
    outcome::{CheckResult, Stop, ensure, ensure_same, inapplicable},
    restarts::{program, started},
    server_process::StoreDirectory,
    target::Target,
    watch_requests::latest,
    watch_stream::WatchStream,
};

/// How long the server waits for a sign of life, and then for the answer to its PING.
const KEEPALIVE: Duration = Duration::from_secs(1);
const OPTIONS: [&str; 2] = [
    "--http2-keepalive-interval=1s",
    "--http2-keepalive-timeout=1s",
];

pub(super) async fn s28_the_watch_of_a_vanished_client_is_freed(like: &Target) -> CheckResult {
    program(like)?;
    let home = StoreDirectory::new(&like.unique("s28"))?;
    let (server, target) = started(like, &home, &OPTIONS).await?;
    let route = Relay::to(server.address).await?;
    let through = format!("http://{}", route.address);
    let client = Target::connect(&through, like.options.clone(), like.unique("s28")).await;
    let client = client.or_else(inapplicable)?;
    let mut watching = WatchStream::open(&client, latest("")).await?;
    watching.until_caught_up().await?;
    ensure_same("open watches", target.info().await?.open_watches, 1)?;
    route.drop_everything();
    let vanished = Instant::now();
    while target.info().await?.open_watches > 0 {
        ensure(
            vanished.elapsed()
                < 2 * KEEPALIVE + Duration::from_secs(1) + target.timer_lag.allowance(),
            || format!("the watch is still open after {:.1?}", vanished.elapsed()),
        )?;
        sleep(Duration::from_millis(20)).await;
    }
    server.kill();
    Ok(format!(
        "freed after {:.1?}, with a keepalive of 1 s and 1 s",
        vanished.elapsed()
    ))
}

/// A TCP relay that can stop forwarding without closing its connections, like a dropped route.
struct Relay {
    address: SocketAddr,
    flowing: watch::Sender<bool>,
    _relaying: JoinSet<()>,
}

impl Relay {
    /// Starts a relay of one connection to a server.
    async fn to(server: SocketAddr) -> Result<Relay, Stop> {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.or_else(|error| inapplicable(no_relay_port(&error)))?;
        let address = listener.local_addr();
        let address = address.or_else(|error| inapplicable(no_relay_port(&error)))?;
        let flowing = watch::Sender::new(true);
        let mut relaying = JoinSet::new();
        let receiver = flowing.subscribe();
        relaying.spawn(async move {
            let Ok((client, _)) = listener.accept().await else {
                return;
            };
            let Ok(server) = TcpStream::connect(server).await else {
                return;
            };
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::join!(
                relay(from_client, to_server, receiver.clone()),
                relay(from_server, to_client, receiver),
            );
        });
        Ok(Relay {
            address,
            flowing,
            _relaying: relaying,
        })
    }

    fn drop_everything(&self) {
        self.flowing.send_replace(false);
    }
}

fn no_relay_port(error: &std::io::Error) -> String {
    format!("the relay got no port to listen on: {error}")
}

/// Forwards bytes until either end closes. Keeps both ends open while nothing flows.
async fn relay(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut flowing: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let flows = flowing.wait_for(|flowing| *flowing).await.is_ok();
        if !flows || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
