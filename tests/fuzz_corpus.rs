//! D12: what the targets of cargo-fuzz check, for every input in `fuzz/corpus` and for a number of
//! changes of each that are the same in every run.
//!
//! `ENTENTE_FUZZ_CHANGES=5000 cargo test --test fuzz_corpus` tries more of them. What is found goes
//! into the corpus.

#[path = "../fuzz/bodies/lib.rs"]
mod bodies;
#[path = "fuzz_corpus/change.rs"]
mod change;
#[path = "harness/random.rs"]
mod random;

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use entente::wire::descriptors;

use self::{change::changed, random::Random};

/// Changes of each input: of calls fewer, as each takes about as long as all of another.
const CHANGES: usize = 2_000;
const CHANGES_OF_CALLS: usize = 300;

#[test]
fn d12_any_text_is_a_filter_with_a_normal_form_or_refused_with_a_place() {
    replay("filter", bodies::filter, CHANGES);
}

#[test]
fn d12_any_text_is_a_date_between_two_days_or_refused() {
    replay("edtf", bodies::edtf, CHANGES);
}

#[test]
fn d12_any_text_is_a_token_of_this_history_and_request_or_refused() {
    replay("tokens", bodies::tokens, CHANGES);
}

#[test]
fn d12_any_line_of_an_import_is_printed_as_it_was_read_or_refused() {
    replay("import_line", bodies::import_line, CHANGES);
}

#[test]
fn d07_any_bytes_are_a_record_or_refused() {
    replay("record", bodies::record, CHANGES);
}

#[test]
fn d07_any_bytes_are_a_block_of_records_or_refused_with_a_position() {
    replay("block", bodies::block, CHANGES);
}

#[test]
fn d07_any_bytes_are_a_subscription_or_refused() {
    replay("subscription", bodies::subscription, CHANGES);
}

#[test]
fn d08_any_bytes_are_a_backup_or_refused() {
    replay("backup", bodies::backup, CHANGES);
}

#[test]
fn d12_any_bytes_sent_to_any_method_are_answered_or_refused_for_a_reason() {
    replay("rpc", bodies::rpc, CHANGES_OF_CALLS);
}

#[test]
fn d12_every_method_is_among_the_calls() {
    let calls = corpus("rpc");
    let is_called = |name: &str| {
        calls
            .iter()
            .any(|(_, call)| call.starts_with(name.as_bytes()))
    };
    for service in descriptors().services() {
        for method in service.methods() {
            let name = format!("{}/{}\n", service.full_name(), method.name());
            assert!(is_called(&name), "no call of {name:?} in fuzz/corpus/rpc");
        }
    }
}

/// Runs the body over the corpus and its changes, and tells which input it was that failed.
fn replay(target: &str, body: fn(&[u8]), changes: usize) {
    let corpus = corpus(target);
    assert!(corpus.len() > 2, "fuzz/corpus/{target} has inputs");
    let changes = env::var("ENTENTE_FUZZ_CHANGES").map_or(changes, |text| {
        text.parse().expect("ENTENTE_FUZZ_CHANGES is a number")
    });
    for (seed, (name, input)) in corpus.iter().enumerate() {
        hold(target, name, body, input);
        let mut random = Random::new(seed as u64 + 1);
        for _ in 0..changes {
            let (_, other) = random.one_of(&corpus);
            let input = changed(input, other, &mut random);
            hold(target, name, body, &input);
        }
    }
}

fn hold(target: &str, name: &str, body: fn(&[u8]), input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| body(input))).is_ok() {
        return;
    }
    let found = env::temp_dir().join(format!("entente-{target}-{:08x}", crc32fast::hash(input)));
    fs::write(&found, input).expect("a directory for what was found");
    panic!(
        "fuzz/corpus/{target}/{name}, changed: see {}",
        found.display()
    );
}

/// Inputs with their names, in order.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let entries = fs::read_dir(&directory).expect("a corpus");
    let mut corpus: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.expect("an input").path();
            let name = path.file_name().expect("an input").to_string_lossy();
            (name.into_owned(), fs::read(&path).expect("an input"))
        })
        .collect();
    corpus.sort();
    corpus
}
