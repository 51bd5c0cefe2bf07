//! What the commands that correct records say about what they take away.

use super::cli::{lines, run, run_with};
use crate::harness::Server;

/// A server with an event that has lists, `summit`.
async fn with_summit() -> Server {
    let server = Server::start().await;
    let publish = [
        "publish",
        "--id=summit",
        "--kind=meeting",
        "--status=occurred",
        "--title=A summit",
        "--amount=EUR:1:funding",
        "--amount=EUR:2:funding",
        "--party=JP:host",
        "--party=EU",
        "--party=KR",
        "--source-publisher=Ministry",
    ];
    lines(&server, &publish).await;
    server
}

#[tokio::test]
async fn an_option_that_replaces_a_list_says_what_left_the_event() {
    let server = with_summit().await;
    let replace = [
        "update",
        "summit",
        "--amount=USD:1:investment",
        "--party=JP:host",
        "--party=EU:chair",
    ];

    let tried = run(&server, &[&replace[..], &["--dry-run"]].concat()).await;
    let losses = "would be removed: 2 sums, 1 party; would be changed: 1 party; --add-amount and \
                  --add-party add one and keep the others\n";
    assert_eq!((tried.code, tried.stderr.as_str()), (Some(0), losses));

    let done = run(&server, &replace).await;
    let losses = losses.replace("would be ", "");
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), &*losses));

    // What was asked to be removed is no surprise.
    let asked = ["update", "summit", "--remove-party=EU", "--topic=chips"];
    let asked = run(&server, &asked).await;
    assert_eq!((asked.code, asked.stderr.as_str()), (Some(0), ""));
    let again = run(&server, &["update", "summit", "--topic=quantum"]).await;
    let lost = "removed: 1 topic; --add-topic adds one and keeps the others\n";
    assert_eq!(again.stderr, lost);
    let patch = ["update", "summit", "--patch=-", "--mask=parties,topics"];
    let patched = run_with(&server, &patch, r#"{"topics": ["ai"]}"#).await;
    assert_eq!(patched.code, Some(0), "{patched:?}");
    assert_eq!(patched.stderr, "cleared: parties\nremoved: 1 topic\n");
}

#[tokio::test]
async fn an_option_that_replaces_a_list_says_what_left_the_partnership_or_body() {
    let server = Server::start().await;
    let source = "--source-publisher=Ministry";
    let create = ["create-partnership", "--id=pact", "--display-name=P"];
    let lists = ["--party=JP", "--party=EU", "--topic=chips", source];
    lines(&server, &[&create[..], &lists].concat()).await;
    let replace = ["update-partnership", "pact", "--party=KR", "--dry-run"];
    let tried = run(&server, &replace).await;
    let losses = "would be removed: 2 parties; --add-party adds one and keeps the others\n";
    assert_eq!((tried.code, tried.stderr.as_str()), (Some(0), losses));

    let create = ["create-body", "--id=nict", "--kind=research"];
    let names = ["--display-name=NICT", "--predecessor=crl:2004", source];
    lines(&server, &[&create[..], &names].concat()).await;
    let replaced = run(&server, &["update-body", "nict", "--predecessor=tao"]).await;
    let lost = "removed: 1 predecessor; --add-predecessor adds one and keeps the others\n";
    assert_eq!((replaced.code, replaced.stderr.as_str()), (Some(0), lost));
}

#[tokio::test]
async fn the_help_says_which_options_replace_a_list() {
    let server = Server::start().await;
    for (command, help) in [
        ("update", "Replaces all sums; use --add-amount to add one"),
        (
            "update-partnership",
            "Replaces all parties; use --add-party to add one",
        ),
        (
            "update-body",
            "Replaces all names; use --add-name to add one",
        ),
    ] {
        let shown = run(&server, &[command, "--help"]).await;
        let words: Vec<_> = shown.stdout.split_whitespace().collect();
        assert!(words.join(" ").contains(help), "{command}: {shown:?}");
    }
    let shown = run(&server, &["publish", "--help"]).await;
    assert!(!shown.stdout.contains("Replaces"), "{shown:?}");
}

#[tokio::test]
async fn a_hint_about_a_lost_name_keeps_its_language() {
    let server = Server::start().await;
    let create = [
        "create-body",
        "--id=sa",
        "--kind=government",
        "--display-name=Agency",
        "--name=情報:ja:acronym",
        "--name=L'Agence:fr",
        "--name=SA:en",
        "--source-publisher=Ministry",
    ];
    lines(&server, &create).await;
    let rename = ["update-body", "sa", "--name=SA2"];

    let tried = run(&server, &[&rename[..], &["--dry-run"]].concat()).await;
    let hint = "\"情報\" would no longer be a name of this body, which would not be found by it any \
                more; --add-name '情報:ja:former' keeps it as a former name\n";
    assert!(tried.stderr.contains(hint), "{tried:?}");

    let done = run(&server, &rename).await;
    for argument in [
        "'情報:ja:former'",
        r"'L'\''Agence:fr:former'",
        "'SA::former'",
    ] {
        assert!(done.stderr.contains(argument), "{argument}: {done:?}");
    }
    assert!(done.stderr.contains("is no longer a name"), "{done:?}");
}

