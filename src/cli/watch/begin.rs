use crate::proto::v1::{Start, watch_events_request::Begin};

use super::super::parse;

/// Parses where a watch begins: `earliest`, `latest`, `snapshot`, a position or a time.
pub(super) fn begin(text: &str) -> Result<Begin, String> {
    let start = |start: Start| Ok(Begin::Start(start.into()));
    match text {
        "earliest" => start(Start::Earliest),
        "latest" => start(Start::Latest),
        "snapshot" => start(Start::Snapshot),
        text if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => text
            .parse()
            .map(Begin::AfterPosition)
            .map_err(|_| format!("{text} is not a position: the highest is {}", i64::MAX)),
        text => parse::time(text).map(Begin::StartTime).map_err(|_| {
            format!("{text:?} is neither earliest, latest, snapshot, a position nor a time")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_position_and_a_day_a_time() {
        assert_eq!(begin("12"), Ok(Begin::AfterPosition(12)));
        assert!(matches!(begin("2025-05-12"), Ok(Begin::StartTime(_))));
        assert_eq!(begin("snapshot"), Ok(Begin::Start(Start::Snapshot.into())));
    }

    #[test]
    fn another_word_is_refused_with_the_list() {
        let error = begin("yesterday").unwrap_err();

        assert!(error.contains("snapshot"), "{error}");
        assert!(begin("99999999999999999999").is_err());
        assert!(begin("").is_err());
    }
}
