//! Bodies on the command line: created, corrected, listed, shown, named by events, redacted.

use super::cli::{lines, run, run_with};
use crate::harness::{Ended, Server};

const METI: [&str; 13] = [
    "create-body",
    "--id=meti",
    "--kind=government",
    "--country=jp",
    "--display-name=Ministry of Economy",
    "--name=経済産業省:ja:official",
    "--name=METI::acronym",
    "--established=2001-01-06",
    "--predecessor=miti:2001-01-06",
    "--identifier=wikidata=Q1197264",
    "--source-publisher=Ministry",
    "--request-id=r-1",
    "--notes=Notes",
];

/// A server with a ministry and a company.
async fn with_bodies() -> Server {
    let server = Server::start().await;
    lines(&server, &METI).await;
    let company = [
        "create-body",
        "--id=bodies/rapidus",
        "--kind=company",
        "--display-name=Rapidus",
        "--source-publisher=Registry",
        "--note=From the register",
    ];
    let created = lines(&server, &company).await;
    let note = &created[0]["body"]["changeNote"];
    assert_eq!(note["text"], "From the register");
    server
}

fn assert_refused(ended: &Ended, sentence: &str) {
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(1), ""),
        "{ended:?}"
    );
    assert!(ended.stderr.contains(sentence), "{sentence}: {ended:?}");
}

#[tokio::test]
async fn a_body_is_created_listed_shown_and_corrected() {
    let server = with_bodies().await;
    let again = lines(&server, &METI).await;
    assert_eq!(again[0]["replayed"], true);

    let listed = run(&server, &["bodies", "-o", "names"]).await;
    assert_eq!(listed.stdout, "bodies/meti\nbodies/rapidus\n");
    let events = run(&server, &["list", "organisation:rapidus"]).await;
    let hint = "no event matches, but 1 body matches; list with ListBodies (entente bodies)";
    assert!(events.stderr.contains(hint), "{events:?}");
    // A body is found by each of its names.
    let found = run(&server, &["bodies", "organisation:経済産業省", "-o", "csv"]).await;
    let row = "bodies/meti,government,JP,2001-01-06,,Ministry of Economy,経済産業省; METI,1,1\n";
    assert!(found.stdout.ends_with(row), "{found:?}");
    let first = run(&server, &["bodies", "--limit=1", "-o", "table"]).await;
    assert!(first.stderr.contains("only the first 1"), "{first:?}");
    let none = run(&server, &["bodies", "name = mety", "-o", "table"]).await;
    assert!(none.stderr.contains("no body matches"), "{none:?}");

    for name in ["meti", "bodies/meti"] {
        let shown = run(&server, &["get", name, "-o", "table"]).await;
        for part in [
            "text 経済産業省, language_code ja, type official",
            "body bodies/miti, date 2001-01-06",
            "scheme wikidata, value Q1197264",
            "id source, publisher Ministry",
        ] {
            assert!(shown.stdout.contains(part), "{part}: {shown:?}");
        }
    }

    let correct = [
        "update-body",
        "meti",
        "--add-name=Ministry of Trade",
        "--remove-name=METI",
        "--add-source=register",
        "--source-publisher=Registry",
        "--notes=",
        "--note=It is in the register.",
    ];
    let written = lines(&server, &correct).await;
    let body = &written[0]["body"];
    assert_eq!(
        (&body["revision"], &body["name"]),
        (&2.into(), &"bodies/meti".into())
    );
    assert_eq!(body["names"].as_array().map(Vec::len), Some(2));
    assert_eq!(body["sources"][1]["id"], "register");
    assert_eq!(body["changeNote"]["text"], "It is in the register.");
    assert!(body["notes"].is_null() && body["displayName"] == "Ministry of Economy");
    let same = ["update-body", "meti", "--add-name=Ministry of Trade"];
    assert_eq!(lines(&server, &same).await[0]["unchanged"], true);
    let rename = ["update-body", "meti", "--display-name=Ministry of Industry"];
    let renamed = run(&server, &rename).await;
    let hint = "\"Ministry of Economy\" is no longer a name of this body";
    assert!(renamed.stderr.contains(hint), "{renamed:?}");
    let kept = [
        "update-body",
        "meti",
        "--display-name=Ministry",
        "--add-name=Ministry of Industry::former",
    ];
    let kept = run(&server, &kept).await;
    assert_eq!((kept.code, kept.stderr.as_str()), (Some(0), ""));

    let patch = r#"{"displayName":"METI"}"#;
    let patched = run_with(&server, &["update", "bodies/meti", "--patch=-"], patch).await;
    assert_eq!(patched.code, Some(0), "{patched:?}");
    let file = r#"{"name":"bodies/cern","kind":"BODY_KIND_RESEARCH","displayName":"CERN","sources":[{"id":"s"}]}"#;
    let created = run_with(&server, &["create-body", "--file=-"], file).await;
    assert_eq!(created.code, Some(0), "{created:?}");
    assert_eq!(lines(&server, &["info"]).await[0]["bodies"], "3");
}

