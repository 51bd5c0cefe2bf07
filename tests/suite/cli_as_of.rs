//! Trial D3: what was known at a time, asked of every read, in the API and on the command line.

use entente::proto::v1::{
    BatchGetEventsRequest, Event, GetEventRequest, GetPartnershipRequest, ListPartnershipsRequest,
    Partnership, SummarizeEventsRequest, UpdatePartnershipRequest,
};
use prost_types::Timestamp;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::harness::{Server, assert_refused, entente, event, partnership};

/// An event and a partnership with two revisions each, and when each revision was committed.
struct Past {
    server: Server,
    partnership: [Timestamp; 2],
    event: [Timestamp; 2],
}

async fn past() -> Past {
    let server = Server::start().await;
    let first = server.publish_partnership(partnership("pact")).await;
    let request = UpdatePartnershipRequest {
        partnership: Some(Partnership {
            name: first.name.clone(),
            display_name: "Renamed".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let second = server.partnerships().update_partnership(request).await;
    let second = second.expect("it is there").into_inner().partnership;
    let created = server.publish(event("a")).await;
    let updated = server
        .update(Event {
            name: created.name.clone(),
            title: "Corrected".to_owned(),
            ..Default::default()
        })
        .await;
    let time = |time: Option<Timestamp>| time.expect("a time");
    Past {
        server,
        partnership: [
            time(first.update_time),
            time(second.expect("the new revision").update_time),
        ],
        event: [time(created.update_time), time(updated.update_time)],
    }
}

fn before(time: Timestamp) -> Timestamp {
    Timestamp {
        seconds: time.seconds - 1,
        ..time
    }
}

#[tokio::test]
async fn d3_every_read_is_made_as_of_a_time() {
    let Past {
        server,
        partnership,
        event,
    } = past().await;
    for (nth, time) in event.into_iter().enumerate() {
        let request = GetEventRequest {
            name: "events/a".to_owned(),
            as_of_time: Some(time),
            ..Default::default()
        };
        let read = server.events().get_event(request).await;
        let read = read.expect("known by then").into_inner().event;
        assert_eq!(read.map(|it| it.revision), Some(nth as i32 + 1));
        let request = BatchGetEventsRequest {
            names: vec!["events/a".to_owned()],
            as_of_time: Some(time),
            ..Default::default()
        };
        let read = server.events().batch_get_events(request).await;
        let read = read.expect("known by then").into_inner().events;
        assert_eq!(read[0].revision, nth as i32 + 1);
    }
    for (nth, time) in partnership.into_iter().enumerate() {
        let request = GetPartnershipRequest {
            name: "partnerships/pact".to_owned(),
            as_of_time: Some(time),
            ..Default::default()
        };
        let read = server.partnerships().get_partnership(request).await;
        let read = read.expect("known by then").into_inner().partnership;
        assert_eq!(read.map(|it| it.revision), Some(nth as i32 + 1));
        let request = ListPartnershipsRequest {
            as_of_time: Some(time),
            ..Default::default()
        };
        let page = server.partnerships().list_partnerships(request).await;
        let page = page.expect("a list").into_inner();
        assert_eq!(page.partnerships[0].revision, nth as i32 + 1);
        assert_eq!(page.position, nth as i64 + 1);
    }
    for (time, total) in [(partnership[1], 0), (event[0], 1)] {
        let request = SummarizeEventsRequest {
            group_by: vec!["kind".to_owned()],
            as_of_time: Some(time),
            ..Default::default()
        };
        let summary = server.events().summarize_events(request).await;
        assert_eq!(summary.expect("a summary").into_inner().total, total);
    }
    let both = GetEventRequest {
        name: "events/a".to_owned(),
        as_of_time: Some(event[0]),
        as_of_position: 1,
        ..Default::default()
    };
    let refused = server
        .events()
        .get_event(both)
        .await
        .expect_err("two places");
    assert_refused(&refused, Code::InvalidArgument, "FIELD_INVALID");
}

#[tokio::test]
async fn d3_a_read_of_what_was_not_there_yet_says_when_the_log_began() {
    let Past {
        server,
        partnership,
        ..
    } = past().await;
    let time = Some(before(partnership[0]));
    let begun = format!("the first commit was at {}", partnership[0]);
    let request = ListPartnershipsRequest {
        filter: "topic:none".to_owned(),
        as_of_time: time,
        ..Default::default()
    };
    let page = server.partnerships().list_partnerships(request).await;
    let hints = page.expect("a list").into_inner().hints;
    assert!(hints.len() == 1 && hints[0].contains(&begun), "{hints:?}");

    let address = format!("--server={}", server.grpc_address());
    let asked: [&[&str]; 5] = [
        &["list", "topic:none"],
        &["partnerships"],
        &["summarize", "--by=kind"],
        &["get", "a"],
        &["get", "partnerships/pact"],
    ];
    for arguments in asked {
        let early = ["--as-of-time=2012-01-01", &address];
        let ended = entente(&[arguments, &early].concat(), "").await;
        assert!(ended.stderr.contains(&begun), "{arguments:?}: {ended:?}");
        assert_eq!(ended.stdout, "");
        let late = ["--as-of-time=2100-01-01", &address];
        let ended = entente(&[arguments, &late].concat(), "").await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(!ended.stderr.contains("commit"), "{ended:?}");
    }
    let both = [
        "get",
        "a",
        "--revisions",
        "--as-of-time=2100-01-01",
        &address,
    ];
    assert_eq!(entente(&both, "").await.code, Some(2));
}

/// Trial D7: summaries could not be ordered by time.
#[tokio::test]
async fn d7_a_summary_is_ordered_by_time() {
    use crate::harness::Build as _;
    let server = Server::start().await;
    let years = ["2024", "2025", "2025", "2023"].into_iter().enumerate();
    let events = years.map(|(nth, year)| event(&format!("e-{nth}")).on(year));
    server.publish_all(events).await;
    let address = format!("--server={}", server.grpc_address());
    let asked = ["summarize", "--by=year", "--order-by=group", &address];
    let ended = entente(&asked, "").await;
    let years: Vec<_> = ended.stdout.lines().map(|line| &line[18..22]).collect();
    assert_eq!(years, ["2023", "2024", "2025"], "{ended:?}");
}

#[tokio::test]
async fn a_read_from_before_a_resource_was_there_says_from_when_it_is() {
    let Past {
        server,
        partnership,
        event,
    } = past().await;
    let told = |position: u64, time: Timestamp| {
        format!("was not there yet: its first position is {position}, committed at {time}")
    };
    let assert_begins = |refused: &tonic::Status, reason: &str, position: u64, time: Timestamp| {
        let metadata = assert_refused(refused, Code::NotFound, reason);
        assert_eq!(metadata["firstPosition"], position.to_string());
        let message = refused.message();
        assert!(message.contains(&told(position, time)), "{message}");
        assert!(!message.contains("typing error"), "{message}");
    };
    let get = |name: &str, as_of_position, as_of_time| GetEventRequest {
        name: name.to_owned(),
        as_of_position,
        as_of_time,
        ..Default::default()
    };
    for (name, position, as_of_position, as_of_time) in [
        ("events/a", 3, 2, None),
        ("events/a", 3, 0, Some(before(partnership[0]))),
        ("events/a/revisions/1", 3, 2, None),
        ("events/a/revisions/2", 4, 3, None),
    ] {
        let asked = get(name, as_of_position, as_of_time);
        let refused = server.events().get_event(asked).await.expect_err(name);
        let time = event[position as usize - 3];
        assert_begins(&refused, "EVENT_NOT_FOUND", position, time);
    }
    let early = GetPartnershipRequest {
        name: "partnerships/pact".to_owned(),
        as_of_time: Some(before(partnership[0])),
        ..Default::default()
    };
    let refused = server.partnerships().get_partnership(early).await;
    let refused = refused.expect_err("not yet there");
    assert_begins(&refused, "PARTNERSHIP_NOT_FOUND", 1, partnership[0]);

    let batch = async |names: &[&str]| {
        let batch = BatchGetEventsRequest {
            names: names.iter().map(|name| name.to_string()).collect(),
            as_of_position: 2,
            ..Default::default()
        };
        let refused = server.events().batch_get_events(batch).await;
        refused.expect_err("not yet there")
    };
    assert_begins(&batch(&["events/a"]).await, "EVENT_NOT_FOUND", 3, event[0]);
    let refused = batch(&["events/a", "events/never"]).await;
    let metadata = assert_refused(&refused, Code::NotFound, "EVENT_NOT_FOUND");
    assert_eq!(metadata["firstPosition"], "3");
    let details = refused.get_details_bad_request().expect("both names");
    let [later, never] = &details.field_violations[..] else {
        panic!("{details:?}");
    };
    assert!(later.description.contains(&told(3, event[0])), "{later:?}");
    assert_eq!(never.description, "there is no events/never");

    // What never was there is looked for as before.
    let asked = get("events/never", 2, None);
    let refused = server.events().get_event(asked).await.expect_err("never");
    let metadata = assert_refused(&refused, Code::NotFound, "EVENT_NOT_FOUND");
    assert!(!metadata.contains_key("firstPosition"));
    assert!(refused.message().contains("typing error"), "{refused:?}");

    let address = format!("--server={}", server.grpc_address());
    for name in ["a", "events/a"] {
        let ended = entente(&["get", name, "--as-of-position=2", &address], "").await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(&told(3, event[0])), "{ended:?}");
        assert!(!ended.stderr.contains("look for"), "{ended:?}");
    }
}
