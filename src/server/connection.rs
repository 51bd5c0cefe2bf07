//! How an answer leaves the server.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tonic::transport::server::{Connected, TcpConnectInfo};

/// How much is held back until more comes: what HTTP/2 puts before the payload of a long frame,
/// with its beginning.
const HELD_LEN_MAX: usize = 2 * 1024;

/// A connection on which an answer of up to a kilobyte is one write.
///
/// Where several buffers can be written at once, the HTTP/2 of this server (h2) writes a message of
/// 256 bytes or more apart from what ends the answer, which is a second call of the system, and a
/// second packet that wakes the client. Elsewhere it copies up to 1,024 bytes and writes them
/// together. So it is not told that several can be; the two writes that it then makes of a longer
/// frame are put together here.
#[derive(Debug)]
pub struct Connection {
    pub(super) stream: TcpStream,
    held: Vec<u8>,
}

impl Connection {
    /// Of an accepted stream.
    pub fn new(stream: TcpStream) -> Connection {
        Connection {
            stream,
            held: Vec::new(),
        }
    }

    /// Writes what is held back, and of `more` what goes with it; gives how much of that.
    fn poll_write_held(
        &mut self,
        context: &mut Context<'_>,
        more: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            let both = [IoSlice::new(&self.held), IoSlice::new(more)];
            let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, &both))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let of_held = written.min(self.held.len());
            self.held.drain(..of_held);
            if self.held.is_empty() && (written > of_held || more.is_empty()) {
                return Poll::Ready(Ok(written - of_held));
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.held.len() + bytes.len() <= HELD_LEN_MAX {
            self.held.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        if self.held.is_empty() {
            return Pin::new(&mut self.stream).poll_write(context, bytes);
        }
        self.poll_write_held(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.held.is_empty() {
            ready!(self.poll_write_held(context, &[]))?;
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpListener, TcpSocket},
    };

    use super::*;

    async fn connected() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let client = TcpSocket::new_v4().expect("a socket");
        // A small one, so that writes are cut short.
        client.set_recv_buffer_size(4 << 10).expect("a size");
        let client = client.connect(listener.local_addr().expect("bound"));
        let (client, accepted) = tokio::join!(client, listener.accept());
        let (stream, _) = accepted.expect("accepted");
        (Connection::new(stream), client.expect("listening"))
    }

    #[tokio::test]
    async fn short_pieces_leave_together_when_they_are_flushed() {
        let (mut connection, mut client) = connected().await;
        for piece in [&b"headers "[..], b"payload ", b"trailers"] {
            connection.write_all(piece).await.expect("held back");
        }
        let mut read = [0; 64];
        let none = client
            .try_read(&mut read)
            .expect_err("nothing was sent yet");
        assert_eq!(none.kind(), io::ErrorKind::WouldBlock);
        connection.flush().await.expect("sent");
        let len = client.read(&mut read).await.expect("connected");
        assert_eq!(&read[..len], b"headers payload trailers");
    }

    #[tokio::test]
    async fn pieces_of_all_lengths_arrive_in_order_at_a_slow_reader() {
        let (mut connection, mut client) = connected().await;
        let lens = [
            9, 1_015, 15_000, 1, 2_048, 2_049, 7, 300_000, 1_024, 1_024, 1_024,
        ];
        let sent: Vec<u8> = (0..lens.iter().sum::<usize>())
            .map(|at| (at % 251) as u8)
            .collect();
        let expected = sent.clone();
        let sending = tokio::spawn(async move {
            let mut rest = &sent[..];
            for len in lens {
                let (piece, after) = rest.split_at(len);
                connection.write_all(piece).await.expect("written");
                rest = after;
            }
            connection.shutdown().await.expect("shut down");
        });
        let (mut received, mut piece) = (Vec::new(), [0; 1_000]);
        loop {
            tokio::task::yield_now().await;
            match client.read(&mut piece).await.expect("connected") {
                0 => break,
                len => received.extend_from_slice(&piece[..len]),
            }
        }
        sending.await.expect("all was sent");
        assert!(received == expected, "{} bytes arrived", received.len());
    }
}
