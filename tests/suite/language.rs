//! The filter language as clients meet it: tokens, names, and guesses that lead to the right term.

use entente::proto::v1::{ListEventsRequest, ListPartnershipsRequest};
use tonic::Code;

use crate::{
    harness::{
        Build, Server, Watcher, assert_refused, earliest, event, partnership, position_of, resumed,
    },
    lists::{ids, list, matching},
};

/// Trial C10.
#[tokio::test]
async fn s51_a_watch_goes_on_with_its_filter_in_other_words() {
    let server = Server::start().await;
    let both = |id: &str| event(id).with_state("JP").with_state("US");
    server.publish_all(["a", "b"].map(both)).await;
    let filter = "party:JP AND (party:US OR kind = POLICY)";
    let mut first = server.watch(earliest(filter)).await;
    first.changes(1).await;
    let token = first.token().to_owned();
    server
        .publish_all([event("c").with_state("JP"), both("d")])
        .await;
    for same in [
        "(kind:policy OR party = us) AND party:jp AND party:JP",
        "NOT -(party:JP (party:US OR NOT NOT kind = KIND_POLICY)) -exercise=true",
    ] {
        let mut rest = server.watch(resumed(same, &token)).await;
        let (changes, _) = rest.until_caught_up().await;
        let positions: Vec<i64> = changes.iter().map(position_of).collect();
        assert_eq!(positions, [2, 4], "{same}");
    }
    let other = resumed("party:JP OR party:US", &token);
    let refused = Watcher::try_open(&server, other).await.err();
    let metadata = assert_refused(
        &refused.expect("another filter"),
        Code::InvalidArgument,
        "RESUME_TOKEN_FILTER_MISMATCH",
    );
    assert!(metadata["tokenFilter"].starts_with(filter), "{metadata:?}");
}

/// Trial C10.
#[tokio::test]
async fn s51_a_listing_goes_on_with_its_filter_in_other_words() {
    let server = Server::start().await;
    let states = |id: &str| event(id).with_state("JP").with_state("US");
    server.publish_all(["a", "b", "c"].map(states)).await;
    for id in ["p", "q"] {
        server.publish_partnership(partnership(id)).await;
    }
    let first = ListEventsRequest {
        page_size: 2,
        ..matching("party:JP AND kind = MEETING")
    };
    let page_token = list(&server, first.clone()).await.next_page_token;
    let next = |filter: &str| ListEventsRequest {
        page_token: page_token.clone(),
        filter: filter.to_owned(),
        ..first.clone()
    };
    let same = list(&server, next("kind:meeting AND (party = jp AND party:JP)")).await;
    assert_eq!(ids(&same), ["c"]);
    let other = server.events().list_events(next("kind = MEETING")).await;
    assert_refused(
        &other.expect_err("another filter"),
        Code::InvalidArgument,
        "PAGE_TOKEN_INVALID",
    );

    let page = |filter: &str, page_token: &str| ListPartnershipsRequest {
        page_size: 1,
        filter: filter.to_owned(),
        page_token: page_token.to_owned(),
        ..Default::default()
    };
    let first = page("text:name AND revision = 1", "");
    let first = server
        .partnerships()
        .list_partnerships(first)
        .await
        .expect("a page");
    let token = first.into_inner().next_page_token;
    let same = page("revision = 01 text = NAME", &token);
    let same = server
        .partnerships()
        .list_partnerships(same)
        .await
        .expect("the next page");
    assert_eq!(same.into_inner().partnerships[0].name, "partnerships/q");
}
