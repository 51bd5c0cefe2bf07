//! Makes `GetServerInfoResponse`.

use std::collections::BTreeMap;

use super::{Settings, page_size::SIZE_MAX, watch};
use crate::{
    command::{GetServerInfo, ROWS_BYTES_MAX, ServerInfo, WAIT_MAX},
    domain::Micros,
    filter::{FILTER_BODIES_MAX, MAX_CHARACTERS, NAMED_BODIES_MAX},
    proto::v1,
    publish::{BATCH_LEN_MAX, CONTENT_LEN_MAX, MERGE_LEN_MAX},
    rejection::Rejection,
    wire,
};

/// Features that clients may ask for.
const CAPABILITIES: [&str; 20] = [
    "amount-sums",
    "as-of-reads",
    "batch-create",
    "bodies",
    "disconnect-watch",
    "durable-subscriptions",
    "export-store",
    "filter-transitions",
    "known-at-reads",
    "merge",
    "partnerships",
    "preconditions",
    "redact-event",
    "request-ids-kept-for-ever",
    "resumable-snapshot",
    "stop-conditions",
    "text-search",
    "tracking",
    "verify-store",
    "whole-log-kept",
];

impl TryFrom<v1::GetServerInfoRequest> for GetServerInfo {
    type Error = Rejection;

    fn try_from(_: v1::GetServerInfoRequest) -> Result<Self, Rejection> {
        Ok(GetServerInfo)
    }
}

/// The answer, with these limits.
pub(super) fn answer(
    info: ServerInfo,
    limits: BTreeMap<String, String>,
) -> v1::GetServerInfoResponse {
    let (head, ahead) = (info.head, info.head_ahead);
    v1::GetServerInfoResponse {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        store_epoch: info.epoch,
        oldest_position: 1,
        head_position: head.position as i64,
        head_time: (head.position > 0).then(|| wire::timestamp(Micros(head.commit_micros))),
        limits,
        capabilities: CAPABILITIES.map(str::to_owned).into(),
        head_digest: head.digest.to_string(),
        open_watches: info.open_watches as i64,
        start_time: Some(wire::timestamp(Micros(info.start_micros))),
        active_events: info.active_events as i64,
        partnerships: info.partnerships as i64,
        bodies: info.bodies as i64,
        tracking_sources: info.tracking_sources as i64,
        head_time_ahead: (!ahead.is_zero())
            .then(|| prost_types::Duration::try_from(ahead).ok())
            .flatten(),
    }
}

/// Every limit that a client can meet.
pub(super) fn limits(settings: &Settings) -> BTreeMap<String, String> {
    let (least, most) = watch::HEARTBEAT_RANGE;
    let limits = [
        ("batch_create_events", BATCH_LEN_MAX.to_string()),
        (
            "change_note_bytes",
            crate::publish::NOTE_LEN_MAX.to_string(),
        ),
        ("event_bytes", CONTENT_LEN_MAX.to_string()),
        ("filter_bodies", FILTER_BODIES_MAX.to_string()),
        ("filter_characters", MAX_CHARACTERS.to_string()),
        ("filter_term_bodies", NAMED_BODIES_MAX.to_string()),
        ("heartbeat_interval_seconds_max", most.as_secs().to_string()),
        (
            "heartbeat_interval_seconds_min",
            least.as_secs().to_string(),
        ),
        ("merge_events", MERGE_LEN_MAX.to_string()),
        ("min_position_wait_seconds", WAIT_MAX.as_secs().to_string()),
        ("page_bytes", ROWS_BYTES_MAX.to_string()),
        ("page_size", SIZE_MAX.to_string()),
        ("request_bytes", settings.message_size_max.to_string()),
        (
            "request_id_characters",
            super::write::REQUEST_ID_LEN_MAX.to_string(),
        ),
        ("subscriptions", crate::store::CURSORS_MAX.to_string()),
        (
            "unacked_changes",
            super::subscription_request::UNACKED_MAX.to_string(),
        ),
        (
            "watch_max_age_seconds",
            settings.watch_max_age.as_secs().to_string(),
        ),
        (
            "watch_stall_timeout_seconds",
            settings.watch_stall_timeout.as_secs().to_string(),
        ),
        ("watches", settings.watch_limits.in_all.to_string()),
        (
            "watches_per_client",
            settings.watch_limits.per_client.to_string(),
        ),
    ];
    limits
        .into_iter()
        .map(|(name, limit)| (name.to_owned(), limit))
        .collect()
}
