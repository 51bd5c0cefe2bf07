use std::{collections::HashMap, path::PathBuf};

use sha2::{Digest, Sha256};

use crate::{
    cli::{failure::Failure, files},
    proto::v1::{Tracking, TransferLine, transfer_line::Write},
    transfer::parse_line,
};

use super::check::check;

/// One line of a file, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// `file:line`.
    pub place: String,
    /// Its number in its file, from 1.
    pub number: i64,
    /// What to write, with its request id.
    pub write: Write,
}

/// Reads files in turn. Returns the good lines, and a sentence for each bad one.
pub(super) fn read(paths: &[PathBuf]) -> Result<(Vec<Line>, Vec<String>), Failure> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for path in paths {
        let file = files::read(path)?;
        let mut occurrences = HashMap::new();
        for (number, text) in lines(&file) {
            let place = format!("{}:{number}", path.display());
            let occurrence = occurrences.entry(text).or_insert(0_usize);
            *occurrence += 1;
            match line(text, *occurrence) {
                Ok(write) => good.push(Line {
                    place,
                    number,
                    write,
                }),
                Err(sentence) => bad.push(format!("{place}: {sentence}")),
            }
        }
    }
    Ok((good, bad))
}

/// Returns the non-empty lines of a file, each with its number.
fn lines(text: &str) -> impl Iterator<Item = (i64, &str)> {
    let numbered = (1..).zip(text.lines().map(str::trim));
    numbered.filter(|(_, line)| !line.is_empty())
}

impl Line {
    /// Makes its number its position in a source of the publisher. Returns false if it has a tracking
    /// of its own, which is kept.
    pub(super) fn track(&mut self, source: &str) -> bool {
        let tracking = identity(&mut self.write).1;
        if tracking.is_some() {
            return false;
        }
        *tracking = Some(Tracking {
            source: source.to_owned(),
            position: self.number,
        });
        true
    }
}

/// Parses a line; `occurrence` counts its earlier occurrences in the file.
fn line(text: &str, occurrence: usize) -> Result<Write, String> {
    let line = parse_line(text)?;
    check(&line).map_err(|violations| violations.to_string())?;
    let TransferLine { write } = line;
    let mut write = write.ok_or("the line has no write")?;
    let creates = matches!(
        write,
        Write::CreateEvent(_) | Write::CreatePartnership(_) | Write::CreateBody(_)
    );
    let id = request_id(&mut write);
    if id.is_empty() {
        // A repeated creation means the same write, as it can succeed only once.
        *id = derived_id(text, if creates { 1 } else { occurrence });
    }
    Ok(write)
}

/// Returns the request id of a line without one: a hash of its text and its occurrence in the file.
fn derived_id(text: &str, occurrence: usize) -> String {
    let mut digest = Sha256::new_with_prefix(text);
    if occurrence > 1 {
        // A line has no line breaks, so no other line has the same input.
        digest.update(format!("\n{occurrence}"));
    }
    let digest = digest.finalize();
    let hex: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("import/{hex}")
}

fn request_id(write: &mut Write) -> &mut String {
    identity(write).0
}

/// Returns the request id and the tracking of a write.
fn identity(write: &mut Write) -> (&mut String, &mut Option<Tracking>) {
    match write {
        Write::CreatePartnership(it) => (&mut it.request_id, &mut it.tracking),
        Write::UpdatePartnership(it) => (&mut it.request_id, &mut it.tracking),
        Write::CreateBody(it) => (&mut it.request_id, &mut it.tracking),
        Write::UpdateBody(it) => (&mut it.request_id, &mut it.tracking),
        Write::CreateEvent(it) => (&mut it.request_id, &mut it.tracking),
        Write::UpdateEvent(it) => (&mut it.request_id, &mut it.tracking),
        Write::RetractEvent(it) => (&mut it.request_id, &mut it.tracking),
        Write::RestoreEvent(it) => (&mut it.request_id, &mut it.tracking),
        Write::MergeEvents(it) => (&mut it.request_id, &mut it.tracking),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRACT: &str = r#"{"retract_event":{"name":"events/a"}}"#;

    #[test]
    fn a_line_without_a_request_id_has_the_same_one_every_time() {
        let id = |text| line(text, 1).map(|mut write| request_id(&mut write).clone());

        let first = id(RETRACT).expect("a good line");

        // The id that all earlier versions gave the line.
        assert_eq!(first, "import/2a06f6e77b755932330cb491cea08da7");
        assert_ne!(id(r#"{"retract_event":{"name":"events/b"}}"#), Ok(first));
    }

    #[test]
    fn a_repeated_line_is_another_write_unless_it_creates() {
        const CREATE: &str = r#"{"create_event":{"event_id":"a","event":{"kind":"KIND_MEETING","status":"STATUS_OCCURRED","title":"A","sources":[{"id":"s"}]}}}"#;
        const RESTORE: &str = r#"{"restore_event":{"name":"events/a"}}"#;
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("events.ndjson");
        let lines = [CREATE, RETRACT, RESTORE, RETRACT, CREATE].join("\n");
        std::fs::write(&path, lines).expect("writable");
        let ids = |paths: &[PathBuf]| -> Vec<String> {
            let (good, _) = read(paths).expect("readable");
            let writes = good.into_iter().map(|line| line.write);
            writes
                .map(|mut write| request_id(&mut write).clone())
                .collect()
        };

        let once = ids(std::slice::from_ref(&path));

        let [create, retract, _, again, create_again] = &once[..] else {
            panic!("{once:?}");
        };
        assert_eq!(create, create_again);
        assert_ne!(retract, again);
        assert_eq!(ids(&[path.clone(), path]), [once.clone(), once].concat());
    }

    #[test]
    fn a_request_id_of_the_file_is_kept() {
        let mut write = line(
            r#"{"restore_event":{"name":"events/a","request_id":"r-1"}}"#,
            2,
        )
        .expect("good");

        assert_eq!(request_id(&mut write), "r-1");
    }

    #[test]
    fn bad_lines_are_reported_by_file_and_line() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("events.ndjson");
        std::fs::write(&path, format!("{RETRACT}\n\nnonsense\n{RETRACT}\n")).expect("writable");

        let (good, bad) = read(std::slice::from_ref(&path)).expect("readable");

        let path = path.display();
        let places: Vec<_> = good.iter().map(|line| line.place.clone()).collect();
        assert_eq!(places, [format!("{path}:1"), format!("{path}:4")]);
        assert_eq!(bad.len(), 1);
        assert!(bad[0].starts_with(&format!("{path}:3: ")), "{bad:?}");
    }
}
