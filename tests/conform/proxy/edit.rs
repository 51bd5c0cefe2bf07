use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use entente::{
    filter::{Filter, Schema},
    proto::v1::{
        AcknowledgeSubscriptionRequest, BatchCreateEventsResponse, ConsumeSubscriptionResponse,
        CreateEventRequest, CreateEventResponse, GetEventRequest, ListEventsRequest,
        ListEventsResponse, WatchEventsRequest,
        watch_events_request::{Begin, End},
    },
};
use http::{HeaderMap, HeaderValue};
use prost::Message;
use tonic::Code;

use super::{Fault, frames::Frames};

pub const WATCH: &str = "/entente.v1.EventService/WatchEvents";
pub const ACKNOWLEDGE: &str = "/entente.v1.SubscriptionService/AcknowledgeSubscription";
const CONSUME: &str = "/entente.v1.SubscriptionService/ConsumeSubscription";
pub const GET: &str = "/entente.v1.EventService/GetEvent";
pub const LIST: &str = "/entente.v1.EventService/ListEvents";
pub const CREATE: &str = "/entente.v1.PublisherService/CreateEvent";
const CREATE_BATCH: &str = "/entente.v1.PublisherService/BatchCreateEvents";

const STATUS: &str = "grpc-status";
const DETAILS: &str = "grpc-status-details-bin";

/// Edits one answer.
pub struct Edit {
    fault: Fault,
    method: String,
    frames: Frames,
    /// The newest lease.
    lease: Arc<AtomicI64>,
}

/// What an edit makes of a message.
pub enum Out {
    Message(Bytes),
    Wait(Duration),
    /// The end of the stream, with OK.
    End,
}

impl Edit {
    /// Makes the edit of one call; `odd` is true for every other call.
    pub fn new(fault: Fault, method: &str, odd: bool, lease: Arc<AtomicI64>) -> Edit {
        Edit {
            fault,
            method: method.to_owned(),
            frames: Frames::new(fault, odd),
            lease,
        }
    }

    pub fn message(&mut self, message: Bytes) -> Vec<Out> {
        match (self.method.as_str(), self.fault) {
            (WATCH, _) => self.frames.edit(message),
            (CREATE, Fault::NeverReplayed | Fault::EverReplayed) => {
                let mut answer = CreateEventResponse::decode(message).expect("an answer");
                answer.replayed = self.fault == Fault::EverReplayed;
                vec![Out::Message(answer.encode_to_vec().into())]
            }
            (CREATE_BATCH, Fault::NeverReplayed | Fault::EverReplayed) => {
                let mut answer = BatchCreateEventsResponse::decode(message).expect("an answer");
                answer.replayed = self.fault == Fault::EverReplayed;
                vec![Out::Message(answer.encode_to_vec().into())]
            }
            (GET, Fault::GetsWait) => {
                vec![Out::Wait(Duration::from_secs(5)), Out::Message(message)]
            }
            (LIST, Fault::ListCutShort) => {
                let mut answer = ListEventsResponse::decode(message).expect("an answer");
                answer.next_page_token.clear();
                vec![Out::Message(answer.encode_to_vec().into())]
            }
            (CONSUME, Fault::AnyLease) => {
                let answer = ConsumeSubscriptionResponse::decode(message.clone());
                let lease = answer.expect("an answer").lease_epoch;
                self.lease.store(lease, Ordering::Relaxed);
                vec![Out::Message(message)]
            }
            _ => vec![Out::Message(message)],
        }
    }

    /// Edits the status of an answer, in trailers or in headers.
    pub fn trailers(&self, mut trailers: HeaderMap) -> HeaderMap {
        let refused = trailers.get(STATUS).is_some_and(|status| status != "0");
        let code = |code: Code| HeaderValue::from(i32::from(code));
        match self.fault {
            Fault::CodesInternal if refused => {
                trailers.insert(STATUS, code(Code::Internal));
            }
            Fault::DetailsStripped if refused => {
                trailers.remove(DETAILS);
            }
            Fault::TrailersLong if refused => {
                let text = "x".repeat(8 << 10);
                trailers.insert("debug", text.parse().expect("plain text"));
            }
            Fault::AgeIsOk if refused && self.method == WATCH && self.frames.any() => {
                trailers = Edit::ok();
            }
            _ => {}
        }
        trailers
    }

