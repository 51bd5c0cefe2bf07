use std::time::Instant;

use crate::{Failure, events::event, system::System};

/// Fills a system with `count` events.
pub async fn load(system: &dyn System, count: usize) -> Result<(), Failure> {
    let begun = Instant::now();
    let client = system.connect().await?;
    for first in (0..count).step_by(system.batch_len()) {
        let numbers = first..count.min(first + system.batch_len());
        let events = numbers.map(|number| event(&format!("loaded-{number}"), number));
        client.load(first, events.collect()).await?;
    }
    client.loaded().await?;
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!("{}: {count} events loaded in {seconds:.1} s", system.name());
    Ok(())
}
