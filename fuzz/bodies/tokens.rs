use std::sync::LazyLock;

use entente::{
    command::{read_sorted_token, sorted_token},
    feed::{Phase, TokenWriter, read_token},
    filter::{Filter, Schema},
};

const EPOCH: &str = "0123456789abcdef";
const REQUEST: &str = "fedcba9876543210";
const HEAD: u64 = 1_000;

static FILTER: LazyLock<Filter> = LazyLock::new(|| filter("kind = MEETING"));
static OTHER: LazyLock<Filter> = LazyLock::new(|| filter("kind = OTHER"));
/// Its tokens have the position at which its name was resolved.
static NAMED: LazyLock<Filter> = LazyLock::new(|| filter("organisation:METI"));

/// A token is refused, or is where it says that it is, in this history and for this request.
pub fn tokens(input: &[u8]) {
    let Some(text) = super::text(input) else {
        return;
    };
    resume(text, &FILTER);
    resume(text, &NAMED);
    page(text);
    // With the checksum that belongs to it.
    let whole = sealed(text);
    resume(&whole, &FILTER);
    page(&whole);
    // Behind the store and the filter, which hardly any change leaves whole.
    for filter in [&*FILTER, &*NAMED] {
        let token = TokenWriter::new(EPOCH, filter, 0).token(Phase::Log { after: 0 });
        let parts: Vec<&str> = token.splitn(4, '.').take(3).collect();
        resume(&sealed(&format!("{}.{text}", parts.join("."))), filter);
    }
}

fn sealed(text: &str) -> String {
    format!("{text}.{:08x}", crc32fast::hash(text.as_bytes()))
}

fn filter(text: &str) -> Filter {
    Filter::parse(text, Schema::Events).expect("a filter")
}

fn resume(text: &str, filter: &Filter) {
    let Ok(read) = read_token(text, EPOCH, filter, HEAD) else {
        return;
    };
    let (Phase::Log { after: position } | Phase::Snapshot { at: position, .. }) = read.phase;
    assert!(
        position <= HEAD && read.resolved <= HEAD,
        "{text:?} leads to {read:?}"
    );
    assert!(filter.names_bodies() || read.resolved == 0, "{text:?}");
    let token = TokenWriter::new(EPOCH, filter, read.resolved).token(read);
    assert_eq!(read_token(&token, EPOCH, filter, HEAD).ok(), Some(read));
    assert!(read_token(text, EPOCH, &OTHER, HEAD).is_err(), "{text:?}");
    assert!(
        read_token(text, "another epoch", &FILTER, HEAD).is_err(),
        "{text:?}"
    );
}

fn page(text: &str) {
    let Ok(place) = read_sorted_token(text, EPOCH, REQUEST, HEAD) else {
        return;
    };
    assert!(place.position <= HEAD, "{text:?} leads to {place:?}");
    let token = sorted_token(EPOCH, REQUEST, place);
    assert_eq!(
        read_sorted_token(&token, EPOCH, REQUEST, HEAD).ok(),
        Some(place)
    );
    assert!(
        read_sorted_token(text, EPOCH, "another", HEAD).is_err(),
        "{text:?}"
    );
    assert!(
        read_sorted_token(text, "another epoch", REQUEST, HEAD).is_err(),
        "{text:?}"
    );
}
