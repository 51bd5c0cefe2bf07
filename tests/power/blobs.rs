//! D02: values so large that sled keeps them in files of their own are lost by power cuts, as it
//! never syncs these files. The store writes none.

use std::{
    fs::{self, File},
    path::Path,
    thread,
};

use entente::proto::v1::{CreateEventRequest, Event};
use tonic::Code;

use crate::{
    harness::{Build, Random, Server, assert_refused, event},
    power::Power,
    volatile::{Model, VolatileDisk, replay_on},
};

/// As the store has it.
const SEGMENT_LEN: usize = 4 << 20;
const CUTS: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d02_values_that_sled_keeps_in_blobs_are_found_to_be_lost_and_others_not() {
    let Some(lost) = losses(2 << 20).await else {
        return;
    };
    assert!(lost > 0, "none of {CUTS} cuts lost a blob");
    assert_eq!(losses(40 << 10).await, Some(0));
}

#[tokio::test]
async fn d02_the_largest_events_are_no_blobs() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let mut server = Server::start_in(&home.path().join("data"), &[]).await;
    for n in 0..20 {
        let written = server.publish(large(n, 740)).await;
        server.update(written.titled("Corrected")).await;
    }
    let larger = CreateEventRequest {
        event: Some(large(99, 800)),
        ..CreateEventRequest::default()
    };
    let refused = server.publisher().create_event(larger).await;
    let refused = refused.expect_err("there are no larger ones");
    assert_refused(&refused, Code::InvalidArgument, "FIELD_INVALID");
    server.kill_and_start_again().await;
    let blobs = fs::read_dir(server.data_dir().join("sled/blobs")).expect("sled makes it");
    assert_eq!(blobs.count(), 0);
}

/// An event with as many annotations as there may be, each of so many characters of two bytes.
fn large(n: usize, annotation_len: usize) -> Event {
    let annotations = (0..32).map(|part| (format!("part-{part}"), "é".repeat(annotation_len)));
    Event {
        annotations: annotations.collect(),
        ..event(&format!("large-{n}"))
    }
}

/// How many of some cuts lose a value of this length that was flushed and synced as the store does
/// it.
async fn losses(len: usize) -> Option<usize> {
    let mut disk = VolatileDisk::new(1)?;
    let value = vec![7; len];
    let path = disk.path().join("sled");
    disk.begin_record();
    let (written, at) = (value.clone(), path.clone());
    let writing = tokio::task::spawn_blocking(move || write(&at, &written));
    let db = writing.await.expect("the power is on");
    let mut model = Model::default();
    replay_on(&mut model, &disk.take_record(), |_, _| ());
    // What sled does at its end does not count.
    drop(db);
    let after_cut = |seed| {
        let home = tempfile::tempdir().expect("a directory for what is left");
        let left = model.after_cut(&mut Random::new(seed));
        left.copy_to(home.path()).expect("there is room");
        read(&home.path().join("sled")).as_ref() != Some(&value)
    };
    Some((1..=CUTS).filter(|seed| after_cut(*seed)).count())
}

/// Writes a value and makes it durable, as far as that goes.
fn write(path: &Path, value: &[u8]) -> sled::Db {
    let db = open(path).expect("the power is on");
    sync(path).expect("the power is on");
    db.insert("key", value).expect("the power is on");
    db.flush().expect("the power is on");
    let file = File::options().write(true).open(path.join("db"));
    let synced = file.and_then(|file| file.sync_data());
    synced.expect("the power is on");
    db
}

/// Everything that is there when it is opened, as the store does it.
fn sync(path: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(path)? {
        File::open(entry?.path())?.sync_all()?;
    }
    for above in [path, path.parent().expect("a disk")] {
        File::open(above)?.sync_all()?;
    }
    Ok(())
}

/// The value that is found, if sled finds any and does not panic.
fn read(path: &Path) -> Option<Vec<u8>> {
    let path = path.to_owned();
    let reading = thread::spawn(move || {
        let value = open(&path).ok()?.get("key").ok()??;
        Some(value.to_vec())
    });
    reading.join().ok().flatten()
}

fn open(path: &Path) -> sled::Result<sled::Db> {
    let config = sled::Config::new().path(path).segment_size(SEGMENT_LEN);
    config.flush_every_ms(None).open()
}
