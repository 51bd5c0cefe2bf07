//! Parsers for values on the command line.

use std::{
    ffi::{OsStr, OsString},
    ops::RangeInclusive,
};

use clap::{
    Arg, Command, Error,
    builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser},
};
use http::Uri;

use crate::{
    domain::Moment,
    transfer::{enum_number, enum_words},
};

// The server's options are read in the same way.
pub(super) use crate::server::{duration_above_zero as duration, heartbeat};

/// Parses `HOST:PORT` or `http://HOST:PORT`, and returns the latter.
pub(super) fn server(text: &str) -> Result<String, String> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    if scheme != "http" {
        return Err(format!(
            "{scheme:?} is not supported: write http://HOST:PORT, and use a proxy for TLS \
             if needed"
        ));
    }
    let address = rest.strip_suffix('/').unwrap_or(rest);
    if let Some((host, path)) = address.split_once(['/', '?', '#']) {
        return Err(format!(
            "{path:?} after the address is not supported, because gRPC has no path prefixes: write \
             http://{host}"
        ));
    }
    if address.contains('@') {
        return Err("a user in the address is not supported: write HOST:PORT".to_owned());
    }
    let example = "write HOST:PORT, such as 127.0.0.1:50051 or [::1]:50051";
    let uri: Uri = format!("http://{address}")
        .parse()
        .map_err(|_| format!("{text:?} is not an address; {example}"))?;
    let is_whole = uri.host().is_some_and(|host| !host.is_empty());
    match uri.port_u16() {
        Some(1..) if is_whole => Ok(format!("http://{address}")),
        _ => Err(format!("{text:?} has no host and port; {example}")),
    }
}

/// Parses a number of things, at least one.
pub(super) fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("{text:?} is not a number from 1 up")),
        Ok(count) => Ok(count),
    }
}

/// Parses a whole number within bounds.
pub(super) fn whole(
    bounds: RangeInclusive<i32>,
) -> impl Fn(&str) -> Result<i32, String> + Clone + Send + Sync + 'static {
    move |text| {
        let (least, most) = (*bounds.start(), *bounds.end());
        match text.parse() {
            Ok(number) if bounds.contains(&number) => Ok(number),
            _ if most == i32::MAX => Err(format!("{text:?} is not a whole number from {least} up")),
            _ => Err(format!(
                "{text:?} is not a whole number from {least} to {most}"
            )),
        }
    }
}

/// Parses a position of the log.
pub(super) fn position(text: &str) -> Result<i64, String> {
    match text.parse() {
        Ok(position @ 1..) => Ok(position),
        _ => Err(format!(
            "{text:?} is not a position of the log; positions are whole numbers from 1 up"
        )),
    }
}

/// Parses `2025-05-12T09:00:00Z`, or `2025-05-12` for its first moment in UTC.
pub(super) fn time(text: &str) -> Result<prost_types::Timestamp, String> {
    moment(text, "00:00:00", "midnight UTC")
}

/// Parses `2025-05-12T09:00:00Z`, or `2025-05-12` for its last moment in UTC.
pub(super) fn time_or_end_of_day(text: &str) -> Result<prost_types::Timestamp, String> {
    moment(
        text,
        "23:59:59.999999",
        "the last moment of that day in UTC",
    )
}

/// Parses a time, or a day for the given time of it in UTC, which `words` describe.
fn moment(text: &str, of_day: &str, words: &str) -> Result<prost_types::Timestamp, String> {
    let moment = text
        .parse()
        .or_else(|()| format!("{text}T{of_day}Z").parse());
    let moment: Moment = moment.map_err(|()| {
        format!("{text:?} is not a time; write 2025-05-12T09:00:00Z, or 2025-05-12 for {words}")
    })?;
    Ok(prost_types::Timestamp {
        seconds: moment.seconds(),
        nanos: moment.nanos(),
    })
}

/// Parses a value of a public enum in any spelling, `in-force`, `IN_FORCE` or `STATUS_IN_FORCE`,
/// and returns its number. Help and messages use the first.
pub(super) fn word(full_name: &'static str) -> impl TypedValueParser<Value = i32> {
    WordParser(full_name)
}

