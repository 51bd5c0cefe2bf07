use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

/// The first bytes of every HTTP/2 client.
pub(crate) const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes of an unserved request that are read, so that its answer is not lost.
const UNWANTED_LEN_MAX: usize = 64 * 1024;
const UNWANTED_TIME: Duration = Duration::from_secs(1);

/// How a peer began.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Beginning {
    /// HTTP/2; the preface has been read.
    Http2,
    /// Looks like a request of HTTP/1.
    Http1,
    /// Anything else.
    Other,
}

/// Reads until it is clear what the peer speaks. It may never be.
pub(super) async fn beginning(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Beginning> {
    let mut read = [0; PREFACE.len()];
    let mut len = 0;
    while len < PREFACE.len() {
        let more = stream.read(&mut read[len..]).await?;
        if more == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        len += more;
        if read[..len] != PREFACE[..len] {
            return Ok(match read[0].is_ascii_uppercase() {
                true => Beginning::Http1,
                false => Beginning::Other,
            });
        }
    }
    Ok(Beginning::Http2)
}

/// Tells a peer that speaks HTTP/1 where it has to go.
pub(super) async fn answer_http1(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    admin: SocketAddr,
) -> io::Result<()> {
    let text = format!(
        "this port speaks gRPC, over HTTP/2 from the first byte; probes and metrics are served \
         over HTTP/1.1 on http://{admin}\n"
    );
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    let mut unwanted = [0; 4096];
    let reading = async {
        let mut len = 0;
        while len < UNWANTED_LEN_MAX {
            match stream.read(&mut unwanted).await {
                Ok(more) if more > 0 => len += more,
                _ => break,
            }
        }
    };
    // It has its answer, and nobody else waits for this.
    let _ = timeout(UNWANTED_TIME, reading).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seen(mut bytes: &[u8]) -> io::Result<Beginning> {
        beginning(&mut bytes).await
    }

    #[tokio::test]
    async fn b11_what_a_peer_speaks_is_clear_from_its_first_bytes() {
        let mut http2 = PREFACE.to_vec();
        http2.extend([0; 9]);
        assert_eq!(seen(&http2).await.expect("enough"), Beginning::Http2);
        for request in ["GET / HTTP/1.1\r\n", "POST /", "PRI * HTTP/2.1"] {
            let seen = seen(request.as_bytes()).await.expect("enough");
            assert_eq!(seen, Beginning::Http1, "{request}");
        }
        let hello = [0x16, 3, 1, 0, 200];
        assert_eq!(seen(&hello).await.expect("enough"), Beginning::Other);
        assert!(seen(&PREFACE[..20]).await.is_err());
        assert!(seen(b"").await.is_err());
    }
}
