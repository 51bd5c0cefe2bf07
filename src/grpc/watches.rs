//! Reads requests about open watches, and makes their rows.

use super::{page_size::page_size, rows::MessageRows};
use crate::{
    command::{DisconnectWatch, ListWatches, WatchRow},
    domain::Micros,
    proto::v1,
    rejection::Rejection,
    wire,
};

/// The rows of `ListWatchesResponse`.
pub(super) type WatchRows = MessageRows<v1::Watch>;

impl TryFrom<v1::ListWatchesRequest> for ListWatches<WatchRows> {
    type Error = Rejection;

    fn try_from(request: v1::ListWatchesRequest) -> Result<Self, Rejection> {
        Ok(ListWatches {
            page_size: page_size(request.page_size)?,
            page_token: request.page_token,
            rows: WatchRows::default(),
        })
    }
}

impl TryFrom<v1::DisconnectWatchRequest> for DisconnectWatch {
    type Error = Rejection;

    fn try_from(request: v1::DisconnectWatchRequest) -> Result<Self, Rejection> {
        let name = request.name;
        if !name.starts_with("watches/") {
            let why = format!("is {name:?}; send \"watches/\" and what ListWatches has after it");
            return Err(Rejection::argument("name", why));
        }
        Ok(DisconnectWatch { name })
    }
}

impl From<WatchRow> for v1::Watch {
    fn from(row: WatchRow) -> v1::Watch {
        let state = &row.state;
        let bottleneck = match (row.lag_changes, state.is_reading()) {
            (0, _) => v1::Bottleneck::None,
            (_, true) => v1::Bottleneck::Store,
            (_, false) => v1::Bottleneck::Client,
        };
        v1::Watch {
            name: state.name(),
            peer: state.client.peer.clone(),
            principal: state.client.principal.clone(),
            client_label: state.client.label.clone(),
            filter: state.filter.clone(),
            position: row.position as i64,
            lag_changes: row.lag_changes as i64,
            lag: prost_types::Duration::try_from(row.lag).ok(),
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
