use std::path::PathBuf;

use crate::{Failure, works::Work};

const USAGE: &str = "use: bench-peers --entente PROGRAM --bare PROGRAM --home DIRECTORY \
                     [--events NUMBER] [--chart FILE] [WORK]...";

/// What is asked for on the command line.
#[derive(Debug)]
pub struct Options {
    /// The program of entente.
    pub entente: PathBuf,
    /// That of the bench of the service, which is the bare server too.
    pub bare: PathBuf,
    /// Where the stores are put. What is made there is removed at the end.
    pub home: PathBuf,
    /// How many events every store is loaded with.
    pub events: usize,
    /// Where the chart is drawn, if anywhere.
    pub chart: Option<PathBuf>,
    /// Empty for all.
    pub works: Vec<Work>,
}

impl Options {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, Failure> {
        let mut options = Options {
            entente: PathBuf::new(),
            bare: PathBuf::new(),
            home: PathBuf::new(),
            events: 100_000,
            chart: None,
            works: Vec::new(),
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(USAGE);
            match argument.as_str() {
                "--entente" => options.entente = value()?.into(),
                "--bare" => options.bare = value()?.into(),
                "--home" => options.home = value()?.into(),
                "--events" => options.events = value()?.parse()?,
                "--chart" => options.chart = Some(value()?.into()),
                other if other.starts_with('-') => return Err(USAGE.into()),
                work => options.works.push(work.parse()?),
            }
        }
        let paths = [&options.entente, &options.bare, &options.home];
        if paths.iter().any(|path| path.as_os_str().is_empty()) {
            return Err(USAGE.into());
        }
        Ok(options)
    }

    /// The works, each once.
    pub fn wanted(&self) -> impl Iterator<Item = Work> {
        let wanted = |work: &Work| self.works.is_empty() || self.works.contains(work);
        Work::ALL.into_iter().filter(wanted)
    }
}
