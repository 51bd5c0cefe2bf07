use prost::Message as _;
use tokio_postgres::{Client as Postgres, Row, Statement};
use tonic::async_trait;

use super::{
    cluster::Cluster,
    readers::{Notified, Rows},
    terms,
};
use crate::{
    Failure,
    proto::v1::{Event, Kind},
    system::{Client, Reader, Summary},
};

const INSERT: &str = "INSERT INTO log (name, event) VALUES ($1, $2)";
const INSERT_MANY: &str =
    "INSERT INTO log (name, event) SELECT * FROM unnest($1::text[], $2::bytea[])";
/// One statement, so that one round trip and one transaction do both.
const ANNOUNCE: &str = "WITH inserted AS (INSERT INTO log (name, event) VALUES ($1, $2) \
                        RETURNING name) SELECT pg_notify('events', name) FROM inserted";
const GET: &str = "SELECT event FROM log WHERE name = $1";
/// The terms of `THREE_TERMS`.
const LIST: &str = "SELECT event FROM listed \
                    WHERE kind = $1 AND host = $2 AND topics @> ARRAY[$3::text] \
                    ORDER BY date DESC, position DESC LIMIT $4";
/// The term of `RARE`.
const RARE: &str = "SELECT event FROM listed WHERE subkind = 'rare' ORDER BY position";
const SUMMARIZE: &str = "SELECT party, year, count(*) FROM counted GROUP BY party, year \
                         ORDER BY count(*) DESC, party, year";

pub struct Connection {
    cluster: Cluster,
    client: Postgres,
    insert: Statement,
    insert_many: Statement,
    announce: Statement,
    get: Statement,
    list: Statement,
    rare: Statement,
    summarize: Statement,
}

impl Connection {
    pub async fn new(cluster: Cluster) -> Result<Connection, Failure> {
        let (client, _) = cluster.connect().await?;
        Ok(Connection {
            insert: client.prepare(INSERT).await?,
            insert_many: client.prepare(INSERT_MANY).await?,
            announce: client.prepare(ANNOUNCE).await?,
            get: client.prepare(GET).await?,
            list: client.prepare(LIST).await?,
            rare: client.prepare(RARE).await?,
            summarize: client.prepare(SUMMARIZE).await?,
            cluster,
            client,
        })
    }
}

#[async_trait]
impl Client for Connection {
    async fn publish(&self, event: Event) -> Result<(), Failure> {
        let encoded = event.encode_to_vec();
        self.client
            .execute(&self.insert, &[&event.name, &encoded])
            .await?;
        Ok(())
    }

    async fn announce(&self, event: Event) -> Result<(), Failure> {
        let encoded = event.encode_to_vec();
        self.client
            .execute(&self.announce, &[&event.name, &encoded])
            .await?;
        Ok(())
    }

    async fn publish_batch(&self, events: Vec<Event>) -> Result<(), Failure> {
        let encoded: Vec<Vec<u8>> = events.iter().map(|event| event.encode_to_vec()).collect();
        let names: Vec<String> = events.into_iter().map(|event| event.name).collect();
        self.client
            .execute(&self.insert_many, &[&names, &encoded])
            .await?;
        Ok(())
    }

    async fn loaded(&self) -> Result<(), Failure> {
        terms::fill(&self.client).await?;
        // The planner knows tables only after somebody has looked at them.
        Ok(self.client.batch_execute("VACUUM ANALYZE").await?)
    }

    async fn replay(&self) -> Result<Box<dyn Reader>, Failure> {
        let (client, _) = self.cluster.connect().await?;
        Ok(Box::new(Rows::all(client).await?))
    }

    async fn replay_rare(&self) -> Result<Vec<Event>, Failure> {
        decoded(&self.client.query(&self.rare, &[]).await?)
    }

    async fn watch(&self) -> Result<Box<dyn Reader>, Failure> {
        let (client, notifications) = self.cluster.connect().await?;
        Ok(Box::new(Notified::listen(client, notifications).await?))
    }

    async fn get(&self, number: usize) -> Result<Event, Failure> {
        let name = format!("events/loaded-{number}");
        let row = self.client.query_one(&self.get, &[&name]).await?;
        Ok(Event::decode(row.try_get::<_, &[u8]>(0)?)?)
    }

    async fn list(&self, len: usize) -> Result<Vec<Event>, Failure> {
        let (kind, len) = (i32::from(Kind::Meeting), i64::try_from(len)?);
        let rows = self
            .client
            .query(&self.list, &[&kind, &"JP", &"6g", &len])
            .await?;
        decoded(&rows)
    }

    async fn summarize(&self) -> Result<Summary, Failure> {
        let rows = self.client.query(&self.summarize, &[]).await?;
        let group = |row: &Row| {
            let year: i32 = row.try_get(1)?;
            Ok(((row.try_get(0)?, year.to_string()), row.try_get(2)?))
        };
        rows.iter().map(group).collect()
    }
}

fn decoded(rows: &[Row]) -> Result<Vec<Event>, Failure> {
    rows.iter()
        .map(|row| Ok(Event::decode(row.try_get::<_, &[u8]>(0)?)?))
        .collect()
}
