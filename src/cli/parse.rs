//! Values as people write them on the command line.

use std::{ffi::OsStr, time::Duration};

use clap::{
    Arg, Command, Error,
    builder::{PossibleValuesParser, StringValueParser, TypedValueParser},
    error::{ContextKind, ContextValue, ErrorKind},
};
use http::Uri;
use jiff::SignedDuration;

use crate::{
    domain::Moment,
    transfer::{number_of, words},
};

/// Reads `HOST:PORT` or `http://HOST:PORT`, and gives the latter.
pub(super) fn server(text: &str) -> Result<String, String> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    if scheme != "http" {
        return Err(format!(
            "{scheme:?} is not spoken here: write http://HOST:PORT, and put a proxy that speaks TLS \
             before it if need be"
        ));
    }
    let address = rest.strip_suffix('/').unwrap_or(rest);
    if let Some((host, path)) = address.split_once(['/', '?', '#']) {
        return Err(format!(
            "{path:?} after the address is not supported: gRPC has no prefixes, so write \
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

/// Reads `500ms`, `20s`, `1h30m`: longer than nothing, with a unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().ok();
    match parsed.and_then(|parsed| Duration::try_from(parsed).ok()) {
        Some(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(format!(
            "{text:?} is not a duration; write it like 500ms, 20s or 5m"
        )),
    }
}

/// Reads a number of things, at least one.
pub(super) fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("{text:?} is not a number from 1 up")),
        Ok(count) => Ok(count),
    }
}

/// Reads `2025-05-12T09:00:00Z`, or `2025-05-12` for its first moment in UTC.
pub(super) fn time(text: &str) -> Result<prost_types::Timestamp, String> {
    let midnight = || format!("{text}T00:00:00Z").parse();
    let moment = text.parse().or_else(|()| midnight());
    let moment: Moment = moment.map_err(|()| {
        format!(
            "{text:?} is not a time; write 2025-05-12T09:00:00Z, or 2025-05-12 for midnight UTC"
        )
    })?;
    Ok(prost_types::Timestamp {
        seconds: moment.seconds(),
        nanos: moment.nanos(),
    })
}

/// Reads a value of a public enum by its word, and gives its number.
pub(super) fn word(full_name: &'static str) -> impl TypedValueParser<Value = i32> {
    PossibleValuesParser::new(words(full_name)).try_map(move |text| {
        number_of(full_name, &text).ok_or_else(|| format!("{text:?} is not a {full_name}"))
    })
}

/// Reads a filter, which may begin with a hyphen, as in `-date:*`. No filter begins with two: that is
/// an option with a mistake in it.
pub(super) fn filter() -> impl TypedValueParser<Value = String> {
    FilterParser
}

#[derive(Clone)]
struct FilterParser;

impl TypedValueParser for FilterParser {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, Error> {
        let text = StringValueParser::new().parse_ref(command, argument, value)?;
        match text.strip_prefix("--") {
            Some(option) => Err(unknown_option(command, option)),
            None => Ok(text),
        }
    }
}

/// As clap says it where no argument may begin with a hyphen.
pub(super) fn unknown_option(command: &Command, text: &str) -> Error {
    const ALIKE_MIN: f64 = 0.7;
    let mut error = Error::new(ErrorKind::UnknownArgument).with_cmd(command);
    let said = |text: &str| ContextValue::String(format!("--{text}"));
    error.insert(ContextKind::InvalidArg, said(text));
    let name = text.split('=').next().unwrap_or_default();
    let nearest = command
        .get_opts()
        .filter_map(Arg::get_long)
        .map(|long| (strsim::jaro_winkler(name, long), long))
        .filter(|(likeness, _)| *likeness > ALIKE_MIN)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    if let Some((_, long)) = nearest {
        error.insert(ContextKind::SuggestedArg, said(long));
    }
    error
}

/// Completes the name of an event; names of partnerships and whole names stay as they are.
pub(super) fn name(text: &str) -> Result<String, String> {
    match text {
        "" => Err("a name is missing".into()),
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

/// Whether a name is without the collection that it is in.
pub(super) fn is_slug(name: &str) -> bool {
    !name.is_empty() && !name.contains('/')
}

/// Leaves a name as it is.
pub(super) fn any_name(text: &str) -> Result<String, String> {
    name(text).map(|_| text.to_owned())
}

/// Completes the name of a partnership.
pub(super) fn partnership_name(text: &str) -> Result<String, String> {
    match text {
        "" => Err("a name is missing".into()),
        name if name.starts_with("partnerships/") => Ok(name.to_owned()),
        slug => Ok(format!("partnerships/{slug}")),
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

    /// Trial D6: a prefix was sent as a part of the address, which nobody answered to.
    #[test]
    fn d6_what_is_not_supported_in_an_address_is_named() {
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

    #[test]
    fn a_duration_needs_a_unit_and_a_length() {
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        for text in ["30", "0s", "-1s", "soon"] {
            assert!(duration(text).is_err(), "{text}");
        }
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
    fn a_slug_becomes_a_name() {
        assert_eq!(name("a-b").as_deref(), Ok("events/a-b"));
        assert_eq!(name("a/revisions/2").as_deref(), Ok("events/a/revisions/2"));
        assert_eq!(name("partnerships/p").as_deref(), Ok("partnerships/p"));
        assert_eq!(partnership_name("p").as_deref(), Ok("partnerships/p"));
        assert!(name("").is_err());
    }
}
