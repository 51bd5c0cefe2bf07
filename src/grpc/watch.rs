//! `WatchEvents`

use std::time::Duration;

use tonic::{Request, Response};

use super::{answer::position, filters, frame_codec::WatchCodec, frame_stream::FrameStream};
use crate::{
    command::WatchEvents,
    domain::{View, Violations},
    feed::{Begin, Client, End, WatchRequest},
    proto::v1::{
        self,
        watch_events_request::{Begin as BeginField, End as EndField},
    },
    rejection::Rejection,
    wire,
};

/// Range of the heartbeat interval that a client may request.
pub(super) const HEARTBEAT_RANGE: (Duration, Duration) = (HEARTBEAT_MIN, HEARTBEAT_MAX);
const HEARTBEAT_MIN: Duration = Duration::from_secs(1);
/// Below the 60 s after which proxies close a connection on which nothing is sent.
const HEARTBEAT_MAX: Duration = Duration::from_secs(55);
const MAX_AGE_MIN: Duration = Duration::from_secs(1);
/// If a client sets several fields of a oneof, the server receives only the last one.
pub(super) const START_UNSPECIFIED: &str = "is START_UNSPECIFIED, which takes the place of a token, position \
                                     or time that the client set before it; leave start out, or \
                                     send another value";
const LABEL_LEN_MAX: usize = 100;
/// Maximum length of a client's label.
const USER_AGENT_LEN_MAX: usize = 200;

/// Returns the answer with a stream. A layer around the services compresses its frames on request.
pub(super) fn answer(frames: FrameStream, compression: v1::Compression) -> Response<FrameStream> {
    let mut answer = Response::new(frames);
    answer.extensions_mut().insert(compression);
    answer
}

/// Reads a request, reporting every wrong field at once.
pub(super) fn parse(
    request: Request<v1::WatchEventsRequest>,
    heartbeat_default: Duration,
) -> Result<(WatchEvents<WatchCodec>, v1::Compression), Rejection> {
    let client = client(&request);
    let compression = compression(&request, request.get_ref().compression);
    let request = request.into_inner();
    let filter = filters::of_watch(&request.filter)?;
    let mut violations = Violations::default();
    let mut heard = |result: Result<(), Rejection>| match result {
        Ok(()) => Ok(()),
        Err(Rejection::Argument { field, description }) => {
            violations.add(field, description);
            Ok(())
        }
        Err(other) => Err(other),
    };
    let (mut begin, mut end, mut view) = (Begin::Latest, End::Never, View::Full);
    let (mut heartbeat, mut max_age) = (heartbeat_default, None);
    heard(parse_begin(request.begin).map(|read| begin = read))?;
    heard(parse_end(request.end).map(|read| end = read))?;
    heard(filters::view(request.view, View::Full).map(|read| view = read))?;
    heard(parse_heartbeat(request.heartbeat_interval).map(|read| {
        heartbeat = read.unwrap_or(heartbeat_default);
    }))?;
    heard(parse_max_age(request.max_age).map(|read| max_age = read))?;
    heard(check_label("client_label", &request.client_label))?;
    let mut asked = v1::Compression::Unspecified;
    heard(compression.map(|read| asked = read))?;
    violations.into_result(())?;
    let include_previous = request.include_previous;
    let client = Client {
        label: request.client_label,
        ..client
    };
    let request = WatchRequest {
        filter,
        resolved: None,
        begin,
        end,
        heartbeat,
        max_age,
        include_previous,
        client,
    };
    let codec = WatchCodec::new(view);
    Ok((WatchEvents { request, codec }, asked))
}

fn parse_begin(begin: Option<BeginField>) -> Result<Begin, Rejection> {
    match begin {
        None => Ok(Begin::Latest),
        Some(BeginField::ResumeToken(token)) => Ok(Begin::Token(token)),
        Some(BeginField::AfterPosition(after)) => {
            Ok(Begin::After(position("after_position", after)?))
        }
        Some(BeginField::StartTime(time)) => {
            let time = wire::micros(time).map_err(|why| Rejection::argument("start_time", why))?;
            Ok(Begin::Time(time.0))
        }
        Some(BeginField::Start(start)) => match v1::Start::try_from(start) {
            Ok(v1::Start::Latest) => Ok(Begin::Latest),
            Ok(v1::Start::Earliest) => Ok(Begin::After(0)),
            Ok(v1::Start::Snapshot) => Ok(Begin::Snapshot),
            Ok(v1::Start::Unspecified) => Err(Rejection::argument("start", START_UNSPECIFIED)),
            Err(_) => {
                let why = format!(
                    "there is no start {start}; send START_LATEST, START_EARLIEST or START_SNAPSHOT"
                );
                Err(Rejection::argument("start", why))
            }
        },
    }
}

