//! What the disk has lost is found in the file of the log, whatever memory holds.

use std::{fs, path::Path};

use super::{
    Store, StoreError, StoreOptions,
    tests::{home, proposal, write},
};

async fn store(directory: &Path) -> Store {
    let options = StoreOptions {
        directory: directory.to_owned(),
        cache_bytes: 8 << 20,
    };
    let store = Store::open(options).expect("a new store");
    let changes = (0..500).map(|n| proposal(&format!("e-{n}"), None));
    let written = store.commit(write(changes.collect(), None)).await;
    written.expect("a healthy store");
    store
}

/// Flips a bit of each byte at which this text begins.
fn rot(directory: &Path, text: &str) {
    let file = directory.join("sled/db");
    let mut bytes = fs::read(&file).expect("the log");
    let places: Vec<usize> = (0..bytes.len() - text.len())
        .filter(|at| bytes[*at..].starts_with(text.as_bytes()))
        .collect();
    assert!(!places.is_empty(), "the text is on disk as it is");
    for at in places {
        bytes[at] ^= 1;
    }
    fs::write(file, bytes).expect("our own file");
}

#[tokio::test]
async fn d07_the_file_of_the_log_is_sound_while_it_is_written_to_and_rot_in_it_is_found() {
    let home = home();
    let store = store(home.path()).await;
    let surface = store.surface().await.expect("a file");
    for n in 0..20 {
        let more = write(vec![proposal(&format!("more-{n}"), None)], None);
        store.commit(more).await.expect("a healthy store");
        for number in 0..surface.segments() {
            let checked = store.check_segment(&surface, number).await;
            checked.expect("it is as it was written");
        }
    }
    // As after a redaction: another file takes its place.
    let file = home.path().join("sled/db");
    fs::copy(&file, home.path().join("copy")).expect("our own directory");
    fs::rename(home.path().join("copy"), file).expect("our own directory");
    let checked = store.check_segment(&surface, 0).await;
    checked.expect("it is as it was written");
    rot(home.path(), "events/e-77");
    let checked = store.check_segment(&surface, 0).await;
    assert!(
        matches!(checked, Err(StoreError::DamagedFile { offset, .. }) if offset < 1 << 20),
        "{checked:?}"
    );
}
