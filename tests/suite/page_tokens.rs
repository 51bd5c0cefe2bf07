//! Page tokens: of one request, of what there is, and for as long as the store is there.

use entente::proto::v1::{
    ListEventsRequest, ListEventsResponse, ListPartnershipsRequest, MergeEventsRequest, View,
};
use tonic::Code;

use crate::{
    harness::{Build as _, Server, assert_refused, event, partnership},
    lists::{ids, list, matching},
    redactions::redact,
};

#[tokio::test]
async fn a_page_token_is_of_one_request() {
    let server = Server::start().await;
    server
        .publish_all((0..5).map(|n| event(&format!("e-{n}"))))
        .await;
    let request = ListEventsRequest {
        page_size: 2,
        ..matching("")
    };
    let page_token = list(&server, request.clone()).await.next_page_token;
    let next = ListEventsRequest {
        page_token: page_token.clone(),
        ..request.clone()
    };
    list(
        &server,
        ListEventsRequest {
            page_size: 1,
            ..next.clone()
        },
    )
    .await;
    for other in [
        ListEventsRequest {
            filter: "kind = POLICY".into(),
            ..next.clone()
        },
        ListEventsRequest {
            order_by: "name desc".into(),
            ..next.clone()
        },
        ListEventsRequest {
            view: View::Full.into(),
            ..next.clone()
        },
        ListEventsRequest {
            as_of_position: 3,
            ..next.clone()
        },
        ListEventsRequest {
            page_token: "garbage".into(),
            ..request.clone()
        },
        ListEventsRequest {
            page_token: page_token[..page_token.len() - 1].into(),
            ..request
        },
    ] {
        let refused = server
            .events()
            .list_events(other)
            .await
            .expect_err("another request");
        assert_refused(&refused, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
    }
    let another = Server::start().await;
    let refused = another
        .events()
        .list_events(next)
        .await
        .expect_err("another store");
    assert_refused(&refused, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
}

/// A page token that names other positions, with the checksum that fits them.
fn forged(token: &str, position: u64, after: u64) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    parts.pop();
    let (position, after) = (position.to_string(), after.to_string());
    parts[3] = &position;
    parts[4] = &after;
    let body = parts.join(".");
    format!("{body}.{:08x}", crc32fast::hash(body.as_bytes()))
}

/// Positions of a listing and of the row before that no log of seven changes leads to.
const IMPOSSIBLE: [(u64, u64); 6] = [
    (7, 8),
    (3, 4),
    (7, 4_000_000_000),
    (8, 1),
    (u32::MAX as u64, 1),
    (u64::MAX, u64::MAX),
];

#[tokio::test]
async fn d12_a_page_token_that_names_what_is_not_there_is_refused() {
    let server = Server::start().await;
    server
        .publish_all((0..5).map(|n| event(&format!("e-{n}"))))
        .await;
    for id in ["p-0", "p-1"] {
        server.publish_partnership(partnership(id)).await;
    }
    for order_by in ["", "date desc", "name", "position"] {
        let request = ListEventsRequest {
            page_size: 2,
            order_by: order_by.into(),
            ..matching("")
        };
        let token = list(&server, request.clone()).await.next_page_token;
        for (position, after) in IMPOSSIBLE {
            let page_token = forged(&token, position, after);
            let request = ListEventsRequest {
                page_token,
                ..request.clone()
            };
            let refused = server.events().list_events(request).await;
            let refused = refused.expect_err("it is not there");
            assert_refused(&refused, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
        }
    }
    let request = ListPartnershipsRequest {
        page_size: 1,
        ..Default::default()
    };
    let mut partnerships = server.partnerships();
    let first = partnerships.list_partnerships(request.clone()).await;
    let token = first.expect("listed").into_inner().next_page_token;
    for (position, after) in IMPOSSIBLE {
        let request = ListPartnershipsRequest {
            page_token: forged(&token, position, after),
            ..request.clone()
        };
        let refused = partnerships.list_partnerships(request).await;
        let refused = refused.expect_err("it is not there");
        assert_refused(&refused, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
    }
}

#[tokio::test]
async fn a_page_token_outlives_the_process() {
    let mut server = Server::start().await;
    server
        .publish_all((0..5).map(|n| event(&format!("e-{n}"))))
        .await;
    let request = ListEventsRequest {
        page_size: 3,
        ..matching("")
    };
    let page_token = list(&server, request.clone()).await.next_page_token;
    server.kill_and_start_again().await;
    let rest = list(
        &server,
        ListEventsRequest {
            page_token,
            ..request
        },
    )
    .await;
    assert_eq!(ids(&rest), ["e-3", "e-4"]);
}

/// Trial A2: a redaction erases the date of the row that a page token goes on after.
#[tokio::test]
async fn s49_every_page_is_complete_whatever_happens_to_the_row_before_it() {
    let changes = ["redacted", "retracted", "merged", "moved", "kept"];
    for order_by in ["date", "date desc", "position desc", "name", "name desc"] {
        for change in changes {
            let server = Server::start().await;
            let dates = [
                "2024-01",
                "2024-01-05",
                "2024-02/2024-03",
                "2024-02-09",
                "2025",
            ];
            let dated = |n: usize| event(&format!("e-{n}")).on(dates[n % dates.len()]);
            let undated = (0..3).map(|n| event(&format!("u-{n}")));
            server.publish_all((0..9).map(dated).chain(undated)).await;
            server.publish(event("target")).await;
            let request = |page_size, page_token: String| ListEventsRequest {
                page_size,
                page_token,
                order_by: order_by.into(),
                ..Default::default()
            };
            let whole = list(&server, request(100, String::new())).await;
            let expected = names(&whole);
            let mut page = list(&server, request(3, String::new())).await;
            let mut seen = Vec::new();
            loop {
                assert!(page.events.len() <= 3);
                seen.extend(names(&page));
                if page.next_page_token.is_empty() {
                    break;
                }
                let last = page.events.last().expect("a page before the last has rows");
                if last.name != "events/target" {
                    happen(&server, &last.name, change).await;
                }
                page = list(&server, request(3, page.next_page_token)).await;
            }
            assert_eq!(seen, expected, "by {order_by}, {change}");
        }
    }
}

fn names(page: &ListEventsResponse) -> Vec<String> {
    page.events.iter().map(|event| event.name.clone()).collect()
}

async fn happen(server: &Server, name: &str, change: &str) {
    match change {
        "redacted" => drop(redact(server, name).await),
        "retracted" => drop(server.retract(name).await),
        "merged" => {
            let request = MergeEventsRequest {
                into: "events/target".into(),
                names: vec![name.into()],
                ..Default::default()
            };
            let merged = server.publisher().merge_events(request).await;
            merged.expect("both are active");
        }
        "moved" => {
            let id = name.strip_prefix("events/").expect("an event");
            drop(server.update(event(id).on("2026-01-01")).await);
        }
        _ => {}
    }
}
