//! What files of a store hold: the log has its records compressed, so that a text in them is not
//! found by looking for it.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

/// Begins each block that is compressed: <https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1>.
const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Where a text is, in any case, and where each zstd frame begins that holds it. A frame that is cut
/// short or overwritten holds what can be read of it.
pub fn places_of(bytes: &[u8], text: &str) -> Vec<usize> {
    let begins = |at: &usize| {
        let rest = &bytes[*at..];
        let plain = rest.get(..text.len());
        plain.is_some_and(|plain| plain.eq_ignore_ascii_case(text.as_bytes()))
            || rest.starts_with(&FRAME) && has(&decompressed(rest), text)
    };
    (0..bytes.len()).filter(begins).collect()
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

fn has(bytes: &[u8], text: &str) -> bool {
    let mut windows = bytes.windows(text.len());
    windows.any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}

fn decompressed(frame: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let decoder = zstd::stream::read::Decoder::with_buffer(frame);
    let mut decoder = decoder.expect("memory").single_frame();
    // What comes before the error counts.
    let _ = decoder.read_to_end(&mut content);
    content
}
