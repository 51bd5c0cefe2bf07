//! Tables for people.

use std::iter;

use super::layout::{Bold, Layout, terminal_width};
use crate::{
    proto::v1::{Body, Event, FuzzyDate, Partnership, Party, State},
    transfer::enum_word,
};

/// Formats `rows` under `header`. The first `narrow` columns keep their width; the others share the
/// rest of the terminal. A last column of names moves to its own lines when there is too little
/// space.
pub(super) fn table(
    header: &[&str],
    narrow: usize,
    rows: impl Iterator<Item = Vec<String>>,
    colour: bool,
) -> String {
    let layout = Layout {
        narrow,
        last_moves: header.last() == Some(&"NAME"),
        gap: 1,
        width: terminal_width(),
    };
    let header = header.iter().map(|name| (*name).to_owned()).collect();
    let rows: Vec<_> = iter::once(header).chain(rows).collect();
    layout.text(
        &rows,
        if colour {
            Bold::FirstRow
        } else {
            Bold::Nothing
        },
    )
}

/// Formats pairs of name and value, one per row.
pub(super) fn pairs(rows: Vec<(String, String)>, colour: bool) -> String {
    let layout = Layout {
        narrow: 1,
        last_moves: false,
        gap: 2,
        width: terminal_width(),
    };
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| vec![name, value])
        .collect();
    layout.text(
        &rows,
        if colour {
            Bold::FirstColumn
        } else {
            Bold::Nothing
        },
    )
}

/// Formats events, one per row.
pub(super) fn events(events: &[Event], colour: bool) -> String {
    if events.is_empty() {
        return String::new();
    }
    let header = ["DATE", "KIND", "STATUS", "PARTIES", "TITLE", "NAME"];
    table(&header, 3, events.iter().map(event_row), colour)
}

/// Formats partnerships, one per row.
pub(super) fn partnerships(partnerships: &[Partnership], colour: bool) -> String {
    if partnerships.is_empty() {
        return String::new();
    }
    let header = [
        "EVENTS",
        "FORM",
        "STATUS",
        "PARTIES",
        "DISPLAY NAME",
        "NAME",
    ];
    table(&header, 3, partnerships.iter().map(partnership_row), colour)
}

/// Formats bodies, one per row.
pub(super) fn bodies(bodies: &[Body], colour: bool) -> String {
    if bodies.is_empty() {
        return String::new();
    }
    let header = ["KIND", "COUNTRY", "DISPLAY NAME", "OTHER NAMES", "NAME"];
    table(&header, 2, bodies.iter().map(body_row), colour)
}

/// Formats a date: as EDTF if it is a plain date or range, otherwise in the words of the source if
/// they are short.
pub(super) fn date(date: Option<&FuzzyDate>) -> String {
    /// Longer texts would widen all rows.
    const WORDS_MAX: usize = 24;
    let Some(date) = date else {
        return String::new();
    };
    let is_short = (1..=WORDS_MAX).contains(&date.as_stated.chars().count());
    match date.edtf.is_empty() || (!is_calendar_date(&date.edtf) && is_short) {
        true => plain(&format!("\"{}\"", date.as_stated)),
        false => plain(&date.edtf),
    }
}

/// Formats a date with the words of the source.
pub(super) fn date_in_full(date: Option<&FuzzyDate>) -> String {
    match date {
        Some(date) if !date.edtf.is_empty() && !date.as_stated.is_empty() => {
            plain(&format!("{} (\"{}\")", date.edtf, date.as_stated))
        }
        date => self::date(date),
    }
}

/// Returns whether a date is a year, month or day, or a range of them, which everybody can read.
fn is_calendar_date(edtf: &str) -> bool {
    let is_date = |text: &str| {
        let mut parts = text.split('-');
        let is = |part: Option<&str>, len: usize, max: u32| {
            part.is_none_or(|part| {
                part.len() == len && part.parse().is_ok_and(|number: u32| number <= max)
            })
        };
        let year = is(parts.next(), 4, 9_999);
        year && is(parts.next(), 2, 12) && is(parts.next(), 2, 31) && parts.next().is_none()
    };
    edtf.split('/').all(is_date)
}

/// Replaces control characters, which a terminal would obey, in text from others.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn event_row(event: &Event) -> Vec<String> {
    vec![
        date(event.date.as_ref()),
        enum_word("entente.v1.Kind", event.kind),
        status(event),
        parties(&event.parties),
        plain(&event.title),
        slug(&event.name),
    ]
}

fn partnership_row(partnership: &Partnership) -> Vec<String> {
    vec![
        partnership.event_count.to_string(),
        plain(&partnership.form),
        plain(&partnership.status),
        parties(&partnership.parties),
        plain(&partnership.display_name),
        slug(&partnership.name),
    ]
}

fn body_row(body: &Body) -> Vec<String> {
    let names = distinct(body.names.iter().map(|name| name.text.as_str()));
    vec![
        enum_word("entente.v1.BodyKind", body.kind),
        plain(&body.country_code),
        plain(&body.display_name),
        shortened(names, ", "),
        slug(&body.name),
    ]
}

