use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};

use super::work::Work;
use crate::{Failure, chart, options::Options, systems, table, table::Row};

/// Does the works that are wanted and prints what they come to.
pub async fn run(options: &Options) -> Result<(), Failure> {
    let home = tempfile::Builder::new()
        .prefix("peers-")
        // PostgreSQL has an account of its own, and a directory below.
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(&options.home)?;
    let loaded = systems::start(options, home.path()).await?;
    let mut works: Vec<Work> = options.wanted().collect();
    // What is written would be read later, too. The rest is in the order of the table, whose last
    // leave many watchers behind that some systems take a while to forget.
    works.sort_by_key(|work| !work.only_reads());
    let mut done = Vec::new();
    for work in works {
        done.push((work, work.rows(&loaded).await?));
    }
    done.sort_by_key(|(work, _)| *work);
    let rows: Vec<Row> = done.into_iter().flat_map(|(_, rows)| rows).collect();
    table::print(&loaded.systems, &rows);
    if let Some(path) = &options.chart {
        chart::draw(path, &loaded.systems, &rows)?;
    }
    Ok(())
}
