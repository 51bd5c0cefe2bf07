use super::{events, refused};
use crate::filter::*;

/// Trial C8: the reading of AIP-160 comes first.
#[test]
fn c8_a_level_that_mixes_and_with_or_is_refused_with_both_readings() {
    let error = refused("kind=MEETING AND party:JP OR party:EU");
    assert_eq!(
        error.expected,
        [
            "kind=MEETING AND (party:JP OR party:EU)",
            "(kind=MEETING AND party:JP) OR party:EU",
        ]
    );
    assert_eq!((error.offset, error.fragment.as_str()), (29, "party:EU"));
    let message = error.to_string();
    assert!(
        message.contains("AIP-160 reads this as the first of these"),
        "{message}"
    );
    for text in [
        "party:A OR party:B party:C",
        "party:A party:B OR party:C AND party:D",
    ] {
        let readings = refused(text).expected;
        assert!(
            readings.len() == 2 && readings.iter().all(|text| text.contains('(')),
            "{text}"
        );
    }
}

#[test]
fn a_fault_is_named_with_its_place_and_the_way_out() {
    for (text, offset, fragment, suggestion) in [
        ("partys:JP", 0, "partys", "party"),
        ("半導体:x", 0, "半導体", ""),
        ("title:x", 0, "title", "text"),
        ("kind = MEETNG", 7, "MEETNG", "MEETING"),
        ("kind=MEETING and party:JP", 13, "and", "AND"),
        ("not kind=MEETING", 0, "not", "NOT"),
        (
            "semiconductors",
            0,
            "semiconductors",
            "text:\"semiconductors\"",
        ),
        ("party:JP MEETING", 9, "MEETING", "kind = MEETING"),
        ("JP", 0, "JP", "party:JP"),
        ("exercise", 0, "exercise", "exercise = true"),
        ("date", 0, "date", "date:*"),
        ("kind == MEETING", 5, "==", "="),
        ("party:JP && party:EU", 9, "&", "AND"),
        ("text:“6G”", 5, "“", "\""),
        ("party:(JP OR EU)", 6, "(", "(party:A OR party:B)"),
        (
            "topic:\"digital trade\"",
            6,
            "digital trade",
            "digital-trade",
        ),
        ("kind = *", 5, "=", "kind:*"),
        ("text:AND", 5, "AND", "\"AND\""),
        ("author = \"\"", 9, "", "-author:*"),
        ("annotations:x", 0, "annotations", "annotations.my-key"),
        (
            "annotations.My_Key = x",
            0,
            "annotations.My_Key",
            "annotations.my-key",
        ),
        ("kind < MEETING", 5, "<", ""),
        ("exercise:true", 8, ":", ""),
        ("position:3", 8, ":", ""),
        ("position:*", 0, "position", ""),
        ("position > x", 11, "x", ""),
        ("claim.field = dates", 14, "dates", "date"),
        ("party:ZZ", 6, "ZZ", ""),
        ("date = 2025-13", 7, "2025-13", ""),
        ("update_time > soon", 14, "soon", ""),
        ("text:\"…\"", 5, "…", ""),
        ("text:\"半導体", 5, "\"半導体", ""),
        (r#"text:"a\x""#, 7, r"\x", ""),
        ("party:JP)", 8, ")", ""),
        ("(party:JP", 9, "", ""),
        ("()", 1, ")", ""),
        ("party:JP AND", 12, "", ""),
        ("OR party:JP", 0, "OR", ""),
        ("party:", 6, "", ""),
        ("= JP", 0, "=", ""),
        ("NOT", 3, "", ""),
    ] {
        let error = refused(text);
        let found = (error.offset, error.fragment.as_str());
        assert_eq!(found, (offset, fragment), "{text}: {error}");
        assert_eq!(
            error.suggestion.as_deref().unwrap_or_default(),
            suggestion,
            "{text}: {error}"
        );
    }
}

#[test]
fn an_error_reads_as_a_sentence_that_lists_what_is_allowed() {
    let error = refused("kind = MEETNG").to_string();
    assert!(error.starts_with(
        "at offset 7: unknown kind \"MEETNG\"; did you mean `MEETING`? expected one of: AGREEMENT, "
    ));
    let error = refused("partys:JP");
    assert_eq!(error.expected.len(), fields(Schema::Events).len());
    assert!(refused("party:UK").to_string().ends_with("write GB"));
}

#[test]
fn length_terms_and_nesting_are_bounded() {
    let joined = |n: usize| vec!["ordinal=1"; n].join(" ");
    assert!(Filter::parse(&joined(MAX_TERMS), Schema::Events).is_ok());
    assert!(
        refused(&joined(MAX_TERMS + 1))
            .message
            .contains("200 terms")
    );
    let nested = |n: usize| format!("{}party:JP{}", "(".repeat(n), ")".repeat(n));
    assert!(Filter::parse(&nested(MAX_DEPTH), Schema::Events).is_ok());
    assert!(
        refused(&nested(MAX_DEPTH + 1))
            .message
            .contains("32 levels")
    );
    assert!(
        refused(&"-".repeat(MAX_CHARACTERS))
            .message
            .contains("32 levels")
    );
    let long = |n: usize| format!("text:\"{}\"", "半".repeat(n - 7));
    assert!(Filter::parse(&long(MAX_CHARACTERS), Schema::Events).is_ok());
    assert!(
        refused(&long(MAX_CHARACTERS + 1))
            .message
            .contains("4000 characters")
    );
}

#[test]
fn an_error_stays_short_whatever_the_filter() {
    let long = "x y".repeat(1_300);
    for text in [
        format!("topic:\"{long}\""),
        format!("\"{long}\""),
        format!(
            "author = \"{long}\" OR kind = MEETING AND author = '{}'",
            "y".repeat(20)
        ),
        format!("{}:JP", long.replace(' ', "_")),
        format!("annotations.{}:JP", long.replace(' ', "_")),
        format!("party:'{long}'"),
        format!("party:{}", "x".repeat(3_900)),
        format!("text:\"{long}"),
    ] {
        assert!(
            refused(&text).to_string().chars().count() < 2_000,
            "{}",
            &text[..20]
        );
    }
}

/// Trial C1.
#[test]
fn c1_what_is_syntax_elsewhere_is_refused_within_a_text_to_search_for() {
    for (text, instead) in [
        ("place.city = \"*kyo\"", ""),
        ("text:\"semi*conductor\"", "text:semi"),
        ("text:semi*", "text:semi"),
        ("text = \"data flow*\"", "text:\"data flow\""),
        ("organisation:\"semi?onductor\"", "organisation:semi"),
        ("person:%smith%", ""),
        ("text:-quantum", "NOT text:quantum"),
        ("text:\"-AND\"", "NOT text:\"AND\""),
        (
            "text:\"quantum chips -military -nuclear\"",
            "text:\"quantum chips\" AND NOT text:military AND NOT text:nuclear",
        ),
        ("text:\"!quantum\"", "NOT text:quantum"),
        (
            "source.publisher:\"+nikkei +asia\"",
            "source.publisher:\"nikkei asia\"",
        ),
        ("text:~quantum", "text:quantum"),
        ("text:\"quantum|photonics\"", ""),
        ("text:\"quantum OR photonics\"", ""),
        ("text:\"半導体 AND 量子\"", ""),
        ("text != -quantum", ""),
        (
            "organisation = \"toky* electron\"",
            "organisation:\"toky electron\"",
        ),
        ("place.city = -kyoto", "NOT place.city:kyoto"),
    ] {
        let error = refused(text);
        assert_eq!(
            error.suggestion.as_deref().unwrap_or_default(),
            instead,
            "{error}"
        );
        assert!(error.to_string().contains(':'), "{error}");
        // What is suggested can be sent as it is.
        events(instead);
    }
    for text in [
        "text:\"EU-Japan, R&D: 50% (what?)\"",
        "text:\"EU - Japan\"",
        "text:\"AT&T Yahoo! C++ 5G/6G 10~20\"",
        "text:\"MEMORANDUM OF COOPERATION AND EXCHANGE\"",
        "text:\" quantum \"",
        "author = \"\tJane Doe\"",
        "author = \"-jo*\"",
        "annotations.pattern = \"*.pdf\"",
        "topic:*",
    ] {
        events(text);
    }
}

/// Trial C1.
#[test]
fn c1_there_are_no_wildcards_in_exact_values_either() {
    for text in [
        "topic:semi*",
        "party:J*",
        "date = 2025*",
        "name = events/eu-*",
        "kind = MEET*",
    ] {
        let error = refused(text);
        assert!(error.message.contains("no wildcard"), "{text}: {error}");
    }
}

/// Trial C8.
#[test]
fn c8_white_space_around_a_value_is_refused_as_it_is_in_writes() {
    for (text, instead) in [
        ("party:\" JP\"", "JP"),
        ("topic = 'ai '", "ai"),
        ("claim.field = ' date.edtf'", "date.edtf"),
        (
            "update_time > '2025-03-14T10:00:00Z '",
            "\"2025-03-14T10:00:00Z\"",
        ),
        ("date = \" 2025\"", "2025"),
        ("kind = \"MEETING\u{3000}\"", "MEETING"),
    ] {
        let error = refused(text);
        assert_eq!(error.suggestion.as_deref(), Some(instead), "{error}");
        assert!(error.message.contains("white space"), "{error}");
    }
}

#[test]
fn d10_a_filter_that_was_kept_from_before_is_read_as_it_was_then() {
    for (text, normal) in [
        ("text:-quantum", "text:\"quantum\""),
        ("text:\"semi*conductor\"", "text:\"conductor semi\""),
        ("party:\" jp \"", "party:JP"),
        ("topic = 'ai '", "topic:ai"),
        // Trial C7: the whole year, as then.
        ("date = 2025-21", "date = \"2025-21\""),
        (
            "update_time < '2025-22'",
            "update_time < \"2025-01-01T00:00:00Z\"",
        ),
    ] {
        refused(text);
        let kept = Filter::parse_kept(text, Schema::Events).expect(text);
        assert_eq!(kept.normalized(), normal, "{text}");
    }
}

#[test]
fn whether_a_party_is_a_body_is_not_asked_because_most_are_given_by_name() {
    let error = refused("body:*");
    assert!(error.to_string().contains("organisation:*"), "{error}");
    events("organisation:*");
}
