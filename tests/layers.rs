//! Imports point downwards only, and what a layer stands on stays within it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Every module of the library. Each may use those that stand before it.
const ORDER: [&str; 19] = [
    "domain",
    "clock",
    "filter",
    "index",
    "proto",
    "wire",
    "transfer",
    "store",
    "backup",
    "rejection",
    "publish",
    "feed",
    "command",
    "grpc",
    "server",
    "client",
    "conform",
    "cli",
    "main",
];

/// Of the layers before them these use no others: the feed and commands serve any output, so they know no
/// message of one; what is for clients knows the public API; and the command line starts a server without
/// looking into it.
const NARROW: [(&str, &[&str]); 7] = [
    ("feed", &["clock", "filter", "index", "rejection", "store"]),
    (
        "command",
        &[
            "clock",
            "domain",
            "feed",
            "filter",
            "index",
            "publish",
            "rejection",
            "store",
            "wire",
        ],
    ),
    (
        "grpc",
        &[
            "clock",
            "command",
            "domain",
            "feed",
            "filter",
            "index",
            "proto",
            "publish",
            "rejection",
            "store",
            "wire",
        ],
    ),
    ("client", &["proto"]),
    ("conform", &["proto"]),
    (
        "cli",
        &[
            "backup", "client", "conform", "domain", "proto", "server", "store", "transfer", "wire",
        ],
    ),
    ("main", &["cli"]),
];

/// Crates that only some layers may know.
const CRATES: [(&str, &[&str]); 7] = [
    ("zstd", &["backup", "server", "store"]),
    ("sled", &["store"]),
    (
        "tonic",
        &[
            "cli", "client", "conform", "grpc", "proto", "server", "wire",
        ],
    ),
    ("clap", &["cli", "server"]),
    ("axum", &["server"]),
    (
        "tokio",
        &[
            "cli", "client", "clock", "command", "conform", "feed", "grpc", "publish", "server",
            "store",
        ],
    ),
    (
        "prost",
        &[
            "backup", "cli", "client", "conform", "grpc", "server", "store", "transfer", "wire",
        ],
    ),
];

/// Modules whose time is handed in.
const CLOCKED: [&str; 7] = [
    "command", "feed", "grpc", "index", "publish", "server", "store",
];

/// Files of these that ask the system, each for a time that no clock of a test may move.
const BY_THE_SYSTEM: [(&str, &str); 13] = [
    (
        "server/admin_http.rs",
        "what a peer of the admin port may take",
    ),
    ("server/call.rs", "measures calls for the metrics"),
    (
        "server/connections/accept.rs",
        "the system has no more files",
    ),
    (
        "server/connections/preface.rs",
        "what a peer may say that is turned away",
    ),
    ("server/connections/resets.rs", "how fast frames come"),
    ("server/log_line_limit.rs", "how fast lines are written"),
    ("server/scrub.rs", "the engine is still writing"),
    ("store/care/media_scan.rs", "the engine is still writing"),
    (
        "store/care/verify.rs",
        "a redaction is still being made durable",
    ),
    (
        "store/disk/blocks.rs",
        "whether the engine could panic at the time of day",
    ),
    (
        "store/disk/opening.rs",
        "another process is letting go of the files",
    ),
    ("store/disk/sled_log.rs", "the engine's readers are ending"),
    (
        "store/writer/writer.rs",
        "measures the milliseconds in which writes gather",
    ),
];

#[test]
fn time_is_handed_in() {
    let asking: Vec<String> = sources()
        .into_iter()
        .filter(|(path, text)| CLOCKED.contains(&module_of(path).as_str()) && asks_time(text))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(asking, BY_THE_SYSTEM.map(|(path, _)| path));
}

#[test]
fn a_look_at_the_system_s_time_is_found_however_it_is_written() {
    for text in [
        "let now = Instant::now();",
        "let now = std::time::SystemTime :: now();",
        "sleep(PAUSE).await",
        "tokio::time::timeout(TIME, call).await",
        "thread::sleep(PAUSE)",
    ] {
        assert!(asks_time(text), "{text}");
    }
    for text in [
        "clock.now()",
        "self.clock.sleep(time).await",
        "clock.timeout(TIME, call).await",
        "// Instant::now()",
        "fn sleep(&self, time: Duration)",
        "unsleep(1)",
    ] {
        assert!(!asks_time(text), "{text}");
    }
}

