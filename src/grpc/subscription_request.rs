//! Reads the requests of `SubscriptionService`, reporting every wrong field at once.

use std::time::Duration;

use tonic::Request;

use super::{
    answer::position, filters, page_size::page_size, subscriptions::SubscriptionRows, watch, write,
};
use crate::{
    command::{
        AcknowledgeSubscription, CreateSubscription, DeleteSubscription, GetSubscription,
        ListSubscriptions, Method, SeekSubscription, StartAt, UpdateSubscription,
    },
    domain::{ResourceName, View, Violations},
    feed::ConsumeRequest,
    proto::v1::{self, create_subscription_request::Begin, seek_subscription_request::Target},
    rejection::Rejection,
    store::CursorEdit,
    wire,
};

/// Range of the idle time that a client may request.
const IDLE_TTL_MIN: Duration = Duration::from_secs(1);
const IDLE_TTL_MAX: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
const UNACKED_DEFAULT: usize = 1_000;
/// Changes that may be sent and not acknowledged.
pub(super) const UNACKED_MAX: usize = 10_000;

/// The fields of a subscription that clients may write.
const FIELDS: [&str; 3] = ["filter", "view", "idle_ttl"];

/// The id in "subscriptions/{subscription}".
fn slug(field: &'static str, name: &str) -> Result<String, Rejection> {
    let slug = ResourceName::subscription_slug(name);
    let slug = slug.map_err(|why| Rejection::argument(field, why))?;
    Ok(slug.as_str().to_owned())
}

impl TryFrom<v1::CreateSubscriptionRequest> for CreateSubscription {
    type Error = Rejection;

    fn try_from(request: v1::CreateSubscriptionRequest) -> Result<Self, Rejection> {
        let id = &request.request_id;
        let terms = write::terms(
            Method::CreateSubscription,
            &request,
            (id, false),
            write::Conditions::default(),
        )?;
        let subscription = request.subscription.unwrap_or_default();
        filters::of_watch(&subscription.filter)?;
        let mut wrong = terms.wrong;
        let slug = write::new_name(
            "subscription",
            &request.subscription_id,
            &subscription.name,
            ResourceName::subscription_slug,
        );
        let slug = hear(&mut wrong, slug.map(|slug| slug.as_str().to_owned()))?;
        let view = hear(&mut wrong, view(subscription.view))?;
        let idle_ttl = hear(&mut wrong, idle_ttl(subscription.idle_ttl))?;
        let start = write::heard(&mut wrong, begin(request.begin))?;
        Ok(CreateSubscription {
            slug,
            filter: subscription.filter,
            view,
            idle_ttl,
            // A refused name is not looked up.
            start: start.unwrap_or(StartAt::Latest),
            request: terms.request,
            wrong,
        })
    }
}

impl TryFrom<v1::GetSubscriptionRequest> for GetSubscription {
    type Error = Rejection;

    fn try_from(request: v1::GetSubscriptionRequest) -> Result<Self, Rejection> {
        let slug = slug("name", &request.name)?;
        Ok(GetSubscription { slug })
    }
}

impl TryFrom<v1::ListSubscriptionsRequest> for ListSubscriptions<SubscriptionRows> {
    type Error = Rejection;

    fn try_from(request: v1::ListSubscriptionsRequest) -> Result<Self, Rejection> {
        Ok(ListSubscriptions {
            page_size: page_size(request.page_size)?,
            page_token: request.page_token,
            rows: SubscriptionRows::default(),
        })
    }
}

impl TryFrom<v1::UpdateSubscriptionRequest> for UpdateSubscription {
    type Error = Rejection;

    fn try_from(request: v1::UpdateSubscriptionRequest) -> Result<Self, Rejection> {
        update(request)
    }
}

impl TryFrom<v1::DeleteSubscriptionRequest> for DeleteSubscription {
    type Error = Rejection;

    fn try_from(request: v1::DeleteSubscriptionRequest) -> Result<Self, Rejection> {
        Ok(DeleteSubscription {
            slug: slug("name", &request.name)?,
            etag: given(request.etag),
        })
    }
}

impl TryFrom<v1::SeekSubscriptionRequest> for SeekSubscription {
    type Error = Rejection;

    fn try_from(request: v1::SeekSubscriptionRequest) -> Result<Self, Rejection> {
        Ok(SeekSubscription {
            slug: slug("name", &request.name)?,
            target: target(request.target)?,
        })
    }
}

impl TryFrom<v1::AcknowledgeSubscriptionRequest> for AcknowledgeSubscription {
    type Error = Rejection;

    fn try_from(request: v1::AcknowledgeSubscriptionRequest) -> Result<Self, Rejection> {
        Ok(AcknowledgeSubscription {
            slug: slug("name", &request.name)?,
            // An epoch below 0 was never given out, so it counts as lost.
            epoch: u64::try_from(request.lease_epoch).unwrap_or(0),
            position: position("position", request.position)?,
        })
    }
}

/// Reads a request to consume a subscription.
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

/// Reads a subscription to change.
fn update(request: v1::UpdateSubscriptionRequest) -> Result<UpdateSubscription, Rejection> {
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
        resolved: 0,
        etag: given(subscription.etag),
        view: takes("view", subscription.view != 0).then_some(view),
        idle_ttl: takes("idle_ttl", idle_ttl.is_some()).then_some(idle_ttl),
        filter: filter.then_some(subscription.filter),
    };
    Ok(UpdateSubscription { slug, edit })
}

/// Text that was given.
fn given(text: String) -> Option<String> {
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

fn begin(begin: Option<Begin>) -> Result<StartAt, Rejection> {
    match begin {
        None => Ok(StartAt::Latest),
        Some(Begin::AfterPosition(after)) => after_position(after),
        Some(Begin::StartTime(time)) => at_time("start_time", time),
        Some(Begin::Start(start)) => at_start(start),
    }
}

/// Reads the target of a seek.
fn target(target: Option<Target>) -> Result<StartAt, Rejection> {
    match target {
        None => Err(Rejection::argument(
            "target",
            "is required: give after_position, time or start",
        )),
        Some(Target::AfterPosition(after)) => after_position(after),
        Some(Target::Time(time)) => at_time("time", time),
        Some(Target::Start(start)) => at_start(start),
    }
}

fn after_position(after: i64) -> Result<StartAt, Rejection> {
    Ok(StartAt::After(position("after_position", after)?))
}

fn at_time(field: &'static str, time: prost_types::Timestamp) -> Result<StartAt, Rejection> {
    let time = wire::micros(time).map_err(|why| Rejection::argument(field, why))?;
    Ok(StartAt::Time { field, time })
}

fn at_start(start: i32) -> Result<StartAt, Rejection> {
    let why = match v1::Start::try_from(start) {
        Ok(v1::Start::Latest) => return Ok(StartAt::Latest),
        Ok(v1::Start::Earliest) => return Ok(StartAt::Earliest),
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
