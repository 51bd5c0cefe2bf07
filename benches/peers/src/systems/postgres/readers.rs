use std::pin::Pin;

use futures_util::TryStreamExt as _;
use prost::Message as _;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_postgres::{Client, RowStream, Statement};
use tonic::async_trait;

use crate::{Failure, proto::v1::Event, system::Reader};

const ALL: &str = "SELECT event FROM log ORDER BY position";
const NAMED: &str = "SELECT event FROM log WHERE name = ANY($1) ORDER BY position";

/// All rows, by one query whose answer is read as it comes.
pub struct Rows {
    rows: Pin<Box<RowStream>>,
    // The connection ends with it.
    _client: Client,
}

impl Rows {
    pub async fn all(client: Client) -> Result<Rows, Failure> {
        let none: [&str; 0] = [];
        Ok(Rows {
            rows: Box::pin(client.query_raw(ALL, none).await?),
            _client: client,
        })
    }
}

#[async_trait]
impl Reader for Rows {
    async fn next(&mut self) -> Result<Vec<Event>, Failure> {
        match self.rows.try_next().await? {
            Some(row) => Ok(vec![Event::decode(row.try_get::<_, &[u8]>(0)?)?]),
            None => Ok(Vec::new()),
        }
    }
}

/// Notifications have the names of events, which are then read.
pub struct Notified {
    client: Client,
    notifications: UnboundedReceiver<String>,
    named: Statement,
}

impl Notified {
    pub async fn listen(
        client: Client,
        notifications: UnboundedReceiver<String>,
    ) -> Result<Notified, Failure> {
        let named = client.prepare(NAMED).await?;
        client.batch_execute("LISTEN events").await?;
        Ok(Notified {
            client,
            notifications,
            named,
        })
    }
}

#[async_trait]
impl Reader for Notified {
    async fn next(&mut self) -> Result<Vec<Event>, Failure> {
        let mut names = Vec::new();
        if let Some(name) = self.notifications.recv().await {
            names.push(name);
        }
        // What has come meanwhile is read with it.
        while let Ok(name) = self.notifications.try_recv() {
            names.push(name);
        }
        let rows = self.client.query(&self.named, &[&names]).await?;
        rows.iter()
            .map(|row| Ok(Event::decode(row.try_get::<_, &[u8]>(0)?)?))
            .collect()
    }
}
