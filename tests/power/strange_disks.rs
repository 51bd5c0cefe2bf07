//! File systems that are not as Unix has them, and data directories that are taken away.

use std::{
    fs::{self, File},
    path::Path,
    process::Command,
};

use entente::{
    proto::v1::RedactEventRequest,
    store::{Store, StoreOptions, verify},
};

use crate::{
    disk::unmount,
    harness::{Build as _, Server, event, eventually, files_with},
    power::{Power as _, skipped},
    volatile::VolatileDisk,
};

/// In no other text of a store.
const SECRET: &str = "Xylograph";

async fn redact(server: &Server, id: &str) {
    let request = RedactEventRequest {
        name: format!("events/{id}"),
        ..Default::default()
    };
    let answer = server.admin().redact_event(request).await;
    assert!(answer.is_ok(), "{id}: {answer:?}\n{}", server.log());
}

async fn is_erased(data: &Path) {
    eventually("the old log to go", async || {
        let is_left = data.join("sled.old").exists() || data.join("ERASURE-PENDING").exists();
        (!is_left).then_some(())
    })
    .await;
    let holders = files_with(data, SECRET);
    assert!(holders.is_empty(), "{holders:?}");
}

/// Trial A6, and E2 for the room that it does not tell.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a6_redactions_work_where_removed_files_that_are_open_get_another_name() {
    let Some(mut disk) = VolatileDisk::new(1) else {
        return;
    };
    disk.be_odd();
    let data = disk.path().join("data");
    let mut server = Server::start_in(&data, &[("ENTENTE_SCRUB_INTERVAL", "1s")]).await;
    server
        .publish_all((0..100).map(|n| event(&format!("e-{n}"))))
        .await;
    for n in 0..3 {
        server
            .publish(event(&format!("s-{n}")).titled(SECRET))
            .await;
    }
    redact(&server, "s-0").await;
    server.publish(event("after-0")).await;

    // Somebody looks at the log, for long.
    let looker = File::open(data.join("sled/db")).expect("the log");
    redact(&server, "s-1").await;
    server.publish(event("after-1")).await;
    assert!(data.join("sled.old").exists(), "it is held");
    redact(&server, "s-2").await;
    server.publish(event("after-2")).await;
    drop(looker);
    is_erased(&data).await;

    server.kill_and_start_again().await;
    server.publish(event("after-3")).await;
    is_erased(&data).await;

    // What such a file system leaves is no damage.
    server.terminate();
    server.ended().await;
    for left in [
        "sled.old/.nfs0001",
        "sled/.fuse_hidden0001",
        "sled/blobs/.nfs0002",
        ".nfs0003",
    ] {
        let left = data.join(left);
        let directory = left.parent().expect("a path has one");
        fs::create_dir_all(directory).expect("power");
        fs::write(&left, "left").expect("power");
    }
    server.start_again().await;
    server.publish(event("after-4")).await;
}

/// Trial E8.
#[test]
fn e8_a_directory_that_cannot_be_written_to_is_verified() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let (data, mounted) = (home.path().join("data"), home.path().join("mounted"));
    let options = StoreOptions {
        directory: data.clone(),
        cache_bytes: 16 << 20,
        clock: Default::default(),
    };
    Store::open(options).expect("an empty directory").close();
    fs::create_dir(&mounted).expect("our own directory");
    let mount = |arguments: &[&str]| {
        let status = Command::new("mount").args(arguments).arg(&mounted).status();
        status.and_then(|status| match status.success() {
            true => Ok(()),
            false => Err(std::io::Error::other("mount fails")),
        })
    };
    let data = data.to_string_lossy().into_owned();
    if skipped(mount(&["--bind", &data])).is_none() {
        return;
    }
    let verified = mount(&["-o", "remount,bind,ro"]).map(|()| verify(&mounted, 16 << 20, |_| ()));
    unmount(&mounted, &[]).expect("it is mounted");
    let verified = verified.expect("a mount can be made read-only");
    assert_eq!(verified.expect("a sound store").head.position, 0);
}
