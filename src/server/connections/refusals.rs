//! Requests that are refused before they reach a method.

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use tonic::{Status, body::Body};

use super::{Intake, connection_metrics::RequestRefused};
use crate::{grpc::StatusBuilder, proto::v1::ErrorReason};

const GRPC: &str = "application/grpc";

/// The service that still answers during a shutdown, so that clients learn of it.
const HEALTH: &str = "/grpc.health.v1.Health/";

/// Larger metadata is refused. HTTP/2 counts 32 bytes more for each value than it has.
const METADATA_LEN_MAX: usize = 16 * 1024;
const VALUE_OVERHEAD: usize = 32;

/// HTTP/2 takes so much, which a client is told that asks, so that it gets an answer in words.
/// Beyond, h2 answers alone, and beyond four times of it it closes the connection.
pub(super) const HEADER_LIST_LEN_MAX: u32 = 128 * 1024;

/// Why a request does not reach its method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    Method,
    ContentType,
    MetadataTooLarge,
    Draining,
}

impl From<Refusal> for RequestRefused {
    fn from(refusal: Refusal) -> RequestRefused {
        match refusal {
            Refusal::Method => RequestRefused::Method,
            Refusal::ContentType => RequestRefused::ContentType,
            Refusal::MetadataTooLarge => RequestRefused::MetadataTooLarge,
            Refusal::Draining => RequestRefused::Draining,
        }
    }
}

/// Returns why this request is not served, if it is not.
///
/// Only POST with the content type of gRPC is served, as the protocol requires: a web page of another origin
/// can make a browser send other requests, with the cookies or from the network of its user.
pub(super) fn refusal<B>(request: &Request<B>, intake: &Intake) -> Option<Refusal> {
    if request.method() != Method::POST {
        return Some(Refusal::Method);
    }
    if !is_grpc(request.headers()) {
        return Some(Refusal::ContentType);
    }
    if metadata_len(request) > METADATA_LEN_MAX {
        return Some(Refusal::MetadataTooLarge);
    }
    if intake.is_closed() && !request.uri().path().starts_with(HEALTH) {
        return Some(Refusal::Draining);
    }
    None
}

/// Returns the answer to such a request.
pub(super) fn answer<B>(refusal: Refusal, request: &Request<B>) -> Response<Body> {
    match refusal {
        Refusal::Method => {
            let mut answer = plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "gRPC takes POST alone; probes and metrics are on the admin port\n",
            );
            let allowed = HeaderValue::from_static("POST");
            answer.headers_mut().insert(header::ALLOW, allowed);
            answer
        }
        Refusal::ContentType => plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "this port takes gRPC alone: content-type application/grpc\n",
        ),
        Refusal::MetadataTooLarge => metadata_too_large(metadata_len(request)).into_http(),
        Refusal::Draining => draining().into_http(),
    }
}

fn draining() -> Status {
    StatusBuilder::new(ErrorReason::Draining)
        .retry()
        .status("the server is shutting down; try again in a moment")
}

fn metadata_too_large(size: usize) -> Status {
    StatusBuilder::new(ErrorReason::MetadataTooLarge)
        .with("size", size)
        .with("limit", METADATA_LEN_MAX)
        .status(format!(
            "the metadata of the call has {size} bytes and may have {METADATA_LEN_MAX}; send less"
        ))
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut answer = Response::new(Body::new(axum::body::Body::from(text)));
    *answer.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, text);
    answer
}

/// `application/grpc`, alone or followed by a format or parameters. That of gRPC-Web is another.
fn is_grpc(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return false;
    };
    match value.as_bytes().split_at_checked(GRPC.len()) {
        Some((kind, rest)) => {
            kind.eq_ignore_ascii_case(GRPC.as_bytes())
                && matches!(rest.first(), None | Some(b'+' | b';'))
        }
        None => false,
    }
}

/// As HTTP/2 counts it.
fn metadata_len<B>(request: &Request<B>) -> usize {
    let fields = request.headers().iter();
    let len =
        |(name, value): (&header::HeaderName, &HeaderValue)| name.as_str().len() + value.len();
    request.uri().path().len()
        + fields
            .map(|field| len(field) + VALUE_OVERHEAD)
            .sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(method: &str, content_type: Option<&str>) -> Option<Refusal> {
        let mut request = Request::builder().method(method).uri("/a.B/C");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let request = request.body(()).expect("a request");
        refusal(&request, &Intake::default())
    }

    #[test]
    fn b1_only_grpc_by_post_is_served() {
        for served in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc;charset=utf-8",
            "Application/gRPC+proto",
        ] {
            assert_eq!(seen("POST", Some(served)), None, "{served}");
        }
        for other in [
            "",
            "text/plain",
            "application/grp",
            "application/grpc-web",
            "application/grpc-web+proto",
            "application/grpc, text/plain",
            "application/grpc ",
            "application/x-www-form-urlencoded",
            "application/json",
        ] {
            let refused = Some(Refusal::ContentType);
            assert_eq!(seen("POST", Some(other)), refused, "{other}");
        }
        assert_eq!(seen("POST", None), Some(Refusal::ContentType));
        for method in ["GET", "PUT", "OPTIONS", "post", "DELETE", "HEAD"] {
            let refused = Some(Refusal::Method);
            assert_eq!(seen(method, Some("application/grpc")), refused, "{method}");
        }
    }

    #[test]
    fn health_alone_is_answered_when_no_more_calls_are_taken() {
        let intake = Intake::default();
        let refused = |path: &str| {
            let request = Request::post(path).header("content-type", "application/grpc");
            refusal(&request.body(()).expect("a request"), &intake)
        };
        assert_eq!(refused("/entente.v1.EventService/GetEvent"), None);
        intake.close();
        let draining = Some(Refusal::Draining);
        assert_eq!(refused("/entente.v1.EventService/GetEvent"), draining);
        assert_eq!(refused("/grpc.health.v1.Health/Check"), None);
    }
}
