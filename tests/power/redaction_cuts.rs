//! S45: power cuts while an event is redacted and the log is written anew.

use std::{path::PathBuf, time::Duration};

use entente::proto::v1::{Event, GetEventRequest, RedactEventRequest, State};
use tokio::time::sleep;

use crate::{
    disk::Disk,
    harness::{Build as _, Random, Server, event, files_with},
    power::Power,
    rounds::seeds,
    volatile::VolatileDisk,
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
async fn s45_so_is_one_of_which_the_disk_keeps_any_part() {
    for seed in seeds(4) {
        let Some(mut disk) = VolatileDisk::new(seed) else {
            return;
        };
        redact_until_cut(&mut disk, seed).await;
    }
}

async fn redact_until_cut(disk: &mut impl Power, seed: u64) {
    let mut server = Server::start_in(&disk.path().join("data"), &[]).await;
    let events = (0..EVENTS).map(|n| event(&format!("e-{n}")));
    server.publish_all(events).await;
    server.publish(event("secret").titled(SECRET)).await;
    assert!(!files_with(&disk.path(), SECRET).is_empty());
    let before = server.info().await;

    let mut admin = server.admin();
    let asked = tokio::spawn(async move {
        let request = RedactEventRequest {
            name: "events/secret".to_owned(),
            ..Default::default()
        };
        admin.redact_event(request).await.is_ok()
    });
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
        let files = files_with(&disk.path(), SECRET);
        assert_eq!(files, [PathBuf::new(); 0], "seed {seed}");
    }
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
