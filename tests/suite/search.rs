//! What searches find: questions in many languages, and the examples of the documentation.
//!
//! The documents are titles, names and places in the words of this project, about what real
//! announcements are about.

use std::collections::{BTreeMap, BTreeSet};

use entente::proto::v1::{
    Event, ExplainFilterRequest, ListEventsRequest, Match, Party, PartyType, Place, Source,
    SummarizeEventsRequest, Translation,
};
use tonic::Code;

use crate::{
    harness::{
        Build, Server, assert_refused, earliest, event, latest, name_of, position_of, snapshot,
    },
    lists::{ids, list, matching},
    subscriptions::consumer::{Consumer, create, get},
};

/// Documents: id, language, title, translations, parties, city and publisher.
const DOCUMENTS: &str = include_str!("../fixtures/search/documents.tsv");
/// Questions: language, filter, the ids that it finds, and ids that it must not find.
const QUESTIONS: &str = include_str!("../fixtures/search/questions.tsv");

/// The rules of search, a row of a table each: rule, filter, what it finds and what it does not.
const RULES: &str = include_str!("../../docs/search.md");

/// Returns the cells of each row, without remarks.
fn rows<const CELLS: usize>(table: &'static str) -> Vec<[&'static str; CELLS]> {
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    let cells = |row: &'static str| {
        let cells: Vec<&str> = row.split('\t').collect();
        <[&str; CELLS]>::try_from(cells).unwrap_or_else(|cells| panic!("{cells:?}"))
    };
    rows.map(cells).collect()
}

