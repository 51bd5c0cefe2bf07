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

/// A token is refused, or is where it says that it is, in this history and for this request.
pub fn tokens(input: &[u8]) {
    let Some(text) = super::text(input) else {
        return;
    };
    resume(text);
    page(text);
    // With the checksum that belongs to it.
    let sealed = format!("{text}.{:08x}", crc32fast::hash(input));
    resume(&sealed);
    page(&sealed);
}

fn filter(text: &str) -> Filter {
    Filter::parse(text, Schema::Events).expect("a filter")
}

fn resume(text: &str) {
    let Ok(read) = read_token(text, EPOCH, &FILTER, HEAD) else {
        return;
    };
    let (Phase::Log { after: position } | Phase::Snapshot { at: position, .. }) = read.phase;
    assert!(position <= HEAD, "{text:?} leads to {read:?}");
    let token = TokenWriter::new(EPOCH, &FILTER, read.resolved).token(read);
    assert_eq!(read_token(&token, EPOCH, &FILTER, HEAD).ok(), Some(read));
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
