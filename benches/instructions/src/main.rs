//! How many instructions the hot paths take, beside what they took when that was last accepted.
//!
//! `cargo run --release --package instructions` compares, and fails when a path has grown; with names
//! of paths, only these; with `-- --accept`, it writes `baseline.tsv` anew. Each path runs in a process
//! of its own under callgrind, which counts the instructions of all threads: those are nearly the same
//! on a busy machine and on an idle one, where times are not.

mod baseline;
mod call;
mod callgrind;
#[expect(dead_code, reason = "the bench of the service has more kinds of them")]
#[path = "../../service/events.rs"]
mod events;
mod report;
mod request;
mod stores;
mod works;

use std::{env, error::Error, path::Path, process::ExitCode};

use baseline::Baseline;
use works::{WORKS, Work};

/// How often a path is counted at the most.
const COUNTS_MAX: usize = 3;

/// What the server allocates with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Why a path could not be counted.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [argument, name, home] = &*arguments
        && argument == callgrind::ARGUMENT
    {
        return (work(name)?.run)(Path::new(home)).map(|()| ExitCode::SUCCESS);
    }
    if let Some(why) = request::obstacle() {
        println!("nothing is compared: {why}");
        return Ok(ExitCode::SUCCESS);
    }
    let (options, names): (Vec<_>, Vec<_>) = arguments
        .iter()
        .partition(|argument| argument.starts_with('-'));
    let accept = match &*options {
        [] => false,
        [option] if *option == "--accept" => true,
        _ => return Err(format!("{options:?}: the only option is --accept").into()),
    };
    let named = names.into_iter().map(|name| work(name));
    let named: Vec<&Work> = named.collect::<Result<_, _>>()?;
    let works = if named.is_empty() {
        WORKS.iter().collect()
    } else {
        named
    };
    guard(&works, accept)
}

fn guard(works: &[&Work], accept: bool) -> Result<ExitCode, Failure> {
    let mut baseline = Baseline::read()?;
    let mut grown = Vec::new();
    report::begin();
    for work in works {
        let before = baseline.of(work.name);
        // What is to be accepted is counted as often as what has grown.
        let counted = least(work, before.filter(|_| !accept))?;
        report::line(work, counted, before);
        if report::has_grown(counted, before) {
            grown.push(*work);
        }
        baseline.set(work.name, counted);
    }
    if accept {
        baseline.write()?;
        println!("accepted");
        return Ok(ExitCode::SUCCESS);
    }
    report::end(&grown)?;
    Ok(if grown.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What a path takes, counted again while it is too much. A count can be too high by chance, as when
/// the allocator takes a page and gives it back for each piece of the work, but hardly too low.
fn least(work: &Work, before: Option<u64>) -> Result<u64, Failure> {
    let mut least = callgrind::count(work)?;
    for _ in 1..COUNTS_MAX {
        if !report::has_grown(least, before) {
            break;
        }
        least = least.min(callgrind::count(work)?);
    }
    Ok(least)
}

fn work(name: &str) -> Result<&'static Work, Failure> {
    let known = WORKS.iter().find(|work| work.name == name);
    known.ok_or_else(|| {
        let names: Vec<&str> = WORKS.iter().map(|work| work.name).collect();
        format!("there is no path {name:?}; name some of {names:?}").into()
    })
}
