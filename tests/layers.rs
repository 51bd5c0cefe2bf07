//! Imports point downwards only, and what a layer stands on stays within it.

use std::{collections::BTreeMap, fs, path::Path};

/// Every module of the library and those that it may use. A module may always use itself.
const LAYERS: [(&str, &[&str]); 18] = [
    ("domain", &[]),
    ("clock", &["domain"]),
    ("proto", &["wire"]),
    ("filter", &["domain"]),
    ("wire", &["domain", "filter", "proto"]),
    ("transfer", &["domain", "proto", "wire"]),
    ("index", &["domain", "filter", "proto", "store", "wire"]),
    (
        "store",
        &["clock", "domain", "filter", "index", "proto", "wire"],
    ),
    ("backup", &["proto", "store"]),
    ("rejection", &["domain", "filter", "index", "store"]),
    (
        "publish",
        &[
            "domain",
            "filter",
            "index",
            "proto",
            "rejection",
            "store",
            "wire",
        ],
    ),
    (
        "feed",
        &[
            "clock",
            "domain",
            "filter",
            "index",
            "proto",
            "rejection",
            "store",
            "wire",
        ],
    ),
    (
        "grpc",
        &[
            "clock",
            "domain",
            "feed",
            "filter",
            "index",
            "proto",
            "publish",
            "rejection",
            "store",
            "transfer",
            "wire",
        ],
    ),
    (
        "server",
        &[
            "clock",
            "domain",
            "feed",
            "filter",
            "grpc",
            "index",
            "proto",
            "publish",
            "rejection",
            "store",
            "transfer",
            "wire",
        ],
    ),
    ("client", &["proto"]),
    ("conform", &["client", "proto"]),
    (
        "cli",
        &[
            "backup",
            "client",
            "clock",
            "conform",
            "domain",
            "feed",
            "filter",
            "grpc",
            "index",
            "proto",
            "publish",
            "rejection",
            "server",
            "store",
            "transfer",
            "wire",
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
            "cli", "client", "conform", "feed", "grpc", "publish", "server", "store",
        ],
    ),
    (
        "prost",
        &[
            "backup", "cli", "client", "conform", "feed", "grpc", "index", "proto", "publish",
            "server", "store", "transfer", "wire",
        ],
    ),
];

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

#[test]
fn every_module_has_its_layer() {
    let known: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    for path in sources().keys() {
        let module = module_of(path);
        assert!(
            module == "lib" || known.contains(&module.as_str()),
            "{path} has no layer"
        );
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

/// Every file under `src` by its path from there.
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
                sources.insert(name, fs::read_to_string(&path).expect("a readable file"));
            }
        }
    }
    assert!(sources.len() > 100, "{}", sources.len());
    sources
}

/// The top-level module that a file belongs to.
fn module_of(path: &str) -> String {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first).to_owned()
}

/// Modules that this text uses and may not use.
fn upward(from: &str, text: &str) -> Vec<String> {
    let allowed = LAYERS
        .iter()
        .find(|(name, _)| *name == from)
        .map(|(_, allowed)| *allowed);
    // The root declares every module.
    let Some(allowed) = allowed else {
        return Vec::new();
    };
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
    let is_module = |name: &String| LAYERS.iter().any(|(known, _)| known == name);
    let known = |name: &String| name == from || allowed.contains(&name.as_str());
    used.retain(|name| is_module(name) && !known(name));
    used.sort();
    used.dedup();
    used
}

/// Crates that this text uses and may not use.
fn foreign(from: &str, text: &str) -> Vec<String> {
    let text = code(text);
    let uses = |name: &str| {
        text.match_indices(name).any(|(at, _)| {
            let before = &text[..at];
            let rest = text[at + name.len()..].trim_start_matches(is_of_a_name);
            !before.ends_with(is_of_a_name) && !before.ends_with("::") && rest.starts_with("::")
        })
    };
    let foreign = CRATES
        .iter()
        .filter(|(_, layers)| from != "lib" && !layers.contains(&from));
    foreign
        .map(|(name, _)| (*name).to_owned())
        .filter(|name| uses(name))
        .collect()
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
