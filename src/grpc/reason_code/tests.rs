//! What is said of reasons in the protos, in the README and in the code is the same.

use std::{fs, path::Path};

use prost::Message as _;
use prost_types::{EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet};
use tonic_types::StatusExt as _;

use super::*;
use crate::{grpc::status_builder::StatusBuilder, proto::DESCRIPTORS};

/// The field of a file with its enums, and that of an enum with its values.
const ENUMS: i32 = 5;
const VALUES: i32 = 2;

const HEADER: &str = "| reason | code | when, and what to do |\n|---|---|---|\n";

#[test]
fn a_status_has_the_reason_as_the_protos_name_it_and_its_code() {
    for (reason, _) in reasons() {
        let status = StatusBuilder::new(reason).status("a sentence");
        let info = status.get_details_error_info().expect("a reason");
        let name = format!("ERROR_REASON_{}", info.reason);
        assert_eq!(ErrorReason::from_str_name(&name), Some(reason));
        assert_eq!(ErrorReason::from_text(&info.reason), reason);
        assert_eq!(status.code(), code(reason), "{name}");
    }
    assert_eq!(
        ErrorReason::from_text("OF_A_LATER_VERSION"),
        ErrorReason::Unspecified
    );
}

#[test]
fn the_comment_of_a_reason_begins_with_its_code() {
    for (reason, comment) in reasons() {
        let named = format!("{}: ", name_of(code(reason)));
        assert!(comment.starts_with(&named), "{reason:?}: {comment}");
    }
}

#[test]
fn the_readme_lists_every_reason_as_the_protos_explain_it() {
    let readme = read("README.md");
    let (_, rows) = readme.split_once(HEADER).expect("a table of reasons");
    let (rows, _) = rows.split_once("\n\n").expect("an end of the table");
    let right: Vec<String> = reasons().into_iter().map(row).collect();
    let right = right.join("\n");
    assert!(
        rows == right,
        "README.md has another table of reasons than the protos; write there:\n\n{HEADER}{right}\n"
    );
}

#[test]
fn every_reason_is_sent_and_stands_nowhere_as_a_text() {
    let sources = sources(&root().join("src"));
    let edge: String = sources
        .iter()
        .filter(|(path, _)| path.contains("/grpc/") || path.contains("/server/"))
        .filter(|(path, _)| !path.ends_with("reason_code.rs"))
        .map(|(_, code)| code.as_str())
        .collect();
    for (reason, _) in reasons() {
        let variant = format!("ErrorReason::{reason:?}");
        let is_sent = edge
            .match_indices(&variant)
            .any(|(at, _)| !edge[at + variant.len()..].starts_with(char::is_alphanumeric));
        // The log keeps every position, and clients know what a server that does not would answer.
        let is_meant_to_be = reason != ErrorReason::PositionExpired;
        assert_eq!(is_sent, is_meant_to_be, "{reason:?}");

        let literal = format!("{:?}", reason.as_text());
        for (path, code) in &sources {
            assert!(!code.contains(&literal), "{path} has {literal}");
        }
    }
}

/// Every reason but the unspecified one, with its comment.
fn reasons() -> Vec<(ErrorReason, String)> {
    let set = FileDescriptorSet::decode(DESCRIPTORS).expect("descriptors");
    let (file, at, declared) = set
        .file
        .iter()
        .find_map(|file| {
            let at = file.enum_type.iter().position(is_of_reasons)?;
            Some((file, at, &file.enum_type[at]))
        })
        .expect("the enum");
    let values = (0..).zip(&declared.value).skip(1);
    values
        .map(|(value, declared)| {
            let reason = ErrorReason::from_str_name(declared.name()).expect("a reason");
            let at = i32::try_from(at).expect("few enums");
            (reason, comment(file, &[ENUMS, at, VALUES, value]))
        })
        .collect()
}

fn is_of_reasons(declared: &EnumDescriptorProto) -> bool {
    declared.name() == "ErrorReason"
}

fn comment(file: &FileDescriptorProto, path: &[i32]) -> String {
    let locations = &file.source_code_info.as_ref().expect("comments").location;
    let location = locations.iter().find(|location| location.path == path);
    let comment = location.expect("a value").leading_comments();
    comment.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn row((reason, comment): (ErrorReason, String)) -> String {
    let (code, explained) = comment.split_once(": ").expect("a code");
    let (first, rest) = explained.split_at(1);
    let text = reason.as_text();
    format!("| `{text}` | `{code}` | {}{rest} |", first.to_uppercase())
}

/// As gRPC names it.
fn name_of(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_uppercase());
    }
    name
}

/// Every file below the directory by its path, without unit tests.
fn sources(directory: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a readable directory") {
        let path = entry.expect("a readable entry").path();
        let name = path.display().to_string();
        if name.ends_with("tests") || name.ends_with("tests.rs") {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            let text = fs::read_to_string(&path).expect("a text");
            let code = text.split("#[cfg(test)]\nmod tests").next();
            found.push((name, code.unwrap_or_default().to_owned()));
        }
    }
    found
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a text")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
