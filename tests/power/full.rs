//! D06: what a full disk does to a server, and what its end does.

use std::{fs::File, path::PathBuf, time::Duration};

use entente::proto::v1::{
    CreateEventRequest, Event, ListEventsRequest, publisher_service_client::PublisherServiceClient,
};
use rustix::{
    fs::{FallocateFlags, fallocate, statvfs},
    io::Errno,
};
use tokio::{sync::watch, task::JoinHandle, time::sleep};
use tonic::{Code, transport::Channel};

use crate::{
    disk::Disk,
    harness::{
        Random, Server, assert_refused, earliest, event, eventually, get, latest, position_of,
        retry_delay,
    },
    power::Power,
    rounds::seeds,
};

/// With what the store keeps free, room for little.
const MEBIBYTES: u64 = 160;
const WRITERS: usize = 6;
const FILLINGS: usize = 5;
/// Between two attempts of a writer that was refused.
const PAUSE: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d06_on_a_full_disk_writes_are_refused_and_go_on_when_there_is_room() {
    for seed in seeds(1) {
        let Some(disk) = Disk::new(MEBIBYTES) else {
            return;
        };
        let mut random = Random::new(seed);
        let mut server = Server::start_in(&disk.path().join("data"), &[]).await;
        let mut told = vec![server.publish(event("before")).await];
        for filling in 0..FILLINGS {
            let writers = Writers::on(&server, filling);
            sleep(Duration::from_millis(random.below(100) as u64)).await;
            let filler = fill(&disk);
            writers.are_refused().await;
            says_healthy(&server, 0).await;
            serves_reads(&server, &told).await;
            std::fs::remove_file(filler).expect("it was made");
            let refused_before = writers.written();
            eventually("writes to go on", async || {
                (writers.written() > refused_before + WRITERS).then_some(())
            })
            .await;
            told.extend(writers.ended().await);
        }
        // Also when nobody writes.
        for (fills, healthy) in [(true, 0), (false, 1)] {
            let filler = fills.then(|| fill(&disk));
            says_healthy(&server, healthy).await;
            serves_reads(&server, &told).await;
            filler
                .map_or(Ok(()), std::fs::remove_file)
                .expect("it was made");
        }
        has_exactly(&server, &mut told).await;
        server.kill_and_start_again().await;
        has_exactly(&server, &mut told).await;
    }
}

/// D16: what a full disk does to a server that is started on it (trial E2).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d16_e2_on_a_full_disk_a_server_starts_and_serves_reads() {
    let Some(disk) = Disk::new(MEBIBYTES) else {
        return;
    };
    let mut server = Server::start_in(&disk.path().join("data"), &[]).await;
    let events = (0..300).map(|n| event(&format!("e-{n}")));
    server.publish_all(events).await;
    let mut told = vec![server.publish(event("before")).await];
    for is_killed in [true, false] {
        let filler = fill(&disk);
        if is_killed {
            server.kill();
        } else {
            server.terminate();
            server.ended().await;
        }
        server.start_again().await;
        says_healthy(&server, 0).await;
        serves_reads(&server, &told).await;
        let request = CreateEventRequest {
            event: Some(event("refused")),
            ..CreateEventRequest::default()
        };
        let refused = server.publisher().create_event(request).await;
        assert_refused(
            &refused.expect_err("there is no room"),
            Code::ResourceExhausted,
            "STORE_FULL",
        );
        std::fs::remove_file(filler).expect("it was made");
        says_healthy(&server, 1).await;
        let name = format!("after-{is_killed}");
        told.push(server.publish(event(&name)).await);
    }
    server.kill_and_start_again().await;
    serves_reads(&server, &told).await;
}

/// Takes all room at once, whatever is being written at the time.
fn fill(disk: &Disk) -> PathBuf {
    let name = disk.path().join("filler");
    let file = File::create(&name).expect("there is room for a file");
    let mut begin = 0;
    let stat = statvfs(disk.path()).expect("a mounted disk");
    let mut len = stat.f_bavail * stat.f_frsize;
    while len >= 4_096 {
        match fallocate(&file, FallocateFlags::empty(), begin, len) {
            Ok(()) => begin += len,
            Err(Errno::NOSPC) => len /= 2,
            Err(error) => panic!("the disk cannot be filled: {error}"),
        }
    }
    name
}