#[test]
fn imports_point_downwards_only() {
    let complaints: Vec<String> = sources()
        .iter()
        .flat_map(|(path, text)| {
            let from = module_of(path);
            let upward = upward(&from, text);
            upward
                .into_iter()
                .map(move |to| format!("{path}: {from} uses {to}"))
        })
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn what_a_layer_stands_on_stays_within_it() {
    let complaints: Vec<String> = sources()
        .iter()
        .flat_map(|(path, text)| {
            let from = module_of(path);
            let foreign = foreign(&from, text);
            foreign
                .into_iter()
                .map(move |name| format!("{path}: {from} knows {name}"))
        })
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What serves requests reads them and encodes the answers. It holds nothing that it could ask for more
/// than commands, which pass one gate.
#[test]
fn the_edge_asks_for_nothing_but_commands() {
    let handles = [
        ("store", "Store"),
        ("index", "Index"),
        ("publish", "Publisher"),
        ("feed", "Feed"),
    ];
    for (path, text) in sources() {
        if module_of(&path) != "grpc" {
            continue;
        }
        for (layer, handle) in handles {
            assert!(!names_of(&text, layer).contains(handle), "{path}: {handle}");
        }
    }
}

#[test]
fn what_is_named_of_a_layer_is_found_however_it_is_written() {
    for text in [
        "use crate::store::Store;",
        "use crate::{domain::Slug, store::{Head, Store}};",
        "fn f(store: &crate::store::Store) {}",
    ] {
        assert!(names_of(text, "store").contains("Store"), "{text}");
    }
    for text in ["use crate::store::StoreError;", "Rejection::Store(error)"] {
        assert!(!names_of(text, "store").contains("Store"), "{text}");
    }
}

#[test]
fn every_module_has_its_layer() {
    let sources = sources();
    let modules: BTreeSet<String> = sources.keys().map(|path| module_of(path)).collect();
    let known: BTreeSet<String> = ORDER.iter().map(|name| (*name).to_owned()).collect();
    let missing = modules.symmetric_difference(&known);
    assert_eq!(missing.collect::<Vec<_>>(), ["lib"]);
}

/// A permission that nobody needs would hide the next import that points upwards.
#[test]
fn every_permission_is_used() {
    let mut used = BTreeSet::new();
    let mut known = BTreeSet::new();
    for (path, text) in sources() {
        let from = module_of(&path);
        used.extend(modules_in(&text).into_iter().map(|to| (from.clone(), to)));
        for (name, _) in CRATES {
            if knows(&text, name) {
                known.insert((from.clone(), name));
            }
        }
    }
    for (from, layers) in NARROW {
        for to in layers {
            let permission = (from.to_owned(), (*to).to_owned());
            assert!(used.contains(&permission), "{from} does not use {to}");
        }
    }
    for (name, layers) in CRATES {
        for layer in layers {
            let permission = ((*layer).to_owned(), name);
            assert!(known.contains(&permission), "{layer} does not use {name}");
        }
    }
}

#[test]
fn an_upward_import_is_found_however_it_is_written() {
    for text in [
        "use crate::grpc::Thing;",
        "use crate::{domain::Slug, grpc::Thing};",
        "use crate::{\n    domain::{Slug, self},\n    grpc::{a::{b, c}, d},\n};",
        "fn f() { crate::grpc::thing() }",
        "use super::super::grpc::Thing;",
        "pub use crate :: grpc as g;",
        "use ::entente::grpc::Thing;",
    ] {
        assert_eq!(upward("store", text), ["grpc"], "{text}");
    }
    assert_eq!(upward("index", "use crate::store::Store as _X;"), ["store"]);
    assert_eq!(upward("cli", "use crate::grpc::Services;"), ["grpc"]);
    for text in [
        "use crate::{domain::{grpc, Slug}, index::grpc};",
        "// use crate::grpc::Thing;",
        "/// [`grpc`](crate::grpc) says more.",
        "/* crate::grpc */",
        "const TEXT: &str = \"crate::grpc\";",
        "use super::grpc::Thing;",
        "use crate::store::grpc;",
    ] {
        assert_eq!(upward("store", text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(upward("domain", "use crate::proto::v1;"), ["proto"]);
    assert_eq!(upward("filter", "use crate::proto::v1;"), ["proto"]);
}

#[test]
fn a_foreign_crate_is_found_however_it_is_written() {
    for text in [
        "use tonic::Status;",
        "fn f() -> tonic::Status {}",
        "use tonic_types::pb;",
    ] {
        assert_eq!(foreign("domain", text), ["tonic"], "{text}");
    }
    assert_eq!(foreign("feed", "use sled::Db;"), ["sled"]);
    for text in [
        "// tonic::Status",
        "use crate::tonic::Status;",
        "let atonic::x = 1;",
    ] {
        assert_eq!(foreign("domain", text), Vec::<String>::new(), "{text}");
    }
}

/// Every file under `src` by its path from there, without unit tests, which may use what they like.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = BTreeMap::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).expect("a readable directory") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(&root)
                    .expect("it is below")
                    .display()
                    .to_string();
                let text = fs::read_to_string(&path).expect("a readable file");
                if !is_of_tests(&name) {
                    let code = text.split("#[cfg(test)]\nmod tests {").next();
                    sources.insert(name, code.unwrap_or_default().to_owned());
                }
            }
        }
    }
    assert!(sources.len() > 100, "{}", sources.len());
    sources
}

fn is_of_tests(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs")
}

/// The top-level module that a file belongs to.
fn module_of(path: &str) -> String {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first).to_owned()
}

