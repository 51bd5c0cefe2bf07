//! Reads the requests of `SubscriptionService`, reporting every wrong field at once.

use std::time::Duration;

use tonic::Request;

use super::{answer::position, filters, watch, write};
use crate::{
    command::Method,
    domain::{ResourceName, View, Violations},
    feed::ConsumeRequest,
    index::Position,
    proto::v1::{self, create_subscription_request::Begin, seek_subscription_request::Target},
    rejection::Rejection,
    store::{CursorEdit, NewCursor, Store},
    wire,
};

/// Shortest and longest time without a consumer that a client may ask for.
const IDLE_TTL_MIN: Duration = Duration::from_secs(1);
const IDLE_TTL_MAX: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
const UNACKED_DEFAULT: usize = 1_000;
/// Changes that may be sent and not acknowledged.
pub(super) const UNACKED_MAX: usize = 10_000;

/// What a client may write of a subscription.
const FIELDS: [&str; 3] = ["filter", "view", "idle_ttl"];

/// The id in "subscriptions/{subscription}".
pub(super) fn slug(field: &'static str, name: &str) -> Result<String, Rejection> {
    let slug = ResourceName::subscription_slug(name);
    let slug = slug.map_err(|why| Rejection::argument(field, why))?;
    Ok(slug.as_str().to_owned())
}

/// Id and content of a subscription to make.
pub(super) fn create(
    store: &Store,
    request: v1::CreateSubscriptionRequest,
) -> Result<(String, NewCursor), Rejection> {
    let terms = write::terms(
        Method::CreateSubscription,
        &request,
        &request.request_id,
        false,
    );
    let subscription = request.subscription.unwrap_or_default();
    filters::of_watch(&subscription.filter)?;
    let mut violations = terms.wrong;
    let slug = write::new_name(
        "subscription",
        &request.subscription_id,
        &subscription.name,
        ResourceName::subscription_slug,
    );
    let slug = hear(&mut violations, slug.map(|slug| slug.as_str().to_owned()))?;
    let view = hear(&mut violations, view(subscription.view))?;
    let idle_ttl = hear(&mut violations, idle_ttl(subscription.idle_ttl))?;
    let after = hear(&mut violations, begin(store, request.begin))?;
    violations.into_result(())?;
    let new = NewCursor {
        filter: subscription.filter,
        view,
        idle_ttl,
        after,
        request: terms.request,
    };
    Ok((slug, new))
}

/// Id and new values of a subscription to change.
pub(super) fn update(
    request: v1::UpdateSubscriptionRequest,
) -> Result<(String, CursorEdit), Rejection> {
    let subscription = write::required("subscription", request.subscription)?;
    let mask = request.update_mask.unwrap_or_default().paths;
    let takes = |field: &str, is_set: bool| match mask.as_slice() {
        [] => is_set,
        mask => mask.iter().any(|path| path == field || path == "*"),
    };
    let filter = takes("filter", !subscription.filter.is_empty());
    if filter {
        filters::of_watch(&subscription.filter)?;
    }
    let mut violations = Violations::default();
    let slug = hear(
        &mut violations,
        slug("subscription.name", &subscription.name),
    )?;
    for path in mask
        .iter()
        .filter(|path| *path != "*" && !FIELDS.contains(&path.as_str()))
    {
        let why = format!("has {path:?}; name some of {}, or *", FIELDS.join(", "));
        violations.add("update_mask", why);
    }
    let view = hear(&mut violations, view(subscription.view))?;
    let idle_ttl = hear(&mut violations, idle_ttl(subscription.idle_ttl))?;
    violations.into_result(())?;
    let edit = CursorEdit {
        etag: given(subscription.etag),
        view: takes("view", subscription.view != 0).then_some(view),
        idle_ttl: takes("idle_ttl", idle_ttl.is_some()).then_some(idle_ttl),
        filter: filter.then_some(subscription.filter),
    };
    Ok((slug, edit))
}

/// Where a seek leads to.
pub(super) fn target(store: &Store, target: Option<Target>) -> Result<Position, Rejection> {
    match target {
        None => Err(Rejection::argument(
            "target",
            "is required: give after_position, time or start",
        )),
        Some(Target::AfterPosition(after)) => after_position(store, after),
        Some(Target::Time(time)) => after_time(store, "time", time),
        Some(Target::Start(start)) => after_start(store, start),
    }
}

