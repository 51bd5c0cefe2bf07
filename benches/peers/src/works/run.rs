use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};

use super::{fan_out, publish, reads};
use crate::{Failure, chart, options::Options, systems, table};

/// In the order of the table.
pub const WORKS: [&str; 6] = ["publish", "batch", "replay", "fan-out", "get", "list"];

/// Does the works that are wanted and prints what they come to.
pub async fn run(options: &Options) -> Result<(), Failure> {
    let home = tempfile::Builder::new()
        .prefix("peers-")
        // PostgreSQL has an account of its own, and a directory below.
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(&options.home)?;
    let systems = systems::start(options, home.path()).await?;
    let (mut reading, mut writing, mut finding) = (Vec::new(), Vec::new(), Vec::new());
    // What is written later would be replayed too.
    if options.wants("replay") {
        reading.push(reads::replay(&systems, options.events).await?);
    }
    if options.wants("get") {
        finding.push(reads::get(&systems, options.events).await?);
    }
    if options.wants("list") {
        finding.push(reads::list(&systems, options.events).await?);
    }
    if options.wants("publish") {
        writing.extend(publish::one_by_one(&systems).await?);
    }
    if options.wants("batch") {
        writing.extend(publish::in_batches(&systems).await?);
    }
    // Last, as some take a while to forget who watched.
    if options.wants("fan-out") {
        reading.push(fan_out::to_watchers(&systems).await?);
    }
    let rows: Vec<_> = writing.into_iter().chain(reading).chain(finding).collect();
    table::print(&systems, &rows);
    if let Some(path) = &options.chart {
        chart::draw(path, &systems, &rows)?;
    }
    Ok(())
}
