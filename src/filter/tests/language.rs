use super::{events, normal};
use crate::filter::*;

#[test]
fn every_sort_of_term_has_one_canonical_text() {
    for (text, canonical) in [
        ("", ""),
        ("  \t\n", ""),
        ("kind:KIND_meeting", "kind = MEETING"),
        ("status != in-force", "NOT status = IN_FORCE"),
        ("place.mode='in person'", "place.mode:IN_PERSON"),
        ("resource = event", "resource = EVENT"),
        ("binding = TRUE", "binding = true"),
        ("overdue != true", "NOT overdue = true"),
        ("party = jp", "party:JP"),
        ("host != EU", "NOT host:EU"),
        ("amount.currency = usd", "amount.currency:USD"),
        ("language = ZH-hant", "language:zh-Hant"),
        ("topic = Semiconductors", "topic:semiconductors"),
        ("partnership:partnerships/eu-japan", "partnership:eu-japan"),
        ("related = events/a", "related:a"),
        ("name = third-council", "name = events/third-council"),
        (
            "name = partnerships/eu-japan",
            "name = partnerships/eu-japan",
        ),
        ("text:６Ｇ", "text:\"6g\""),
        ("text:\"Věra, 半導体\"", "text:\"vera 半導体\""),
        ("text = \"Věra, 半導体\"", "text = \"vera 半導体\""),
        ("text != 'U.S.'", "NOT text = \"us\""),
        ("text:\"Post-Quantum\"", "text:\"post-quantum\""),
        (
            "organisation = ' R&D  Agency (Łódź)'",
            "organisation = \"r&d agency lodz\"",
        ),
        (
            "author = 'O\\'Hara \"x\" \\\\'",
            r#"author = "O'Hara \"x\" \\""#,
        ),
        ("date>=2025-01", "date >= \"2025-01\""),
        ("date:[..2027]", "date:\"[..2027]\""),
        (
            "date = 2023-05-30/2023-06~",
            "date = \"2023-05-30/2023-06~\"",
        ),
        ("-date:*", "NOT date:*"),
        ("ordinal = 03", "ordinal = 3"),
        ("position > -1", "position > -1"),
        ("annotations.my-key:*", "annotations.my-key:*"),
        ("claim.field = date.edtf", "claim.field:date.edtf"),
        ("annotations.my-key : x", "annotations.my-key = \"x\""),
    ] {
        assert_eq!(normal(text), canonical, "{text}");
    }
}

#[test]
fn operators_and_parentheses_are_written_in_one_way() {
    for (text, canonical) in [
        ("kind=MEETING party:JP", "kind = MEETING AND party:JP"),
        (
            "((kind=MEETING)) AND (party:JP AND (party:EU))",
            "kind = MEETING AND party:JP AND party:EU",
        ),
        (
            "party:JP OR (party:EU OR party:KR)",
            "party:JP OR party:EU OR party:KR",
        ),
        (
            "party:JP AND (kind=POLICY OR -topic:ai)",
            "party:JP AND (kind = POLICY OR NOT topic:ai)",
        ),
        ("NOT NOT party:JP", "party:JP"),
        ("-party != JP", "party:JP"),
        ("-(party:JP party:EU)", "NOT (party:JP AND party:EU)"),
        ("NOT party:JP OR party:EU", "NOT party:JP OR party:EU"),
        ("party:JP party = jp", "party:JP"),
    ] {
        assert_eq!(normal(text), canonical, "{text}");
    }
}

#[test]
fn each_schema_has_its_own_fields() {
    let partnerships = |text| Filter::parse(text, Schema::Partnerships);
    let filter = partnerships("status = In-Negotiation name:eu-japan established < 2020")
        .expect("fields of partnerships");
    assert_eq!(
        filter.normalized(),
        "status = in-negotiation AND name = partnerships/eu-japan AND established < \"2020\""
    );
    for text in ["kind = MEETING", "annotations.a = b", "name = events/x"] {
        assert!(partnerships(text).is_err(), "{text}");
    }
    assert!(Filter::parse("form = treaty", Schema::Events).is_err());
    for schema in [Schema::Events, Schema::Partnerships] {
        let names: std::collections::HashSet<_> =
            fields(schema).iter().map(|info| info.name).collect();
        assert_eq!(names.len(), fields(schema).len());
    }
}

#[test]
fn a_default_is_added_and_written_out() {
    let exercise = || Predicate::term(Field::Exercise, "true");
    let filter = Filter::everything(Schema::Events).and_not(exercise());
    assert_eq!(filter.normalized(), "NOT exercise = true");
    let filter = events("party:JP OR party:EU")
        .and_not(exercise())
        .and(exercise());
    let text = "(party:JP OR party:EU) AND NOT exercise = true AND exercise = true";
    assert_eq!(filter, events(text));
    assert!(filter.mentions(Field::Exercise) && filter.mentions(Field::Party));
    assert!(!filter.mentions(Field::State));
}

#[test]
fn an_explanation_says_in_words_what_each_part_means() {
    let filter = events("party:JP (date:2025 OR text:6G) -exercise=true");
    assert_eq!(
        filter.explain(),
        [
            "party:JP: the country (or union) of a party is JP",
            "date:\"2025\" OR text:\"6g\": any of [the day it happens or happened may lie in \
         2025-01-01 to 2025-12-31, in days of the place without a time zone; titles, summaries, translations, names, and words for another instrument, step or role have words that begin \
         with \"6g\"]",
            "NOT exercise = true: it is not the case that it is a drill",
        ]
    );
    assert_eq!(
        events("person:\"John Brown\"").explain(),
        [
            "person:\"brown john\": one of the names of people has words that begin with \"brown\" and \
          \"john\""
        ]
    );
    let overdue =
        ["overdue = true: its date has passed, by the day in UTC, while it is still expected"];
    assert_eq!(events("overdue = true").explain(), overdue);
    for (text, meaning) in [
        (
            "text:\"data flows\"",
            "text:\"data flows\": titles, summaries, translations, names, and words for another instrument, \
              step or role have words that begin with \
             \"data\" and \"flows\" (or are \"flow\")",
        ),
        (
            "text = \"Data Flows\"",
            "text = \"data flows\": one of the titles, summaries, translations, names, and words for \
              another instrument, step or role has the whole \
             words \"data flows\" in this order",
        ),
        (
            "place.city = Tokyo",
            "place.city = \"tokyo\": one of the names of a city where it happened is \"tokyo\"",
        ),
    ] {
        assert_eq!(events(text).explain(), [meaning], "{text}");
    }
    assert_eq!(events("").explain(), ["everything matches"]);
}

/// Trial C8: AIP-160 leaves out what is not set.
#[test]
fn c8_an_explanation_of_a_negation_says_that_it_holds_where_nothing_is_set() {
    for (text, is_told) in [
        ("kind != MEETING", true),
        ("-party:JP", true),
        ("date != 2025", true),
        ("annotations.k != x", true),
        ("exercise != true", false),
        ("-text:6G", false),
        ("-date:*", false),
        ("-annotations.k:*", false),
        ("date = 2025", false),
    ] {
        let told = events(text).explain().concat();
        assert_eq!(told.ends_with(", or it is not set"), is_told, "{told}");
    }
}