    pub fn ok() -> HeaderMap {
        HeaderMap::from_iter([(STATUS.parse().expect("a name"), HeaderValue::from(0))])
    }
}

/// Whether a filter is spelled in the same order as the filter of a token.
fn is_spelled_as_in(filter: &str, token: &str) -> bool {
    let filter = Filter::parse(filter, Schema::Events).expect("a filter");
    let filter = filter.with_watch_defaults();
    let mark = token.split('.').nth(2).expect("a mark of the filter");
    let mark = URL_SAFE_NO_PAD.decode(mark).expect("base64");
    mark.ends_with(filter.normalized().as_bytes())
}

/// Replaces the lease of an acknowledgement with the newest one.
pub fn with_lease(message: Bytes, lease: i64) -> Bytes {
    let mut request = AcknowledgeSubscriptionRequest::decode(message).expect("a request");
    request.lease_epoch = lease;
    request.encode_to_vec().into()
}

/// Returns a request without the time at which it was to be known.
pub fn without_known_at(method: &str, message: Bytes) -> Bytes {
    if method == GET {
        let mut request = GetEventRequest::decode(message).expect("a request");
        request.known_at = None;
        return request.encode_to_vec().into();
    }
    let mut request = ListEventsRequest::decode(message).expect("a request");
    request.known_at = None;
    request.encode_to_vec().into()
}

/// Returns a creation without the condition that the fault ignores.
pub fn unconditional(fault: Fault, message: Bytes) -> Bytes {
    let mut request = CreateEventRequest::decode(message).expect("a request");
    match fault {
        Fault::PreconditionIgnored => request.precondition = None,
        _ => request.tracking = None,
    }
    request.encode_to_vec().into()
}

/// Returns a token that ends before a sign, with the checksum that belongs to it.
fn cut(token: &str, sign: char) -> Option<String> {
    let (rest, _) = token.split_once(sign)?;
    Some(format!("{rest}.{:08x}", crc32fast::hash(rest.as_bytes())))
}

/// Returns the request as a faulty server would understand it.
pub fn misunderstood(fault: Fault, message: Bytes) -> Bytes {
    let Ok(mut request) = WatchEventsRequest::decode(message.clone()) else {
        return message;
    };
    match fault {
        Fault::FilterIgnored => {
            request.filter = "exercise = true OR NOT exercise = true".to_owned();
        }
        Fault::SpellingMatters => {
            if let Some(Begin::ResumeToken(token)) = &request.begin
                && !is_spelled_as_in(&request.filter, token)
            {
                request.filter = "kind = MEETING AND kind = POLICY".to_owned();
            }
        }
        Fault::StartTimeForgotten => {
            if let Some(Begin::ResumeToken(token)) = &mut request.begin
                && let Some(cut) = cut(token, '@')
            {
                *token = cut;
            }
        }
        Fault::ResolutionForgotten => {
            if let Some(Begin::ResumeToken(token)) = &mut request.begin
                && let Some(cut) = cut(token, '~')
            {
                *token = cut;
            }
        }
        Fault::UnknownIgnored => {
            request.view = request.view.min(2);
            if let Some(Begin::Start(start)) = &mut request.begin {
                *start = (*start).min(3);
            }
        }
        Fault::StartLate => {
            if let Some(Begin::AfterPosition(position)) = &mut request.begin {
                *position += 1;
            }
        }
        Fault::StopLate => {
            if let Some(End::StopCount(count)) = &mut request.end {
                *count += 1;
            }
        }
        _ => {}
    }
    request.encode_to_vec().into()
}
