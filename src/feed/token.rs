//! Resume tokens: the place of a reader, as text that anybody may store and send.
//!
//! `v1.EPOCH.FILTER.PHASE.CHECK`: the store's epoch; the filter in URL-safe base64 (a digest of its
//! canonical text, then the first [`FILTER_LEN_MAX`] bytes of its normal form, to be shown); the
//! phase, `l7` for the log after position 7 or `s7-3` for the snapshot at position 7 after its member
//! at 3; a checksum of what precedes. `l7@1767225600000000` leaves out what was committed before that
//! time, in microseconds since 1970: the watch began at a time that the log has not reached. Behind
//! either, `~5` is the position at which the names in the filter were resolved to bodies, if the filter
//! has any.
//! Clients treat it as opaque. It gives no rights, so it is not signed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{filter::Filter, index::Position, rejection::Rejection, store::Digest};

const VERSION: &str = "v1";
/// Length of the filter that an error shows if the token is sent with another one.
const FILTER_LEN_MAX: usize = 192;
const DIGEST_LEN: usize = 8;
/// Capacity for what follows the filter; enough for any realistic position.
const REST_LEN: usize = 32;

/// The place of a reader.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Everything up to this position was sent.
    Log { after: Position },
    /// Everything up to the member at `after` was sent, of the snapshot as of `at`.
    Snapshot { at: Position, after: Position },
}

impl Phase {
    /// Returns the position up to which every matching change was sent.
    pub(super) fn covered(self) -> Position {
        match self {
            Phase::Log { after } => after,
            Phase::Snapshot { .. } => 0,
        }
    }

    /// Returns the position after which the reader reads the log.
    pub(super) fn position(self) -> Position {
        let (Phase::Log { after: position } | Phase::Snapshot { at: position, .. }) = self;
        position
    }
}

/// The content of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    pub phase: Phase,
    /// Skips changes that were committed before this time, in microseconds since 1970; `None` once the log
    /// has reached it.
    pub not_before: Option<i64>,
    /// The position at which the names in the filter are resolved.
    pub resolved: Position,
}

impl From<Phase> for Checkpoint {
    fn from(phase: Phase) -> Checkpoint {
        Checkpoint {
            phase,
            not_before: None,
            resolved: 0,
        }
    }
}

/// Makes the tokens of one stream. The part that they share is made once.
#[derive(Clone, Debug)]
pub struct TokenWriter {
    prefix: String,
    checksum: crc32fast::Hasher,
    /// Where the names in the filter were resolved, if it can have any.
    resolved: Option<Position>,
}

impl TokenWriter {
    /// Makes tokens for a store and a filter whose names were resolved at a position.
    pub fn new(epoch: &str, filter: &Filter, resolved: Position) -> TokenWriter {
        let prefix = format!(
            "{VERSION}.{epoch}.{}.",
            URL_SAFE_NO_PAD.encode(filter_mark(filter))
        );
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(prefix.as_bytes());
        let resolved = filter.names_bodies().then_some(resolved);
        TokenWriter {
            prefix,
            checksum,
            resolved,
        }
    }

    /// Returns the token of a reader that stands there.
    ///
    /// Each frame has one, so it is put together in place, and without `fmt`, which takes a tenth of
    /// the instructions of a frame.
    pub fn token(&self, place: impl Into<Checkpoint>) -> String {
        let place = place.into();
        let mut token = String::with_capacity(self.prefix.len() + REST_LEN);
        token.push_str(&self.prefix);
        match place.phase {
            Phase::Log { after } => {
                push_number(&mut token, 'l', after);
                if let Some(micros) = place.not_before {
                    push_number(&mut token, '@', micros);
                }
            }
            Phase::Snapshot { at, after } => {
                push_number(&mut token, 's', at);
                push_number(&mut token, '-', after);
            }
        }
        if let Some(resolved) = self.resolved {
            push_number(&mut token, '~', resolved);
        }
        let mut checksum = self.checksum.clone();
        checksum.update(&token.as_bytes()[self.prefix.len()..]);
        token.push('.');
        token.extend(hex(checksum.finalize()));
        token
    }
}

fn push_number(token: &mut String, sign: char, number: impl itoa::Integer) {
    token.push(sign);
    token.push_str(itoa::Buffer::new().format(number));
}

/// Eight lower-case digits.
fn hex(checksum: u32) -> [char; 8] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |at: u32| char::from(DIGITS[(checksum >> (28 - 4 * at)) as usize & 15]);
    [0, 1, 2, 3, 4, 5, 6, 7].map(digit)
}

