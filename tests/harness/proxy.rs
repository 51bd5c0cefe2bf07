use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// A relay between clients and a server that can stop relaying without closing anything, as a
/// dropped route does, and can be pointed at another server.
pub struct Proxy {
    address: SocketAddr,
    target: Arc<Mutex<SocketAddr>>,
    flowing: watch::Sender<bool>,
    _stop: DropGuard,
}

impl Proxy {
    /// Listens on a free port and relays to `target`.
    pub async fn to(target: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let target = Arc::new(Mutex::new(target));
        let flowing = watch::Sender::new(true);
        let stop = CancellationToken::new();
        let accepting = accept(listener, target.clone(), flowing.subscribe(), stop.clone());
        tokio::spawn(stop.clone().run_until_cancelled_owned(accepting));
        Proxy {
            address,
            target,
            flowing,
            _stop: stop.drop_guard(),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Relays new connections to another server.
    pub fn point_at(&self, target: SocketAddr) {
        *self.target.lock().expect("no holder panics") = target;
    }

    /// Relays nothing more, and closes nothing.
    pub fn stop_relaying(&self) {
        self.flowing.send_replace(false);
    }
}

async fn accept(
    listener: TcpListener,
    target: Arc<Mutex<SocketAddr>>,
    flowing: watch::Receiver<bool>,
    stop: CancellationToken,
) {
    while let Ok((client, _)) = listener.accept().await {
        let target = *target.lock().expect("no holder panics");
        // Nobody there: the client sees its connection closed.
        let Ok(server) = TcpStream::connect(target).await else {
            continue;
        };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        for (from, to) in [(from_client, to_server), (from_server, to_client)] {
            let relaying = relay(from, to, flowing.clone());
            tokio::spawn(stop.clone().run_until_cancelled_owned(relaying));
        }
    }
}

async fn relay(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut flowing: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = from.read(&mut buffer).await?;
        // An error means that the test is over.
        if flowing.wait_for(|flowing| *flowing).await.is_err() || read == 0 {
            return Ok(());
        }
        to.write_all(&buffer[..read]).await?;
    }
}