#[tokio::test]
async fn a_refused_body_says_what_to_do() {
    let server = with_bodies().await;
    let create = [
        "create-body",
        "--id=meti",
        "--kind=union",
        "--display-name=M",
        "--source-title=S",
    ];
    assert_refused(&run(&server, &create).await, "bodies/meti already exists");
    let missing = run(&server, &["get", "bodies/mety"]).await;
    assert_refused(&missing, "did you mean name = bodies/meti?");
    assert_refused(&missing, "entente bodies");
    let missing = run(&server, &["get", "mety"]).await;
    assert_refused(&missing, "did you mean name = bodies/meti?");
    let nobody = ["publish", "--id=a", "--title=T", "--party=bodies/nobody"];
    assert_refused(&run(&server, &nobody).await, "there is no bodies/nobody");
    assert_refused(
        &run(&server, &["update", "bodies/meti", "--title=T"]).await,
        "update-body",
    );
    assert_refused(
        &run(&server, &["get", "bodies/meti", "--revisions"]).await,
        "not an event",
    );
    let no_name = run_with(&server, &["create-body", "--file=-"], "{}").await;
    assert_refused(&no_name, "\"bodies/ID\"");
    for addition in [
        "--add-topic=x",
        "--add-amount=EUR:1",
        "--add-same-as=https://a.example/",
        "--add-source=s",
        "--title=T",
    ] {
        let both = ["update", "bodies/meti", "--patch=-", addition];
        assert_eq!(run(&server, &both).await.code, Some(2), "{addition}");
    }
    let wrong = ["create-body", "--id=a", "--name=A:en:nick"];
    assert_eq!(run(&server, &wrong).await.code, Some(2));
}