/// Reads a token that must be of this store, with this head, and of a filter that means the same.
pub fn read_token(
    token: &str,
    epoch: &str,
    filter: &Filter,
    head: Position,
) -> Result<Checkpoint, Rejection> {
    let garbage = |why| Rejection::ResumeToken { why };
    let (checked, checksum) = token
        .rsplit_once('.')
        .ok_or(garbage("it does not look like a token"))?;
    if !checksum
        .chars()
        .eq(hex(crc32fast::hash(checked.as_bytes())))
    {
        return Err(garbage("it is not whole"));
    }
    let mut parts = checked.split('.');
    let mut part = || parts.next().ok_or(garbage("it does not look like a token"));
    let (version, token_epoch, mark, phase) = (part()?, part()?, part()?, part()?);
    if version != VERSION {
        return Err(garbage("it is of another version"));
    }
    let mut checkpoint = read_phase(phase).ok_or(garbage("it has no position"))?;
    if !filter.names_bodies() {
        checkpoint.resolved = 0;
    }
    let mark = URL_SAFE_NO_PAD
        .decode(mark)
        .map_err(|_| garbage("it has no filter"))?;
    if token_epoch != epoch {
        let (token, store) = (token_epoch.to_owned(), epoch.to_owned());
        return Err(Rejection::EpochChanged { token, store, head });
    }
    if !is_of(&mark, filter) {
        let token = mark.get(DIGEST_LEN..).unwrap_or_default();
        let token = String::from_utf8_lossy(token).into_owned();
        return Err(Rejection::ResumeTokenFilter {
            token,
            request: filter.normalized().to_owned(),
        });
    }
    let requested = checkpoint.phase.position().max(checkpoint.resolved);
    if requested > head {
        return Err(Rejection::PositionInFuture { requested, head });
    }
    Ok(checkpoint)
}

fn filter_mark(filter: &Filter) -> Vec<u8> {
    let shown = filter.normalized();
    let end = shown.floor_char_boundary(FILTER_LEN_MAX);
    [&meaning(filter).0[..DIGEST_LEN], &shown.as_bytes()[..end]].concat()
}

/// Whether the mark in a token belongs to a filter with the same meaning. Tokens from before filters had a
/// canonical text have a digest of the normal form, which keeps the order in which the filter was written.
fn is_of(mark: &[u8], filter: &Filter) -> bool {
    let spelling = || Digest::of(&[filter.normalized().as_bytes()]);
    mark.get(..DIGEST_LEN).is_some_and(|digest| {
        digest == &meaning(filter).0[..DIGEST_LEN] || digest == &spelling().0[..DIGEST_LEN]
    })
}

/// Differs from the digest of any normal form, so that the two cannot be confused.
fn meaning(filter: &Filter) -> Digest {
    Digest::of(&[b"canonical", filter.canonical().as_bytes()])
}

