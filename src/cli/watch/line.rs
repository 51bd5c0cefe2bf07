use crate::{
    cli::table::{date, plain},
    proto::v1::{EventChange, WatchEventsResponse, watch_events_response::Payload},
    transfer::enum_word,
};

/// Formats a frame on one line: position, change, match, date, name and title. Empty for frames
/// without news.
pub(in crate::cli) fn line(frame: &WatchEventsResponse) -> String {
    let position = frame.position;
    match &frame.payload {
        Some(Payload::Change(change)) => change_line(position, change),
        Some(Payload::Started(started)) => {
            format!(
                "{position:>8}  watching from here; the head is {}",
                started.head_position
            )
        }
        Some(Payload::CaughtUp(_)) => format!("{position:>8}  caught up"),
        Some(Payload::FellBehind(behind)) => {
            format!(
                "{position:>8}  fell behind; the head is {}",
                behind.head_position
            )
        }
        Some(Payload::Progress(progress)) => {
            format!(
                "{position:>8}  nothing new; the head is {}",
                progress.head_position
            )
        }
        Some(Payload::Ending(ending)) => {
            let why = enum_word("entente.v1.EndReason", ending.reason);
            format!("{position:>8}  the server ends the stream: {why}")
        }
        None => String::new(),
    }
}

fn change_line(position: i64, change: &EventChange) -> String {
    let kind = enum_word("entente.v1.ChangeType", change.r#type);
    let matched = enum_word("entente.v1.Match", change.r#match);
    let (position, date, name, title) = match (&change.event, &change.partnership, &change.body) {
        (Some(event), _, _) => (
            event.position,
            date(event.date.as_ref()),
            &event.name,
            &event.title,
        ),
        (None, Some(partnership), _) => {
            let date = date(partnership.established.as_ref());
            (
                partnership.position,
                date,
                &partnership.name,
                &partnership.display_name,
            )
        }
        (None, None, Some(body)) => (
            body.position,
            date(body.established.as_ref()),
            &body.name,
            &body.display_name,
        ),
        (None, None, None) => return format!("{position:>8}  {kind:<9}  {matched:<7}"),
    };
    let (name, title) = (plain(name), plain(title));
    format!("{position:>8}  {kind:<9}  {matched:<7}  {date:<10}  {name}  {title}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{Body, ChangeType, Event, FuzzyDate, Match, Partnership};

    fn frame(change: EventChange) -> WatchEventsResponse {
        WatchEventsResponse {
            payload: Some(Payload::Change(change)),
            ..Default::default()
        }
    }

    #[test]
    fn a_change_is_one_line_even_when_its_title_is_not() {
        let event = Event {
            name: "events/a".into(),
            title: "A\ncouncil".into(),
            position: 7,
            date: Some(FuzzyDate {
                edtf: "2025".into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let change = EventChange {
            r#type: ChangeType::Created.into(),
            r#match: Match::Entered.into(),
            event: Some(event),
            ..Default::default()
        };

        let line = line(&frame(change));

        assert_eq!(
            line,
            "       7  created    entered  2025        events/a  A council"
        );
    }

    #[test]
    fn a_partnership_has_a_line_like_an_event() {
        let partnership = Partnership {
            name: "partnerships/p".into(),
            display_name: "P".into(),
            position: 1,
            ..Default::default()
        };
        let change = EventChange {
            partnership: Some(partnership),
            ..Default::default()
        };

        assert!(line(&frame(change)).ends_with("partnerships/p  P"));
    }

    #[test]
    fn a_body_has_a_line_like_an_event() {
        let body = Body {
            name: "bodies/b".into(),
            display_name: "B".into(),
            position: 2,
            ..Default::default()
        };
        let change = EventChange {
            body: Some(body),
            ..Default::default()
        };

        let line = line(&frame(change));
        assert!(
            line.starts_with("       2  ") && line.ends_with("bodies/b  B"),
            "{line}"
        );
    }
}
