use std::{net::SocketAddr, sync::Arc, time::Instant};

use bytes::Bytes;
use http::HeaderMap;
use tonic::{Code, Status, transport::server::TcpConnectInfo};

use super::{
    log_line_limit::LogLineLimit,
    message_counter::FrameCounter,
    rpc_metrics::{MethodMetrics, RpcMetrics},
};

/// A client may be able to cause any number of these.
static FAILURES: LogLineLimit = LogLineLimit::new();

/// One call from its arrival to its end. Dropped without an end, it counts as canceled: the client
/// went away, or its deadline passed before the answer began.
#[derive(Debug)]
pub(super) struct Call {
    method: Arc<MethodMetrics>,
    peer: Option<SocketAddr>,
    started: Instant,
    frames: FrameCounter,
    sent: u64,
    ended: bool,
}

impl Call {
    /// A unary or server-streaming call has one request message, which counts at once. The messages of other
    /// calls are counted in the body.
    pub(super) fn begin<B>(rpcs: &RpcMetrics, request: &http::Request<B>) -> Self {
        let path = request.uri().path();
        let method = rpcs.of_path(path).unwrap_or_else(|| {
            tracing::debug!(path, "call of an unknown method");
            rpcs.unknown()
        });
        method.started.inc();
        if !method.client_streams {
            method.received.inc();
        }
        let peer = request
            .extensions()
            .get::<TcpConnectInfo>()
            .and_then(|info| info.remote_addr());
        Self {
            method: method.clone(),
            peer,
            started: Instant::now(),
            frames: FrameCounter::default(),
            sent: 0,
            ended: false,
        }
    }

    pub(super) fn method(&self) -> &Arc<MethodMetrics> {
        &self.method
    }

    pub(super) fn send(&mut self, chunk: &Bytes) {
        let messages = self.frames.messages_in(chunk);
        self.method.sent.inc_by(messages);
        self.sent += messages;
    }

    /// Ends the call with the status in these headers or trailers, if there is one.
    pub(super) fn end_with(&mut self, headers: &HeaderMap) {
        match headers.get(Status::GRPC_STATUS) {
            Some(code) if code == "0" => self.end(Code::Ok, ""),
            Some(_) => {
                let status = Status::from_header_map(headers);
                self.end(
                    status.as_ref().map_or(Code::Unknown, Status::code),
                    status.as_ref().map_or("", Status::message),
                );
            }
            None => {}
        }
    }

    /// Ends the call. Later ends of the same call change nothing.
    pub(super) fn end(&mut self, code: Code, message: &str) {
        if self.ended {
            return;
        }
        self.ended = true;
        let elapsed = self.started.elapsed();
        self.method.handled(code).inc();
        self.method.seconds.observe(elapsed.as_secs_f64());
        self.log(code, message, elapsed.as_secs_f64());
    }

    fn log(&self, code: Code, detail: &str, seconds: f64) {
        let MethodMetrics {
            service, method, ..
        } = self.method.as_ref();
        let peer = self.peer.map(tracing::field::display);
        let sent = self.sent;
        match code {
            Code::Unknown | Code::Internal | Code::DataLoss => {
                if let Some(left_out) = FAILURES.allows() {
                    tracing::warn!(
                        service,
                        method,
                        ?code,
                        detail,
                        peer,
                        sent,
                        seconds,
                        left_out,
                        "call failed"
                    );
                }
            }
            _ => tracing::debug!(
                service,
                method,
                ?code,
                detail,
                peer,
                sent,
                seconds,
                "call ended"
            ),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.end(Code::Cancelled, "");
    }
}