#[tokio::test]
async fn single_items_of_a_body_and_successors_of_a_partnership_are_added_and_removed() {
    let server = Server::start().await;
    let source = "--source-publisher=Ministry";
    let create = ["create-body", "--id=nict", "--kind=research"];
    let lists = [
        "--display-name=NICT",
        "--predecessor=crl:2004",
        "--identifier=ror=1",
        "--same-as=https://a.example/",
        source,
    ];
    lines(&server, &[&create[..], &lists].concat()).await;
    let correct = [
        "update-body",
        "nict",
        "--add-predecessor=tao:2004",
        "--remove-predecessor=crl",
        "--add-successor=next",
        "--add-identifier=wikidata=Q1",
        "--remove-identifier=ror=1",
        "--add-same-as=https://b.example/",
    ];
    let body = &lines(&server, &correct).await[0]["body"];
    assert_eq!(body["predecessors"].as_array().map(Vec::len), Some(1));
    assert_eq!(body["predecessors"][0]["body"], "bodies/tao");
    assert_eq!(body["successors"][0]["body"], "bodies/next");
    assert_eq!(body["identifiers"].as_array().map(Vec::len), Some(1));
    assert_eq!(body["identifiers"][0]["scheme"], "wikidata");
    let addresses = serde_json::json!(["https://a.example/", "https://b.example/"]);
    assert_eq!(body["sameAs"], addresses);
    let wrong_date = ["update-body", "nict", "--remove-predecessor=tao:2005"];
    let refused = run(&server, &wrong_date).await;
    let why = "there is no predecessor bodies/tao to remove";
    assert!(refused.stderr.contains(why), "{refused:?}");

    let create = ["create-partnership", "--id=pact", "--display-name=P"];
    lines(&server, &[&create[..], &["--successor=a", source]].concat()).await;
    let correct = ["update-partnership", "pact", "--add-successor=b"];
    let corrected = &lines(&server, &[&correct[..], &["--remove-successor=a"]].concat()).await[0];
    let successors = &corrected["partnership"]["successors"];
    assert_eq!(*successors, serde_json::json!(["partnerships/b"]));
}

#[tokio::test]
async fn a_body_is_corrected_from_a_file_with_its_own_command() {
    let server = Server::start().await;
    let create = ["create-body", "--id=nict", "--kind=research"];
    let names = ["--display-name=NICT", "--source-publisher=Ministry"];
    lines(&server, &[&create[..], &names].concat()).await;

    let nothing = run(&server, &["update-body", "nict", "--note=x"]).await;
    assert!(nothing.stderr.contains("or with --patch"), "{nothing:?}");
    let patch = ["update-body", "nict", "-p-", "--note=x"];
    let patched = run_with(&server, &patch, r#"{"notes": "N"}"#).await;
    assert_eq!(patched.code, Some(0), "{patched:?}");
    let body = &lines(&server, &["get", "nict"]).await[0];
    assert_eq!(
        (&body["notes"], &body["displayName"]),
        (&"N".into(), &"NICT".into())
    );
    assert_eq!(body["changeNote"]["text"], "x");
    let stale = r#"{"etag": "stale", "notes": "M"}"#;
    let refused = run_with(&server, &["update-body", "nict", "-p-"], stale).await;
    assert!(refused.stderr.contains("changed meanwhile"), "{refused:?}");
    let forced = [
        "update-body",
        "nict",
        "-p-",
        "--ignore-etag",
        "--mask=notes",
    ];
    let forced = run_with(&server, &forced, stale).await;
    assert_eq!(forced.code, Some(0), "{forced:?}");
    for option in [
        "--notes=N",
        "--add-name=N",
        "--add-same-as=N",
        "--add-source=s",
    ] {
        let both = run(&server, &["update-body", "nict", "-p-", option]).await;
        assert_eq!(both.code, Some(2), "{option}: {both:?}");
    }
    for option in ["--notes=N", "--add-topic=t", "--add-successor=s"] {
        let both = run(&server, &["update-partnership", "pact", "-p-", option]).await;
        assert_eq!(both.code, Some(2), "{option}: {both:?}");
    }
}

#[tokio::test]
async fn a_body_is_a_subject_and_other_parties_go_into_a_file() {
    let server = with_summit().await;
    let create = ["create-body", "--id=rapidus", "--kind=company"];
    let names = ["--display-name=Rapidus", "--source-publisher=Registry"];
    lines(&server, &[&create[..], &names].concat()).await;
    let add = ["update", "summit", "--add-subject=bodies/rapidus"];
    let event = &lines(&server, &add).await[0]["event"];
    assert_eq!(event["subjects"][0]["body"], "bodies/rapidus");
    assert_eq!(event["subjects"][0]["type"], "PARTY_TYPE_COMPANY");
    let replace = [
        "update",
        "summit",
        "--subject=bodies/rapidus",
        "--subject=KR",
    ];
    let event = &lines(&server, &replace).await[0]["event"];
    assert_eq!(event["subjects"][0]["type"], "PARTY_TYPE_COMPANY");
    let remove = ["update", "summit", "--remove-subject=bodies/rapidus"];
    let event = &lines(&server, &remove).await[0]["event"];
    assert_eq!(event["subjects"].as_array().map(Vec::len), Some(1));

    let name = run(&server, &["update", "summit", "--add-party=Nippon Steel"]).await;
    let advice = "write a body as bodies/ID, and put other parties into a JSON file (--file, or \
                  --patch for an update)";
    assert!(name.stderr.contains(advice), "{name:?}");
}
