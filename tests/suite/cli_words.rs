//! What the program says when a command line, a request or a server is not as it should be.

use super::cli::{lines, run, run_with};
use crate::harness::{Server, entente, event, eventually, partnership};

#[tokio::test]
async fn a_refusal_is_a_sentence_and_what_to_do() {
    let server = Server::start().await;
    for (arguments, sentence) in [
        (&["get", "nowhere"][..], "is named nowhere"),
        (&["list", "knd = MEETING"], "did you mean `kind`"),
        (&["restore", "nowhere"], "there is no events/nowhere"),
        (&["publish", "--id=a", "--title=T"], "sources"),
        (&["watch", "--token=garbage"], "resume_token"),
    ] {
        let ended = run(&server, arguments).await;
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(1), ""),
            "{arguments:?}: {ended:?}"
        );
        assert!(ended.stderr.starts_with("error: "), "{ended:?}");
        assert!(ended.stderr.contains(sentence), "{arguments:?}: {ended:?}");
    }
}

#[tokio::test]
async fn a_wrong_command_line_is_told_from_a_refusal_and_from_silence() {
    let server = Server::start().await;
    for arguments in [
        &["lst"][..],
        &["list", "kind", "=", "MEETING"],
        &["watch", "--from=somewhere"],
        &["watch", "--from=earliest", "--token=x"],
        &["publish", "--id=a", "--kind=party"],
    ] {
        let ended = run(&server, arguments).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
    }
    let ended = entente(&["list", "--server=127.0.0.1:1", "--timeout=5s"], "").await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(
        ended.stderr.contains("127.0.0.1:1") && ended.stderr.contains("--server"),
        "{ended:?}"
    );
}

/// An HTTP/1 server, as there are many: it answers whatever it is sent.
async fn web_server(answer: &'static str) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut said = [0; 1024];
                let _ = stream.read(&mut said).await;
                // A client that has gone away is its own business.
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    address
}

/// Trial D4: a wrong port was told in the words of HTTP/2.
#[tokio::test]
async fn d4_a_wrong_port_is_told_as_one() {
    let server = Server::start().await;
    let bad_request = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let ports = [
        (server.admin_address(), "admin port"),
        (web_server(bad_request).await, "answers HTTP/1"),
        (web_server("").await, "does not speak HTTP/2"),
        (
            web_server("SSH-2.0-OpenSSH_9.2\r\n").await,
            "does not speak HTTP/2",
        ),
    ];
    for (address, why) in ports {
        let option = format!("--server={address}");
        let asked: [&[&str]; 4] = [
            &["list", &option],
            &["watch", &option],
            &["get", "a", &option],
            &["publish", "--id=a", "--title=T", &option],
        ];
        for arguments in asked {
            let ended = entente(arguments, "").await;
            assert_eq!(ended.code, Some(3), "{arguments:?}: {ended:?}");
            let told = ended.stderr.contains(why) && ended.stderr.contains("not a gRPC server");
            assert!(told, "{arguments:?}: {ended:?}");
        }
        let conform = entente(&["conform", &address.to_string()], "").await;
        assert!(conform.stderr.contains(why), "{conform:?}");
    }
    let nobody = entente(&["list", "--server=127.0.0.1:1"], "").await;
    assert!(nobody.stderr.contains("cannot reach"), "{nobody:?}");
    let refused = run(&server, &["list", "partey:JP"]).await;
    assert!(!refused.stderr.contains("gRPC"), "{refused:?}");
}

/// Trial D4: a missing path was reported as "not empty".
#[tokio::test]
async fn d4_what_is_no_store_is_told_as_what_it_is() {
    let empty = tempfile::tempdir().expect("a directory for the test");
    let missing = empty.path().join("nothing");
    let path = |path: &std::path::Path| path.display().to_string();
    let asked = [
        (path(&missing), "No such file"),
        (path(empty.path()), "no MANIFEST"),
        ("Cargo.toml".to_owned(), "is a file"),
    ];
    for (directory, why) in asked {
        let ended = entente(&["verify", &directory], "").await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(why), "{ended:?}");
        assert!(!ended.stderr.contains("not empty"), "{ended:?}");
    }
}

