//! Tests that data which the disk has lost is missed, whatever is in memory.

use std::{fs, path::Path};

use super::{
    MediaScan, Store, StoreError, StoreOptions,
    disk::opening::SEGMENT_LEN,
    tests::{home, proposal, write},
};

async fn store(directory: &Path) -> Store {
    let options = StoreOptions {
        directory: directory.to_owned(),
        cache_bytes: 8 << 20,
        clock: Default::default(),
    };
    let store = Store::open(options).expect("a new store");
    let changes = (0..500).map(|n| proposal(&format!("e-{n}"), None));
    let written = store.commit(write(changes.collect(), None)).await;
    written.expect("a healthy store");
    store
}

/// Flips a bit in the middle of what is written to the first segment.
fn rot(directory: &Path) {
    let file = directory.join("sled/db");
    let mut bytes = fs::read(&file).expect("the log");
    let segment = &bytes[..bytes.len().min(SEGMENT_LEN)];
    let written = segment.iter().rposition(|byte| *byte != 0);
    let at = written.expect("something is written") / 2;
    bytes[at] ^= 1;
    fs::write(file, bytes).expect("our own file");
}

#[tokio::test]
async fn d07_the_file_of_the_log_is_sound_while_it_is_written_to_and_rot_in_it_is_found() {
    let home = home();
    let store = store(home.path()).await;
    let scan = MediaScan::open(&store).await.expect("a file");
    for n in 0..20 {
        let more = write(vec![proposal(&format!("more-{n}"), None)], None);
        store.commit(more).await.expect("a healthy store");
        for number in 0..scan.segments() {
            let checked = scan.check(number).await;
            checked.expect("it is as it was written");
        }
    }
    // As after a redaction: another file replaces it.
    let file = home.path().join("sled/db");
    fs::copy(&file, home.path().join("copy")).expect("our own directory");
    fs::rename(home.path().join("copy"), file).expect("our own directory");
    let checked = scan.check(0).await;
    checked.expect("it is as it was written");
    rot(home.path());
    let checked = scan.check(0).await;
    assert!(
        matches!(checked, Err(StoreError::DamagedFile { offset, .. }) if offset < 1 << 20),
        "{checked:?}"
    );
}