fn parts<'a>(cell: &'a str, between: &'a str) -> impl Iterator<Item = &'a str> {
    cell.split(between)
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn document([id, language, title, translations, parties, city, publisher]: [&str; 7]) -> Event {
    let translation = |text: &str| {
        let (language, title) = text.split_once('=').expect("a language before =");
        Translation {
            language_code: language.to_owned(),
            title: title.to_owned(),
            ..Translation::default()
        }
    };
    let mut document = event(id).titled(title);
    document.language_code = language.to_owned();
    document.translations = parts(translations, ";").map(translation).collect();
    document.parties = parts(parties, ";").map(party).collect();
    document.place = city.split_once('/').map(|(city, country)| Place {
        city: city.to_owned(),
        country_code: country.to_owned(),
        ..Place::default()
    });
    document.sources = vec![Source {
        id: "press".to_owned(),
        publisher: publisher.to_owned(),
        ..Source::default()
    }];
    document
}

fn party(text: &str) -> Party {
    let (party, local) = text.split_once('|').unwrap_or((text, ""));
    let words: Vec<&str> = party.trim().splitn(3, ' ').collect();
    let [sort, country, name] = words[..] else {
        panic!("{text} is no party");
    };
    let sort = match sort {
        "organisation" => PartyType::Organisation,
        "company" => PartyType::Company,
        "person" => PartyType::Person,
        other => panic!("{other} is no sort of party"),
    };
    let local = local.trim().split_once('=');
    Party {
        r#type: sort.into(),
        country_code: country.to_owned(),
        display_name: name.to_owned(),
        local_names: local
            .map(|(language, name)| (language.to_owned(), name.to_owned()))
            .into_iter()
            .collect(),
        ..Party::default()
    }
}

async fn found(server: &Server, filter: &str) -> BTreeSet<String> {
    let request = ListEventsRequest {
        page_size: 500,
        ..matching(filter)
    };
    ids(&list(server, request).await)
        .into_iter()
        .map(str::to_owned)
        .collect()
}

/// How many hits were wanted, found and right.
#[derive(Default)]
struct Score {
    questions: usize,
    wanted: usize,
    found: usize,
    right: usize,
}

/// Trials C2 and C3.
#[tokio::test]
async fn c3_questions_find_what_they_ask_for_and_nothing_else() {
    let server = Server::start().await;
    let documents = rows::<7>(DOCUMENTS).into_iter().map(document);
    server.publish_all(documents).await;
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let mut failures = Vec::new();
    for [language, filter, wanted, unwanted] in rows::<4>(QUESTIONS) {
        let named = |cell: &str| -> BTreeSet<String> {
            let ids = parts(cell, " ").filter(|id| *id != "-");
            ids.map(str::to_owned).collect()
        };
        let (wanted, unwanted) = (named(wanted), named(unwanted));
        let found = found(&server, filter).await;
        let score = scores.entry(language).or_default();
        score.questions += 1;
        score.wanted += wanted.len();
        score.found += found.len();
        score.right += wanted.intersection(&found).count();
        let missed: Vec<_> = wanted.difference(&found).collect();
        let wrong: Vec<_> = unwanted.intersection(&found).collect();
        let unnamed: Vec<_> = found.difference(&wanted).collect();
        if !missed.is_empty() || !wrong.is_empty() || !unnamed.is_empty() {
            failures.push(format!(
                "{filter}: misses {missed:?}, finds {wrong:?} and {unnamed:?}"
            ));
        }
    }
    for (language, score) in &scores {
        let of = |part: usize, all: usize| 100.0 * part as f64 / all.max(1) as f64;
        println!(
            "{language}: {} questions, precision {:.1} %, recall {:.1} %",
            score.questions,
            of(score.right, score.found),
            of(score.right, score.wanted)
        );
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Trial C3: what the documentation says is so.
#[tokio::test]
async fn c3_every_rule_of_the_documentation_finds_its_example_and_not_the_other() {
    let server = Server::start().await;
    let rows = RULES.lines().filter_map(|line| {
        let cells: Vec<&str> = line
            .strip_prefix("| ")?
            .strip_suffix(" |")?
            .split(" | ")
            .collect();
        let [_, filter, finds, leaves] = cells[..] else {
            panic!("{line} has {} cells", cells.len());
        };
        let filter = filter.strip_prefix('`')?.strip_suffix('`')?;
        Some((filter, finds, leaves))
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() > 20, "{}", rows.len());
    let named = |id: String, field: &str, text: &str| match field {
        "text" => event(&id).titled(text),
        "organisation" => with_party(event(&id), &format!("organisation JP {text}")),
        "person" => with_party(event(&id), &format!("person JP {text}")),
        "place.city" => Event {
            place: Some(Place {
                city: text.to_owned(),
                ..Place::default()
            }),
            ..event(&id)
        },
        other => panic!("{other} is in no row"),
    };
    let examples = rows
        .iter()
        .enumerate()
        .flat_map(|(nth, (filter, finds, leaves))| {
            let end = filter.find([':', ' ']).expect("an operator");
            let field = &filter[..end];
            [
                named(format!("finds-{nth}"), field, finds),
                named(format!("leaves-{nth}"), field, leaves),
            ]
        });
    server.publish_all(examples).await;
    for (nth, (filter, _, _)) in rows.iter().enumerate() {
        let found = found(&server, filter).await;
        assert!(
            found.contains(&format!("finds-{nth}")),
            "{filter}: {found:?}"
        );
        assert!(
            !found.contains(&format!("leaves-{nth}")),
            "{filter}: {found:?}"
        );
    }
}

fn with_party(event: Event, text: &str) -> Event {
    Event {
        parties: vec![party(text)],
        ..event
    }
}

/// Trial C2: the text of each change decides, and that of the revision before it.
#[tokio::test]
async fn c2_a_watch_of_a_phrase_sends_what_has_it_from_history_and_live() {
    let server = Server::start().await;
    server
        .publish_all([
            event("apart").titled("Data that are free to flow"),
            event("has").titled("Rules for data flow"),
            event("loses").titled("A data flow"),
        ])
        .await;
    let loses = event("loses").titled("A flow of data");
    let gains = event("apart").titled("The data flow freely");
    server.update(loses).await;
    server.update(gains).await;
    let filter = "text = \"data flow\"";
    let crossing =
        |change: &entente::proto::v1::EventChange| (position_of(change), change.r#match());
    let expected = [
        (2, Match::Entered),
        (3, Match::Entered),
        (4, Match::Left),
        (5, Match::Entered),
    ];
    let mut history = server.watch(earliest(filter)).await;
    let (changes, _) = history.until_caught_up().await;
    let changes: Vec<_> = changes.iter().map(crossing).collect();
    assert_eq!(changes, expected);
    let mut members = server.watch(snapshot(filter)).await;
    let (members, _) = members.until_caught_up().await;
    let members: Vec<&str> = members.iter().map(name_of).collect();
    assert_eq!(members, ["events/has", "events/apart"]);

    let mut live = server.watch(latest(filter)).await;
    let mut others = server.watch(latest("NOT text = \"data flow\"")).await;
    live.until_caught_up().await;
    others.until_caught_up().await;
    server.publish(event("other").titled("Flow, data!")).await;
    server.update(event("has").titled("Flow data")).await;
    server.publish(event("new").titled("A new data-flow")).await;
    let changes = live.changes(2).await;
    let changes: Vec<_> = changes.iter().map(crossing).collect();
    assert_eq!(changes, [(7, Match::Left), (8, Match::Entered)]);
    let changes = others.changes(2).await;
    let changes: Vec<_> = changes.iter().map(crossing).collect();
    assert_eq!(changes, [(6, Match::Entered), (7, Match::Entered)]);
}

/// Trial C2: the work of a read is bounded, and what exceeds it is refused with what to do.
#[tokio::test]
async fn c2_a_phrase_whose_words_are_too_common_is_refused_and_a_watch_of_it_goes_on() {
    let server = Server::start().await;
    let many = (0..2_100).map(|nth| event(&format!("e-{nth}")).titled("Flow of free data"));
    let many: Vec<Event> = many.collect();
    for some in many.chunks(500) {
        server.publish_all(some.to_vec()).await;
    }
    let last = event("last").titled("A free data flow").with_state("JP");
    server.publish(last).await;
    let filter = "text = \"data flow\"";
    let refused = server.events().list_events(matching(filter)).await;
    let refused = refused.expect_err("2,101 texts");
    let metadata = assert_refused(&refused, Code::ResourceExhausted, "CALL_TOO_COSTLY");
    assert_eq!(metadata["limit"], "2000");
    assert!(refused.message().contains("write text:"), "{refused}");
    for narrowed in [
        "text = \"data flow\" AND party:JP",
        "text:\"data flow\" AND party:JP AND NOT text = \"flow data\"",
        "text = \"data flow\" AND text = \"free data\" AND party:JP",
    ] {
        assert_eq!(found(&server, narrowed).await.len(), 1, "{narrowed}");
    }
    let summary = SummarizeEventsRequest {
        filter: filter.to_owned(),
        group_by: vec!["party".to_owned()],
        ..SummarizeEventsRequest::default()
    };
    let refused = server.events().summarize_events(summary).await;
    assert_refused(
        &refused.expect_err("2,101 texts"),
        Code::ResourceExhausted,
        "CALL_TOO_COSTLY",
    );

    for begin in [earliest(filter), snapshot(filter)] {
        let mut watch = server.watch(begin).await;
        let (changes, _) = watch.until_caught_up().await;
        let names: Vec<&str> = changes.iter().map(name_of).collect();
        assert_eq!(names, ["events/last"]);
    }
    create(&server, "phrases", filter).await;
    // The first 2,000 are looked at, and the others have the words.
    assert_eq!(get(&server, "phrases").await.unacked_changes, 101);
    let mut consumer = Consumer::open(&server, "phrases").await;
    assert_eq!(consumer.change().await.0, 2_101);
}

/// Trial C5: the hint for a name that no record has shows the nearest names.
#[tokio::test]
async fn c5_an_explanation_of_whole_words_names_the_nearest_and_counts_what_it_finds() {
    let server = Server::start().await;
    let event = event("a").titled("Free data flow");
    server
        .publish(with_party(event, "organisation JP Ministry of Justice"))
        .await;
    let explain = |filter: &str| {
        let request = ExplainFilterRequest {
            filter: filter.to_owned(),
            sample_size: 5,
            known_at: None,
        };
        let mut events = server.events();
        async move {
            let answer = events.explain_filter(request).await;
            answer.expect("a filter").into_inner()
        }
    };
    let answer = explain("organisation = \"Minstry of Justice\"").await;
    assert_eq!(
        answer.hints,
        [
            "no record has organisation = \"minstry of justice\"; did you mean organisation = \
             \"ministry of justice\"?"
        ]
    );
    let answer = explain("text = \"free data flows\"").await;
    assert_eq!(
        answer.hints,
        [
            "no record has text = \"free data flows\", as none has the word flows; did you mean text = \
             \"free data flow\"?"
        ]
    );
    let answer = explain("text = \"data flow\"").await;
    assert_eq!((answer.matching_events, answer.hints.len()), (1, 0));
    assert_eq!(
        answer.indexes_used[0],
        "text = \"data flow\": at most 1 revisions"
    );
}
