use std::time::{Duration, Instant};

use prost::Message as _;
use tokio::time::sleep;

use crate::{Failure, events::event, footprint::Footprint, proto::v1::Event, system::System};

/// For what a system does a moment after its last answer.
const SETTLING: Duration = Duration::from_secs(2);

/// Fills a system with `count` events, and tells what it takes for them. What it makes of them only
/// to find them, if that is apart, comes after that.
pub async fn load(system: &dyn System, count: usize) -> Result<Footprint, Failure> {
    let begun = Instant::now();
    let client = system.connect().await?;
    let mut payload = 0;
    for first in (0..count).step_by(system.batch_len()) {
        let numbers = first..count.min(first + system.batch_len());
        let events = numbers.map(|number| event(&format!("loaded-{number}"), number));
        let events: Vec<Event> = events.collect();
        payload += events.iter().map(Event::encoded_len).sum::<usize>();
        client.load(first, events).await?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!("{}: {count} events loaded in {seconds:.1} s", system.name());
    sleep(SETTLING).await;
    let footprint = Footprint::of(system, payload as u64)?;
    client.loaded().await?;
    Ok(footprint)
}
