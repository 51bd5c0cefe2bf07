//! What was accepted: a line a path in a file beside this one.

use std::{collections::BTreeMap, fmt::Write as _, fs, process::Command};

use crate::{Failure, works::WORKS};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.tsv");

/// Instructions for one piece of each path's work.
pub struct Baseline(BTreeMap<String, u64>);

impl Baseline {
    /// Reads the file; without one, nothing was accepted yet.
    pub fn read() -> Result<Baseline, Failure> {
        let text = if fs::exists(FILE)? {
            fs::read_to_string(FILE)?
        } else {
            String::new()
        };
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let baseline = lines.map(|line| {
            let (name, count) = line.split_once('\t').ok_or("a line without a tab")?;
            Ok((name.to_owned(), count.replace('_', "").parse()?))
        });
        let baseline: Result<_, Failure> = baseline.collect();
        Ok(Baseline(
            baseline.map_err(|error| format!("{FILE}: {error}"))?,
        ))
    }

    /// What was accepted for a path, if anything.
    pub fn of(&self, name: &str) -> Option<u64> {
        self.0.get(name).copied()
    }

    /// Accepts a count, once it is written.
    pub fn set(&mut self, name: &str, count: u64) {
        self.0.insert(name.to_owned(), count);
    }

    /// Writes the file, with the versions that the counts depend on, and without paths that are no
    /// more.
    pub fn write(&self) -> Result<(), Failure> {
        let (rustc, valgrind) = (version("rustc")?, version("valgrind")?);
        let mut text = format!(
            "# Instructions of one piece of work; cargo run --release --package instructions -- --accept\n\
             # {rustc}, {valgrind}\n"
        );
        for work in &WORKS {
            if let Some(count) = self.of(work.name) {
                writeln!(text, "{}\t{}", work.name, grouped(count))?;
            }
        }
        Ok(fs::write(FILE, text)?)
    }
}

/// With a mark between thousands.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let thousands = digits.as_bytes().rchunks(3).rev();
    let thousands: Vec<_> = thousands.map(String::from_utf8_lossy).collect();
    thousands.join("_")
}

fn version(program: &str) -> Result<String, Failure> {
    let output = Command::new(program).arg("--version").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
