use thiserror::Error;

use super::{Change, Checkpoint, Client, Interruption, Item, WatchError, WatchOptions};

/// A database that stores the effect of a change and the checkpoint in one transaction, so that each
/// change has its effect exactly once, whichever process is killed and whenever.
///
/// ```no_run
/// use entente::client::{Change, Checkpoint, Client, Sink, WatchOptions};
/// # struct Database;
/// # struct Transaction;
/// # impl Database {
/// #     async fn begin(&mut self) -> std::io::Result<Transaction> { Ok(Transaction) }
/// #     async fn checkpoint(&mut self) -> std::io::Result<Option<Checkpoint>> { Ok(None) }
/// # }
/// # impl Transaction {
/// #     async fn write(&mut self, _: &str) -> std::io::Result<()> { Ok(()) }
/// #     async fn write_checkpoint(&mut self, _: &Checkpoint) -> std::io::Result<()> { Ok(()) }
/// #     async fn commit(self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// impl Sink for Database {
///     type Error = std::io::Error;
///
///     async fn load(&mut self) -> Result<Option<Checkpoint>, Self::Error> {
///         self.checkpoint().await
///     }
///
///     async fn apply(&mut self, change: &Change) -> Result<(), Self::Error> {
///         let mut transaction = self.begin().await?;
///         transaction.write(change.name()).await?;
///         transaction.write_checkpoint(change.checkpoint()).await?;
///         transaction.commit().await
///     }
/// }
///
/// # async fn example(client: Client, mut database: Database)
/// # -> Result<(), Box<dyn std::error::Error>> {
/// client.deliver(WatchOptions::new("party:JP"), &mut database).await?;
/// # Ok(())
/// # }
/// ```
///
/// If two programs may fill one database, fence them: make the write of a checkpoint fail unless it
/// replaces the checkpoint that [`load`](Self::load) or the effect before returned.
pub trait Sink: Send {
    /// Why the database failed.
    type Error: Send;

    /// Loads the checkpoint that was stored with the last effect; `None` before the first one.
    fn load(&mut self) -> impl Future<Output = Result<Option<Checkpoint>, Self::Error>> + Send;

    /// Stores the effect of the change and its checkpoint, both or neither.
    fn apply(&mut self, change: &Change) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Reports that nothing more matched up to this checkpoint. It may be stored by itself; if it is
    /// not, a restart reads some of the log again.
    fn advance(
        &mut self,
        checkpoint: &Checkpoint,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = checkpoint;
        std::future::ready(Ok(()))
    }

    /// Reports that the stream was lost and that the watch resumes by itself, for example to log it.
    fn interrupted(&mut self, interruption: &Interruption) {
        let _ = interruption;
    }
}

/// Why delivery ended.
#[derive(Debug, Error)]
pub enum DeliverError<E> {
    /// The watch ended for good.
    #[error("{0}")]
    Watch(#[source] WatchError),
    /// The sink failed.
    #[error("the sink failed: {0}")]
    Sink(#[source] E),
}

pub(super) async fn deliver<S: Sink>(
    client: &Client,
    options: WatchOptions,
    sink: &mut S,
) -> Result<(), DeliverError<S::Error>> {
    let stored = sink.load().await.map_err(DeliverError::Sink)?;
    let mut watch = client.watch(options.resume(stored));
    while let Some(item) = watch.next().await.map_err(DeliverError::Watch)? {
        match item {
            Item::Change(change) => sink.apply(&change).await.map_err(DeliverError::Sink)?,
            Item::Reconnecting(interruption) => sink.interrupted(&interruption),
            Item::Progress(_) | Item::CaughtUp(_) => {
                if let Some(checkpoint) = watch.checkpoint() {
                    sink.advance(&checkpoint)
                        .await
                        .map_err(DeliverError::Sink)?;
                }
            }
            Item::Started(_) | Item::FellBehind(_) => {}
        }
    }
    Ok(())
}
