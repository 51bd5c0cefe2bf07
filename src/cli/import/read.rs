use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::{
    cli::{failure::Failure, files},
    proto::v1::{TransferLine, transfer_line::Write},
    transfer::parse_line,
};

use super::check::check;

/// One line of a file, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// `file:line`.
    pub place: String,
    /// What to write, with its request id.
    pub write: Write,
}

/// Reads files in turn. Gives the good lines, and a sentence for each of the others.
pub(super) fn read(paths: &[PathBuf]) -> Result<(Vec<Line>, Vec<String>), Failure> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for path in paths {
        for (place, text) in lines(path, &files::read(path)?) {
            match line(text) {
                Ok(write) => good.push(Line { place, write }),
                Err(sentence) => bad.push(format!("{place}: {sentence}")),
            }
        }
    }
    Ok((good, bad))
}

/// The lines of a file with their places; empty ones are left out.
fn lines<'a>(path: &Path, text: &'a str) -> Vec<(String, &'a str)> {
    let path = path.display();
    let numbered = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()));
    let full = numbered.filter(|(_, line)| !line.is_empty());
    full.map(|(number, line)| (format!("{path}:{number}"), line))
        .collect()
}

fn line(text: &str) -> Result<Write, String> {
    let line = parse_line(text)?;
    check(&line).map_err(|violations| violations.to_string())?;
    let TransferLine { write } = line;
    let mut write = write.ok_or("the line has no write in it")?;
    let id = request_id(&mut write);
    if id.is_empty() {
        *id = id_of(text);
    }
    Ok(write)
}

/// A line without a request id is recognised by its text.
fn id_of(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("import/{hex}")
}

fn request_id(write: &mut Write) -> &mut String {
    match write {
        Write::CreatePartnership(request) => &mut request.request_id,
        Write::UpdatePartnership(request) => &mut request.request_id,
        Write::CreateEvent(request) => &mut request.request_id,
        Write::UpdateEvent(request) => &mut request.request_id,
        Write::RetractEvent(request) => &mut request.request_id,
        Write::RestoreEvent(request) => &mut request.request_id,
        Write::MergeEvents(request) => &mut request.request_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRACT: &str = r#"{"retract_event":{"name":"events/a"}}"#;

    #[test]
    fn a_line_without_a_request_id_has_the_same_one_every_time() {
        let id = |text| line(text).map(|mut write| request_id(&mut write).clone());

        let first = id(RETRACT).expect("a good line");

        assert_eq!(id(RETRACT), Ok(first.clone()));
        assert_eq!(first.len(), "import/".len() + 32);
        assert_ne!(id(r#"{"retract_event":{"name":"events/b"}}"#), Ok(first));
    }

    #[test]
    fn a_request_id_of_the_file_is_kept() {
        let mut write =
            line(r#"{"restore_event":{"name":"events/a","request_id":"r-1"}}"#).expect("good");

        assert_eq!(request_id(&mut write), "r-1");
    }

    #[test]
    fn bad_lines_are_told_by_file_and_line_beside_the_good_ones() {
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
