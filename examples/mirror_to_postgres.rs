//! Mirrors the log into PostgreSQL. The place in the log and the effect of each change are written
//! in one transaction, so that every change has its effect exactly once, whatever is killed:
//!
//! ```sh
//! DATABASE_URL=postgres://user@host/database \
//!   cargo run --example mirror_to_postgres -- http://127.0.0.1:50051 'party:JP'
//! ```
//!
//! Without DATABASE_URL it starts a PostgreSQL of its own, if there is one installed, and removes
//! it at the end (Ctrl-C): enough to see it work, of no use for keeps.

#[path = "support/postgres.rs"]
mod postgres;

use std::{env, error::Error, time::Duration};

use entente::client::{
    Change, Checkpoint, Client, DeliverError, Interruption, Sink, Start, WatchError, WatchOptions,
};
use entente::proto::v1::{ChangeType, Match};
use tokio::signal;
use tokio_postgres::{NoTls, Transaction};

use postgres::OwnPostgres;

const SCHEMA: &str = "
    create table if not exists entente_mirror (
        name text primary key,
        position bigint not null,
        title text not null,
        changes bigint not null default 1
    );
    create table if not exists entente_checkpoint (
        filter text primary key,
        token text not null,
        position bigint not null
    );
";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let Some(address) = arguments.next() else {
        return Err("usage: mirror_to_postgres http://HOST:PORT [FILTER]".into());
    };
    let filter = arguments.next().unwrap_or_default();
    // Kept until the end, which is its own.
    let mut own = None;
    let database = match env::var("DATABASE_URL") {
        Ok(url) => url,
        Err(_) => match OwnPostgres::start()? {
            Some(postgres) => own.insert(postgres).url(),
            None => {
                println!("skipped: set DATABASE_URL, or install PostgreSQL");
                return Ok(());
            }
        },
    };
    let mirror = Mirror::open(&database, &filter).await?;
    tokio::select! {
        mirrored = mirrored(Client::new(address)?, &filter, mirror) => mirrored,
        _ = signal::ctrl_c() => Ok(()),
    }
}

async fn mirrored(client: Client, filter: &str, mut mirror: Mirror) -> Result<(), Box<dyn Error>> {
    let options = WatchOptions::new(filter)
        .start(Start::Earliest)
        .heartbeat(Duration::from_secs(5))
        .label("mirror to postgres");
    loop {
        match client.deliver(options.clone(), &mut mirror).await {
            // The store has another history: what is mirrored may never have happened in it.
            Err(DeliverError::Watch(error @ WatchError::EpochChanged { .. })) => {
                eprintln!("{error}; beginning anew");
                mirror.clear().await?;
            }
            other => return Ok(other?),
        }
    }
}

/// The mirror of one filter.
struct Mirror {
    database: tokio_postgres::Client,
    filter: String,
    /// What the database holds, as far as we know.
    token: String,
}

/// Why the mirror cannot go on.
#[derive(Debug)]
enum MirrorError {
    Database(tokio_postgres::Error),
    /// Another program moved the checkpoint.
    Overtaken,
}

impl Mirror {
    async fn open(url: &str, filter: &str) -> Result<Mirror, tokio_postgres::Error> {
        let (database, connection) = tokio_postgres::connect(url, NoTls).await?;
        // It ends with an error when the database does, which every query tells too.
        tokio::spawn(connection);
        database.batch_execute(SCHEMA).await?;
        Ok(Mirror {
            database,
            filter: filter.to_owned(),
            token: String::new(),
        })
    }

    async fn clear(&mut self) -> Result<(), MirrorError> {
        let transaction = self.database.transaction().await?;
        transaction
            .execute("delete from entente_mirror", &[])
            .await?;
        let forgotten = "delete from entente_checkpoint where filter = $1";
        transaction.execute(forgotten, &[&self.filter]).await?;
        Ok(transaction.commit().await?)
    }

    /// Moves the checkpoint, unless it is no longer where this program left it.
    async fn save(
        transaction: &Transaction<'_>,
        (filter, token): (&str, &str),
        checkpoint: &Checkpoint,
    ) -> Result<(), MirrorError> {
        let moved = "update entente_checkpoint set token = $1, position = $2 \
                     where filter = $3 and token = $4";
        let (new, position) = (checkpoint.token(), checkpoint.position());
        match transaction
            .execute(moved, &[&new, &position, &filter, &token])
            .await?
        {
            1 => Ok(()),
            _ => Err(MirrorError::Overtaken),
        }
    }
}

impl Sink for Mirror {
    type Error = MirrorError;

    async fn load(&mut self) -> Result<Option<Checkpoint>, MirrorError> {
        let made = "insert into entente_checkpoint values ($1, '', 0) on conflict do nothing";
        self.database.execute(made, &[&self.filter]).await?;
        let stored = "select token, position from entente_checkpoint where filter = $1";
        let row = self.database.query_one(stored, &[&self.filter]).await?;
        self.token = row.get(0);
        let known = !self.token.is_empty();
        Ok(known.then(|| Checkpoint::new(self.token.clone(), row.get(1))))
    }

    async fn apply(&mut self, change: &Change) -> Result<(), MirrorError> {
        let transaction = self.database.transaction().await?;
        Mirror::save(
            &transaction,
            (&self.filter, &self.token),
            change.checkpoint(),
        )
        .await?;
        mirror(&transaction, change).await?;
        transaction.commit().await?;
        change.checkpoint().token().clone_into(&mut self.token);
        Ok(())
    }

    async fn advance(&mut self, checkpoint: &Checkpoint) -> Result<(), MirrorError> {
        let transaction = self.database.transaction().await?;
        Mirror::save(&transaction, (&self.filter, &self.token), checkpoint).await?;
        transaction.commit().await?;
        checkpoint.token().clone_into(&mut self.token);
        let counted = "select count(*), coalesce(sum(changes), 0)::bigint from entente_mirror";
        let row = self.database.query_one(counted, &[]).await?;
        let (rows, changes): (i64, i64) = (row.get(0), row.get(1));
        println!(
            "{rows} rows from {changes} changes at position {}",
            checkpoint.position()
        );
        Ok(())
    }

    fn interrupted(&mut self, interruption: &Interruption) {
        eprintln!("{interruption}");
    }
}

/// The effect of one change.
async fn mirror(transaction: &Transaction<'_>, change: &Change) -> Result<(), MirrorError> {
    let (name, position) = (change.name(), change.position());
    if change.crossing() == Match::Left || change.kind() == ChangeType::Redacted {
        transaction
            .execute("delete from entente_mirror where name = $1", &[&name])
            .await?;
        return Ok(());
    }
    let title = match (change.event(), change.partnership()) {
        (Some(event), _) => &event.title,
        (None, Some(partnership)) => &partnership.display_name,
        (None, None) => return Ok(()),
    };
    let written = "insert into entente_mirror (name, position, title) values ($1, $2, $3) \
                   on conflict (name) do update set position = $2, title = $3, \
                   changes = entente_mirror.changes + 1";
    transaction
        .execute(written, &[&name, &position, title])
        .await?;
    Ok(())
}

impl From<tokio_postgres::Error> for MirrorError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl std::fmt::Display for MirrorError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database(error) => write!(f, "the database failed: {error}"),
            Self::Overtaken => f.write_str("another program mirrors into this database"),
        }
    }
}

impl Error for MirrorError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Database(error) => Some(error),
            Self::Overtaken => None,
        }
    }
}
