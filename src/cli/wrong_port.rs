//! Finds out what listens at an address that did not answer like an entente server.
//!
//! Runs only after a command has failed, so it may take a moment.

use std::{
    io::{Read as _, Write as _},
    net::{TcpStream, ToSocketAddrs as _},
    time::Duration,
};

use http::Uri;

/// The timeout for connecting, and again for answering.
const TIMEOUT: Duration = Duration::from_secs(1);
/// The preface of HTTP/2, and an empty SETTINGS frame.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// The type of the first frame that an HTTP/2 server sends.
const SETTINGS: u8 = 4;
const WHERE: &str =
    "entente's gRPC port is 50051, or the one given to `entente serve` with --listen";

/// Explains why this is the wrong port; `None` if it is not, or if nothing listens there.
pub(super) fn wrong_port(server: &str) -> Option<String> {
    let uri: Uri = server.parse().ok()?;
    let (host, port) = (uri.host()?, uri.port_u16().unwrap_or(80));
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let first = exchange(bare, port, PREFACE)?;
    if first.get(3) == Some(&SETTINGS) {
        return None;
    }
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let answer = exchange(bare, port, request.as_bytes())?;
    Some(match answer.starts_with(b"HTTP/") {
        true => format!(
            "this is not a gRPC server: port {port} answers HTTP/1, as web servers and entente's admin \
             port do; {WHERE}"
        ),
        false => format!("this is not a gRPC server: port {port} does not speak HTTP/2; {WHERE}"),
    })
}

/// Explains tonic's error for a server that speaks HTTP but not gRPC.
pub(super) fn not_grpc(message: &str) -> Option<String> {
    let code = message.strip_prefix("grpc-status header missing, mapped from HTTP status code ")?;
    Some(format!(
        "this is not a gRPC server: it answers with HTTP status {code}, as web servers and entente's \
         admin port do; {WHERE}"
    ))
}

/// Sends `said` and returns the first bytes of the answer, empty without an answer; `None` when
/// nothing listens.
fn exchange(host: &str, port: u16, said: &[u8]) -> Option<Vec<u8>> {
    let address = (host, port).to_socket_addrs().ok()?.next()?;
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    stream.write_all(said).ok()?;
    let mut answer = [0; 64];
    let mut len = 0;
    while len < 9 {
        match stream.read(&mut answer[len..]) {
            Ok(0) | Err(_) => break,
            Ok(read) => len += read,
        }
    }
    Some(answer[..len].to_vec())
}
