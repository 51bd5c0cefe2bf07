use std::time::Duration;

use entente::client::{Checkpoint, Choice, Client, Start, Watch, WatchError, WatchOptions};

use crate::{
    change, client,
    harness::{Build, Server, event, soon},
    names,
};

/// Returns the error of a refused watch, and checks that nothing follows it.
async fn refusal(mut watch: Watch) -> WatchError {
    let error = loop {
        match soon("a refusal", watch.next()).await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it ended without an error"),
            Err(error) => break error,
        }
    };
    assert!(matches!(watch.next().await, Ok(None)));
    error
}

/// Publishes an event as `id` and returns the checkpoint of the change.
async fn checkpoint(server: &Server, client: &Client, id: &str) -> Checkpoint {
    server
        .publish(event(id).with_topic("chips").with_topic("cables"))
        .await;
    let mut watch = client.watch(WatchOptions::new("topic:chips").start(Start::Earliest));
    change(&mut watch).await.checkpoint().clone()
}

#[tokio::test]
async fn a_token_of_another_filter_is_refused_with_choices_that_work() {
    let server = Server::start().await;
    let client = client(server.grpc_address());
    let stored = checkpoint(&server, &client, "a").await;
    server
        .publish(event("b").with_topic("chips").with_topic("cables"))
        .await;
    let options = WatchOptions::new("topic:cables").resume(Some(stored));
    let error = refusal(client.watch(options.clone())).await;
    match &error {
        WatchError::FilterMismatch {
            token_filter,
            request_filter,
            position,
            ..
        } => {
            assert!(token_filter.contains("chips"), "{token_filter}");
            assert!(request_filter.contains("cables"), "{request_filter}");
            assert_eq!(*position, 1);
        }
        other => panic!("{other:?}"),
    }
    let choices = error.choices();
    assert_eq!(choices.len(), 3, "{choices:?}");
    for (choice, expected) in choices.into_iter().zip([&["b"][..], &["b"], &["a", "b"]]) {
        let mut watch = client.watch(options.clone().choose(choice.clone()));
        assert_eq!(
            names(&mut watch, expected.len()).await,
            expected,
            "{choice:?}"
        );
    }
}

#[tokio::test]
async fn a_store_with_another_history_is_reported_and_restarted_only_by_choice() {
    let (server, other) = tokio::join!(Server::start(), Server::start());
    let stored = checkpoint(&server, &client(server.grpc_address()), "a").await;
    other.publish(event("elsewhere").with_topic("chips")).await;
    let client = client(other.grpc_address());
    let options = WatchOptions::new("topic:chips").resume(Some(stored));
    let error = refusal(client.watch(options.clone())).await;
    match &error {
        WatchError::EpochChanged {
            token_epoch,
            store_epoch,
            head_position: 1,
            ..
        } => {
            assert_ne!(token_epoch, store_epoch);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(error.choices(), [Choice::Snapshot]);
    let mut watch = client.watch(options.choose(Choice::Snapshot));
    assert_eq!(names(&mut watch, 1).await, ["elsewhere"]);
}

#[tokio::test]
async fn impossible_positions_and_tokens_are_distinguished() {
    let server = Server::start().await;
    let client = client(server.grpc_address());
    let future = client.watch(WatchOptions::new("").start(Start::After(9)));
    match refusal(future).await {
        WatchError::PositionInFuture {
            requested_position: 9,
            head_position: 0,
            ..
        } => {}
        other => panic!("{other:?}"),
    }
    let garbage = client.watch(WatchOptions::new("").resume(Some("garbage".into())));
    match refusal(garbage).await {
        WatchError::TokenInvalid { .. } => {}
        other => panic!("{other:?}"),
    }
    match refusal(client.watch(WatchOptions::new("partey:JP"))).await {
        error @ WatchError::Refused { .. } => {
            assert!(error.to_string().contains("party"), "{error}");
            assert_eq!(error.choices(), []);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_watch_gives_up_after_the_time_that_was_set() {
    let nobody = Client::new("http://127.0.0.1:1").expect("an address");
    match refusal(nobody.watch(WatchOptions::new("").must_start())).await {
        error @ WatchError::NotStarted { .. } => assert!(error.status().is_some(), "{error}"),
        other => panic!("{other:?}"),
    }
    let patience = Duration::from_secs(1);
    match refusal(nobody.watch(WatchOptions::new("").give_up_after(patience))).await {
        WatchError::GaveUp { failing, .. } => assert!(failing >= patience, "{failing:?}"),
        other => panic!("{other:?}"),
    }
}
