//! What files of a store hold: the log has its records compressed, so that a text in them is not
//! found by looking for it.

use std::{
    fs,
    io::{BufRead as _, Read as _},
    path::{Path, PathBuf},
};

/// Begins each block that is compressed: <https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1>.
const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Where a text is, in any case, and where each zstd frame begins that holds it. A frame that is cut
/// short or overwritten holds what can be read of it.
pub fn places_of(bytes: &[u8], text: &str) -> Vec<usize> {
    let text = text.to_ascii_lowercase();
    let plain = |bytes: &[u8]| places(&bytes.to_ascii_lowercase(), text.as_bytes());
    let frames = places(bytes, &FRAME).into_iter();
    let holding = frames.filter(|at| !plain(&decompressed(&bytes[*at..])).is_empty());
    let mut places = plain(bytes);
    places.extend(holding);
    places.sort_unstable();
    places
}

/// Files that hold a text, in any case, at any depth.
pub fn files_with(directory: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if !places_of(&fs::read(&path).expect("readable"), text).is_empty() {
            found.push(path);
        }
    }
    found
}

/// Where some bytes, at least one, are among others.
fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut rest = bytes;
    // By the standard library, as a loop of our own takes long over some megabytes.
    while let Ok(1..) = rest.skip_until(wanted[0]) {
        let at = bytes.len() - rest.len() - 1;
        if bytes[at..].starts_with(wanted) {
            places.push(at);
        }
    }
    places
}

fn decompressed(frame: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let decoder = zstd::stream::read::Decoder::with_buffer(frame);
    let mut decoder = decoder.expect("memory").single_frame();
    // What comes before the error counts.
    let _ = decoder.read_to_end(&mut content);
    content
}
