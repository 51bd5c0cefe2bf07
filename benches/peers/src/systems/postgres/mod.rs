//! PostgreSQL with its defaults, which sync before they answer. An event is a row.

mod cluster;
mod connection;
mod readers;
mod terms;

use std::{path::Path, sync::Arc};

use tonic::async_trait;

use self::{cluster::Cluster, connection::Connection};
use crate::{
    Failure,
    process::Process,
    system::{Client, System},
};

/// Enough for clients that do one thing at a time, which others let share a connection.
const CONNECTIONS_MAX: usize = 400;

pub struct Postgres(Cluster);

impl Postgres {
    pub async fn start(home: &Path) -> Result<Postgres, Failure> {
        let cluster = Cluster::start(home, CONNECTIONS_MAX).await?;
        let (client, _) = cluster.connect().await?;
        client.batch_execute(include_str!("schema.sql")).await?;
        Ok(Postgres(cluster))
    }
}

#[async_trait]
impl System for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn process(&self) -> &Process {
        self.0.process()
    }

    fn data(&self) -> Option<&Path> {
        Some(self.0.data())
    }

    /// A connection does one transaction at a time.
    fn connection_clients(&self) -> usize {
        1
    }

    /// A watcher needs a connection of its own, which is a process of the server.
    fn watchers_max(&self) -> usize {
        CONNECTIONS_MAX / 2
    }

    fn has_lists(&self) -> bool {
        true
    }

    fn has_indexes(&self) -> bool {
        true
    }

    async fn connect(&self) -> Result<Arc<dyn Client>, Failure> {
        Ok(Arc::new(Connection::new(self.0.clone()).await?))
    }
}
