use std::path::Path;

use entente::proto::v1::GetEventRequest;

use super::Work;
use crate::{
    Failure,
    call::{call, framed},
    events::{event, large},
    request::counted,
    stores,
};

const GETS: usize = 2_000;
/// Large events behind the small ones, which fill the memory for recent records.
const LARGE: usize = 1_000;

/// A get of what is not in memory any more.
pub const GET: Work = Work {
    name: "get",
    piece: "an event read from the log and answered, as by GetEvent",
    pieces: GETS as u64,
    prepare: |home| {
        let small = (0..GETS).map(|number| event(&format!("e-{number}"), number));
        let large = (0..LARGE).map(|number| large(&format!("l-{number}"), number));
        stores::make(home, small.chain(large))
    },
    run: get,
};

fn get(home: &Path) -> Result<(), Failure> {
    let services = stores::services(&stores::open_at_rest(home)?);
    let runtime = stores::runtime()?;
    let ask = async |count| {
        for number in 0..count {
            let request = framed(&GetEventRequest {
                name: format!("events/e-{number}"),
                ..Default::default()
            });
            let method = "/entente.v1.EventService/GetEvent";
            let answer = call(&services.events, method, request).await?;
            answer.all().await?;
        }
        Ok(())
    };
    runtime.block_on(ask(GETS / 10))?;
    counted(|| runtime.block_on(ask(GETS)))
}