/// What was typed wrongly was told in words that led to more of it.
#[tokio::test]
async fn a_slip_of_the_command_line_is_told_with_what_was_meant() {
    let server = Server::start().await;
    for (arguments, code, told) in [
        (
            &["list", "party:JP", "AND", "topic:quantum"][..],
            2,
            "put all of it in quotes",
        ),
        (
            &["subscribe", "s", "party:JP", "OR", "party:EU"],
            2,
            "put all of it in quotes",
        ),
        (
            &["list", "--filter", "party:JP"],
            2,
            "entente list 'party:JP'",
        ),
        (
            &["watch", "--filter=party:JP"],
            2,
            "entente watch 'party:JP'",
        ),
        (
            &["summarize", "--by", "kind", "status"],
            1,
            "--by kind,status",
        ),
        (
            &["summarize", "--by", "kind,step", "status"],
            1,
            "--by kind,step,status",
        ),
        (
            &["summarize", "--by", "country"],
            1,
            "did you mean party or place.country?",
        ),
        (
            &["summarize", "--by", "type"],
            1,
            "did you mean kind or source.type?",
        ),
        (&["summarize", "--by", "stat"], 1, "did you mean stat"),
        (&["list", "--as-of-position=abc"], 2, "from 1 up"),
        (&["list", "--as-of-position=0"], 2, "from 1 up"),
        (&["watch", "--stop-position=abc"], 2, "from 1 up"),
        (&["watch", "--stop-count=0"], 2, "from 1 up"),
        (&["explain", "", "--sample=101"], 2, "from 0 to 100"),
        (&["import", "-", "--parallel=0"], 2, "from 1 to 64"),
        (&["list", "--timeout=1d"], 2, "24h"),
    ] {
        let ended = run(&server, arguments).await;
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        assert!(
            ended.stderr.contains(told),
            "{arguments:?}: {}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("-- --filter"), "{}", ended.stderr);
    }
    server.publish(event("a")).await;
    let bad = run_with(
        &server,
        &["update", "a", "-p", "-", "--mask=summary,dat"],
        "{}",
    )
    .await;
    assert_eq!(
        bad.stderr.matches("announce_date").count(),
        1,
        "{}",
        bad.stderr
    );
}

/// What the server says to programs was told on the command line, where nothing has those names.
#[tokio::test]
async fn a_refusal_is_in_the_words_of_the_command_line() {
    let server = Server::start().await;
    lines(&server, &["subscribe", "desk", "--idle-ttl=1h"]).await;
    let token = "--token=x";
    for (arguments, told) in [
        (&["seek", "desk", "2999-01-01"][..], "`latest` is now"),
        (&["subscribe", "s", "--from=2999-01-01"], "`latest` is now"),
        (&["watch", token], "give one as it was received\n"),
        (
            &["subscribe", "desk"],
            "subscriptions/desk already exists\n",
        ),
        (&["health", "--service=x"], "leave out --service"),
        (&["get", "events/none"], "look for a typing error\n"),
        (&["watch", "--from=9"], "give a position up to it"),
    ] {
        let ended = run(&server, arguments).await;
        assert_ne!(ended.code, Some(0), "{arguments:?}: {ended:?}");
        assert!(
            ended.stderr.contains(told),
            "{arguments:?}: {}",
            ended.stderr
        );
        for word in ["START_", "after_position", "send ", "update it"] {
            assert!(
                !ended.stderr.contains(word),
                "{arguments:?}: {}",
                ended.stderr
            );
        }
    }
    let shown = run(&server, &["get", "desk", "-o=table"]).await;
    assert!(shown.stdout.contains("3600s"), "{shown:?}");
}

/// Formats and options that had no effect were taken in silence.
#[tokio::test]
async fn a_format_or_an_option_without_effect_is_refused() {
    let server = Server::start().await;
    server.publish_partnership(partnership("pact")).await;
    server.publish(event("council")).await;
    lines(&server, &["subscribe", "desk"]).await;
    for (arguments, told) in [
        (
            &["summarize", "--by=kind", "-o=names"][..],
            "counts have no names",
        ),
        (&["export", "-o", "table"], "leave out -o"),
        (&["unsubscribe", "desk", "-o=json"], "leave out -o"),
        (&["disconnect", "w", "-o=json"], "leave out -o"),
        (&["get", "council", "-o=csv"], "get --revisions"),
        (
            &["get", "subscriptions/desk", "--as-of-position=1"],
            "no history",
        ),
        (&["get", "subscriptions/desk", "--as-of-time=2025"], "time"),
        (&["get", "desk", "--as-of-position=1"], "is named desk"),
        (
            &["get", "partnerships/pact", "--revisions"],
            "is not an event",
        ),
        (
            &["get", "subscriptions/desk", "--revisions"],
            "is not an event",
        ),
        (
            &["get", "partnership/pact"],
            "did you mean partnerships/pact?",
        ),
        (&["get", "event/council"], "did you mean events/council?"),
        (&["get", "counsil"], "did you mean name = events/council?"),
        (
            &["get", "events/counci"],
            "did you mean name = events/council?",
        ),
    ] {
        let ended = run(&server, arguments).await;
        assert_ne!(ended.code, Some(0), "{arguments:?}: {ended:?}");
        assert!(
            ended.stderr.contains(told),
            "{arguments:?}: {}",
            ended.stderr
        );
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
    for (arguments, printed) in [
        (
            &["get", "council", "--revisions", "-o=names"][..],
            "events/council",
        ),
        (&["get", "council", "--revisions", "-o=csv"], "name,date,"),
        (&["get", "council/revisions/1"], "events/council"),
        (&["watches", "-o=csv"], "name,peer,"),
        (&["list", "topic:none", "-o=csv"], "name,date,"),
        (
            &["summarize", "--by=kind,topic", "topic:none", "-o=csv"],
            "count,kind,topic\n",
        ),
        (
            &["summarize", "--by=year,kind", "-o=csv"],
            "count,kind,year\n1,MEETING,",
        ),
    ] {
        let ended = run(&server, arguments).await;
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
        assert!(ended.stdout.contains(printed), "{arguments:?}: {ended:?}");
    }
}

/// A usage line had --server as if it had to be given, where the environment names the server.
#[tokio::test]
async fn a_usage_line_is_the_same_whatever_the_environment_has() {
    let usage = |environment: &'static [(&str, &str)], arguments: &'static [&str]| {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_entente"));
        program.args(arguments).envs(environment.iter().copied());
        let output = program.output().expect("the program");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8(output.stderr).expect("text")
    };
    let environment = &[("ENTENTE_SERVER", "127.0.0.1:1"), ("ENTENTE_TIMEOUT", "9s")];
    for (arguments, line) in [
        (&["get"][..], "Usage: entente get [OPTIONS] <NAME>\n"),
        (
            &["backup", "create"],
            "Usage: entente backup create [OPTIONS] <FILE>\n",
        ),
        (
            &["list", "a", "b"],
            "Usage: entente list [OPTIONS] [FILTER]\n",
        ),
    ] {
        for environment in [&environment[..], &[]] {
            let told = usage(environment, arguments);
            assert!(told.contains(line), "{told}");
        }
    }
}

/// Lines of help were broken where they had been typed, and again where the terminal ends.
#[tokio::test]
async fn help_is_in_whole_paragraphs_and_says_what_filters_are() {
    for command in ["redact", "retract", "consume", "conform", "list"] {
        let help = entente(&[command, "--help"], "").await.stdout;
        let lines: Vec<&str> = help.lines().collect();
        let is_text = |line: &str| !line.is_empty() && !line.starts_with(' ');
        for pair in lines.windows(2).filter(|pair| is_text(pair[1])) {
            assert!(!is_text(pair[0]) || pair[0].len() > 75, "{command}: {help}");
        }
    }
    for command in ["list", "watch", "subscribe", "summarize", "explain"] {
        let help = entente(&[command, "--help"], "").await.stdout;
        for part in ["party:JP", "entente explain", "place.country"] {
            assert!(help.contains(part), "{command}: {help}");
        }
    }
    let help = entente(&["partnerships", "--help"], "").await.stdout;
    assert!(help.contains("Other fields are name, form"), "{help}");
}

/// A server that takes long was said not to be there.
#[tokio::test]
async fn a_short_timeout_is_distinguished_from_an_unreachable_server() {
    // It accepts, and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let silent = silent.expect("a free port");
    let address = format!("--server={}", silent.local_addr().expect("bound"));
    let ended = entente(&["list", "--timeout=50ms", &address], "").await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let server = Server::start().await;
    let ended = run(&server, &["list", "--timeout=1ns"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("--timeout"), "{ended:?}");
    assert!(!ended.stderr.contains("start a server"), "{ended:?}");
}

/// Trial D7: what a server said of its start was told twice, too early or not as it was.
#[tokio::test]
async fn d7_a_start_is_told_as_it_was() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let data = home.path().join("data");
    let file = home.path().join("file");
    std::fs::write(&file, "").expect("writable");
    let options = [
        "serve",
        "--listen=127.0.0.1:0",
        "--admin-listen=127.0.0.1:0",
    ];
    let refused = [&options[..], &["--data-dir", file.to_str().expect("text")]].concat();
    let refused = entente(&refused, "").await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert_eq!(refused.stderr.matches("os error").count(), 1, "{refused:?}");
    assert!(!refused.stderr.contains("every call"), "{refused:?}");

    let demo = [("ENTENTE_DEMO", "true")];
    let mut server = Server::start_in(&data, &demo).await;
    // A thread of its own writes the log.
    let log = logged(&server, "loaded the starting data").await;
    let made = log.lines().find(|line| line.contains("made a new store"));
    let directory = data.display().to_string();
    assert!(made.is_some_and(|line| line.contains(&directory)), "{log}");
    server.kill();
    let server = Server::start_in(&data, &demo).await;
    let log = logged(&server, "has the starting data already").await;
    assert!(!log.contains("made a new store"), "{log}");
}

/// The log, once it has this.
async fn logged(server: &Server, text: &str) -> String {
    eventually(text, async || {
        Some(server.log()).filter(|log| log.contains(text))
    })
    .await
}

#[tokio::test]
async fn a_wrong_name_is_answered_with_how_to_find_the_right_one() {
    let server = Server::start().await;
    let create = ["create-body", "--id=nict", "--kind=research"];
    let names = ["--display-name=NICT", "--source-publisher=Ministry"];
    lines(&server, &[&create[..], &names].concat()).await;
    for (arguments, advice) in [
        (
            &["get", "DCMS"][..],
            "\"DCMS\" is no id; look for names with: entente bodies 'organisation:DCMS'",
        ),
        (
            &["get", "L'Agence d'État"],
            "entente bodies 'organisation:\"L Agence d État\"'",
        ),
        (
            &["get", "bodies/dcms"],
            "look for names with: entente bodies 'organisation:dcms'",
        ),
        (&["get", "dcms"], "entente bodies 'organisation:dcms'"),
        (
            &["get", "bodies/nict", "--revisions"],
            "`entente get bodies/nict --as-of-position N` shows an older revision",
        ),
        (&["redact", "nict", "--yes"], "and bodies bodies/NAME"),
        (
            &["explain", "body_kind = company"],
            "explain reads filters of events",
        ),
    ] {
        let ended = run(&server, arguments).await;
        assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(advice), "{arguments:?}: {ended:?}");
    }
    let found = run(&server, &["bodies", "organisation:nict", "-o", "names"]).await;
    assert_eq!(found.stdout, "bodies/nict\n");
    let right = run(&server, &["explain", "kind = MEETING"]).await;
    assert_eq!((right.code, right.stderr.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn a_missing_source_is_answered_with_its_option() {
    let server = Server::start().await;
    let publish = ["publish", "--id=a", "--kind=meeting", "--status=occurred"];
    let one = run(&server, &[&publish[..], &["--title=T"]].concat()).await;
    let missing = "sources: is required; --source-publisher gives one\n";
    assert!(one.stderr.ends_with(missing), "{one:?}");
    let two = run(&server, &publish).await;
    assert!(
        two.stderr.starts_with("error: 2 fields are invalid:\n"),
        "{two:?}"
    );
    assert!(two.stderr.contains(missing), "{two:?}");
}
