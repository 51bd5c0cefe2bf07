//! `ExportStore`: the store as it is at one position, in parts.

use std::{mem, pin::Pin};

use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{
    domain::Micros,
    index::Position,
    proto::v1::{
        ExportEnd, ExportHeader, ExportRecords, ExportStoreResponse, ExportSubscriptions,
        export_store_response::Part,
    },
    rejection::Rejection,
    store::{Erasures, RECORD_FORMAT, Store, StoreError},
    wire,
};

/// Records or subscriptions in a part. Each takes at most 60 KiB, so that a part stays below 4 MiB.
const PART_RECORDS_MAX: usize = 64;

/// The parts of an export; an error is the last item.
pub(super) type PartStream =
    Pin<Box<dyn Stream<Item = Result<ExportStoreResponse, Status>> + Send>>;

/// Exports what follows `after`, unless `drain` is cancelled before the end.
pub(super) async fn export(
    store: Store,
    after: Position,
    drain: CancellationToken,
) -> Result<PartStream, Rejection> {
    // Before the head, so that none of them knows of a position beyond it.
    let subscriptions = store.stored_subscriptions();
    let head = store.head();
    if after > head.position {
        return Err(Rejection::PositionInFuture {
            requested: after,
            head: head.position,
        });
    }
    let header = ExportHeader {
        store_epoch: store.epoch().to_owned(),
        server_version: env!("CARGO_PKG_VERSION").to_owned(),
        format: i32::from(RECORD_FORMAT),
        after_position: after as i64,
        after_digest: store.digest_at(after).await?.to_string(),
        head_position: head.position as i64,
        head_digest: head.digest.to_string(),
        export_time: Some(wire::timestamp(Micros(store.clock().now_micros()))),
    };
    let end = ExportEnd {
        record_count: (head.position - after) as i64,
        subscription_count: subscriptions.len() as i64,
    };
    Ok(Box::pin(async_stream::stream! {
        yield Ok(part(Part::Header(header)));
        let mut after = after;
        let mut erasures = Erasures::default();
        while after < head.position {
            if drain.is_cancelled() {
                yield Err(Rejection::Draining.into());
                return;
            }
            let seen = mem::take(&mut erasures);
            match store.stored_records(after, head.position, PART_RECORDS_MAX, seen).await {
                Ok((records, seen)) if !records.is_empty() => {
                    erasures = seen;
                    let first_position = after as i64 + 1;
                    after += records.len() as Position;
                    yield Ok(part(Part::Records(ExportRecords { first_position, records })));
                }
                Ok(_) => {
                    let (position, what) = (after + 1, "it is missing".to_owned());
                    yield Err(failed(StoreError::Damaged { position, what }));
                    return;
                }
                Err(error) => {
                    yield Err(failed(error));
                    return;
                }
            }
        }
        // Redacted since the head was taken: the change that says so would be missing.
        if let Some((name, _)) = erasures.open().next() {
            yield Err(Rejection::ExportOvertaken { name: name.to_owned() }.into());
            return;
        }
        for subscriptions in subscriptions.chunks(PART_RECORDS_MAX) {
            let subscriptions = subscriptions.to_vec();
            yield Ok(part(Part::Subscriptions(ExportSubscriptions { subscriptions })));
        }
        yield Ok(part(Part::End(end)));
    }))
}

fn part(part: Part) -> ExportStoreResponse {
    ExportStoreResponse { part: Some(part) }
}

fn failed(error: StoreError) -> Status {
    Rejection::from(error).into()
}