/// What a consumer asks for.
pub(super) fn consume(
    request: Request<v1::ConsumeSubscriptionRequest>,
    heartbeat_default: Duration,
) -> Result<(ConsumeRequest, v1::Compression), Rejection> {
    let mut client = watch::client(&request);
    let compression = watch::compression(&request, request.get_ref().compression);
    let request = request.into_inner();
    let mut violations = Violations::default();
    let slug = hear(&mut violations, slug("name", &request.name))?;
    hear(
        &mut violations,
        watch::check_label("consumer", &request.consumer),
    )?;
    let max_unacked = hear(&mut violations, max_unacked(request.max_unacked))?;
    let heartbeat = watch::parse_heartbeat(request.heartbeat_interval);
    let heartbeat = hear(&mut violations, heartbeat)?;
    let compression = hear(&mut violations, compression)?;
    violations.into_result(())?;
    client.label = request.consumer;
    let request = ConsumeRequest {
        slug,
        client,
        max_unacked,
        heartbeat: heartbeat.unwrap_or(heartbeat_default),
    };
    Ok((request, compression))
}

/// Text that was given.
pub(super) fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn hear<T: Default>(
    violations: &mut Violations,
    result: Result<T, Rejection>,
) -> Result<T, Rejection> {
    match result {
        Err(Rejection::Argument { field, description }) => {
            violations.add(field, description);
            Ok(T::default())
        }
        result => result,
    }
}

fn begin(store: &Store, begin: Option<Begin>) -> Result<Position, Rejection> {
    match begin {
        None => Ok(store.head().position),
        Some(Begin::AfterPosition(after)) => after_position(store, after),
        Some(Begin::StartTime(time)) => after_time(store, "start_time", time),
        Some(Begin::Start(start)) => after_start(store, start),
    }
}

fn after_position(store: &Store, after: i64) -> Result<Position, Rejection> {
    let requested = position("after_position", after)?;
    match store.head().position {
        head if requested > head => Err(Rejection::PositionInFuture { requested, head }),
        _ => Ok(requested),
    }
}

fn after_time(
    store: &Store,
    field: &'static str,
    time: prost_types::Timestamp,
) -> Result<Position, Rejection> {
    let time = wire::micros(time).map_err(|why| Rejection::argument(field, why))?;
    let head = store.head().position;
    let first = store.index().first_at_or_after(time.0);
    // The clock may have gone back since: what the log has reached is not in the future.
    if first > head && time.0 > store.clock().now_micros() {
        let why = format!("{time} is in the future; send START_LATEST to begin now");
        return Err(Rejection::argument(field, why));
    }
    Ok(first.saturating_sub(1).min(head))
}

fn after_start(store: &Store, start: i32) -> Result<Position, Rejection> {
    let why = match v1::Start::try_from(start) {
        Ok(v1::Start::Latest) => return Ok(store.head().position),
        Ok(v1::Start::Earliest) => return Ok(0),
        Ok(v1::Start::Unspecified) => watch::START_UNSPECIFIED.to_owned(),
        Ok(v1::Start::Snapshot) => "START_SNAPSHOT has no positions to acknowledge; list the \
                                    events, then send the position of the listing as after_position"
            .to_owned(),
        Err(_) => format!("there is no start {start}; send START_LATEST or START_EARLIEST"),
    };
    Err(Rejection::argument("start", why))
}

/// Unset stays unset, as the client wrote it.
fn view(code: i32) -> Result<Option<View>, Rejection> {
    let view = filters::view(code, View::Full)?;
    Ok((code != 0).then_some(view))
}

fn idle_ttl(ttl: Option<prost_types::Duration>) -> Result<Option<Duration>, Rejection> {
    let Some(ttl) = ttl else { return Ok(None) };
    match Duration::try_from(ttl) {
        Ok(read) if (IDLE_TTL_MIN..=IDLE_TTL_MAX).contains(&read) => Ok(Some(read)),
        _ => {
            let why = format!("is {ttl}; send 1s to {}s", IDLE_TTL_MAX.as_secs());
            Err(Rejection::argument("subscription.idle_ttl", why))
        }
    }
}

fn max_unacked(requested: i32) -> Result<usize, Rejection> {
    match usize::try_from(requested) {
        Ok(0) => Ok(UNACKED_DEFAULT),
        Ok(count) if count <= UNACKED_MAX => Ok(count),
        _ => {
            let why = format!("is {requested}; send 0 to {UNACKED_MAX}");
            Err(Rejection::argument("max_unacked", why))
        }
    }
}
