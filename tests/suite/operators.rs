//! S48: what operators see.

use std::collections::BTreeSet;

use entente::proto::v1::{
    Bottleneck, DisconnectWatchRequest, ListWatchesRequest, Watch, WatchEventsRequest,
};
use tonic::{Code, Status};

use crate::harness::{
    Server, Watcher, assert_invalid_fields, assert_refused, earliest, event, eventually, latest,
    name_of, partnership, resumed,
};

async fn watches(server: &Server) -> Vec<Watch> {
    let answer = server
        .admin()
        .list_watches(ListWatchesRequest::default())
        .await;
    answer.expect("a list").into_inner().watches
}

#[tokio::test]
async fn s48_every_open_watch_is_listed_with_what_it_does() {
    let server = Server::start().await;
    let request = WatchEventsRequest {
        client_label: "radar".into(),
        ..latest("party:JP")
    };
    let mut watcher = server.watch(request).await;
    watcher.until_caught_up().await;
    server.publish_all([event("a"), event("b")]).await;
    let watch = eventually("the watch at the head", async || {
        watches(&server)
            .await
            .into_iter()
            .find(|watch| watch.position == 2)
    })
    .await;
    assert_eq!(watch.name, watcher.started().watch);
    assert_eq!(watch.filter, watcher.started().normalized_filter);
    assert_eq!(
        (watch.client_label.as_str(), watch.principal.as_str()),
        ("radar", "anonymous")
    );
    assert!(
        watch.peer.starts_with("127.0.0.1:") && watch.user_agent.contains("tonic"),
        "{watch:?}"
    );
    assert_eq!(
        (watch.lag_changes, watch.sent_changes, watch.live),
        (0, 0, true)
    );
    assert_eq!(watch.bottleneck(), Bottleneck::None);
    assert!(watch.sent_bytes > 0 && watch.start_time.is_some() && watch.last_write_time.is_some());
    drop(watcher);
    eventually("the watch to be gone", async || {
        watches(&server).await.is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn s48_a_client_that_does_not_read_is_told_from_one_that_does() {
    let server = Server::start().await;
    let stalled = Watcher::open_narrow(&server, latest("")).await;
    let mut reading = server.watch(latest("")).await;
    for batch in 0..4 {
        server
            .publish_all((0..600).map(|n| event(&format!("e-{batch}-{n}"))))
            .await;
        reading.changes(600).await;
    }
    let behind = eventually("the one that is behind", async || {
        let watches = watches(&server).await;
        let of = |name: &str| watches.iter().find(|watch| watch.name == name).cloned();
        let (stalled, reading) = (of(&stalled.started().watch)?, of(&reading.started().watch)?);
        (reading.lag_changes == 0 && reading.sent_changes == 2_400).then_some(stalled)
    })
    .await;
    assert!(
        behind.lag_changes > 0 && behind.position < 2_400,
        "{behind:?}"
    );
    assert_eq!(behind.lag_changes, 2_400 - behind.position);
    assert_eq!(behind.bottleneck(), Bottleneck::Client);
    assert!(
        behind
            .lag
            .is_some_and(|lag| lag.seconds > 0 || lag.nanos > 0),
        "{behind:?}"
    );
}

#[tokio::test]
async fn watches_are_listed_page_by_page_oldest_first() {
    let server = Server::start().await;
    let mut open = Vec::new();
    for _ in 0..7 {
        open.push(server.watch(earliest("")).await);
    }
    let mut request = ListWatchesRequest {
        page_size: 3,
        ..Default::default()
    };
    let mut names = Vec::new();
    loop {
        let page = server
            .admin()
            .list_watches(request.clone())
            .await
            .expect("a page")
            .into_inner();
        names.extend(page.watches.into_iter().map(|watch| watch.name));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let opened: Vec<String> = open
        .iter()
        .map(|watcher| watcher.started().watch.clone())
        .collect();
    assert_eq!(names, opened);
    let request = ListWatchesRequest {
        page_token: "garbage".into(),
        ..Default::default()
    };
    let refused = server
        .admin()
        .list_watches(request)
        .await
        .expect_err("no token");
    assert_refused(&refused, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
}

#[tokio::test]
async fn server_info_tells_what_is_running_and_its_limits() {
    let mut server = Server::start_with(&["--watches-max=77"]).await;
    let empty = server.info().await;
    assert_eq!(
        (empty.head_position, empty.head_time, empty.oldest_position),
        (0, None, 1)
    );
    assert_eq!(empty.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(empty.limits["watches"], "77");
    for limit in [
        "batch_create_events",
        "page_size",
        "filter_characters",
        "event_bytes",
    ] {
        assert!(
            empty.limits[limit]
                .parse::<u64>()
                .is_ok_and(|limit| limit > 0),
            "{limit}"
        );
    }
    assert!(!empty.capabilities.is_empty());
    server.publish_partnership(partnership("p")).await;
    server.publish_all([event("a"), event("b")]).await;
    let last = server.retract("events/a").await;
    let info = server.info().await;
    assert_eq!(
        (info.head_position, info.active_events, info.partnerships),
        (4, 1, 1)
    );
    assert_eq!(info.head_time, last.update_time);
    server.kill_and_start_again().await;
    let again = server.info().await;
    assert_eq!(
        (again.head_digest, again.store_epoch),
        (info.head_digest, info.store_epoch)
    );
}

#[tokio::test]
async fn digests_differ_as_soon_as_the_logs_do() {
    let (one, other) = tokio::join!(Server::start(), Server::start());
    one.publish(event("a")).await;
    other.publish(event("b")).await;
    let mut digests =
        BTreeSet::from([one.info().await.head_digest, other.info().await.head_digest]);
    one.publish(event("c")).await;
    digests.insert(one.info().await.head_digest);
    assert_eq!(digests.len(), 3);
}

async fn disconnect(server: &Server, name: &str) -> Result<(), Status> {
    let request = DisconnectWatchRequest { name: name.into() };
    server.admin().disconnect_watch(request).await.map(drop)
}

#[tokio::test]
async fn a_watch_that_an_operator_ends_goes_on_from_its_token() {
    let server = Server::start().await;
    let mut watcher = server.watch(latest("")).await;
    watcher.until_caught_up().await;
    server.publish(event("before")).await;
    watcher.change().await;
    disconnect(&server, &watcher.started().watch)
        .await
        .expect("it is open");
    // Its reason and status are checked against the rules of all streams.
    let (frames, end) = watcher.into_end().await;
    let ending = frames.last().expect("an ending");
    assert_refused(
        &end.expect_err("not planned"),
        Code::Unavailable,
        "DISCONNECTED_BY_ADMIN",
    );
    assert!(watches(&server).await.is_empty());
    server.publish(event("after")).await;
    let mut again = server.watch(resumed("", &ending.resume_token)).await;
    assert_eq!(name_of(&again.change().await), "events/after");
}

#[tokio::test]
async fn a_watch_whose_client_does_not_read_is_gone_when_an_operator_ends_it() {
    let server = Server::start().await;
    let mut stalled = Watcher::open_narrow(&server, latest("")).await;
    stalled.until_caught_up().await;
    for batch in 0..4 {
        let events = (0..1_000).map(|n| event(&format!("e-{batch}-{n}")));
        server.publish_all(events).await;
    }
    eventually("its window to be full", async || {
        disconnect(&server, &stalled.started().watch).await.ok()?;
        watches(&server).await.is_empty().then_some(())
    })
    .await;
    let (_, end) = stalled.into_end().await;
    assert_refused(
        &end.expect_err("not planned"),
        Code::Unavailable,
        "DISCONNECTED_BY_ADMIN",
    );
}

#[tokio::test]
async fn a_name_from_before_a_restart_ends_no_watch() {
    let mut server = Server::start().await;
    let before = server.watch(earliest("")).await.started().watch.clone();
    server.kill_and_start_again().await;
    let watcher = server.watch(earliest("")).await;
    assert_ne!(watcher.started().watch, before);
    let refused = disconnect(&server, &before).await.expect_err("it is over");
    assert_refused(&refused, Code::NotFound, "WATCH_NOT_FOUND");
    assert_eq!(watches(&server).await.len(), 1);
}

#[tokio::test]
async fn a_watch_that_is_not_open_cannot_be_ended() {
    let server = Server::start().await;
    for name in ["watches/7", "watches/00000000-7"] {
        let refused = disconnect(&server, name).await.expect_err(name);
        let metadata = assert_refused(&refused, Code::NotFound, "WATCH_NOT_FOUND");
        assert_eq!(metadata["name"], name);
    }
    for name in ["7", ""] {
        let refused = disconnect(&server, name).await.expect_err(name);
        assert_invalid_fields(&refused, &["name"]);
    }
}
