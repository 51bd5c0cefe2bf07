//! What is printed, and what is too much.

use crate::{Failure, baseline::grouped, callgrind::profile, works::Work};

/// How much a path may grow, in per cent. Counts of the same program differ by less than two.
const GROWTH_MAX: f64 = 5.0;

/// Prints what the columns are.
pub fn begin() {
    println!(
        "{:<9}{:>14}{:>14}{:>9}  one piece of work",
        "path", "instructions", "accepted", "change"
    );
}

/// Whether a path takes too much, or was never accepted.
pub fn has_grown(counted: u64, before: Option<u64>) -> bool {
    before.is_none_or(|before| change(counted, before) > GROWTH_MAX)
}

/// In per cent.
fn change(counted: u64, before: u64) -> f64 {
    100.0 * (counted as f64 / before as f64 - 1.0)
}

/// Prints a line, and a note when what was accepted is far too much.
pub fn line(work: &Work, counted: u64, before: Option<u64>) {
    let change = before.map(|before| change(counted, before));
    println!(
        "{:<9}{:>14}{:>14}{:>9}  {}",
        work.name,
        grouped(counted),
        before.map_or("none".to_owned(), grouped),
        change.map_or(String::new(), |change| format!("{change:+.1} %")),
        work.piece,
    );
    if change.is_some_and(|change| change < -GROWTH_MAX) {
        println!("          it became cheaper: accept that, or it may grow back unseen");
    }
}

/// Says what is to be done about paths that have grown.
pub fn end(grown: &[&Work]) -> Result<(), Failure> {
    if grown.is_empty() {
        return Ok(());
    }
    println!("\ngrown by more than {GROWTH_MAX} %, or new; where their instructions go:");
    for work in grown {
        println!("  callgrind_annotate {}", profile(work)?.display());
    }
    println!("what is worth its cost is accepted with");
    println!("  cargo run --release --package instructions -- --accept");
    Ok(())
}
