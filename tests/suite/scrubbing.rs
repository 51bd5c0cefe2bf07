//! D07, while the server serves: what the disk has lost is found by the scrub.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::FileExt as _,
    path::PathBuf,
    time::Duration,
};

use crate::{
    clocked::Clocked,
    harness::{Build, Clients, Server, earliest, event, eventually, get, places_of},
    subscriptions::consumer,
};

const MARK: &str = "Quite-unmistakable-title";

/// A metric without labels.
pub async fn metric(server: &Clients, name: &str) -> u64 {
    let page = get(server.admin_address(), "/metrics").await;
    let page = page.expect("it is served").body;
    let value = page
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = value.unwrap_or_else(|| panic!("no {name} in\n{page}"));
    value.parse().expect("a whole number")
}

/// Waits until a metric is more than `bound`.
async fn above(server: &Clients, name: &str, bound: u64) {
    eventually(name, async || {
        (metric(server, name).await > bound).then_some(())
    })
    .await;
}

fn file(server: &Server) -> PathBuf {
    server.data_dir().join("sled/db")
}

/// Flips a bit of the mark wherever it lies on disk.
fn rot(server: &Server) {
    let bytes = fs::read(file(server)).expect("the log");
    let places = places_of(&bytes, MARK);
    assert!(!places.is_empty(), "the title is on disk");
    // In place, as the server goes on writing.
    let file = OpenOptions::new().write(true).open(file(server));
    let file = file.expect("the log");
    for at in places {
        let flipped = [bytes[at] ^ 1];
        file.write_all_at(&flipped, at as u64)
            .expect("our own file");
    }
}

#[tokio::test]
async fn d07_what_the_disk_loses_while_memory_has_it_is_found_and_told_and_stops_nothing() {
    let server = Server::start_with(&["--scrub-interval=100ms"]).await;
    server
        .publish_all((0..300).map(|n| event(&format!("e-{n}"))))
        .await;
    server.publish(event("marked").titled(MARK)).await;
    consumer::create(&server, "s", "").await;
    let rounds = "entente_scrub_last_completed_timestamp_seconds";
    let checked = metric(&server, "entente_scrub_checked_records_total").await;
    // The file as it is now has been read once the next round but one is over.
    above(
        &server,
        "entente_scrub_checked_records_total",
        checked + 3 * 301,
    )
    .await;
    assert!(metric(&server, rounds).await > 0);
    above(&server, "entente_scrub_position", 300).await;
    assert!(metric(&server, "entente_scrub_checked_bytes_total").await > 300 * 100);
    assert_eq!(metric(&server, "entente_scrub_problems_total").await, 0);
    assert!(!server.log().contains("ERROR"), "{}", server.log());

    rot(&server);
    above(&server, "entente_scrub_problems_total", 0).await;
    for told in ["the file sled/db is damaged at byte", "restore a backup"] {
        eventually(told, async || server.log().contains(told).then_some(())).await;
    }
    let (changes, _) = server.watch(earliest("")).await.until_caught_up().await;
    assert_eq!(changes.len(), 301, "reads go on");
    assert_eq!(server.publish(event("new")).await.position, 302);
}

#[tokio::test]
async fn d07_a_scrub_reads_the_whole_store_in_each_interval_and_no_more_often() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let server = Clocked::start_with(&["--scrub-interval=24h"]).await;
    server
        .publish_all((0..300).map(|n| event(&format!("e-{n}"))))
        .await;
    let (read, rounds) = (
        "entente_scrub_checked_records_total",
        "entente_scrub_last_completed_timestamp_seconds",
    );
    let begun = metric(&server, rounds).await;
    // The round that began with an empty store.
    server.pass_while(HOUR, above(&server, rounds, begun)).await;
    let ended = metric(&server, rounds).await;
    server.pass_while(HOUR, above(&server, rounds, ended)).await;
    assert!(metric(&server, read).await >= 300);
    let took = metric(&server, rounds).await - ended;
    assert!(took >= 24 * 3_600 - 1, "{took} seconds");
    server.end().await;
}

#[tokio::test]
async fn a_scrub_that_is_off_reads_nothing() {
    let server = Server::start_with(&["--scrub-interval=0s"]).await;
    server.publish(event("a")).await;
    // Long enough for one that is on to have begun.
    let _ = server.watch(earliest("")).await.until_caught_up().await;
    assert_eq!(
        metric(&server, "entente_scrub_checked_records_total").await,
        0
    );
    assert_eq!(
        metric(&server, "entente_scrub_checked_bytes_total").await,
        0
    );
}
