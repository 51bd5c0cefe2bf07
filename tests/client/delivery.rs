use entente::client::{Change, Checkpoint, DeliverError, Sink, Start, Stop, WatchOptions};

use crate::{
    client,
    harness::{Server, event, soon},
};

/// A database that stores effects and checkpoint together, and fails now and then.
#[derive(Default)]
struct Database {
    names: Vec<String>,
    checkpoint: Option<Checkpoint>,
    attempts: usize,
}

impl Sink for Database {
    type Error = String;

    async fn load(&mut self) -> Result<Option<Checkpoint>, String> {
        Ok(self.checkpoint.clone())
    }

    async fn apply(&mut self, change: &Change) -> Result<(), String> {
        self.attempts += 1;
        if self.attempts.is_multiple_of(4) {
            return Err("the disk is full".to_owned());
        }
        self.names.push(change.name().to_owned());
        self.checkpoint = Some(change.checkpoint().clone());
        Ok(())
    }

    async fn advance(&mut self, checkpoint: &Checkpoint) -> Result<(), String> {
        self.checkpoint = Some(checkpoint.clone());
        Ok(())
    }
}

#[tokio::test]
async fn each_change_has_its_effect_once_even_if_the_database_keeps_failing() {
    let mut server = Server::start().await;
    server
        .publish_all((0..20).map(|n| event(&format!("e-{n}"))))
        .await;
    let options = WatchOptions::new("")
        .start(Start::Snapshot)
        .stop(Stop::CaughtUp);
    let mut database = Database::default();
    let mut failures = 0;
    loop {
        let client = client(server.grpc_address());
        let delivered = client.deliver(options.clone(), &mut database);
        match soon("the delivery", delivered).await {
            Ok(()) => break,
            Err(DeliverError::Sink(_)) => failures += 1,
            Err(error @ DeliverError::Watch(_)) => panic!("{error}"),
        }
        if failures == 3 {
            server.kill_and_start_again().await;
        }
    }
    assert!(failures >= 5, "{failures}");
    let expected: Vec<_> = (0..20).map(|n| format!("events/e-{n}")).collect();
    assert_eq!(database.names, expected);
    // The stored checkpoint is at the head, so nothing comes again.
    let client = client(server.grpc_address());
    let again = client.deliver(options, &mut database);
    soon("the delivery", again).await.expect("nothing to do");
    assert_eq!(database.names.len(), 20);
}
