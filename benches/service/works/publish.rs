use std::{
    fs::File,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use entente::proto::v1::{CreateEventRequest, publisher_service_client::PublisherServiceClient};
use tonic::transport::Channel;

use super::load::{Until, calls};
use crate::{
    Failure,
    compare::{alternate, median},
    events::event,
    sides::Sides,
    table::Row,
};

const UNTIL: Until = Until {
    elapsed: Duration::from_millis(1_000),
    calls: 50_000,
};
/// As long as a small group of records.
const SYNCED_LEN: usize = 4_096;
const SYNCS: usize = 51;

/// Unary publishing, each answered once it is durable, by one client and by many.
pub async fn durable(sides: &Sides) -> Result<Vec<Row>, Failure> {
    let mut rows = vec![sync_alone(sides.directory())?];
    for (clients, aim) in [(1, None), (64, Some(0.5))] {
        let compared = alternate(sides, async |server, round| {
            let publish = move |channel, client, call| async move {
                let id = format!("published-{clients}-{round}-{client}-{call}");
                publish(channel, &id, client + call).await
            };
            calls(server, clients, UNTIL, publish).await
        });
        let work = format!("publish, {clients} at a time");
        rows.push(Row::of_rates(work, &compared.await?, aim));
    }
    Ok(rows)
}

/// Publishes the event with this number.
pub async fn publish(channel: Channel, id: &str, number: usize) -> Result<(), Failure> {
    let event = Some(event(id, number));
    let request = CreateEventRequest {
        event,
        ..CreateEventRequest::default()
    };
    PublisherServiceClient::new(channel)
        .create_event(request)
        .await?;
    Ok(())
}

/// What the disk takes to make a small append durable, which one client cannot be faster than.
fn sync_alone(directory: &Path) -> Result<Row, Failure> {
    let mut file = File::create(directory.join("synced"))?;
    let mut millis = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let begun = Instant::now();
        file.write_all(&[7; SYNCED_LEN])?;
        file.sync_data()?;
        millis.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let bare = format!("{:.3} ms", median(millis));
    Ok(Row {
        work: "append 4 KiB and fdatasync".to_owned(),
        bare,
        ..Row::default()
    })
}
