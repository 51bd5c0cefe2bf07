//! D07: what a flipped bit does to a store.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use entente::proto::v1::{
    Event, EventChange, GetSubscriptionRequest, ListEventsRequest, Subscription, View,
    subscription_service_client::SubscriptionServiceClient,
};
use tempfile::TempDir;

use crate::{
    harness::{Random, Server, earliest},
    life::Life,
    load::SUBSCRIPTION,
    rounds::seeds,
};

/// Of the server while it is at work: the second writes a snapshot of sled's.
const STARTS: usize = 3;
/// Of the end of the log that bits are flipped in more often.
const NEWEST_LEN: usize = 16 << 10;
/// What a server may say when it refuses to serve a store.
const REFUSALS: [&str; 2] = ["is damaged", "has store format"];

/// What may come of a flipped bit.
const FINE: [&str; 3] = [
    "served as it was",
    "served as it was told",
    "refused by name",
];

/// A bit in a file of the store.
#[derive(Debug)]
struct Bit {
    file: PathBuf,
    byte: usize,
    bit: usize,
}

/// Everything that a server says of a store.
struct Content {
    epoch: String,
    head_digest: String,
    log: Vec<EventChange>,
    events: Vec<Event>,
    subscription: Option<Subscription>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d07_a_store_with_a_flipped_bit_is_refused_by_name_or_served_as_it_was() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let mut life = busy_life(&home.path().join("data")).await;
    life.server.terminate();
    life.server.ended().await;
    flip_bits(&life, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d07_a_bit_that_flips_after_a_kill_takes_nothing_that_anybody_was_told() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let mut life = busy_life(&home.path().join("data")).await;
    let work = life.work().await.expect("all is well");
    life.server.kill();
    life.note(work).await;
    flip_bits(&life, true).await;
}

/// A server that was at work, so that there is something of everything in its store.
async fn busy_life(data_dir: &Path) -> Life {
    let mut life = Life::begin(Server::start_in(data_dir, &[]).await, 7).await;
    for _ in 0..STARTS {
        let work = life.work().await.expect("all is well");
        life.server.terminate();
        life.server.ended().await;
        life.note(work).await;
        life.server.start_again().await;
    }
    life
}

/// Starts servers on copies of a store, each with a bit flipped. After a kill the last write, which
/// nobody was told of, may look torn and be gone.
async fn flip_bits(life: &Life, killed: bool) {
    let store = &life.server.data_dir();
    let expected = Content::of(&serve_copy(store, None).await.1.expect("it is whole")).await;
    let mut outcomes = BTreeMap::<String, usize>::new();
    let mut wrong = Vec::new();
    for seed in seeds(60) {
        let bit = any_bit(store, &mut Random::new(seed));
        let outcome = match serve_copy(store, Some(&bit)).await.1 {
            Ok(server) => {
                let content = Content::of(&server).await;
                match expected.difference(&content) {
                    None => "served as it was",
                    Some(_) if killed && content.is_what_was_told(life, &expected) => {
                        "served as it was told"
                    }
                    Some(part) => part,
                }
            }
            Err(said) if is_refused_by_name(&said) => "refused by name",
            Err(_) => "broken",
        };
        if !FINE.contains(&outcome) {
            wrong.push(format!("seed {seed}: {outcome}, {bit:?}"));
        }
        let file = bit.file.display();
        *outcomes.entry(format!("{file}: {outcome}")).or_default() += 1;
    }
    eprintln!("{outcomes:#?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A server on a copy of a store in which a bit may be flipped, or what it said instead of serving.
async fn serve_copy(store: &Path, flipped: Option<&Bit>) -> (TempDir, Result<Server, String>) {
    let home = tempfile::tempdir().expect("a directory for the copy");
    for file in files(store) {
        let copy = home.path().join(&file);
        fs::create_dir_all(copy.parent().expect("it lies in the copy")).expect("writable");
        fs::copy(store.join(&file), copy).expect("writable");
    }
    if let Some(bit) = flipped {
        let name = home.path().join(&bit.file);
        let mut bytes = fs::read(&name).expect("it was copied");
        bytes[bit.byte] ^= 1 << bit.bit;
        fs::write(name, bytes).expect("writable");
    }
    let server = Server::try_start_in(home.path(), &[]).await;
    (home, server)
}

/// A bit of any file. Most lie in the log, and many of these in what was written last.
fn any_bit(store: &Path, random: &mut Random) -> Bit {
    let log = PathBuf::from("sled/db");
    let (file, newest) = match random.below(3) {
        0 => (log, false),
        1 => (log, true),
        _ => (random.one_of(&files(store)).clone(), false),
    };
    let bytes = fs::read(store.join(&file)).expect("a store");
    // Behind it there are zeros up to the end of the segment.
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) + 1;
    let begin = if newest {
        end.saturating_sub(NEWEST_LEN)
    } else {
        0
    };
    Bit {
        byte: begin + random.below(end - begin),
        bit: random.below(8),
        file,
    }
}

/// Paths within the store.
fn files(store: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(store.join(&directory)).expect("a store") {
            let entry = entry.expect("a store");
            let path = directory.join(entry.file_name());
            match entry.path().is_dir() {
                true => directories.push(path),
                false => files.push(path),
            }
        }
    }
    files.retain(|file| fs::metadata(store.join(file)).is_ok_and(|metadata| metadata.len() > 0));
    files.sort();
    files
}

fn is_refused_by_name(said: &str) -> bool {
    said.contains("exit status: 1")
        && !said.contains("panicked")
        && REFUSALS.iter().any(|refusal| said.contains(refusal))
}

impl Content {
    /// Whether it lacks at most what nobody was told of.
    fn is_what_was_told(&self, life: &Life, whole: &Content) -> bool {
        let acked = self.subscription.as_ref().map(|known| known.acked_position);
        whole.log.starts_with(&self.log)
            && self.epoch == whole.epoch
            && life
                .is_told_by(&self.log, acked.unwrap_or_default())
                .is_ok()
    }

    /// What is served otherwise, if anything.
    fn difference(&self, other: &Content) -> Option<&'static str> {
        let parts = [
            (self.epoch == other.epoch, "another epoch"),
            (self.head_digest == other.head_digest, "another head"),
            (self.log == other.log, "another log"),
            (self.events == other.events, "another state"),
            (self.subscription == other.subscription, "another cursor"),
        ];
        let different = parts.into_iter().find(|(is_equal, _)| !is_equal);
        different.map(|(_, part)| part)
    }

    async fn of(server: &Server) -> Content {
        let info = server.info().await;
        let list = ListEventsRequest {
            page_size: 1_000,
            view: View::Full.into(),
            show_retracted: true,
            ..ListEventsRequest::default()
        };
        let list = server.events().list_events(list).await;
        let subscription = GetSubscriptionRequest {
            name: SUBSCRIPTION.to_owned(),
        };
        let subscription = SubscriptionServiceClient::new(server.channel())
            .get_subscription(subscription)
            .await;
        Content {
            epoch: info.store_epoch,
            head_digest: info.head_digest,
            log: server.watch(earliest("")).await.until_caught_up().await.0,
            events: list.expect("a list").into_inner().events,
            subscription: subscription
                .ok()
                .and_then(|answer| answer.into_inner().subscription),
        }
    }
}
