//! Page sizes and page tokens.
//!
//! `p1.EPOCH.REQUEST.POSITION.AFTER.CHECK`: the store's epoch; a digest of everything in the request
//! but the token and the page size; the position of the whole listing; the last row sent; a
//! checksum. Clients treat it as opaque.

use prost::Message;

use super::answer::ROWS_BYTES_MAX;
use crate::{index::Position, rejection::Rejection, store::Digest};

/// Rows of a page when the request does not say.
const SIZE_DEFAULT: usize = 50;
/// Rows of a page at most.
pub const SIZE_MAX: usize = 1_000;
const VERSION: &str = "p1";

/// Where a listing goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// The listing is the state at this position.
    pub position: Position,
    /// The last row sent; 0 before the first.
    pub after: Position,
}

/// Digest of what must stay the same between pages.
pub fn fingerprint(parts: &[&str]) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    Digest::of(&parts).to_string()[..16].to_owned()
}

/// Rows to send.
pub fn size(requested: i32) -> Result<usize, Rejection> {
    match usize::try_from(requested) {
        Ok(0) => Ok(SIZE_DEFAULT),
        Ok(size) => Ok(size.min(SIZE_MAX)),
        Err(_) => Err(Rejection::argument(
            "page_size",
            format!("is {requested}; send 0 to {SIZE_MAX}"),
        )),
    }
}

/// As many rows as one answer takes, at least one of those that there are.
pub fn fitting<M: Message>(
    rows: impl IntoIterator<Item = Result<M, Rejection>>,
) -> Result<Vec<M>, Rejection> {
    let (mut fitting, mut bytes) = (Vec::new(), 0);
    for row in rows {
        let row = row?;
        bytes += row.encoded_len();
        if bytes > ROWS_BYTES_MAX && !fitting.is_empty() {
            break;
        }
        fitting.push(row);
    }
    Ok(fitting)
}

/// The token that goes on after a row.
pub fn token(epoch: &str, fingerprint: &str, place: Place) -> String {
    let place = format!("{}.{}", place.position, place.after);
    seal(epoch, fingerprint, &place)
}

/// The token that goes on after a row that is known by its name.
pub fn name_token(epoch: &str, fingerprint: &str, after: &str) -> String {
    seal(epoch, fingerprint, after)
}

/// Reads a token that must be of this store and request.
pub fn read_token(token: &str, epoch: &str, fingerprint: &str) -> Result<Place, Rejection> {
    let place = unseal(token, epoch, fingerprint)?;
    let place = place
        .split_once('.')
        .map(|(position, after)| (position.parse(), after.parse()));
    match place {
        Some((Ok(position), Ok(after))) => Ok(Place { position, after }),
        _ => Err(Rejection::PageToken {
            why: "it is not a page token",
        }),
    }
}

/// The same, of a listing of positions in a log that ends at `head`.
pub fn read_log_token(
    token: &str,
    epoch: &str,
    fingerprint: &str,
    head: Position,
) -> Result<Place, Rejection> {
    let place = read_token(token, epoch, fingerprint)?;
    // Anybody can make a checksum, and the index is asked only for what it has.
    if place.position > head || place.after > place.position {
        return Err(Rejection::PageToken {
            why: "it names a position that is not in its listing",
        });
    }
    Ok(place)
}

/// Reads what [`name_token`] made, which must be of this store and request.
pub fn read_name_token(token: &str, epoch: &str, fingerprint: &str) -> Result<String, Rejection> {
    unseal(token, epoch, fingerprint).map(str::to_owned)
}

fn seal(epoch: &str, fingerprint: &str, place: &str) -> String {
    let body = format!("{VERSION}.{epoch}.{fingerprint}.{place}");
    format!("{body}.{:08x}", crc32fast::hash(body.as_bytes()))
}

fn unseal<'a>(token: &'a str, epoch: &str, fingerprint: &str) -> Result<&'a str, Rejection> {
    let refused = |why| Rejection::PageToken { why };
    let (body, checksum) = token
        .rsplit_once('.')
        .ok_or(refused("it is not a page token"))?;
    if checksum != format!("{:08x}", crc32fast::hash(body.as_bytes())) {
        return Err(refused("it is not a whole page token"));
    }
    let parts: Vec<&str> = body.splitn(4, '.').collect();
    let [VERSION, token_epoch, token_fingerprint, place] = parts[..] else {
        return Err(refused("it is not a page token"));
    };
    if token_epoch != epoch {
        return Err(refused("it is of another store"));
    }
    if token_fingerprint != fingerprint {
        return Err(refused("it is of another request"));
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: &str = "0123456789abcdef";

    #[test]
    fn a_token_reads_as_it_was_made() {
        let place = Place {
            position: 9,
            after: 4,
        };
        let request = fingerprint(&["kind = MEETING", "date"]);
        assert_eq!(
            read_token(&token(EPOCH, &request, place), EPOCH, &request).unwrap(),
            place
        );
    }

    #[test]
    fn a_token_of_another_request_or_store_is_refused() {
        let place = Place {
            position: 9,
            after: 4,
        };
        let (one, other) = (fingerprint(&["a", "b"]), fingerprint(&["ab", ""]));
        let token = token(EPOCH, &one, place);
        assert!(read_token(&token, EPOCH, &other).is_err());
        assert!(read_token(&token, "fedcba9876543210", &one).is_err());
        assert!(read_token(&token.replace(".4.", ".5."), EPOCH, &one).is_err());
    }
}
