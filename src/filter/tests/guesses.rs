//! Trial C6: guesses lead to the right field and value.

use super::{normal, refused};
use crate::filter::*;

#[test]
fn c6_a_field_has_the_name_that_it_has_in_the_resource_too() {
    for (text, canonical) in [
        ("parties.country_code:JP", "party:JP"),
        ("topics:ai", "topic:ai"),
        ("partnerships = partnerships/a", "partnership:a"),
        ("series.ordinal >= 3", "ordinal >= 3"),
        ("series.ordinal:*", "ordinal:*"),
        ("sources.publisher:nikkei", "source.publisher:\"nikkei\""),
        ("-amounts.currency_code:*", "NOT amount.currency:*"),
        ("related_events.event:a", "related:a"),
        (
            "related_events.relation:FOLLOWS",
            "related.relation:FOLLOWS",
        ),
        ("parties.role = HOST", "party.role:HOST"),
        ("parties.type = STATE", "party.type:STATE"),
        ("amounts.value > 3", "amount.value > 3"),
        ("amounts.qualifier = up-to", "amount.qualifier:UP_TO"),
        ("change_note.reason = TYPO", "change_reason = TYPO"),
    ] {
        assert_eq!(normal(text), canonical, "{text}");
    }
}

#[test]
fn c6_a_guess_leads_to_the_right_field() {
    for (text, suggestion, expected) in [
        (
            "parties:*",
            None,
            "party party.type party.role organisation person",
        ),
        ("parties.countryCode:JP", Some("party"), ""),
        ("partiesIncomplete = true", Some("parties_incomplete"), ""),
        ("title:quantum", Some("text"), ""),
        ("date.edtf = 2025", Some("date"), ""),
        (
            "amounts > 3",
            None,
            "amount.currency amount.value amount.qualifier amount.role",
        ),
        (
            "amounts.values > 3",
            None,
            "amount.currency amount.value amount.qualifier amount.role",
        ),
        (
            "sources.publish_date.edtf:2025",
            None,
            "source.id source.type source.publisher source.reliability source.language",
        ),
        ("related_events:a", None, "related related.relation"),
        ("notes:x", None, "text"),
        ("place:Tokyo", None, "place.city place.country place.mode"),
    ] {
        let error = refused(text);
        assert_eq!(error.suggestion.as_deref(), suggestion, "{error}");
        assert_eq!(error.expected.join(" "), expected, "{error}");
    }
    let error = refused("amount > 3");
    assert_eq!(error.suggestion.as_deref(), Some("amount.value"));
    let error = refused("amounts.note:x");
    assert!(error.message.contains("cannot be filtered by"), "{error}");
    let partnerships = |text| Filter::parse(text, Schema::Partnerships).expect_err(text);
    let error = partnerships("sources.type = PRESS");
    assert!(error.message.contains("cannot be filtered by"), "{error}");
    assert_eq!(
        partnerships("display_name:x").suggestion.as_deref(),
        Some("text")
    );
}

#[test]
fn c6_a_list_of_values_leads_to_its_terms() {
    for (text, instead) in [
        ("party:JP,EU", "(party:JP OR party:EU)"),
        (
            "party:JP, EU, KR kind=MEETING",
            "(party:JP OR party:EU OR party:KR)",
        ),
        ("party = \"JP, EU\"", "(party = JP OR party = EU)"),
        ("party != JP,EU", "(party != JP AND party != EU)"),
        ("kind:[MEETING,POLICY]", "(kind:MEETING OR kind:POLICY)"),
        ("text:quantum,photonics", "(text:quantum OR text:photonics)"),
        (
            "place.mode:\"in person, online\"",
            "(place.mode:\"in person\" OR place.mode:online)",
        ),
        ("author:a,b", "(author:a OR author:b)"),
        ("annotations.k:a,b", "(annotations.k:a OR annotations.k:b)"),
        ("party:(JP OR EU)", "(party:A OR party:B)"),
    ] {
        let error = refused(text);
        assert_eq!(error.suggestion.as_deref(), Some(instead), "{error}");
        if !instead.contains(":A") {
            normal(instead);
        }
    }
    let error = refused("kind=MEETING, party:JP");
    assert_eq!((error.offset, error.suggestion), (12, None));
    assert_eq!(normal("text:\"chips, 6G\""), "text:\"6g chips\"");
    assert!(
        refused(&format!("party:{}", "JP,".repeat(1_000)))
            .suggestion
            .is_none()
    );
}

