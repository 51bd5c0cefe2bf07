//! How bytes reach the server, and how answers leave it.

use std::{
    io::{self, IoSlice},
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::connections::{Activity, PREFACE, Resets};
use crate::clock::{Sleep, WallClock};

/// How much is held back until more comes: what HTTP/2 puts before the payload of a long frame,
/// with its beginning.
const HELD_LEN_MAX: usize = 2 * 1024;

/// A connection on which an answer of up to a kilobyte is one write, together with others that are
/// ready at the same time.
///
/// An answer that is ready is written once all that was ready to run has run: other answers on this
/// connection, to writes of one group as a rule, are then written with it.
///
/// Where several buffers can be written at once, the HTTP/2 of this server (h2) writes a message of
/// 256 bytes or more apart from what ends the answer, which is a second call of the system, and a
/// second packet that wakes the client. Elsewhere it copies up to 1,024 bytes and writes them
/// together. So it is not told that several can be; the two writes that it then makes of a longer
/// frame are put together here.
#[derive(Debug)]
pub(super) struct Connection<S = TcpStream> {
    pub(super) stream: S,
    held: Vec<u8>,
    /// Whether other tasks have had their turn since the held-back bytes were to be written.
    waited: bool,
    /// How much of the preface, which was read before, HTTP/2 has been given.
    preface_given: usize,
    resets: Resets,
    activity: Activity,
    clock: WallClock,
    /// How long the peer may take nothing of what is written, and what is left of that. A peer that
    /// does not read from its socket answers no PING either, but the farewell that HTTP/2 then has
    /// for it would wait for ever.
    stall_timeout: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncWrite + Unpin> Connection<S> {
    /// Of a stream from which the preface of HTTP/2 has been read, and nothing else.
    pub(super) fn after_preface(
        stream: S,
        activity: Activity,
        clock: WallClock,
        stall_timeout: Duration,
    ) -> Connection<S> {
        Connection {
            stream,
            held: Vec::new(),
            waited: false,
            preface_given: 0,
            resets: Resets::new(),
            activity,
            clock,
            stall_timeout,
            stalled: None,
        }
    }

    /// Writes to the stream within a time.
    fn poll_stream_write(
        &mut self,
        context: &mut Context<'_>,
        more: &[u8],
    ) -> Poll<io::Result<usize>> {
        let both = [IoSlice::new(&self.held), IoSlice::new(more)];
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, &both);
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let time = self.stall_timeout;
        let sleep = || Box::pin(self.clock.sleep(time));
        let stalled = self.stalled.get_or_insert_with(sleep);
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Writes the held-back bytes together with a part of `more`, and returns the length of that part.
    fn poll_write_held(
        &mut self,
        context: &mut Context<'_>,
        more: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            let written = ready!(self.poll_stream_write(context, more))?;
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

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
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
            return self.poll_stream_write(context, bytes);
        }
        self.poll_write_held(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.held.is_empty() {
            let waited = mem::replace(&mut self.waited, true);
            if !waited {
                // As the task is running, it comes behind what is ready now, whoever else wakes it.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            ready!(self.poll_write_held(context, &[]))?;
        }
        self.waited = false;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let preface = &PREFACE[self.preface_given..];
        if !preface.is_empty() {
            let given = preface.len().min(into.remaining());
            into.put_slice(&preface[..given]);
            self.preface_given += given;
            return Poll::Ready(Ok(()));
        }
        if self.activity.is_flooding() {
            // Nobody waits for more: the task that drives the connection ends it.
            return Poll::Pending;
        }
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        let read = &into.filled()[before..];
        if !read.is_empty() {
            self.activity.hear();
            if self.resets.are_too_many(read) {
                self.activity.flood();
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// Notes what it is given in each write, of which it takes so much, and not every time.
    struct Slow {
        writes: Vec<Vec<u8>>,
        taken_max: usize,
        not_ready: bool,
        refused: usize,
    }

    fn connection(taken_max: usize) -> Connection<Slow> {
        let slow = Slow {
            writes: Vec::new(),
            taken_max,
            not_ready: false,
            refused: 0,
        };
        let (activity, clock) = (Activity::default(), WallClock::system());
        Connection::after_preface(slow, activity, clock, Duration::from_secs(60))
    }

    impl AsyncWrite for Slow {
        fn poll_write(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.poll_write_vectored(context, &[IoSlice::new(bytes)])
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            if self.taken_max < usize::MAX {
                self.not_ready = !self.not_ready;
            }
            if self.not_ready {
                self.refused += 1;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let bytes = slices.iter().flat_map(|slice| slice.iter().copied());
            let taken: Vec<u8> = bytes.take(self.taken_max).collect();
            let len = taken.len();
            self.writes.push(taken);
            Poll::Ready(Ok(len))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn short_pieces_are_one_write_when_they_are_flushed() {
        let mut connection = connection(usize::MAX);
        for piece in [&b"headers "[..], b"payload ", b"trailers"] {
            connection.write_all(piece).await.expect("held back");
        }
        assert!(connection.stream.writes.is_empty());
        connection.flush().await.expect("written");
        assert_eq!(connection.stream.writes, [b"headers payload trailers"]);
    }

    #[tokio::test]
    async fn what_comes_while_others_have_their_turn_is_written_with_it() {
        let mut connection = connection(usize::MAX);
        connection.write_all(b"one ").await.expect("held back");
        let flushed = poll_fn(|context| Poll::Ready(Pin::new(&mut connection).poll_flush(context)));
        assert!(flushed.await.is_pending());
        connection.write_all(b"two").await.expect("held back");
        connection.flush().await.expect("written");
        assert_eq!(connection.stream.writes, [b"one two"]);
    }

    #[tokio::test]
    async fn a_long_frame_is_one_write_with_what_is_before_it() {
        let mut connection = connection(usize::MAX);
        for len in [1_024, 15_000] {
            connection.write_all(&vec![7; len]).await.expect("written");
        }
        assert_eq!(connection.stream.writes, [vec![7; 16_024]]);
        connection.write_all(&[8; 3_000]).await.expect("written");
        assert_eq!(connection.stream.writes[1], [8; 3_000]);
    }

    #[tokio::test]
    async fn pieces_of_all_lengths_arrive_in_order_however_little_is_taken() {
        for taken_max in [1, 5, 700, 2_047, 2_048, 2_049, 100_000] {
            let mut connection = connection(taken_max);
            let (mut sent, mut next) = (Vec::new(), 0_u8);
            for len in [
                9, 1_015, 15_000, 1, 2_048, 2_049, 7, 30_000, 1_024, 1_024, 1_024,
            ] {
                let piece: Vec<u8> = (0..len)
                    .map(|_| {
                        next = next.wrapping_mul(5).wrapping_add(1);
                        next
                    })
                    .collect();
                connection.write_all(&piece).await.expect("written");
                sent.extend(piece);
            }
            connection.shutdown().await.expect("shut down");
            assert!(connection.stream.refused > 1);
            assert!(
                connection.stream.writes.concat() == sent,
                "{taken_max} at a time"
            );
        }
    }
}
