use std::path::Path;

use bytes::Bytes;
use entente::proto::v1::CreateEventRequest;

use super::{Work, nothing};
use crate::{
    Failure,
    call::{call, framed},
    events::event,
    request::counted,
    stores::{self, WRITE_LEN},
};

/// Of each kind.
const EVENTS: usize = 2_000;

/// All that is done with a new event before it waits for the writer.
pub const CHECK: Work = Work {
    name: "check",
    piece: "an event read, checked, encoded and answered, as CreateEvent validates it",
    pieces: EVENTS as u64,
    prepare: nothing,
    run: check,
};

/// All that is done from then on.
pub const COMMIT: Work = Work {
    name: "commit",
    piece: "an event committed, in writes of 100",
    pieces: EVENTS as u64,
    prepare: nothing,
    run: commit,
};

fn check(home: &Path) -> Result<(), Failure> {
    let services = stores::services(&stores::open_at_rest(home)?);
    let requests: Vec<Bytes> = (0..EVENTS).map(request).collect();
    let runtime = stores::runtime()?;
    let ask = async |requests: &[Bytes]| {
        for request in requests {
            let method = "/entente.v1.PublisherService/CreateEvent";
            let answer = call(&services.publisher, method, request.clone()).await?;
            answer.all().await?;
        }
        Ok(())
    };
    runtime.block_on(ask(&requests[..WRITE_LEN]))?;
    counted(|| runtime.block_on(ask(&requests)))
}

fn request(number: usize) -> Bytes {
    framed(&CreateEventRequest {
        event: Some(event(&format!("e-{number}"), number)),
        validate_only: true,
        ..Default::default()
    })
}

fn commit(home: &Path) -> Result<(), Failure> {
    let store = stores::open_at_rest(home)?;
    let events = (0..WRITE_LEN + EVENTS).map(|number| event(&format!("e-{number}"), number));
    let mut writes = stores::writes_of(events, WRITE_LEN)?;
    let first = writes.remove(0);
    let runtime = stores::runtime()?;
    runtime.block_on(stores::commit(&store, first))?;
    counted(|| {
        runtime.block_on(async {
            for write in writes {
                stores::commit(&store, write).await?;
            }
            Ok(())
        })
    })
}
