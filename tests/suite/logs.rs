//! D13: a log line that cannot be written harms nothing (trial A7).

use std::{
    fs::{File, OpenOptions},
    path::Path,
    process::Command,
};

use entente::proto::v1::GetEventRequest;

use crate::{
    harness::{Server, event},
    scrubbing::metric,
};

/// Every call writes many lines, by way of the libraries.
const LOUD: &str = "--log-filter=trace,h2=trace,hyper=trace";

/// Writes, reads, and ends as it should.
async fn serves_and_drains(mut server: Server) {
    for n in 0..200 {
        server.publish(event(&format!("e-{n}"))).await;
    }
    let request = GetEventRequest {
        name: "events/e-199".into(),
        ..Default::default()
    };
    let read = server.events().get_event(request).await;
    assert!(read.is_ok(), "{read:?}");
    assert!(metric(&server, "entente_log_lines_lost_total").await > 0);
    server.terminate();
    assert!(server.ended().await.success());
}

#[tokio::test]
async fn d13_a_full_log_disk_harms_nothing() {
    let server = Server::start_logging_to(Path::new("/dev/full"), &[LOUD]).await;
    serves_and_drains(server).await;
}

/// A pipe, and its end for reading.
fn pipe(home: &Path) -> (std::path::PathBuf, File) {
    let path = home.join("log");
    let made = Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("a program of every Unix").success());
    // For writing as well, so that it opens without anybody at the other end.
    let reader = OpenOptions::new().read(true).write(true).open(&path);
    (path, reader.expect("our own pipe"))
}

#[tokio::test]
async fn d13_a_reader_of_the_log_that_dies_harms_nothing() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let (path, reader) = pipe(home.path());
    let server = Server::start_logging_to(&path, &[LOUD]).await;
    drop(reader);
    serves_and_drains(server).await;
}

#[tokio::test]
async fn d13_a_reader_of_the_log_that_reads_nothing_harms_nothing() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let (path, _reader) = pipe(home.path());
    let server = Server::start_logging_to(&path, &[LOUD]).await;
    serves_and_drains(server).await;
}
