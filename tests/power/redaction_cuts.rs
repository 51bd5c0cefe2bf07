//! S45: power cuts while an event is redacted and the log is written anew.

use std::{collections::BTreeSet, time::Duration};

use entente::{
    proto::v1::{
        Event, GetEventRequest, GetServerInfoResponse, RedactEventRequest, State,
        admin_service_client::AdminServiceClient,
    },
    store::{Store, StoreOptions},
};
use tokio::time::sleep;
use tonic::transport::Channel;

use crate::{
    disk::Disk,
    harness::{Build as _, Random, Server, event, files_with},
    power::Power,
    rounds::seeds,
    volatile::{Model, Operation, VolatileDisk, replay_on},
};

const MEBIBYTES: u64 = 512;
const EVENTS: i64 = 300;
/// In no other text of a store.
const SECRET: &str = "Xylograph";
/// A redaction takes about half of this.
const CUT_AFTER_MILLIS_MAX: usize = 150;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s45_a_redaction_that_a_power_cut_meets_is_done_as_a_whole_or_not_at_all() {
    for seed in seeds(4) {
        let Some(mut disk) = Disk::new(MEBIBYTES) else {
            return;
        };
        redact_until_cut(&mut disk, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s45_so_is_one_that_is_cut_after_any_of_its_operations() {
    let Some(redaction) = Redaction::record().await else {
        return;
    };
    let (before, operations) = redaction.beginning();
    let mut met = BTreeSet::new();
    for seed in seeds(2) {
        let mut random = Random::new(seed);
        replay_on(&mut before.clone(), operations, |done, model| {
            let left = model.after_cut(&mut random);
            match redaction.check(&left, done) {
                Ok(marks) => met.extend(marks),
                Err(broken) => panic!("S45: seed {seed}, after {done} operations: {broken}"),
            }
        });
    }
    eprintln!("a cut after each of {} operations", operations.len());
    assert!(operations.len() > 20, "{}", operations.len());
    assert!(
        met.iter().eq(&MARKS),
        "only {met:?} of a redaction were met"
    );
}

/// What shows that a redaction has begun and is not done.
const MARKS: [&str; 3] = ["ERASURE-PENDING", "sled.next", "sled.old"];

/// All that was done to a disk while one event was written and redacted.
struct Redaction {
    operations: Vec<Operation>,
    /// Of them, those before it was asked for, and those before it was answered.
    begun: usize,
    answered: usize,
    /// Before it.
    head: i64,
    digest: String,
}

impl Redaction {
    async fn record() -> Option<Redaction> {
        let mut disk = VolatileDisk::new(1)?;
        disk.begin_record();
        let mut server = Server::start_in(&disk.path().join("data"), &[]).await;
        let info = fill(&server).await;
        let begun = disk.record_len();
        assert!(redact(server.admin()).await, "{}", server.log());
        let answered = disk.record_len();
        server.kill();
        Some(Redaction {
            operations: disk.take_record(),
            begun,
            answered,
            head: info.head_position,
            digest: info.head_digest,
        })
    }

    /// The disk when it was asked for, and what was done to it from then on.
    fn beginning(&self) -> (Model, &[Operation]) {
        let (before, operations) = self.operations.split_at(self.begun);
        let mut model = Model::default();
        replay_on(&mut model, before, |_, _| ());
        (model, operations)
    }

    /// Whether it is done as a whole or not at all in what a cut has left after so many of its
    /// operations. Gives the marks that were there.
    fn check(&self, left: &Model, done: usize) -> Result<Vec<&'static str>, String> {
        let home = tempfile::tempdir().expect("a directory for what is left");
        left.copy_to(home.path()).expect("there is room");
        let directory = home.path().join("data");
        let marks = MARKS.into_iter();
        let marks = marks.filter(|mark| directory.join(mark).exists()).collect();
        let options = StoreOptions {
            directory: directory.clone(),
            cache_bytes: 16 << 20,
            clock: Default::default(),
        };
        let store = Store::open(options).map_err(|error| error.to_string())?;
        let head = store.head();
        store.close();
        drop(store);
        let holders = files_with(home.path(), SECRET);
        let was_answered = self.begun + done >= self.answered;
        if head.position == self.head.unsigned_abs() + 1 {
            return holders
                .is_empty()
                .then_some(marks)
                .ok_or(format!("{holders:?} have it"));
        }
        let is_as_before = head.digest.to_string() == self.digest && !holders.is_empty();
        if was_answered || !is_as_before {
            return Err(format!(
                "{head:?}, in files {holders:?}, answered: {was_answered}"
            ));
        }
        Ok(marks)
    }
}

async fn redact_until_cut(disk: &mut impl Power, seed: u64) {
    let mut server = Server::start_in(&disk.path().join("data"), &[]).await;
    let before = fill(&server).await;
    let asked = tokio::spawn(redact(server.admin()));
    let millis = Random::new(seed).below(CUT_AFTER_MILLIS_MAX) as u64;
    sleep(Duration::from_millis(millis)).await;
    disk.cut();
    sleep(Duration::from_millis(20)).await;
    server.kill();
    let was_answered = asked.await.expect("it does not panic");
    disk.power_on();
    let started = server.try_start_again().await;
    started.unwrap_or_else(|refusal| panic!("seed {seed}: {refusal}"));

    let after = server.info().await;
    let left = secret_event(&server).await;
    if after.head_position == before.head_position {
        assert!(!was_answered, "seed {seed}: the redaction is lost");
        assert_eq!(after.head_digest, before.head_digest, "seed {seed}");
        assert_eq!(left.title, SECRET, "seed {seed}");
    } else {
        assert_eq!(after.head_position, before.head_position + 1, "seed {seed}");
        assert_eq!(left.state(), State::Redacted, "seed {seed}");
        let holders = files_with(&disk.path(), SECRET);
        assert!(holders.is_empty(), "seed {seed}: {holders:?}");
    }
}

/// Some events, of which one has the secret.
async fn fill(server: &Server) -> GetServerInfoResponse {
    let events = (0..EVENTS).map(|n| event(&format!("e-{n}")));
    server.publish_all(events).await;
    server.publish(event("secret").titled(SECRET)).await;
    let holders = files_with(&server.data_dir(), SECRET);
    assert!(!holders.is_empty(), "it would not be found");
    server.info().await
}

async fn redact(mut admin: AdminServiceClient<Channel>) -> bool {
    let request = RedactEventRequest {
        name: "events/secret".to_owned(),
        ..Default::default()
    };
    admin.redact_event(request).await.is_ok()
}

async fn secret_event(server: &Server) -> Event {
    let request = GetEventRequest {
        name: "events/secret".to_owned(),
        ..Default::default()
    };
    let answer = server.events().get_event(request).await;
    let event = answer.expect("it is there").into_inner().event;
    event.expect("an answer has an event")
}