/// Operators see whether writes are taken, and the server is ready for reads whether they are or not.
async fn says_healthy(server: &Server, healthy: u8) {
    let line = format!("\nentente_store_healthy {healthy}\n");
    eventually("the metrics to follow the disk", async || {
        let page = get(server.admin_address(), "/metrics").await;
        page.expect("metrics").body.contains(&line).then_some(())
    })
    .await;
    let ready = get(server.admin_address(), "/readyz").await;
    assert_eq!(ready.expect("a page").status, 200);
}

/// Reads and watches go on, from the beginning and live.
async fn serves_reads(server: &Server, told: &[Event]) {
    let request = ListEventsRequest {
        page_size: 1,
        ..ListEventsRequest::default()
    };
    let list = server.events().list_events(request).await;
    assert_eq!(list.expect("a list").into_inner().events.len(), 1);
    let (log, _) = server.watch(earliest("")).await.until_caught_up().await;
    assert!(log.len() >= told.len());
    server.watch(latest("")).await.until_caught_up().await;
}

/// What was answered is there, and nothing that was refused.
async fn has_exactly(server: &Server, told: &mut [Event]) {
    told.sort_by_key(|event| event.position);
    let (log, _) = server.watch(earliest("")).await.until_caught_up().await;
    let head = server.info().await.head_position;
    assert!(log.iter().map(position_of).eq(1..=head), "D03: dense");
    let logged = log.iter().filter_map(|change| change.event.as_ref());
    assert!(logged.eq(told.iter()), "D06: {head} of {}", told.len());
}

/// Writers that repeat what is refused until they are told to stop.
struct Writers {
    stop: watch::Sender<bool>,
    counts: watch::Receiver<Counts>,
    tasks: Vec<JoinHandle<Vec<Event>>>,
}

#[derive(Default)]
struct Counts {
    written: usize,
    refused: usize,
}

impl Writers {
    fn on(server: &Server, filling: usize) -> Writers {
        let stop = watch::Sender::new(false);
        let (count, counts) = watch::channel(Counts::default());
        let writer = |writer: usize| {
            let name = format!("f-{filling}-w-{writer}");
            let (stop, count) = (stop.subscribe(), count.clone());
            tokio::spawn(write(server.publisher(), name, stop, count))
        };
        Writers {
            tasks: (0..WRITERS).map(writer).collect(),
            stop,
            counts,
        }
    }

    fn written(&self) -> usize {
        self.counts.borrow().written
    }

    /// Waits until each has been refused about twice.
    async fn are_refused(&self) {
        let mut counts = self.counts.clone();
        let refused = counts.wait_for(|counts| counts.refused >= 2 * WRITERS);
        crate::harness::soon("writes to be refused", refused)
            .await
            .expect("somebody writes");
    }

    /// What they were told was written.
    async fn ended(self) -> Vec<Event> {
        self.stop.send_replace(true);
        let mut told = Vec::new();
        for task in self.tasks {
            told.extend(task.await.expect("writes are refused as they should"));
        }
        told
    }
}

async fn write(
    mut publisher: PublisherServiceClient<Channel>,
    name: String,
    stop: watch::Receiver<bool>,
    count: watch::Sender<Counts>,
) -> Vec<Event> {
    let mut told = Vec::new();
    while !*stop.borrow() {
        let request = CreateEventRequest {
            event: Some(event(&format!("{name}-{}", told.len()))),
            ..CreateEventRequest::default()
        };
        match publisher.create_event(request).await {
            Ok(answer) => {
                told.extend(answer.into_inner().event);
                count.send_modify(|count| count.written += 1);
            }
            Err(status) => {
                assert_refused(&status, Code::ResourceExhausted, "STORE_FULL");
                assert!(!retry_delay(&status).is_zero(), "{status:?}");
                count.send_modify(|count| count.refused += 1);
                sleep(PAUSE).await;
            }
        }
    }
    told
}
