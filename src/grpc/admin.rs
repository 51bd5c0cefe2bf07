//! `AdminService`: what is running, and for whom.

use std::{collections::BTreeMap, time::Duration};

use prost::Message as _;
use tonic::{Request, Response, Status, async_trait};

use super::{answer, call::call, export, page, verify, watch};
use crate::{
    command::{Commands, Write},
    domain::Micros,
    feed::{Feed, WatchState},
    filter::{Expr, Field, MAX_CHARACTERS, Predicate},
    index::{Clock, Resources, Scope},
    proto::v1,
    publish::{BATCH_LEN_MAX, CONTENT_LEN_MAX, MERGE_LEN_MAX, Redact},
    rejection::Rejection,
    store::{Store, StoreError},
    wire::{self, services::admin_service_server::AdminService},
};

/// Features that clients may ask for.
const CAPABILITIES: [&str; 15] = [
    "as-of-reads",
    "batch-create",
    "disconnect-watch",
    "durable-subscriptions",
    "export-store",
    "filter-transitions",
    "merge",
    "partnerships",
    "redact-event",
    "request-ids-kept-for-ever",
    "resumable-snapshot",
    "stop-conditions",
    "text-search",
    "verify-store",
    "whole-log-kept",
];

/// What operators ask.
#[derive(Clone)]
pub struct Admin {
    pub(super) store: Store,
    pub(super) commands: Commands,
    pub(super) feed: Feed,
    pub(super) limits: BTreeMap<String, String>,
    pub(super) start_micros: i64,
}

#[async_trait]
impl AdminService for Admin {
    type VerifyStoreStream = verify::ProgressStream;
    type ExportStoreStream = export::PartStream;

    async fn get_server_info(
        &self,
        _request: Request<v1::GetServerInfoRequest>,
    ) -> Result<Response<v1::GetServerInfoResponse>, Status> {
        Ok(Response::new(self.server_info()))
    }

    async fn list_watches(
        &self,
        request: Request<v1::ListWatchesRequest>,
    ) -> Result<Response<v1::ListWatchesResponse>, Status> {
        Ok(Response::new(self.watches(&request.into_inner())?))
    }

    async fn disconnect_watch(
        &self,
        request: Request<v1::DisconnectWatchRequest>,
    ) -> Result<Response<v1::DisconnectWatchResponse>, Status> {
        let name = request.into_inner().name;
        if !name.starts_with("watches/") {
            let why = format!("is {name:?}; send \"watches/\" and what ListWatches has after it");
            return Err(Rejection::argument("name", why).into());
        }
        if !self.feed.registry().disconnect(&name) {
            return Err(Rejection::not_found(&name).into());
        }
        tracing::info!(watch = name, "ended by an operator");
        Ok(Response::new(v1::DisconnectWatchResponse {}))
    }

    async fn redact_event(
        &self,
        request: Request<v1::RedactEventRequest>,
    ) -> Result<Response<v1::RedactEventResponse>, Status> {
        let redacted = call::<Write<Redact>, _>(&self.commands, request).await?;
        let event = redacted.written.resources.into_iter().next();
        let event = event.map(v1::Event::decode).transpose();
        let event = event.map_err(|error| {
            let what = format!("its own answer is unreadable: {error}");
            Rejection::from(StoreError::Failed(what))
        })?;
        Ok(Response::new(v1::RedactEventResponse {
            event,
            replayed: redacted.written.replayed,
            erasure_pending: redacted.erasure_pending,
        }))
    }

    async fn verify_store(
        &self,
        _request: Request<v1::VerifyStoreRequest>,
    ) -> Result<Response<verify::ProgressStream>, Status> {
        Ok(Response::new(verify::verify(
            self.store.clone(),
            self.feed.drain().clone(),
        )))
    }

    async fn export_store(
        &self,
        request: Request<v1::ExportStoreRequest>,
    ) -> Result<Response<export::PartStream>, Status> {
        let after = answer::position("after_position", request.into_inner().after_position)?;
        let parts = export::export(self.store.clone(), after, self.feed.drain().clone()).await?;
        Ok(Response::new(parts))
    }
}

