use crate::{
    cli::parse,
    proto::v1::{Start, create_subscription_request::Begin, seek_subscription_request::Target},
};

/// A position in the log, given by name, number or time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LogPosition {
    Start(Start),
    After(i64),
    Time(prost_types::Timestamp),
}

/// Parses `earliest`, `latest`, a position or a time.
pub(super) fn log_position(text: &str) -> Result<LogPosition, String> {
    match text {
        "earliest" => Ok(LogPosition::Start(Start::Earliest)),
        "latest" => Ok(LogPosition::Start(Start::Latest)),
        text if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            let position = text.parse().map(LogPosition::After);
            position.map_err(|_| format!("{text} is not a position: the highest is {}", i64::MAX))
        }
        text => parse::time(text)
            .map(LogPosition::Time)
            .map_err(|_| format!("{text:?} is neither earliest, latest, a position nor a time")),
    }
}

impl From<LogPosition> for Begin {
    fn from(place: LogPosition) -> Begin {
        match place {
            LogPosition::Start(start) => Begin::Start(start.into()),
            LogPosition::After(position) => Begin::AfterPosition(position),
            LogPosition::Time(time) => Begin::StartTime(time),
        }
    }
}

impl From<LogPosition> for Target {
    fn from(place: LogPosition) -> Target {
        match place {
            LogPosition::Start(start) => Target::Start(start.into()),
            LogPosition::After(position) => Target::AfterPosition(position),
            LogPosition::Time(time) => Target::Time(time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_position_and_a_day_a_time() {
        assert_eq!(log_position("12"), Ok(LogPosition::After(12)));
        assert_eq!(
            log_position("earliest"),
            Ok(LogPosition::Start(Start::Earliest))
        );
        assert!(matches!(
            log_position("2025-05-12"),
            Ok(LogPosition::Time(_))
        ));
    }

    #[test]
    fn another_word_is_refused_with_the_list() {
        assert!(log_position("snapshot").unwrap_err().contains("earliest"));
        assert!(log_position("").is_err());
        assert!(log_position("99999999999999999999").is_err());
    }
}
