//! Tables that events are found by, made of the log.

use prost::Message as _;
use tokio_postgres::{Client, Row, types::ToSql};

use crate::{Failure, proto::v1::Event};

const PAGE: &str =
    "SELECT position, event FROM log WHERE position > $1 ORDER BY position LIMIT 1000";
const INSERT_LISTED: &str = "INSERT INTO listed \
    SELECT position, kind, host, string_to_array(topics, ' '), subkind, date, event \
    FROM unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[]) \
    AS rows (position, kind, host, topics, subkind, date, event)";
const INSERT_COUNTED: &str = "INSERT INTO counted SELECT * FROM unnest($1::text[], $2::int[])";

/// Fills them.
pub async fn fill(client: &Client) -> Result<(), Failure> {
    let mut last = 0_i64;
    loop {
        let mut page = Page::default();
        for row in client.query(PAGE, &[&last]).await? {
            last = row.try_get(0)?;
            page.add(&row)?;
        }
        if page.positions.is_empty() {
            return Ok(());
        }
        page.insert(client).await?;
    }
}

/// Columns, as one statement takes them.
#[derive(Default)]
struct Page {
    positions: Vec<i64>,
    kinds: Vec<i32>,
    hosts: Vec<String>,
    /// Those of an event in one text.
    topics: Vec<String>,
    subkinds: Vec<String>,
    dates: Vec<String>,
    events: Vec<Vec<u8>>,
    parties: Vec<String>,
    /// Of each of the parties.
    years: Vec<i32>,
}

impl Page {
    fn add(&mut self, row: &Row) -> Result<(), Failure> {
        let encoded: Vec<u8> = row.try_get(1)?;
        let event = Event::decode(encoded.as_slice())?;
        let date = event.date.unwrap_or_default().edtf;
        let year = date.get(..4).ok_or("a date has no year")?.parse()?;
        for party in event.parties {
            self.parties.push(party.country_code);
            self.years.push(year);
        }
        self.positions.push(row.try_get(0)?);
        self.kinds.push(event.kind);
        self.hosts
            .push(event.place.unwrap_or_default().country_code);
        self.topics.push(event.topics.join(" "));
        self.subkinds.push(event.subkind);
        self.dates.push(date);
        self.events.push(encoded);
        Ok(())
    }

    async fn insert(&self, client: &Client) -> Result<(), Failure> {
        let listed: [&(dyn ToSql + Sync); 7] = [
            &self.positions,
            &self.kinds,
            &self.hosts,
            &self.topics,
            &self.subkinds,
            &self.dates,
            &self.events,
        ];
        client.execute(INSERT_LISTED, &listed).await?;
        client
            .execute(INSERT_COUNTED, &[&self.parties, &self.years])
            .await?;
        Ok(())
    }
}