impl Admin {
    fn server_info(&self) -> v1::GetServerInfoResponse {
        let head = self.store.head();
        let ahead = self.store.ahead();
        let (events, partnerships) = {
            let index = self.store.index();
            let scope = Scope {
                upto: head.position,
                clock: Clock::AtCommit,
            };
            let active = Expr::Leaf(Predicate::term(Field::State, "ACTIVE"));
            (
                index.select_newest(&active, Resources::Events, scope).len(),
                index
                    .select_newest(&Expr::All, Resources::Partnerships, scope)
                    .len(),
            )
        };
        v1::GetServerInfoResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            store_epoch: self.store.epoch().to_owned(),
            oldest_position: 1,
            head_position: head.position as i64,
            head_time: (head.position > 0).then(|| wire::timestamp(Micros(head.commit_micros))),
            limits: self.limits.clone(),
            capabilities: CAPABILITIES.map(str::to_owned).into(),
            head_digest: head.digest.to_string(),
            open_watches: self.feed.registry().len() as i64,
            start_time: Some(wire::timestamp(Micros(self.start_micros))),
            active_events: events as i64,
            partnerships: partnerships as i64,
            head_time_ahead: (!ahead.is_zero())
                .then(|| prost_types::Duration::try_from(ahead).ok())
                .flatten(),
        }
    }

    fn watches(
        &self,
        request: &v1::ListWatchesRequest,
    ) -> Result<v1::ListWatchesResponse, Rejection> {
        let size = page::size(request.page_size)?;
        let fingerprint = page::fingerprint(&["watches"]);
        let after = match request.page_token.as_str() {
            "" => 0,
            token => page::read_token(token, self.store.epoch(), &fingerprint)?.after,
        };
        let open = self.feed.registry().list(after, size + 1);
        let rows = open.iter().take(size);
        let watches = page::fitting(rows.map(|state| Ok(self.watch(state))))?;
        let sent = watches.len();
        let next = (sent < open.len()).then(|| {
            let place = page::Place {
                position: 0,
                after: open[sent - 1].id,
            };
            page::token(self.store.epoch(), &fingerprint, place)
        });
        Ok(v1::ListWatchesResponse {
            watches,
            next_page_token: next.unwrap_or_default(),
        })
    }

    fn watch(&self, state: &WatchState) -> v1::Watch {
        let head = self.store.head().position;
        let position = state.position().min(head);
        let lag_changes = head - position;
        let lag = if lag_changes == 0 {
            0
        } else {
            self.store.clock().now_micros() - self.store.index().commit_micros(position + 1)
        };
        let bottleneck = match (lag_changes, state.is_reading()) {
            (0, _) => v1::Bottleneck::None,
            (_, true) => v1::Bottleneck::Store,
            (_, false) => v1::Bottleneck::Client,
        };
        let lag = Duration::from_micros(u64::try_from(lag).unwrap_or(0));
        v1::Watch {
            name: state.name(),
            peer: state.client.peer.clone(),
            principal: state.client.principal.clone(),
            client_label: state.client.label.clone(),
            filter: state.filter.clone(),
            position: position as i64,
            lag_changes: lag_changes as i64,
            lag: prost_types::Duration::try_from(lag).ok(),
            sent_changes: state.sent_changes() as i64,
            sent_bytes: state.sent_bytes() as i64,
            start_time: Some(wire::timestamp(Micros(state.start_micros))),
            last_write_time: Some(wire::timestamp(Micros(state.last_write_micros()))),
            live: state.is_live(),
            bottleneck: bottleneck.into(),
            user_agent: state.client.user_agent.clone(),
        }
    }
}

/// Every limit that a client can meet.
pub(super) fn limits(settings: &super::Settings) -> BTreeMap<String, String> {
    let (least, most) = watch::HEARTBEAT_RANGE;
    let limits = [
        ("batch_create_events", BATCH_LEN_MAX.to_string()),
        (
            "change_note_bytes",
            crate::publish::NOTE_LEN_MAX.to_string(),
        ),
        ("event_bytes", CONTENT_LEN_MAX.to_string()),
        ("filter_characters", MAX_CHARACTERS.to_string()),
        ("heartbeat_interval_seconds_max", most.as_secs().to_string()),
        (
            "heartbeat_interval_seconds_min",
            least.as_secs().to_string(),
        ),
        ("merge_events", MERGE_LEN_MAX.to_string()),
        (
            "min_position_wait_seconds",
            super::scope::WAIT_MAX.as_secs().to_string(),
        ),
        ("page_bytes", super::answer::ROWS_BYTES_MAX.to_string()),
        ("page_size", page::SIZE_MAX.to_string()),
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