/// Modules that this text uses and may not use.
fn upward(from: &str, text: &str) -> Vec<String> {
    // The root declares every module.
    let Some(own) = ORDER.iter().position(|name| *name == from) else {
        return Vec::new();
    };
    let narrow = NARROW.iter().find(|(name, _)| *name == from);
    let allowed = narrow.map_or(&ORDER[..own], |(_, allowed)| allowed);
    let mut used = modules_in(text);
    used.retain(|name| name != from && !allowed.contains(&name.as_str()));
    used
}

/// Modules that this text uses.
fn modules_in(text: &str) -> Vec<String> {
    let mut used: Vec<String> = Vec::new();
    let text = code(text);
    for root in ["crate::", "entente::", "super::super::"] {
        for (at, _) in text.match_indices(root) {
            if text[..at].ends_with(is_of_a_name) || text[at + root.len()..].starts_with("super") {
                continue;
            }
            used.extend(heads(&text[at + root.len()..]));
        }
    }
    used.retain(|name| ORDER.contains(&name.as_str()));
    used.sort();
    used.dedup();
    used
}

/// What this text names of a layer.
fn names_of(text: &str, layer: &str) -> BTreeSet<String> {
    let text = code(text);
    let path = format!("{layer}::");
    let named = text.match_indices(&path);
    named
        .filter(|(at, _)| !text[..*at].ends_with(is_of_a_name))
        .flat_map(|(at, _)| heads(&text[at + path.len()..]))
        .collect()
}

/// Crates that this text uses and may not use.
fn foreign(from: &str, text: &str) -> Vec<String> {
    let foreign = CRATES
        .iter()
        .filter(|(_, layers)| from != "lib" && !layers.contains(&from));
    foreign
        .map(|(name, _)| (*name).to_owned())
        .filter(|name| knows(text, name))
        .collect()
}

/// Whether this text uses a crate of this name, or of one that begins with it.
fn knows(text: &str, name: &str) -> bool {
    let text = code(text);
    text.match_indices(name).any(|(at, _)| {
        let before = &text[..at];
        let rest = text[at + name.len()..].trim_start_matches(is_of_a_name);
        !before.ends_with(is_of_a_name) && !before.ends_with("::") && rest.starts_with("::")
    })
}

/// Whether this text asks the system for the time, or waits by it.
fn asks_time(text: &str) -> bool {
    let text = code(text);
    let waits = ["sleep", "sleep_until", "timeout", "timeout_at", "interval"];
    let is_call = |at: usize, name: &str| {
        let before = &text[..at];
        text[at + name.len()..].starts_with('(')
            && !before.ends_with("fn ")
            && !before.ends_with(|character| character == '.' || is_of_a_name(character))
    };
    ["Instant::now(", "SystemTime::now("]
        .iter()
        .any(|read| text.contains(read))
        || waits
            .iter()
            .any(|name| text.match_indices(name).any(|(at, name)| is_call(at, name)))
}

/// The first names of a path or of each path of a group.
fn heads(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else {
        return vec![name(rest)];
    };
    let mut heads = Vec::new();
    let (mut depth, mut begins) = (0, true);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            _ if begins => {
                heads.push(name(&group[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    heads
}

fn name(text: &str) -> String {
    text.chars()
        .take_while(|character| is_of_a_name(*character))
        .collect()
}

fn is_of_a_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The text without comments, strings and white space between words.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if character == '"' {
            string_length(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else {
            if !character.is_whitespace() || code.ends_with(is_of_a_name) {
                code.push(if character.is_whitespace() {
                    ' '
                } else {
                    character
                });
            }
            character.len_utf8()
        };
        rest = &rest[length..];
    }
    code.replace(" ::", "::")
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}
