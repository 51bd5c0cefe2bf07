//! D08: power cuts at every moment of a restore.

use std::path::Path;

use entente::{
    backup::{ExportSummary, check_files, restore},
    proto::v1::{
        CreateSubscriptionRequest, Subscription,
        subscription_service_client::SubscriptionServiceClient,
    },
    store::verify,
};

use crate::{
    harness::{Build, Random, Server, entente, event},
    power::Power,
    rounds::seeds,
    volatile::{Model, VolatileDisk, replay},
};

const CACHE_BYTES: u64 = 16 << 20;
/// In a directory that is not there yet, nor the one that it is in.
const STORE: &str = "of/the/store";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d08_a_restore_that_is_cut_leaves_a_whole_store_or_none() {
    let Some(mut disk) = VolatileDisk::new(1) else {
        return;
    };
    let home = tempfile::tempdir().expect("a directory for the backup");
    let file = home.path().join("entente.backup");
    let summary = back_up(&file).await;
    disk.begin_record();
    let directory = format!("--data-dir={}", disk.path().join(STORE).display());
    let arguments = ["backup", "restore", text(&file), &directory];
    let ended = entente(&arguments, "").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let operations = disk.take_record();
    for seed in seeds(2) {
        let mut random = Random::new(seed);
        replay(&operations, |done, model| {
            let left = model.after_cut(&mut random);
            let was_done = done == operations.len();
            if let Err(broken) = check(&left, &file, &summary, was_done) {
                panic!("D08: seed {seed}, after {done} operations: {broken}");
            }
        });
    }
    eprintln!("a cut after each of {} operations", operations.len());
    assert!(operations.len() > 20, "{}", operations.len());
}

/// Makes a backup of a little of everything.
async fn back_up(file: &Path) -> ExportSummary {
    let server = Server::start().await;
    server
        .publish_all((0..200).map(|n| event(&format!("e-{n}"))))
        .await;
    server.publish(event("heavy").heavy()).await;
    let request = CreateSubscriptionRequest {
        subscription: Some(Subscription::default()),
        subscription_id: "s".to_owned(),
        ..CreateSubscriptionRequest::default()
    };
    let created = SubscriptionServiceClient::new(server.channel())
        .create_subscription(request)
        .await;
    created.expect("a valid subscription");
    let address = format!("--server=http://{}", server.grpc_address());
    let ended = entente(&["backup", "create", text(file), &address], "").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    check_files(&[file.to_owned()])
        .expect("it is whole")
        .remove(0)
}

/// What a cut has left is a whole store, or nothing where it is to be, and the next attempt makes it.
fn check(left: &Model, file: &Path, summary: &ExportSummary, was_done: bool) -> Result<(), String> {
    let home = tempfile::tempdir().expect("a directory for what is left");
    left.copy_to(home.path()).expect("there is room");
    let directory = home.path().join(STORE);
    if !directory.exists() {
        if was_done {
            return Err("it was said to be done and is gone".to_owned());
        }
        let again = restore(&[file.to_owned()], &directory);
        return again.map(drop).map_err(|error| error.to_string());
    }
    let verified = verify(&directory, CACHE_BYTES, |_| ()).map_err(|error| error.to_string())?;
    let expected = (
        summary.head.position,
        summary.head.digest,
        summary.subscriptions,
    );
    let found = (
        verified.head.position,
        verified.head.digest,
        verified.subscriptions as u64,
    );
    if found != expected {
        return Err(format!("{found:?} instead of {expected:?}"));
    }
    Ok(())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("plain text")
}
