use std::path::Path;

use super::{
    costly, drain, fan_out, filters, memory, publish, reads, replay, sizes, start_up, watchers,
};
use crate::{Failure, sides::Sides, table};

/// Events in the store of the works that read.
const LOADED: usize = 100_000;

const WORKS: [&str; 10] = [
    "memory", "publish", "fan-out", "filters", "drain", "replay", "get", "list", "costly",
    "start-up",
];
/// Those that begin with an empty store.
const UNLOADED: [&str; 5] = ["memory", "publish", "fan-out", "filters", "drain"];

/// Does the works that are named, or all, and prints what they come to.
pub async fn run(named: Vec<String>) -> Result<(), Failure> {
    // Tables of their own, which may be drawn. Sizes take a quarter of an hour.
    match &*named.iter().map(String::as_str).collect::<Vec<_>>() {
        ["sizes", file @ ..] if file.len() < 2 => {
            return sizes::by_size(file.first().map(Path::new)).await;
        }
        ["watchers", file @ ..] if file.len() < 2 => {
            return watchers::by_count(file.first().map(Path::new)).await;
        }
        _ => {}
    }
    if let Some(unknown) = named.iter().find(|name| !WORKS.contains(&name.as_str())) {
        return Err(format!(
            "there is no work {unknown:?}; name some of {WORKS:?}, or \"sizes\" or \"watchers\" alone, \
             with a file for the chart"
        )
        .into());
    }
    let wanted = |work: &str| named.is_empty() || named.iter().any(|name| name == work);
    let mut rows = Vec::new();
    if UNLOADED.into_iter().any(wanted) {
        let sides = Sides::start(0).await?;
        // First, as memory that others gave back would be used again.
        if wanted("memory") {
            rows.push(memory::idle_watch(&sides).await?);
        }
        if wanted("publish") {
            rows.extend(publish::durable(&sides).await?);
        }
        if wanted("fan-out") {
            rows.push(fan_out::to_watchers(&sides).await?);
        }
        if wanted("filters") {
            rows.extend(filters::latency(&sides).await?);
        }
        // Last, as the server is gone then.
        if wanted("drain") {
            rows.push(drain::of_watches(&sides).await?);
        }
    }
    if ["replay", "get", "list", "costly", "start-up"]
        .into_iter()
        .any(wanted)
    {
        let mut sides = Sides::start(LOADED).await?;
        if wanted("replay") {
            rows.push(replay::everything(&sides, LOADED).await?);
        }
        if wanted("get") {
            rows.push(reads::get(&sides, LOADED).await?);
        }
        if wanted("list") {
            rows.push(reads::list(&sides, LOADED).await?);
        }
        if wanted("costly") {
            rows.push(costly::beside_gets(&sides, LOADED).await?);
        }
        if wanted("start-up") {
            rows.push(start_up::after_a_kill(&mut sides, LOADED).await?);
        }
    }
    table::print(rows);
    Ok(())
}