#[tokio::test]
async fn an_event_names_bodies_and_is_found_and_counted_by_them() {
    let server = with_bodies().await;
    let publish = [
        "publish",
        "--id=a",
        "--kind=meeting",
        "--status=occurred",
        "--title=A",
        "--party=bodies/meti:host",
        "--source-publisher=Ministry",
    ];
    lines(&server, &publish).await;
    lines(&server, &["update", "a", "--add-party=bodies/rapidus"]).await;
    let event = &lines(&server, &["get", "a"]).await[0];
    let party = |nth: usize, field: &str| event["parties"][nth][field].clone();
    assert_eq!(
        (party(0, "body"), party(0, "role")),
        ("bodies/meti".into(), "ROLE_HOST".into())
    );
    // The kind of the body says what the party is.
    assert_eq!(party(0, "type"), "PARTY_TYPE_ORGANISATION");
    assert_eq!(party(1, "type"), "PARTY_TYPE_COMPANY");

    let counted = run(&server, &["summarize", "--by=body", "-o", "csv"]).await;
    assert_eq!(
        counted.stdout, "count,body\n1,meti\n1,rapidus\n",
        "{counted:?}"
    );
    let watched = [
        "watch",
        "organisation:METI",
        "--from=earliest",
        "--until-caught-up",
        "-otable",
    ];
    let watched = run(&server, &watched).await;
    assert!(
        watched.stderr.contains("stands for bodies/meti\n"),
        "{watched:?}"
    );
    let changes: Vec<_> = watched.stdout.lines().collect();
    assert!(
        changes[0].ends_with("bodies/meti  Ministry of Economy"),
        "{watched:?}"
    );
    assert!(changes[1].ends_with("events/a  A"), "{watched:?}");
    let explained = run(&server, &["explain", "organisation:METI", "-o", "table"]).await;
    assert!(
        explained.stdout.contains("bodies bodies/meti"),
        "{explained:?}"
    );
    lines(
        &server,
        &[
            "subscribe",
            "mirror",
            "organisation:METI",
            "--from=earliest",
        ],
    )
    .await;
    let consumed = run(
        &server,
        &["consume", "mirror", "--until-caught-up", "-otable"],
    )
    .await;
    assert!(
        consumed.stderr.contains("stands for bodies/meti\n"),
        "{consumed:?}"
    );
    assert!(
        consumed.stdout.contains("bodies/meti  Ministry"),
        "{consumed:?}"
    );

    lines(&server, &["update", "a", "--remove-party=bodies/meti"]).await;
    let event = &lines(&server, &["get", "a"]).await[0];
    assert_eq!(
        event["parties"].as_array().map(Vec::len),
        Some(1),
        "{event}"
    );
}

#[tokio::test]
async fn a_body_and_a_partnership_are_redacted_on_confirmation() {
    let server = with_bodies().await;
    let create = [
        "create-partnership",
        "--id=pact",
        "--display-name=P",
        "--party=bodies/rapidus",
        "--source-publisher=Ministry",
    ];
    let written = lines(&server, &create).await;
    assert_eq!(
        written[0]["partnership"]["parties"][0]["type"],
        "PARTY_TYPE_COMPANY"
    );
    for name in ["bodies/meti", "partnerships/pact"] {
        let unconfirmed = run(&server, &["redact", name]).await;
        assert_refused(&unconfirmed, "give --yes");
        assert!(!unconfirmed.stderr.contains("retract"), "{unconfirmed:?}");
        let tried = run(&server, &["redact", name, "--dry-run", "-o", "table"]).await;
        assert!(tried.stdout.contains("would be redacted"), "{tried:?}");
        let done = run(&server, &["redact", name, "--yes", "-o", "table"]).await;
        assert!(
            done.stdout.starts_with(&format!("{name} redacted: ")),
            "{done:?}"
        );
        assert_refused(
            &run(&server, &["redact", name, "--yes"]).await,
            "is redacted",
        );
        let shown = lines(&server, &["get", name]).await;
        assert_eq!(shown[0]["redacted"], true);
        assert!(shown[0]["displayName"].is_null(), "{shown:?}");
    }
    assert_refused(
        &run(&server, &["update-body", "meti", "--notes=N"]).await,
        "is redacted",
    );
}

#[tokio::test]
async fn a_name_that_another_body_has_is_hinted_at() {
    let server = with_bodies().await;
    let create = [
        "create-body",
        "--id=meti-2",
        "--kind=government",
        "--display-name=METI",
        "--source-publisher=Registry",
    ];
    let hint = "hint: bodies/meti has the name \"METI\" too; a filter by it finds both\n";
    let created = run(&server, &create).await;
    assert_eq!((created.code, &*created.stderr), (Some(0), hint));
    let updated = run(
        &server,
        &["update-body", "meti-2", "--add-name=経済産業省:ja"],
    )
    .await;
    assert_eq!(updated.code, Some(0), "{updated:?}");
    assert_eq!(updated.stderr.lines().count(), 2, "{updated:?}");
}
