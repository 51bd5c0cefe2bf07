//! What grows with the store, and what does not: the same questions over stores of several sizes, and
//! over one that ten gigabytes were written to.

use std::{fs, path::Path, time::Instant};

use entente::proto::v1::{
    GetEventRequest, ListEventsRequest, RedactEventRequest, SummarizeEventsRequest,
    admin_service_client::AdminServiceClient, event_service_client::EventServiceClient,
};
use tonic::transport::Channel;

use crate::{
    Failure, chart,
    client::{self, Watch},
    events::{LARGE_LEN, RARE, THREE_TERMS},
    measure::{Column, Measure},
    server::Server,
    sides::{load, load_large},
    table,
};

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
const LARGE_BYTES: usize = 10_000_000_000;
const QUESTIONS: usize = 500;
const GETS: [&str; 2] = ["get, median", "get, 99th percentile"];
const LISTS: [&str; 2] = ["list of 50 by three terms, median", "list, 99th percentile"];
const SUMMARIES: [&str; 2] = [
    "summary by party and year, median",
    "summary, 99th percentile",
];

/// Measures one store after the other and prints what they come to, a column each; draws it but for
/// the largest, whose events are others.
pub async fn by_size(file: Option<&Path>) -> Result<(), Failure> {
    let mut columns = Vec::new();
    for count in SIZES {
        let heading = format!("{count} events");
        columns.push(Column::told(count, heading, of_size(count).await?));
    }
    if let Some(file) = file {
        chart::draw(file, &columns)?;
    }
    let large = LARGE_BYTES / LARGE_LEN;
    let heading = format!("{large} of {} KB", LARGE_LEN / 1_000);
    columns.push(Column::told(large, heading, of_large(large).await?));
    table::print_columns(&columns);
    Ok(())
}

type Measures = Vec<Measure>;

const LOADING: &str = "durable events a second, 500 in a write";

async fn of_size(count: usize) -> Result<Measures, Failure> {
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let server = Server::entente(home.path()).await?;
    let begun = Instant::now();
    let payload = load(server.address, count).await?;
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    let mut measures = vec![
        Measure::new(LOADING, rate, 0, ""),
        mib("memory when loaded", server.resident_kib() * 1_024.0),
    ];
    let server = after_a_kill(server, home.path(), payload, &mut measures).await?;
    let channel = client::connect(server.address).await?;
    measures.extend(questions(&channel, count).await?);
    measures.extend(replays(&channel).await?);
    let redaction = redacted_in(&channel).await?;
    measures.push(Measure::new("a redaction", redaction, 2, "s"));
    Ok(measures)
}

async fn of_large(count: usize) -> Result<Measures, Failure> {
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let server = Server::entente(home.path()).await?;
    let begun = Instant::now();
    let payload = load_large(server.address, count).await?;
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    let mut measures = vec![
        Measure::new(LOADING, rate, 0, "(50)"),
        mib("memory when loaded", server.resident_kib() * 1_024.0),
    ];
    after_a_kill(server, home.path(), payload, &mut measures).await?;
    Ok(measures)
}

/// The files, and the starts over them: the first after a kill, and one more.
async fn after_a_kill(
    mut server: Server,
    home: &Path,
    payload: usize,
    measures: &mut Measures,
) -> Result<Server, Failure> {
    for what in ["start after kill -9", "start once more"] {
        server.kill();
        let files = size_of(home)? as f64;
        if what == "start after kill -9" {
            measures.push(mib("files", files));
            let share = files / payload as f64;
            measures.push(Measure::new("files, of the payload", share, 2, ""));
        }
        server = Server::entente(home).await?;
        measures.push(Measure::new(what, server.started_in.as_secs_f64(), 2, "s"));
    }
    measures.push(mib("memory after that", server.resident_kib() * 1_024.0));
    Ok(server)
}

async fn questions(channel: &Channel, count: usize) -> Result<Measures, Failure> {
    let events = EventServiceClient::new(channel.clone());
    let get = quantiles(GETS, async |number| {
        let request = GetEventRequest {
            name: format!("events/loaded-{}", number * 7_919 % count),
            ..Default::default()
        };
        events.clone().get_event(request).await.map(drop)
    });
    let get = get.await?;
    let list = quantiles(LISTS, async |_| {
        let request = ListEventsRequest {
            filter: THREE_TERMS.to_owned(),
            page_size: 50,
            ..Default::default()
        };
        events.clone().list_events(request).await.map(drop)
    });
    let list = list.await?;
    let summary = quantiles(SUMMARIES, async |_| {
        let request = SummarizeEventsRequest {
            group_by: vec!["party".to_owned(), "year".to_owned()],
            ..Default::default()
        };
        events.clone().summarize_events(request).await.map(drop)
    });
    Ok([get, list, summary.await?].concat())
}

/// The median and the 99th percentile.
async fn quantiles(
    names: [&'static str; 2],
    ask: impl AsyncFn(usize) -> Result<(), tonic::Status>,
) -> Result<Measures, Failure> {
    let mut millis = Vec::with_capacity(QUESTIONS);
    for number in 0..QUESTIONS {
        let begun = Instant::now();
        ask(number).await?;
        millis.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    millis.sort_by(f64::total_cmp);
    let at = |share: usize| millis[QUESTIONS * share / 100];
    let measure = |what, share| Measure::new(what, at(share), 2, "ms");
    Ok(vec![measure(names[0], 50), measure(names[1], 99)])
}

async fn replays(channel: &Channel) -> Result<Measures, Failure> {
    let mut measures = Vec::new();
    let mut full = 0.0;
    for (what, filter) in [("replay of all", ""), ("replay of one in a thousand", RARE)] {
        let begun = Instant::now();
        let mut watch = Watch::replay_where(channel.clone(), filter).await?;
        while watch.next_change().await?.is_some() {}
        let seconds = begun.elapsed().as_secs_f64();
        measures.push(Measure::new(what, seconds, 3, "s"));
        if filter.is_empty() {
            full = seconds;
        } else {
            let times = "times as fast as all of it";
            measures.push(Measure::new(times, full / seconds, 0, ""));
        }
    }
    Ok(measures)
}

async fn redacted_in(channel: &Channel) -> Result<f64, Failure> {
    let begun = Instant::now();
    let request = RedactEventRequest {
        name: "events/loaded-0".to_owned(),
        ..Default::default()
    };
    let mut admin = AdminServiceClient::new(channel.clone());
    let answer = admin.redact_event(request).await?.into_inner();
    if answer.erasure_pending {
        return Err("there was no room to write the log anew".into());
    }
    Ok(begun.elapsed().as_secs_f64())
}

fn size_of(directory: &Path) -> Result<u64, Failure> {
    let mut size = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        size += if metadata.is_dir() {
            size_of(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(size)
}

fn mib(what: &'static str, bytes: f64) -> Measure {
    Measure::new(what, bytes / f64::from(1 << 20), 0, "MiB")
}
