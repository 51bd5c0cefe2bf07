//! The client library, against real servers that are killed, and against one that misbehaves.

// Shared with the other suites, of which each uses a part.
#[allow(dead_code, unused_imports)]
#[path = "harness/mod.rs"]
mod harness;

#[path = "client/delivery.rs"]
mod delivery;
#[path = "client/fake.rs"]
mod fake;
#[path = "client/faults.rs"]
mod faults;
#[path = "client/following.rs"]
mod following;
#[path = "client/refusals.rs"]
mod refusals;
#[path = "client/slowness.rs"]
mod slowness;

use std::net::SocketAddr;

use entente::client::{Change, Client, Item, Watch};

fn client(address: SocketAddr) -> Client {
    Client::new(format!("http://{address}")).expect("an address")
}

/// The next item, which comes before anybody loses patience.
async fn item(watch: &mut Watch) -> Item {
    let item = harness::soon("an item", watch.next())
        .await
        .expect("the watch goes on");
    item.expect("the watch has no end")
}

/// The next change; skips everything else.
async fn change(watch: &mut Watch) -> Change {
    let change = harness::soon("a change", watch.next_change())
        .await
        .expect("the watch goes on");
    change.expect("the watch has no end")
}

/// The names of the next so many changes, without `events/`.
async fn names(watch: &mut Watch, count: usize) -> Vec<String> {
    let mut names = Vec::with_capacity(count);
    while names.len() < count {
        names.push(change(watch).await.name().replace("events/", ""));
    }
    names
}
