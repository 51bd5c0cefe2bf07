//! The starting data, served.

use entente::proto::v1::{
    Body, CreatePartnershipRequest, GetBodyRequest, GetEventRequest, ListEventsRequest, State,
    SummarizeEventsRequest, Verdict, body_service_client::BodyServiceClient,
};

use crate::{
    cli::run,
    harness::{Server, earliest, event, partnership, snapshot},
};

#[tokio::test]
async fn the_starting_data_is_there_whole_with_its_corrections() {
    let mut server = Server::start_with(&["--demo"]).await;
    let info = server.info().await;
    assert_eq!((info.partnerships, info.active_events), (42, 217));
    assert_eq!(info.bodies, 87);
    let (log, _) = server.watch(earliest("")).await.until_caught_up().await;
    assert_eq!(log.len() as i64, info.head_position, "no drill is among it");
    let request = ListEventsRequest {
        filter: "kind = MEETING AND partnership:eu-japan-digital-partnership".into(),
        ..ListEventsRequest::default()
    };
    let listed = server
        .events()
        .list_events(request)
        .await
        .expect("valid")
        .into_inner();
    assert!(listed.total_size >= 3, "{listed:?}");
    for (id, state) in [
        ("eu-japan-quantum-agreements-2025", State::Merged),
        (
            "eu-japan-digital-council-second-iteration",
            State::Retracted,
        ),
    ] {
        let request = GetEventRequest {
            name: format!("events/{id}"),
            ..Default::default()
        };
        let event = server
            .events()
            .get_event(request)
            .await
            .expect("there")
            .into_inner()
            .event;
        assert_eq!(event.map(|event| event.state()), Some(state), "{id}");
    }
    let claims = log
        .iter()
        .filter_map(|change| change.event.as_ref())
        .flat_map(|e| &e.claims);
    assert!(
        claims
            .clone()
            .any(|claim| claim.verdict() == Verdict::Disputed)
    );
    server.kill_and_start_again().await;
    assert_eq!(
        server.info().await.head_digest,
        info.head_digest,
        "it is loaded once"
    );
}

#[tokio::test]
async fn the_starting_data_is_counted_by_partnership_and_year() {
    let server = Server::start_with(&["--demo"]).await;
    let group_by = vec!["partnership".to_owned(), "year".to_owned()];
    let request = SummarizeEventsRequest {
        group_by,
        ..Default::default()
    };
    let answer = server
        .events()
        .summarize_events(request)
        .await
        .expect("valid")
        .into_inner();
    assert_eq!(answer.total, 217);
    assert!(answer.rows.len() > 42, "{}", answer.rows.len());
    let (existing, _) = server.watch(snapshot("")).await.until_caught_up().await;
    assert_eq!(existing.len(), 217 + 42 + 87);
}

#[tokio::test]
async fn a_store_with_anything_in_it_gets_no_starting_data() {
    let mut server = Server::start().await;
    server.publish(event("a")).await;
    server.kill();
    server.start_again_with(&["--demo"]).await;
    assert_eq!(server.info().await.head_position, 1);
}

