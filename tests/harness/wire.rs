//! HTTP/2 by hand, to send what no library sends.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::soon;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection, and the frames on it.
#[allow(dead_code, reason = "not every suite speaks HTTP/2 by hand")]
pub struct Wire {
    stream: TcpStream,
}

/// A frame as it came.
#[derive(Debug)]
#[allow(dead_code, reason = "not every suite speaks HTTP/2 by hand")]
pub struct WireFrame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

#[allow(dead_code, reason = "not every suite speaks HTTP/2 by hand")]
impl Wire {
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PING: u8 = 6;
    pub const GOAWAY: u8 = 7;
    pub const WINDOW_UPDATE: u8 = 8;

    pub const END_STREAM: u8 = 1;
    pub const END_HEADERS: u8 = 4;

    /// Connects and begins, with wide windows.
    pub async fn connect(address: SocketAddr) -> Wire {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).expect("a TCP socket");
        let mut beginning = PREFACE.to_vec();
        beginning.extend(Wire::frame(Wire::SETTINGS, 0, 0, &[]));
        stream.write_all(&beginning).await.expect("it reads");
        Wire { stream }
    }

    pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let len = u32::try_from(payload.len()).expect("short").to_be_bytes();
        let mut frame = vec![len[1], len[2], len[3], kind, flags];
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        frame
    }

    /// The headers of a gRPC call, encoded without any compression.
    pub fn call(stream: u32, path: &str, flags: u8) -> Vec<u8> {
        let mut block = Vec::new();
        for (name, value) in [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", path),
            (":authority", "localhost"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
        ] {
            block.push(0);
            for text in [name, value] {
                block.push(u8::try_from(text.len()).expect("below 127"));
                block.extend(text.as_bytes());
            }
        }
        Wire::frame(Wire::HEADERS, flags, stream, &block)
    }

    /// One message of a call, and no more.
    pub fn message(stream: u32, message: &[u8]) -> Vec<u8> {
        let mut payload = vec![0];
        payload.extend(u32::try_from(message.len()).expect("short").to_be_bytes());
        payload.extend(message);
        Wire::frame(Wire::DATA, Wire::END_STREAM, stream, &payload)
    }

    /// The client's end of a call.
    pub fn cancel(stream: u32) -> Vec<u8> {
        Wire::frame(Wire::RST_STREAM, 0, stream, &8_u32.to_be_bytes())
    }

    /// Sends, unless the server has closed the connection.
    pub async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        soon("bytes to leave", self.stream.write_all(bytes)).await
    }

    /// The next frame; none when the connection was closed. PINGs and SETTINGS are answered.
    pub async fn next(&mut self) -> Option<WireFrame> {
        soon("a frame", self.read()).await
    }

    async fn read(&mut self) -> Option<WireFrame> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).await.ok()?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.stream.read_exact(&mut payload).await.ok()?;
        if flags & 1 == 0 && (kind == Wire::PING || kind == Wire::SETTINGS) {
            let sent: &[u8] = if kind == Wire::PING { &payload } else { &[] };
            // It may be closed by now, which the next read tells.
            let _ = self.stream.write_all(&Wire::frame(kind, 1, 0, sent)).await;
        }
        Some(WireFrame {
            kind,
            flags,
            stream: u32::from_be_bytes(stream),
            payload,
        })
    }

    /// The next frame of this kind, if one comes before the end.
    pub async fn next_of(&mut self, kind: u8) -> Option<WireFrame> {
        loop {
            let frame = self.next().await?;
            if frame.kind == kind {
                return Some(frame);
            }
        }
    }
}