fn parse_end(end: Option<EndField>) -> Result<End, Rejection> {
    match end {
        None => Ok(End::Never),
        Some(EndField::StopWhenCaughtUp(false)) => {
            let why = "is false, which takes the place of any other end that the client set before \
                       it; leave it out";
            Err(Rejection::argument("stop_when_caught_up", why))
        }
        Some(EndField::StopWhenCaughtUp(true)) => Ok(End::CaughtUp),
        Some(EndField::StopPosition(stop)) => Ok(End::Position(position("stop_position", stop)?)),
        Some(EndField::StopTime(time)) => {
            let time = wire::micros(time).map_err(|why| Rejection::argument("stop_time", why))?;
            Ok(End::Time(time.0))
        }
        Some(EndField::StopCount(count)) => match u64::try_from(count) {
            Ok(count) if count > 0 => Ok(End::Count(count)),
            _ => {
                let why = format!("is {count}; send at least 1");
                Err(Rejection::argument("stop_count", why))
            }
        },
    }
}

/// Reads the heartbeat interval that a client wants.
pub(super) fn parse_heartbeat(
    interval: Option<prost_types::Duration>,
) -> Result<Option<Duration>, Rejection> {
    let Some(interval) = interval else {
        return Ok(None);
    };
    match Duration::try_from(interval) {
        Ok(read) if (HEARTBEAT_MIN..=HEARTBEAT_MAX).contains(&read) => Ok(Some(read)),
        _ => {
            let why = format!("is {interval}; send 1s to 55s");
            Err(Rejection::argument("heartbeat_interval", why))
        }
    }
}

fn parse_max_age(max_age: Option<prost_types::Duration>) -> Result<Option<Duration>, Rejection> {
    let Some(max_age) = max_age else {
        return Ok(None);
    };
    match Duration::try_from(max_age) {
        Ok(read) if read >= MAX_AGE_MIN => Ok(Some(read)),
        _ => {
            let why = format!("is {max_age}; send at least 1s");
            Err(Rejection::argument("max_age", why))
        }
    }
}

/// Reads the compression of a stream, which the client must accept.
pub(super) fn compression<T>(
    request: &Request<T>,
    asked: i32,
) -> Result<v1::Compression, Rejection> {
    let refused = |why| Err(Rejection::argument("compression", why));
    let (read, encoding) = match v1::Compression::try_from(asked) {
        Ok(v1::Compression::Unspecified) => return Ok(v1::Compression::Unspecified),
        Ok(read @ v1::Compression::Gzip) => (read, "gzip"),
        Ok(read @ v1::Compression::Zstd) => (read, "zstd"),
        Err(_) => {
            return refused(format!(
                "there is no compression {asked}; send COMPRESSION_GZIP or COMPRESSION_ZSTD, or leave \
                 it out"
            ));
        }
    };
    let accepted = request.metadata().get("grpc-accept-encoding");
    let accepted = accepted
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if accepted.split(',').any(|name| name.trim() == encoding) {
        return Ok(read);
    }
    refused(format!(
        "is {}, which the header grpc-accept-encoding does not list: it is {accepted:?}; ask for \
         what your client can read, or leave it out",
        read.as_str_name()
    ))
}

/// Refuses a name that does not fit on an operator's screen.
pub(super) fn check_label(field: &'static str, label: &str) -> Result<(), Rejection> {
    if label.chars().count() > LABEL_LEN_MAX || label.chars().any(char::is_control) {
        let why = format!("send at most {LABEL_LEN_MAX} characters, none of them control ones");
        return Err(Rejection::argument(field, why));
    }
    Ok(())
}

/// Describes a client for operators. The command adds its identity and address.
pub(super) fn client<T>(request: &Request<T>) -> Client {
    let user_agent = request.metadata().get("user-agent");
    let user_agent = user_agent
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Client {
        user_agent: user_agent.chars().take(USER_AGENT_LEN_MAX).collect(),
        ..Client::default()
    }
}
