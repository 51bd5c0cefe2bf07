//! Tests that space does not grow without bound: overwritten data is freed, and data that is kept for
//! ever takes a few times its length.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use super::{
    CursorChange, CursorOutcome, MediaScan, NewCursor, Store, StoreOptions,
    disk::opening::SEGMENT_LEN,
    tests::{home, proposal, write},
};

const SUBSCRIPTIONS: usize = 8;
const DOUBT_MAX: Duration = Duration::from_secs(3);

fn open(directory: &Path) -> Store {
    let options = StoreOptions {
        directory: directory.to_owned(),
        cache_bytes: 8 << 20,
        clock: Default::default(),
    };
    Store::open(options).expect("a store")
}

fn reopened(store: Store, directory: &Path) -> Store {
    store.close();
    drop(store);
    open(directory)
}

/// Returns the total length of all files, in bytes.
fn len(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).expect("a store");
    let lens = entries.map(|entry| {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => len(&path),
            false => fs::metadata(&path).map_or(0, |metadata| metadata.len()),
        }
    });
    lens.sum()
}

async fn change(store: &Store, n: usize, change: CursorChange) {
    let outcome = store.change_cursor(&format!("s-{n}"), change).await;
    assert!(matches!(outcome, Ok(CursorOutcome::Done(_))), "{outcome:?}");
}

/// Makes a filter of about two kilobytes, so that changes have some length.
fn filter() -> String {
    format!("text:\"{}\"", "semiconductor ".repeat(140))
}

/// Moves all subscriptions at once, `rounds` times, and returns how many bytes that was.
async fn churn(store: &Store, rounds: usize) -> u64 {
    for _ in 0..rounds {
        let moves = (0..SUBSCRIPTIONS).map(|n| {
            let store = store.clone();
            tokio::spawn(async move { change(&store, n, CursorChange::Seek { after: 0 }).await })
        });
        for moved in moves.collect::<Vec<_>>() {
            moved.await.expect("it was moved");
        }
    }
    (rounds * SUBSCRIPTIONS * filter().len()) as u64
}

/// Checks that no segment is damaged. Segments are reused all the time, which may look like damage
/// for a moment.
async fn is_sound(scan: &MediaScan) {
    for number in 0..scan.segments() {
        let begun = Instant::now();
        while let Err(error) = scan.check(number).await {
            assert!(begun.elapsed() < DOUBT_MAX, "{error}");
            sleep(DOUBT_MAX / 30).await;
        }
    }
}

#[tokio::test]
async fn moving_subscriptions_for_ever_takes_no_more_space_than_for_a_while() {
    let home = home();
    let mut store = open(home.path());
    for n in 0..SUBSCRIPTIONS {
        let new = NewCursor {
            resolved: 0,
            filter: filter(),
            view: Some(crate::domain::View::Full),
            idle_ttl: None,
            after: 0,
            request: None,
        };
        change(&store, n, CursorChange::Create(new)).await;
    }
    let (mut written, mut largest) = (0, 0);
    for _ in 0..6 {
        let scan = MediaScan::open(&store).await.expect("a file");
        for _ in 0..2 {
            written += churn(&store, 250).await;
            is_sound(&scan).await;
        }
        largest = largest.max(len(home.path()));
        store = reopened(store, home.path());
        largest = largest.max(len(home.path()));
    }
    // sled cleans a segment when half of it is overwritten, twice a second. Measured: five segments,
    // after 17 MB as after 160.
    let bound = 8 * SEGMENT_LEN as u64;
    assert!(
        largest < bound && bound < written * 3 / 4,
        "{largest} of {written}"
    );
}

#[tokio::test]
async fn a_log_takes_at_most_four_times_its_length_and_a_few_segments() {
    let home = home();
    let store = open(home.path());
    let title = |n: u64| format!("e-{n}-{}", "x".repeat(2_000));
    for n in 0..1_500 {
        let written = store
            .commit(write(vec![proposal(&title(n), None)], None))
            .await;
        written.expect("a healthy store");
    }
    let records = store
        .read((1..=1_500).collect())
        .await
        .expect("a healthy store");
    let live: u64 = records
        .iter()
        .map(|record| record.change.len() as u64)
        .sum();
    let store = reopened(store, home.path());
    let len = len(home.path());
    drop(store);
    // Each write of a single record adds to a page that is later written as a whole. Measured: twice
    // the log when it is long, which is the most that cleaning at a half allows.
    assert!(len < 4 * live + 4 * SEGMENT_LEN as u64, "{len} of {live}");
}