fn read_phase(text: &str) -> Option<Checkpoint> {
    let (text, resolved) = match text.split_once('~') {
        None => (text, None),
        Some((text, resolved)) => (text, Some(resolved.parse().ok()?)),
    };
    let (phase, not_before) = match text.split_at_checked(1)? {
        ("l", rest) => {
            let (after, not_before) = match rest.split_once('@') {
                None => (rest, None),
                Some((after, micros)) => (after, Some(micros.parse().ok()?)),
            };
            let after = after.parse().ok()?;
            (Phase::Log { after }, not_before)
        }
        ("s", rest) => {
            let (at, after) = rest.split_once('-')?;
            let (at, after) = (at.parse().ok()?, after.parse().ok()?);
            (Phase::Snapshot { at, after }, None)
        }
        _ => return None,
    };
    Some(Checkpoint {
        phase,
        not_before,
        // Tokens from before there were bodies have none.
        resolved: resolved.unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Schema;

    const EPOCH: &str = "0123456789abcdef";

    fn filter(text: &str) -> Filter {
        Filter::parse(text, Schema::Events).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_token_reads_as_it_was_made() {
        for phase in [Phase::Log { after: 7 }, Phase::Snapshot { at: 7, after: 3 }] {
            let token = TokenWriter::new(EPOCH, &filter("kind = MEETING"), 0).token(phase);
            assert_eq!(
                read_token(&token, EPOCH, &filter("kind = MEETING"), 9).unwrap(),
                phase.into()
            );
        }
    }

    /// Trial A13.
    #[test]
    fn s51_a_token_keeps_the_time_before_which_nothing_is_wanted() {
        let tokens = TokenWriter::new(EPOCH, &filter("party:JP"), 0);
        for not_before in [None, Some(-1), Some(1_767_225_600_000_000), None] {
            let phase = Phase::Log { after: 7 };
            let place = Checkpoint {
                phase,
                not_before,
                resolved: 0,
            };
            let read = read_token(&tokens.token(place), EPOCH, &filter("party:JP"), 9);
            assert_eq!(read.unwrap(), place);
        }
    }

    #[test]
    fn s06_a_token_of_another_filter_is_refused_with_both() {
        let token = TokenWriter::new(EPOCH, &filter("party:JP"), 0).token(Phase::Log { after: 7 });
        match read_token(&token, EPOCH, &filter("party:GB"), 9) {
            Err(Rejection::ResumeTokenFilter { token, request }) => {
                assert_eq!((token.as_str(), request.as_str()), ("party:JP", "party:GB"));
            }
            other => panic!("{other:?}"),
        }
    }

    /// Trial C10.
    #[test]
    fn s51_a_token_is_of_the_meaning_of_its_filter_and_not_of_its_spelling() {
        let token = TokenWriter::new(
            EPOCH,
            &filter("party:JP AND (kind = MEETING OR party:EU)"),
            0,
        )
        .token(Phase::Log { after: 7 });
        for same in [
            "(kind:meeting OR party:eu) party = JP",
            "NOT -(party:JP AND party:JP AND (party:EU OR kind = KIND_MEETING OR party:EU))",
        ] {
            assert!(
                read_token(&token, EPOCH, &filter(same), 9).is_ok(),
                "{same}"
            );
        }
        for other in [
            "party:JP OR (kind = MEETING AND party:EU)",
            "party:JP AND kind = MEETING AND party:EU",
            "party:JP",
        ] {
            let read = read_token(&token, EPOCH, &filter(other), 9);
            assert!(
                matches!(read, Err(Rejection::ResumeTokenFilter { .. })),
                "{other}"
            );
        }
    }

    #[test]
    fn s51_a_token_made_before_filters_had_a_canonical_text_goes_on() {
        // Of `party:JP AND party:EU`, as it was made then.
        let old = "v1.0123456789abcdef.h2jH852eoutwYXJ0eTpKUCBBTkQgcGFydHk6RVU.l7.42f5d078";
        assert_eq!(
            read_token(old, EPOCH, &filter("party:JP AND party:EU"), 9).unwrap(),
            Phase::Log { after: 7 }.into()
        );
        assert!(matches!(
            read_token(old, EPOCH, &filter("party:EU AND party:JP"), 9),
            Err(Rejection::ResumeTokenFilter { .. })
        ));
    }

    #[test]
    fn long_filters_that_begin_alike_are_told_apart() {
        let (a, b) = (
            filter(&format!("text:{}a", "x".repeat(400))),
            filter(&format!("text:{}b", "x".repeat(400))),
        );
        let token = TokenWriter::new(EPOCH, &a, 0).token(Phase::Log { after: 7 });
        assert!(read_token(&token, EPOCH, &a, 9).is_ok());
        assert!(matches!(
            read_token(&token, EPOCH, &b, 9),
            Err(Rejection::ResumeTokenFilter { .. })
        ));
    }

    #[test]
    fn s07_a_token_of_another_history_is_refused_by_name() {
        let token =
            TokenWriter::new("fedcba9876543210", &filter(""), 0).token(Phase::Log { after: 7 });
        assert!(matches!(
            read_token(&token, EPOCH, &filter(""), 9),
            Err(Rejection::EpochChanged { .. })
        ));
    }

    #[test]
    fn s08_a_token_beyond_the_head_is_refused() {
        let token = TokenWriter::new(EPOCH, &filter(""), 0).token(Phase::Log { after: 10 });
        assert!(matches!(
            read_token(&token, EPOCH, &filter(""), 9),
            Err(Rejection::PositionInFuture {
                requested: 10,
                head: 9
            })
        ));
    }

    #[test]
    fn a_token_with_any_changed_character_is_refused() {
        let token = TokenWriter::new(EPOCH, &filter("party:JP"), 0).token(Phase::Log { after: 7 });
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(
                read_token(&changed, EPOCH, &filter("party:JP"), 9).is_err(),
                "{changed}"
            );
        }
    }
}