fn status(event: &Event) -> String {
    let status = enum_word("entente.v1.Status", event.status);
    let state = match event.state() {
        State::Active | State::Unspecified => String::new(),
        state => format!(" ({})", enum_word("entente.v1.State", state.into())),
    };
    let overdue = if event.overdue { " (overdue)" } else { "" };
    format!("{status}{state}{overdue}")
}

/// Returns the codes of the parties, or names if none has a code.
fn parties(parties: &[Party]) -> String {
    let codes = distinct(parties.iter().map(|party| party.country_code.as_str()));
    let shown = match codes.as_slice() {
        [] => distinct(parties.iter().map(party_name)),
        _ => codes,
    };
    shortened(shown, " ")
}

/// Returns the name of a party; that of its body if it has none of its own.
fn party_name(party: &Party) -> &str {
    match party.display_name.as_str() {
        "" => after_collection(&party.body),
        name => name,
    }
}

/// Joins the first texts, and says how many more there are.
fn shortened(mut shown: Vec<String>, separator: &str) -> String {
    const SHOWN: usize = 6;
    let more = shown.len().saturating_sub(SHOWN);
    shown.truncate(SHOWN);
    match more {
        0 => shown.join(separator),
        more => format!("{} +{more}", shown.join(separator)),
    }
}

fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for text in texts.filter(|text| !text.is_empty()).map(plain) {
        if !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    distinct
}

/// Returns a name without its collection, which commands add again.
fn slug(name: &str) -> String {
    plain(after_collection(name))
}

fn after_collection(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, slug)| slug)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{BodyKind, BodyName, Kind, Status};

    fn party(country_code: &str) -> Party {
        Party {
            country_code: country_code.into(),
            ..Default::default()
        }
    }

    #[test]
    fn an_event_is_a_row_without_prefixes() {
        let event = Event {
            name: "events/a".into(),
            kind: Kind::Meeting.into(),
            status: Status::InForce.into(),
            state: State::Retracted.into(),
            title: "A council".into(),
            parties: vec![party("JP"), party("EU"), party("JP")],
            date: Some(FuzzyDate {
                edtf: "2025-05".into(),
                ..Default::default()
            }),
            ..Default::default()
        };

        let text = events(&[event], false);

        let words: Vec<_> = text
            .lines()
            .nth(1)
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let expected = [
            "2025-05",
            "meeting",
            "in-force",
            "(retracted)",
            "JP",
            "EU",
            "A",
            "council",
            "a",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn many_parties_are_cut_short_and_counted() {
        let codes = ["AA", "BB", "CC", "DD", "EE", "FF", "GG", "HH"];

        assert_eq!(parties(&codes.map(party)), "AA BB CC DD EE FF +2");
    }

    #[test]
    fn a_party_without_a_code_and_a_name_is_shown_by_its_body() {
        let body = Party {
            body: "bodies/meti".into(),
            ..Default::default()
        };
        let named = Party {
            display_name: "A university".into(),
            ..Default::default()
        };

        assert_eq!(parties(&[body, named]), "meti A university");
    }

    #[test]
    fn a_body_is_a_row_with_its_other_names() {
        let name = |text: &str| BodyName {
            text: text.into(),
            ..Default::default()
        };
        let body = Body {
            name: "bodies/meti".into(),
            kind: BodyKind::Government.into(),
            country_code: "JP".into(),
            display_name: "Ministry of Economy".into(),
            names: vec![name("経済産業省"), name("METI"), name("METI")],
            ..Default::default()
        };

        let text = bodies(&[body], false);

        let row = text.lines().nth(1).unwrap_or_default();
        assert!(
            row.starts_with("government JP      Ministry of Economy"),
            "{row}"
        );
        assert!(
            row.contains(" 経済産業省, METI ") && row.ends_with(" meti"),
            "{row}"
        );
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\nc"), "a [31mb c");
    }

    /// Trial D7: EDTF was shown where the source has words for it.
    #[test]
    fn d7_a_date_is_shown_in_the_words_of_the_source_where_they_say_more() {
        let stated = |edtf: &str, as_stated: &str| FuzzyDate {
            edtf: edtf.into(),
            as_stated: as_stated.into(),
            ..Default::default()
        };
        for (edtf, words, shown) in [
            ("[..2027]", "by 2027", "\"by 2027\""),
            (
                "2024-33",
                "first quarter of 2024",
                "\"first quarter of 2024\"",
            ),
            ("2035~", "", "2035~"),
            ("2024", "early 2024", "2024"),
            (
                "2023-05-30/2023-05-31",
                "30 and 31 May",
                "2023-05-30/2023-05-31",
            ),
            ("[..2026]", "within this year, which is 2026", "[..2026]"),
        ] {
            assert_eq!(date(Some(&stated(edtf, words))), shown);
        }
        let full = date_in_full(Some(&stated("2024", "early 2024")));
        assert_eq!(full, "2024 (\"early 2024\")");
    }

    #[test]
    fn a_date_that_only_the_source_knows_is_quoted() {
        let stated = FuzzyDate {
            as_stated: "soon".into(),
            ..Default::default()
        };

        assert_eq!(date(Some(&stated)), "\"soon\"");
        assert_eq!(date(None), "");
    }
}
