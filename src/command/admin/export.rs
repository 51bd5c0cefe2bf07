use std::{mem, pin::Pin};

use bytes::Bytes;
use tokio_stream::Stream;

use crate::{
    command::{Command, Context, Method, access::Access},
    index::Position,
    rejection::Rejection,
    store::{Digest, Erasures, Head, StoreError, digest_at, stored_records, stored_subscriptions},
};

/// Records or subscriptions per part. Each takes at most 60 KiB, so a part stays below 4 MiB.
const PART_RECORDS_MAX: usize = 64;

/// Exports the store as it is now, in parts, without the records up to a position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExportStore {
    pub after: Position,
}

/// A part of an export. The header comes first and the end last.
#[derive(Clone, Debug)]
pub(crate) enum ExportPart {
    Header(ExportHeader),
    /// Adjacent records, as they are stored.
    Records {
        first: Position,
        records: Vec<Bytes>,
    },
    /// Subscriptions, as they are stored.
    Subscriptions(Vec<Bytes>),
    End(ExportEnd),
}

/// Describes an export.
#[derive(Clone, Debug)]
pub(crate) struct ExportHeader {
    pub epoch: String,
    pub after: Position,
    pub after_digest: Digest,
    pub head: Head,
    pub export_micros: i64,
}

/// Sums up an export.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExportEnd {
    pub records: u64,
    pub subscriptions: usize,
}

/// The parts of an export. An error is the last item.
pub(crate) type ExportParts = Pin<Box<dyn Stream<Item = Result<ExportPart, Rejection>> + Send>>;

impl Command for ExportStore {
    const METHOD: Method = Method::ExportStore;

    type Answer = ExportParts;

    async fn run(self, access: Access<'_, Self>, _: &Context) -> Result<ExportParts, Rejection> {
        let (store, drain, after) = (access.scan().clone(), access.drain().clone(), self.after);
        // Before the head, so that none of them knows of a position beyond it.
        let subscriptions = stored_subscriptions(&store);
        let head = store.head();
        if after > head.position {
            return Err(Rejection::PositionInFuture {
                requested: after,
                head: head.position,
            });
        }
        let header = ExportHeader {
            epoch: store.epoch().to_owned(),
            after,
            after_digest: digest_at(&store, after).await?,
            head,
            export_micros: store.clock().now_micros(),
        };
        let end = ExportEnd {
            records: head.position - after,
            subscriptions: subscriptions.len(),
        };
        Ok(Box::pin(async_stream::try_stream! {
            yield ExportPart::Header(header);
            let mut after = after;
            let mut erasures = Erasures::default();
            while after < head.position {
                if drain.is_cancelled() {
                    Err(Rejection::Draining)?;
                }
                let seen = mem::take(&mut erasures);
                let read = stored_records(&store, after, head.position, PART_RECORDS_MAX, seen);
                let (records, seen) = read.await?;
                if records.is_empty() {
                    let (position, what) = (after + 1, "it is missing".to_owned());
                    Err(StoreError::Damaged { position, what })?;
                }
                erasures = seen;
                let first = after + 1;
                after += records.len() as Position;
                yield ExportPart::Records { first, records };
            }
            // Redacted after the head was taken: the export would lack the change that redacts it.
            if let Some((name, _)) = erasures.open().next() {
                let name = name.to_owned();
                Err(Rejection::ExportOvertaken { name })?;
            }
            for subscriptions in subscriptions.chunks(PART_RECORDS_MAX) {
                yield ExportPart::Subscriptions(subscriptions.to_vec());
            }
            yield ExportPart::End(end);
        }))
    }
}