#[derive(Clone)]
struct WordParser(&'static str);

impl TypedValueParser for WordParser {
    type Value = i32;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<i32, Error> {
        let text = StringValueParser::new().parse_ref(command, argument, value)?;
        match enum_number(self.0, &text).filter(|number| *number != 0) {
            Some(number) => Ok(number),
            // Fails with a list of the known words.
            None => PossibleValuesParser::new(enum_words(self.0))
                .parse_ref(command, argument, value)
                .map(|_| 0),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(
            enum_words(self.0).into_iter().map(PossibleValue::new),
        ))
    }
}

/// Parses a filter, possibly with the space that [`protect_filter`] adds.
pub(super) fn filter(text: &str) -> Result<String, String> {
    Ok(text.trim_start().to_owned())
}

/// Adds a space before a filter that begins with a hyphen, such as `-date:*`, so that it is not
/// parsed as an option. An argument is a filter if the hyphen is followed by a parenthesis, or by a
/// field of at least two letters and an operator. `-o=json` and `-ojson` remain options.
pub(super) fn protect_filter(argument: OsString) -> OsString {
    let is_field = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '.';
    let is_filter = |text: &str| {
        let rest = text.trim_start();
        let after = rest.trim_start_matches(is_field);
        rest.starts_with('(')
            || rest.len() - after.len() > 1
                && after.trim_start().starts_with([':', '=', '!', '<', '>'])
    };
    let negated = argument.to_str().and_then(|text| text.strip_prefix('-'));
    match negated.is_some_and(is_filter) {
        true => {
            let mut spaced = OsString::from(" ");
            spaced.push(argument);
            spaced
        }
        false => argument,
    }
}

/// Completes the name of an event; names of partnerships and full names stay as they are.
pub(super) fn name(text: &str) -> Result<String, String> {
    match text {
        "" => Err("the name is missing".into()),
        name if is_slug(
            name.split_once("/revisions/")
                .map_or(name, |(slug, _)| slug),
        ) =>
        {
            Ok(format!("events/{name}"))
        }
        name => Ok(name.to_owned()),
    }
}

/// Returns whether a name lacks its collection.
pub(super) fn is_slug(name: &str) -> bool {
    !name.is_empty() && !name.contains('/')
}

/// Parses the id of a new event, or its full name.
pub(super) fn event_id(text: &str) -> Result<String, String> {
    id_in("events")(text)
}

/// Parses the id of a new resource of a collection, or its full name.
pub(super) fn id_in(
    collection: &'static str,
) -> impl Fn(&str) -> Result<String, String> + Clone + Send + Sync + 'static {
    move |text| {
        let prefixed = text.strip_prefix(collection);
        let id = prefixed.and_then(|rest| rest.strip_prefix('/'));
        Ok(id.unwrap_or(text).to_owned())
    }
}

/// Parses a language tag; may be empty.
pub(super) fn language(text: &str) -> Result<String, String> {
    let first = text.split('-').next().unwrap_or_default();
    match text.is_empty() || (2..=3).contains(&first.len()) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "{text:?} is not a language tag; write BCP 47, as in en, ja or zh-Hant"
        )),
    }
}

/// Accepts any name.
pub(super) fn any_name(text: &str) -> Result<String, String> {
    name(text).map(|_| text.to_owned())
}

/// Completes the name of a partnership.
pub(super) fn partnership_name(text: &str) -> Result<String, String> {
    name_in("partnerships")(text)
}