#[test]
fn c6_the_name_of_a_country_leads_to_its_code() {
    for (text, code) in [
        ("party:Japan", "JP"),
        ("host = \"South Korea\"", "KR"),
        ("place.country = \"united kingdom\"", "GB"),
        ("party:USA", "US"),
        ("party:Singapour", "SG"),
        ("party:\"European Union\"", "EU"),
    ] {
        assert_eq!(refused(text).suggestion.as_deref(), Some(code), "{text}");
    }
    assert_eq!(refused("Japan").suggestion.as_deref(), Some("party:JP"));
    assert_eq!(refused("party:Atlantis").suggestion, None);
}

#[test]
fn a_list_in_brackets_leads_to_its_terms_and_a_comma_to_no_operator_in_particular() {
    for (text, instead) in [
        ("party in (JP, EU)", "(party:JP OR party:EU)"),
        ("party IN (JP OR EU)", "(party:JP OR party:EU)"),
        ("kind=MEETING party in (JP,EU)", "(party:JP OR party:EU)"),
        ("party not in (JP, EU)", "(party != JP AND party != EU)"),
        (
            "party NOT IN (\"JP\", \"EU\")",
            "(party != JP AND party != EU)",
        ),
        ("party:(JP, EU)", "(party:JP OR party:EU)"),
        (
            "topic = (ai, 6g) AND kind=MEETING",
            "(topic = ai OR topic = 6g)",
        ),
    ] {
        let error = refused(text);
        assert_eq!(error.suggestion.as_deref(), Some(instead), "{error}");
        normal(instead);
    }
    for text in ["kind=MEETING, party:JP", "(party:JP, kind=MEETING)", "a, b"] {
        let error = refused(text);
        assert_eq!(error.suggestion, None, "{error}");
        assert!(error.expected[0].contains("AND or OR"), "{error}");
    }
    assert!(
        refused("digital in Japan")
            .message
            .contains("without a field")
    );

    for text in ["text:\"\"", "name = \" \"", "update_time > ''"] {
        let error = refused(text);
        assert_eq!(error.suggestion, None, "{error}");
        assert!(error.message.contains("leave the term out"), "{error}");
    }
}

#[test]
fn an_error_says_once_what_to_write() {
    for (text, told) in [
        (
            "party:Japan",
            "party: \"Japan\" is not the code of a country or union; write JP",
        ),
        (
            "party:JPN",
            "party: \"JPN\" is not the code of a country or union; write JP",
        ),
    ] {
        assert_eq!(refused(text).to_string(), format!("at offset 6: {told}"));
    }
    let typo = refused("party:Singapour").to_string();
    assert!(typo.ends_with("did you mean `SG`?"), "{typo}");
}

#[test]
fn a_word_of_another_language_is_looked_for_in_texts_and_a_sign_of_percent_is_a_word() {
    let told = |filter: &str, schema| {
        let why = Filter::parse(filter, schema).expect_err(filter);
        why.to_string()
    };
    let topic = told("topic:半導体", Schema::Events);
    assert!(
        topic.ends_with("as in data-flows; did you mean `text:半導体`?"),
        "{topic}"
    );
    let unit = told("quantity.unit = %", Schema::Events);
    assert!(
        unit.ends_with("\"%\" is not kebab-case; write percent"),
        "{unit}"
    );
    let key = told("annotations.My_Key = a", Schema::Events);
    assert!(key.contains("as in my-key"), "{key}");
    let kind = told("kind = council", Schema::Partnerships);
    assert!(kind.contains("did you mean `form`?"), "{kind}");
    let date = told("date = 2022", Schema::Partnerships);
    assert!(date.contains("did you mean `established`?"), "{date}");
}