/// Lists the ids of the events that match, sorted, as of now or as they were known at a time.
async fn ids(server: &Server, filter: &str, known_at: &str) -> Vec<String> {
    let request = ListEventsRequest {
        filter: filter.to_owned(),
        page_size: 1_000,
        known_at: (!known_at.is_empty()).then(|| known_at.parse().expect("a time")),
        ..ListEventsRequest::default()
    };
    let listed = server.events().list_events(request).await.expect("valid");
    let names = listed
        .into_inner()
        .events
        .into_iter()
        .map(|event| event.name);
    let mut ids: Vec<String> = names.map(|name| name.replace("events/", "")).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn c4_a_body_is_found_by_each_of_its_names() {
    let server = Server::start_with(&["--demo"]).await;
    let meti = ids(&server, "organisation:METI", "").await;
    assert_eq!(
        meti,
        [
            "eu-japan-digital-council-1-2023",
            "eu-japan-digital-council-2-2024",
            "eu-japan-digital-council-3-2025",
            "eu-japan-semiconductor-moc-2023",
            "uk-japan-digital-council-2-2024",
            "uk-japan-digital-council-3-2025",
            "uk-japan-digital-group-statement-2022-05",
            "uk-japan-digital-partnership-launch-2022",
        ]
    );
    let long = "organisation:\"Ministry of Economy, Trade and Industry\"";
    assert_eq!(ids(&server, long, "").await, meti);
    assert_eq!(ids(&server, "organisation:経済産業省", "").await, meti);
    for (names, count) in [
        (
            [
                "DSIT",
                "\"Department for Science, Innovation and Technology\"",
            ],
            4,
        ),
        (
            [
                "DCMS",
                "\"Department for Digital, Culture, Media and Sport\"",
            ],
            3,
        ),
        (["\"Digital Agency\"", "デジタル庁"], 15),
        (
            ["GovTech", "\"Government Technology Agency of Singapore\""],
            4,
        ),
        (["MOFA", "\"Ministry of Foreign Affairs of Japan\""], 1),
        (["EIB", "\"European Investment Bank\""], 1),
        (["JETRO", "\"Japan External Trade Organization\""], 1),
    ] {
        let [one, other] = names.map(|name| format!("organisation:{name}"));
        let found = ids(&server, &one, "").await;
        assert_eq!(found.len(), count, "{one}: {found:?}");
        assert_eq!(found, ids(&server, &other, "").await, "{other}");
    }
    // These say nowhere "DSIT".
    let text = ids(&server, "text:DSIT", "").await;
    for id in [
        "uk-japan-digital-council-2-2024",
        "uk-japan-digital-council-3-2025",
    ] {
        assert!(text.iter().any(|found| found == id), "{id}: {text:?}");
    }
}

#[tokio::test]
async fn f8_events_are_counted_by_body() {
    let server = Server::start_with(&["--demo"]).await;
    let request = SummarizeEventsRequest {
        group_by: vec!["body".to_owned()],
        ..Default::default()
    };
    let counted = server.events().summarize_events(request).await;
    let rows = counted.expect("valid").into_inner().rows;
    let count = |body: &str| {
        let row = rows.iter().find(|row| row.group["body"] == body);
        row.map(|row| row.count)
    };
    assert_eq!(count("digital-agency"), Some(15), "{rows:?}");
    assert_eq!(count("ministry-of-economy-trade-and-industry"), Some(8));
    // Two bodies of this name, and two departments of which one took over from the other.
    assert_eq!(count("cabinet-office-japan"), Some(1));
    assert_eq!(count("cabinet-office-uk"), Some(2));
    let dsit = count("department-for-science-innovation-and-technology");
    let dcms = count("department-for-digital-culture-media-and-sport");
    assert_eq!((dsit, dcms), (Some(4), Some(3)));
}

#[tokio::test]
async fn it_is_told_what_was_known_on_an_earlier_day() {
    let server = Server::start_with(&["--demo"]).await;
    let then = "2024-06-01T00:00:00Z";
    let councils = "partnership:eu-japan-digital-partnership AND subkind = \"council-meeting\"";
    let first_two = [
        "eu-japan-digital-council-1-2023",
        "eu-japan-digital-council-2-2024",
    ];
    assert_eq!(ids(&server, councils, then).await, first_two);
    let now = ids(&server, councils, "").await;
    assert!(
        now.contains(&"eu-japan-digital-council-3-2025".to_owned()),
        "{now:?}"
    );
    // The page that tells of the third council tells of the plan for the fourth as well.
    let day_before = ids(&server, councils, "2025-05-12T00:00:00Z").await;
    assert_eq!(day_before, first_two);
    let day_after = ids(&server, councils, "2025-05-13T00:00:00Z").await;
    assert!(
        day_after.len() > 2 && day_after.len() <= now.len(),
        "{day_after:?}"
    );

    let known = ids(&server, "", then).await.len();
    assert_eq!((known, ids(&server, "", "").await.len()), (80, 217));
    let meti = ids(&server, "organisation:METI", then).await;
    assert!(meti.contains(&first_two[1].to_owned()), "{meti:?}");
    assert!(
        !meti.contains(&"uk-japan-digital-council-3-2025".to_owned()),
        "{meti:?}"
    );
}

#[tokio::test]
async fn a_department_that_another_took_over_from_was_once_without_a_successor() {
    let server = Server::start_with(&["--demo"]).await;
    let dcms = async |known_at: Option<&str>| -> Body {
        let request = GetBodyRequest {
            name: "bodies/department-for-digital-culture-media-and-sport".to_owned(),
            known_at: known_at.map(|time| time.parse().expect("a time")),
            ..Default::default()
        };
        let read = BodyServiceClient::new(server.channel())
            .get_body(request)
            .await;
        read.expect("there").into_inner().body.expect("a body")
    };
    assert!(
        dcms(Some("2023-01-01T00:00:00Z"))
            .await
            .successors
            .is_empty()
    );
    assert_eq!(
        dcms(None).await.successors[0].body,
        "bodies/department-for-science-innovation-and-technology"
    );
}

/// Starts a server with a store of its own again with the starting data, and returns its head and log.
async fn started_again_with_demo(mut server: Server) -> (i64, String) {
    server.kill();
    server.start_again_with(&["--demo"]).await;
    (server.info().await.head_position, server.log())
}

/// Publishes a partnership as if it were a line of the starting data.
async fn publish_line(server: &Server, request_id: &str) {
    let request = CreatePartnershipRequest {
        partnership: Some(partnership("a")),
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    let published = server.partnerships().create_partnership(request).await;
    published.expect("valid");
}

#[tokio::test]
async fn a_store_with_starting_data_of_another_version_is_left_alone() {
    for request_id in [
        // A line that was changed since, of which the store has no line before.
        "starting-data/create/partnerships/uk-japan-digital-partnership",
        // The first line, with other content.
        "starting-data/create-body/digital-agency",
        // A line that is no longer there.
        "starting-data/create/partnerships/removed",
    ] {
        let server = Server::start().await;
        publish_line(&server, request_id).await;
        let (head, log) = started_again_with_demo(server).await;
        assert_eq!(head, 1, "{request_id}");
        assert!(
            log.contains("starting data of another version"),
            "{request_id}: {log}"
        );
    }
}

#[tokio::test]
async fn a_load_that_was_interrupted_is_completed() {
    let whole = Server::start_with(&["--demo"]).await.info().await;
    let mut server = Server::start().await;
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/data/bodies.ndjson");
    let imported = run(&server, &["import", file]).await;
    assert_eq!(imported.code, Some(0), "{imported:?}");
    assert_eq!(server.info().await.head_position, 88);
    server.kill();
    server.start_again_with(&["--demo"]).await;
    let info = server.info().await;
    assert_eq!(info.head_position, whole.head_position);
    assert_eq!((info.partnerships, info.active_events), (42, 217));
}