/// Completes the name of a resource of a collection.
pub(super) fn name_in(
    collection: &'static str,
) -> impl Fn(&str) -> Result<String, String> + Clone + Send + Sync + 'static {
    move |text| match text {
        "" => Err("the name is missing".into()),
        name if name.split_once('/').map(|(known, _)| known) == Some(collection) => {
            Ok(name.to_owned())
        }
        slug => Ok(format!("{collection}/{slug}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_needs_no_scheme() {
        assert_eq!(
            server("localhost:50051").as_deref(),
            Ok("http://localhost:50051")
        );
        assert_eq!(server("http://[::1]:1").as_deref(), Ok("http://[::1]:1"));
        assert!(
            server("https://localhost:1")
                .unwrap_err()
                .contains("http://HOST:PORT")
        );
        assert_eq!(
            server("http://a.example:1/").as_deref(),
            Ok("http://a.example:1")
        );
    }

    /// Trial D6: a path prefix became part of the address, at which nothing listens.
    #[test]
    fn d6_the_error_names_the_unsupported_part_of_an_address() {
        for (text, why) in [
            ("", "127.0.0.1:50051"),
            ("localhost", "127.0.0.1:50051"),
            ("http://localhost", "127.0.0.1:50051"),
            ("::1:50051", "[::1]:50051"),
            ("a b:1", "127.0.0.1:50051"),
            ("h:99999", "127.0.0.1:50051"),
            ("http://h:1/entente", "http://h:1"),
            ("h:1/entente/v1", "\"entente/v1\""),
            ("http://h:1?x=y", "http://h:1"),
            ("http://user:pass@h:1", "user"),
            ("https://h:1", "TLS"),
            ("grpc://h:1", "http://HOST:PORT"),
        ] {
            let error = server(text).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    /// Trial D1: the README's own filter was refused as an option.
    #[test]
    fn d1_a_filter_with_a_hyphen_is_distinguished_from_options() {
        let protected = |text: &str| protect_filter(text.into()).into_string();
        for text in [
            "-date:*",
            "-(a)",
            "-kind = MEETING",
            "- date:*",
            "-place.city:x",
        ] {
            assert_eq!(protected(text), Ok(format!(" {text}")));
            assert_eq!(filter(&format!(" {text}")).as_deref(), Ok(text));
        }
        for text in [
            "-o=json",
            "-ojson",
            "-o",
            "--limit=3",
            "--",
            "-",
            "date:*",
            "-h",
        ] {
            assert_eq!(protected(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn an_id_may_be_given_as_a_name_and_a_language_is_a_code() {
        assert_eq!(event_id("events/x"), event_id("x"));
        assert_eq!(id_in("bodies")("bodies/x").as_deref(), Ok("x"));
        assert_eq!(event_id("partnerships/x").as_deref(), Ok("partnerships/x"));
        for code in ["ja", "zh-Hant-TW", "fil", ""] {
            assert_eq!(language(code).as_deref(), Ok(code));
        }
        assert!(language("japanese").is_err() && language("x").is_err());
    }

    #[test]
    fn the_error_for_a_wrong_number_gives_the_bounds() {
        assert_eq!(position("3"), Ok(3));
        for text in ["abc", "0", "-1", "99999999999999999999"] {
            let error = position(text).unwrap_err();
            assert!(error.contains("whole numbers from 1 up"), "{error}");
        }
        assert_eq!(whole(0..=100)("100"), Ok(100));
        assert!(whole(0..=100)("101").unwrap_err().contains("from 0 to 100"));
        assert!(whole(1..=i32::MAX)("x").unwrap_err().contains("from 1 up"));
    }

    #[test]
    fn a_day_is_its_first_moment_in_utc() {
        assert_eq!(time("2025-05-12"), time("2025-05-12T00:00:00Z"));
        assert_eq!(time("2025-05-12T09:00:00+09:00"), time("2025-05-12"));
        assert!(time("May 2025").is_err());
        let early = time("1969-12-31T23:59:59.5Z").expect("a time");
        assert_eq!((early.seconds, early.nanos), (-1, 500_000_000));
        assert!(time("9999-12-31T23:59:59Z").is_ok());
    }

    #[test]
    fn what_was_known_on_a_day_was_known_at_its_last_moment_in_utc() {
        let end = time_or_end_of_day("2024-06-01").expect("a day");
        let next = time("2024-06-02").expect("a day");
        assert_eq!((end.seconds, end.nanos), (next.seconds - 1, 999_999_000));
        assert_eq!(time_or_end_of_day("2024-06-02T00:00:00Z"), Ok(next));
        let error = time_or_end_of_day("June 2024").unwrap_err();
        assert!(error.contains("last moment"), "{error}");
    }

    #[test]
    fn a_slug_becomes_a_name() {
        assert_eq!(name("a-b").as_deref(), Ok("events/a-b"));
        assert_eq!(name("a/revisions/2").as_deref(), Ok("events/a/revisions/2"));
        assert_eq!(name("partnerships/p").as_deref(), Ok("partnerships/p"));
        assert_eq!(partnership_name("p").as_deref(), Ok("partnerships/p"));
        assert_eq!(name_in("bodies")("b").as_deref(), Ok("bodies/b"));
        assert!(name("").is_err());
    }
}
