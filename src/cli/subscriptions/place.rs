use crate::{
    cli::parse,
    proto::v1::{Start, create_subscription_request::Begin, seek_subscription_request::Target},
};

/// A place in the log where a cursor may stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    Start(Start),
    After(i64),
    Time(prost_types::Timestamp),
}

/// Reads a named place, a position, or a time.
pub(super) fn place(text: &str) -> Result<Place, String> {
    match text {
        "earliest" => Ok(Place::Start(Start::Earliest)),
        "latest" => Ok(Place::Start(Start::Latest)),
        text if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            let position = text.parse().map(Place::After);
            position.map_err(|_| format!("{text} is no position: they end at {}", i64::MAX))
        }
        text => parse::time(text)
            .map(Place::Time)
            .map_err(|_| format!("{text:?} is none of earliest, latest, a position and a time")),
    }
}

impl From<Place> for Begin {
    fn from(place: Place) -> Begin {
        match place {
            Place::Start(start) => Begin::Start(start.into()),
            Place::After(position) => Begin::AfterPosition(position),
            Place::Time(time) => Begin::StartTime(time),
        }
    }
}

impl From<Place> for Target {
    fn from(place: Place) -> Target {
        match place {
            Place::Start(start) => Target::Start(start.into()),
            Place::After(position) => Target::AfterPosition(position),
            Place::Time(time) => Target::Time(time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_position_and_a_day_a_time() {
        assert_eq!(place("12"), Ok(Place::After(12)));
        assert_eq!(place("earliest"), Ok(Place::Start(Start::Earliest)));
        assert!(matches!(place("2025-05-12"), Ok(Place::Time(_))));
    }

    #[test]
    fn another_word_is_refused_with_the_list() {
        assert!(place("snapshot").unwrap_err().contains("earliest"));
        assert!(place("").is_err());
        assert!(place("99999999999999999999").is_err());
    }
}
