use prost::Message as _;
use tokio_postgres::{Client as Postgres, Statement};
use tonic::async_trait;

use super::{
    cluster::Cluster,
    readers::{Notified, Rows},
};
use crate::{
    Failure,
    proto::v1::{Event, Kind},
    system::{Client, Reader},
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
const INSERT_LISTED: &str = "INSERT INTO listed (kind, host, topics, date, event) \
                             VALUES ($1, $2, $3, $4, $5)";

pub struct Connection {
    cluster: Cluster,
    client: Postgres,
    insert: Statement,
    insert_many: Statement,
    announce: Statement,
    get: Statement,
    list: Statement,
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
            cluster,
            client,
        })
    }

    /// With the columns that are searched.
    async fn load_listed(&self, events: &[Event]) -> Result<(), Failure> {
        let insert = self.client.prepare(INSERT_LISTED).await?;
        self.client.batch_execute("BEGIN").await?;
        for event in events {
            let host = event
                .place
                .as_ref()
                .map_or("", |place| &*place.country_code);
            let date = event.date.as_ref().map_or("", |date| &*date.edtf);
            let encoded = event.encode_to_vec();
            self.client
                .execute(
                    &insert,
                    &[&event.kind, &host, &event.topics, &date, &encoded],
                )
                .await?;
        }
        self.client.batch_execute("COMMIT").await?;
        Ok(())
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

    async fn load(&self, _first: usize, events: Vec<Event>) -> Result<(), Failure> {
        self.load_listed(&events).await?;
        self.publish_batch(events).await
    }

    /// As the planner knows the tables only after somebody has looked at them.
    async fn loaded(&self) -> Result<(), Failure> {
        Ok(self.client.batch_execute("VACUUM ANALYZE").await?)
    }

    async fn replay(&self) -> Result<Box<dyn Reader>, Failure> {
        let (client, _) = self.cluster.connect().await?;
        Ok(Box::new(Rows::all(client).await?))
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
        rows.iter()
            .map(|row| Ok(Event::decode(row.try_get::<_, &[u8]>(0)?)?))
            .collect()
    }
}
