use std::str::FromStr;

use super::{fan_out, footprints, publish, push, reads, sparse, summary};
use crate::{Failure, systems::Loaded, table::Row};

/// What gives rows of the table, in its order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Work {
    Publish,
    Batch100,
    Batch,
    Push,
    FanOut,
    FanOut1000,
    Replay,
    Sparse,
    Get,
    List,
    Summary,
    Footprint,
}

impl Work {
    pub const ALL: [Work; 12] = [
        Work::Publish,
        Work::Batch100,
        Work::Batch,
        Work::Push,
        Work::FanOut,
        Work::FanOut1000,
        Work::Replay,
        Work::Sparse,
        Work::Get,
        Work::List,
        Work::Summary,
        Work::Footprint,
    ];

    /// On the command line.
    pub fn name(self) -> &'static str {
        match self {
            Work::Publish => "publish",
            Work::Batch100 => "batch-100",
            Work::Batch => "batch",
            Work::Push => "push",
            Work::FanOut => "fan-out",
            Work::FanOut1000 => "fan-out-1000",
            Work::Replay => "replay",
            Work::Sparse => "sparse",
            Work::Get => "get",
            Work::List => "list",
            Work::Summary => "summary",
            Work::Footprint => "footprint",
        }
    }

    /// Whether it leaves the systems with what they were loaded with.
    pub fn only_reads(self) -> bool {
        self >= Work::Replay
    }

    /// Does it on all systems.
    pub async fn rows(self, loaded: &Loaded) -> Result<Vec<Row>, Failure> {
        let (systems, count) = (&*loaded.systems, loaded.count);
        Ok(match self {
            Work::Publish => publish::one_by_one(systems).await?,
            Work::Batch100 => publish::in_batches(systems, 100).await?,
            Work::Batch => publish::in_batches(systems, 1_000).await?,
            Work::Push => push::latency(systems).await?,
            Work::FanOut => vec![fan_out::to_watchers(systems, &fan_out::SMALL).await?],
            Work::FanOut1000 => vec![fan_out::to_watchers(systems, &fan_out::LARGE).await?],
            Work::Replay => vec![reads::replay(systems, count).await?],
            Work::Sparse => sparse::replay(systems, count).await?,
            Work::Get => vec![reads::get(systems, count).await?],
            Work::List => vec![reads::list(systems, count).await?],
            Work::Summary => summary::by_party_and_year(systems, count).await?,
            Work::Footprint => footprints::rows(loaded),
        })
    }
}

impl FromStr for Work {
    type Err = Failure;

    fn from_str(name: &str) -> Result<Work, Failure> {
        let found = Work::ALL.into_iter().find(|work| work.name() == name);
        found.ok_or_else(|| {
            let names = Work::ALL.map(Work::name).join(", ");
            format!("{name:?} is none of {names}").into()
        })
    }
}
