use std::time::Duration;

use tokio_stream::Stream;

use super::{
    admit::Feed,
    consumer::Consumer,
    frame::{Consumed, FrameCodec},
    lag::filter_after,
    lease::{Lease, Standing},
    outlet::Outgoing,
    request::{Begin, Client, End, WatchRequest},
    stage::Ended,
};
use crate::{
    rejection::Rejection,
    store::{Cursor, StoreError},
};

/// What a consumer asks for.
#[derive(Clone, Debug)]
pub struct ConsumeRequest {
    /// Id of the subscription.
    pub slug: String,
    /// Its label is what operators see as the consumer.
    pub client: Client,
    /// Changes that may be sent and not acknowledged.
    pub max_unacked: usize,
    pub heartbeat: Duration,
}

impl Feed {
    /// Takes the lease of a subscription and streams what follows its cursor, as the codec made for it
    /// encodes it, or says why not before any frame.
    pub async fn consume<C: FrameCodec<Consumed>, F: FnOnce(&Cursor) -> C>(
        &self,
        request: ConsumeRequest,
        codec: F,
    ) -> Result<impl Stream<Item = Result<C::Item, Ended>> + use<C, F>, Rejection> {
        if self.drain.is_cancelled() {
            return Err(Rejection::Draining);
        }
        // Before the lease, which is not to be taken from anybody in vain.
        let place = self.registry().reserve(&request.client)?;
        let consumer = request.client.label.clone();
        let mut lease = Lease::take(&self.store, &request.slug, consumer).await?;
        let cursor = match lease.standing() {
            Standing::Holds(cursor) => cursor,
            Standing::Lost { epoch } => {
                let name = lease.name();
                return Err(Rejection::LeaseLost { name, epoch });
            }
            Standing::Gone => return Err(Rejection::not_found(&lease.name())),
        };
        let tail = self.admit(watch_request(&request, &cursor)?, place)?;
        let consumer = Consumer::new(
            tail,
            self.store.clone(),
            lease,
            &cursor,
            request.max_unacked,
        );
        Ok(Outgoing::of(consumer, codec(&cursor)))
    }
}

fn watch_request(request: &ConsumeRequest, cursor: &Cursor) -> Result<WatchRequest, StoreError> {
    let (filter, _) = filter_after(cursor, cursor.acked)?;
    Ok(WatchRequest {
        filter,
        begin: Begin::After(cursor.acked),
        end: End::Never,
        heartbeat: request.heartbeat,
        max_age: None,
        include_previous: false,
        client: request.client.clone(),
    })
}
