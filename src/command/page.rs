//! Page tokens.
//!
//! `p2.EPOCH.REQUEST.PLACE.CHECK`: the store's epoch; a digest of everything in the request but the
//! token and the page size; where the listing goes on; a checksum. The place is `POSITION.AFTER`,
//! the position of the whole listing and the last row sent. In a sorted listing `.TODAY` follows,
//! the day on which the first page was asked for, and `.FIRST.LAST`, the dates of the last row if
//! the listing is sorted by them, all as days since 1970-01-01. Clients treat tokens as opaque.

use crate::{
    domain::{Day, Micros},
    index::{Clock, Position, Row, Scope},
    rejection::Rejection,
    store::Digest,
};

const VERSION: &str = "p2";
const NOT_A_TOKEN: Rejection = Rejection::PageToken {
    why: "it is not a page token",
};

/// A page of a list that has no more to say than its rows.
#[derive(Clone, Debug)]
pub(crate) struct Page<R> {
    pub rows: R,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// Where a list continues.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Place {
    /// The position of the whole list.
    pub position: Position,
    /// The last row sent; 0 before the first.
    pub after: Position,
}

/// Where a sorted list continues. The pages stay complete whatever happens between them, because the
/// place contains everything that the rest of the list depends on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SortedPlace {
    /// The position of the whole list.
    pub position: Position,
    /// The day for which every page decides whether events are overdue: that of the first page, or that
    /// of the time whose knowledge is listed, if that is earlier.
    pub today: Day,
    /// The last row sent; `None` before the first.
    pub after: Option<Row>,
}

impl SortedPlace {
    /// The state of the log that the list is about, or what was known of it at a time.
    pub(super) fn scope(&self, known_at: Option<Micros>) -> Scope {
        Scope {
            upto: self.position,
            known_at: known_at.map(|Micros(micros)| micros),
            clock: Clock::Today(self.today),
        }
    }

    /// Before the first row of a list.
    pub(super) fn first(position: Position, today: Day) -> SortedPlace {
        SortedPlace {
            position,
            today,
            after: None,
        }
    }
}

/// Digest of what must stay the same between pages.
pub(super) fn fingerprint(parts: &[&str]) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    Digest::of(&parts).to_string()[..16].to_owned()
}

/// Returns the token for the rows after a row.
pub(super) fn token(epoch: &str, fingerprint: &str, place: Place) -> String {
    let place = format!("{}.{}", place.position, place.after);
    seal(epoch, fingerprint, &place)
}

/// Returns the token for the rows after a row of a sorted list.
pub fn sorted_token(epoch: &str, fingerprint: &str, place: SortedPlace) -> String {
    let after = place.after.map_or(0, |row| row.position);
    let mut text = format!("{}.{after}.{}", place.position, place.today.days());
    if let Some((first, last)) = place.after.and_then(|row| row.date) {
        text.push_str(&format!(".{}.{}", first.days(), last.days()));
    }
    seal(epoch, fingerprint, &text)
}

/// Returns the token for the rows after a row that is identified by its name.
pub(super) fn name_token(epoch: &str, fingerprint: &str, after: &str) -> String {
    seal(epoch, fingerprint, after)
}

/// Reads a token that must be of this store and request.
pub(super) fn read_token(token: &str, epoch: &str, fingerprint: &str) -> Result<Place, Rejection> {
    let place = unseal(token, epoch, fingerprint)?;
    let place = place
        .split_once('.')
        .map(|(position, after)| (position.parse(), after.parse()));
    match place {
        Some((Ok(position), Ok(after))) => Ok(Place { position, after }),
        _ => Err(NOT_A_TOKEN),
    }
}

/// Reads a token of a list of positions in a log that ends at `head`.
pub(super) fn read_log_token(
    token: &str,
    epoch: &str,
    fingerprint: &str,
    head: Position,
) -> Result<Place, Rejection> {
    let place = read_token(token, epoch, fingerprint)?;
    check_positions(place, head)?;
    Ok(place)
}

/// Reads what [`sorted_token`] made, which must be of this store and request and of a log that ends
/// at `head`.
pub fn read_sorted_token(
    token: &str,
    epoch: &str,
    fingerprint: &str,
    head: Position,
) -> Result<SortedPlace, Rejection> {
    let place = unseal(token, epoch, fingerprint)?;
    let numbers: Result<Vec<i64>, _> = place.split('.').map(str::parse).collect();
    let numbers = numbers.map_err(|_| NOT_A_TOKEN)?;
    let (place, today, date) = match numbers[..] {
        [position, after, today] => ((position, after), today, None),
        [position, after, today, first, last] => ((position, after), today, Some((first, last))),
        _ => return Err(NOT_A_TOKEN),
    };
    let (Ok(position), Ok(after)) = (place.0.try_into(), place.1.try_into()) else {
        return Err(NOT_A_TOKEN);
    };
    check_positions(Place { position, after }, head)?;
    let day = |days: i64| i32::try_from(days).ok().and_then(Day::from_days);
    let date = match date.map(|(first, last)| (day(first), day(last))) {
        None => None,
        Some((Some(first), Some(last))) => Some((first, last)),
        Some(_) => return Err(NOT_A_TOKEN),
    };
    Ok(SortedPlace {
        position,
        today: day(today).ok_or(NOT_A_TOKEN)?,
        after: (after != 0).then_some(Row {
            position: after,
            date,
        }),
    })
}

/// Checks the positions of a token: anybody can forge a checksum, and the index must only be asked for
/// positions that exist.
fn check_positions(place: Place, head: Position) -> Result<(), Rejection> {
    if place.position > head || place.after > place.position {
        return Err(Rejection::PageToken {
            why: "it names a position that is not in its listing",
        });
    }
    Ok(())
}

/// Reads what [`name_token`] made, which must be of this store and request.
pub(super) fn read_name_token(
    token: &str,
    epoch: &str,
    fingerprint: &str,
) -> Result<String, Rejection> {
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
    fn a_token_of_a_sorted_listing_reads_as_it_was_made() {
        let day = |days| Day::from_days(days).unwrap();
        let request = fingerprint(&["", "date desc"]);
        let rows = [
            None,
            Some((4, None)),
            Some((4, Some((day(-700_000), Day::MAX)))),
        ];
        for row in rows {
            let place = SortedPlace {
                position: 9,
                today: day(20_000),
                after: row.map(|(position, date)| Row { position, date }),
            };
            let token = sorted_token(EPOCH, &request, place);
            assert_eq!(
                read_sorted_token(&token, EPOCH, &request, 9).unwrap(),
                place
            );
            assert!(read_sorted_token(&token, EPOCH, &request, 8).is_err());
        }
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
