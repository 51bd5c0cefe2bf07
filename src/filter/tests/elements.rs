//! Trials C6, F5 and F6: terms on one element of a repeated field.

use super::{events, normal, refused};
use crate::filter::*;

#[test]
fn f6_terms_side_by_side_hold_for_one_element() {
    for (text, expected) in [
        (
            "amount.value >= 1000000000 AND amount.currency = USD",
            "amount.value >= 1000000000 AND amount.currency:USD",
        ),
        (
            "amount.value >= 1 kind = MEETING amount.value <= 5.50",
            "(amount.value >= 1 AND amount.value <= 5.5) AND kind = MEETING",
        ),
        // Parentheses around one term, and a double negation, change nothing.
        (
            "(party:JP) AND NOT -(party.role = HOST) AND topic:ai",
            "(party:JP AND party.role:HOST) AND topic:ai",
        ),
        (
            "source.publisher:nikkei source.type=PRESS claim.field=date claim.verdict=DISPUTED",
            "(source.publisher:\"nikkei\" AND source.type:PRESS) AND \
             (claim.field:date AND claim.verdict:DISPUTED)",
        ),
        (
            "related:a AND related.relation = FOLLOWS",
            "related:a AND related.relation:FOLLOWS",
        ),
        ("party:JP AND party.role:*", "party:JP AND party.role:*"),
        (
            "organisation:METI AND party.role = HOST",
            "organisation:\"meti\" AND party.role:HOST",
        ),
        (
            "(party:JP OR body:meti) AND party.role = HOST",
            "(party:JP OR body:meti) AND party.role:HOST",
        ),
        (
            "place.city = kyoto AND place.country = JP",
            "place.city = \"kyoto\" AND place.country:JP",
        ),
    ] {
        assert_eq!(normal(text), expected, "{text}");
        assert!(has_element(events(text).expr()), "{text}");
    }
}

fn has_element(expr: &Expr) -> bool {
    match expr {
        Expr::Element { .. } => true,
        Expr::And(parts) | Expr::Or(parts) => parts.iter().any(has_element),
        Expr::Not(inner) => has_element(inner),
        Expr::All | Expr::Leaf(_) => false,
    }
}

#[test]
fn f5_values_of_one_field_are_those_of_several_elements() {
    for (text, expected) in [
        ("party:JP AND party:EU", "party:JP AND party:EU"),
        (
            "source.publisher:nikkei AND source.publisher:asia",
            "source.publisher:\"nikkei\" AND source.publisher:\"asia\"",
        ),
        (
            "party:GB AND organisation:METI",
            "party:GB AND organisation:\"meti\"",
        ),
        ("body:meti AND person:sato", "body:meti AND person:\"sato\""),
        ("party:GB AND host:JP", "party:GB AND host:JP"),
        ("party:JP AND party:*", "party:JP AND party:*"),
        (
            "party:JP AND party.role != HOST",
            "party:JP AND NOT party.role:HOST",
        ),
        (
            "party:JP AND NOT party.role:HOST",
            "party:JP AND NOT party.role:HOST",
        ),
        ("party:JP OR party.role:HOST", "party:JP OR party.role:HOST"),
        (
            "(party:JP OR party:EU) AND (party:US OR party:GB)",
            "(party:JP OR party:EU) AND (party:US OR party:GB)",
        ),
        // JP is one party, and what else is asked for can be another.
        (
            "party:JP AND (party:EU OR party.role:HOST)",
            "party:JP AND (party:EU OR party.role:HOST)",
        ),
    ] {
        assert_eq!(normal(text), expected, "{text}");
        assert!(!has_element(events(text).expr()), "{text}");
    }
    for (text, expected) in [
        (
            "party:JP AND party:EU AND party.role = SIGNATORY",
            "(party:JP AND party.role:SIGNATORY) AND (party:EU AND party.role:SIGNATORY)",
        ),
        (
            "party.role = HOST AND kind = MEETING AND party:JP AND party:EU AND party:US",
            "(party.role:HOST AND party:JP) AND kind = MEETING AND \
             (party.role:HOST AND party:EU) AND (party.role:HOST AND party:US)",
        ),
        (
            "(party:JP OR party:EU) AND party:US AND party.role = SIGNATORY",
            "((party:JP OR party:EU) AND party.role:SIGNATORY) AND \
             (party:US AND party.role:SIGNATORY)",
        ),
    ] {
        assert_eq!(events(text), events(expected), "{text}");
    }
}

#[test]
fn f5_an_or_of_terms_on_the_element_belongs_to_it() {
    for (text, expected) in [
        (
            "(party:JP OR party:EU) AND party.role = SIGNATORY",
            "(party:JP OR party:EU) AND party.role:SIGNATORY",
        ),
        (
            "amount.currency = USD AND (amount.value > 5 OR amount.qualifier = MORE_THAN)",
            "amount.currency:USD AND (amount.value > 5 OR amount.qualifier:MORE_THAN)",
        ),
    ] {
        assert_eq!(normal(text), expected);
        assert!(
            matches!(events(text).expr(), Expr::Element { .. }),
            "{text}"
        );
    }
    for text in [
        "(party:JP OR topic:ai) AND party.role = SIGNATORY",
        "(party:JP OR NOT party:EU) AND party.role = SIGNATORY",
        "(party:JP OR (party:EU AND kind = MEETING)) AND party.role = SIGNATORY",
    ] {
        assert!(!has_element(events(text).expr()), "{text}");
    }
}

#[test]
fn f5_an_and_in_parentheses_is_about_an_element_of_its_own() {
    let text = "(party:JP AND party.role:HOST) AND (party:EU AND party.role:SIGNATORY)";
    let Expr::And(parts) = events(text).expr().clone() else {
        panic!("{text}");
    };
    assert!(
        parts
            .iter()
            .all(|part| matches!(part, Expr::Element { .. }))
    );
    assert_eq!(normal(text), text);
    // Their terms stay apart in the normal form, too.
    let apart = "(party:JP AND kind = MEETING) AND party.role:HOST";
    assert_eq!(normal(apart), apart);
    assert!(!has_element(events(apart).expr()));
    let deep = "((party:JP AND kind = MEETING) AND party.type:STATE) AND party.role:HOST";
    assert_eq!(normal(deep), deep);
    assert!(!has_element(events(deep).expr()));
    // Where that changes nothing, they need no parentheses.
    assert_eq!(
        normal("(party:JP AND kind = MEETING) AND party:EU"),
        "party:JP AND kind = MEETING AND party:EU"
    );
    let negated = "NOT (party:JP AND party.role:HOST)";
    assert_eq!(normal(negated), negated);
    assert_ne!(
        events(negated).canonical(),
        events("NOT party:JP OR NOT party.role:HOST").canonical()
    );
    let defaults = events("party:JP AND party.role:HOST").with_list_defaults(false);
    assert_eq!(events(defaults.normalized()), defaults);
}

#[test]
fn f5_values_that_may_belong_to_any_element_are_refused_with_the_way_out() {
    let text = "party:JP AND party:EU AND party.role:HOST AND party.role:SIGNATORY";
    let error = refused(text);
    assert!(error.message.contains("party and party.role"), "{error}");
    assert!(error.message.contains("one party"), "{error}");
    assert_eq!((error.offset, error.fragment.as_str()), (46, "party.role"));
    let example = "(party:JP AND party.role:HOST) AND (party:EU AND party.role:SIGNATORY)";
    assert_eq!(error.expected, [example]);
    assert_eq!(normal(example), example);
    // A stored filter from before keeps its meaning.
    let kept = Filter::parse_kept(text, Schema::Events).expect("kept");
    assert!(!has_element(kept.expr()));
}

#[test]
fn f6_an_explanation_tells_what_one_element_has() {
    assert_eq!(
        events("amount.value >= 1000000000 AND amount.currency = USD AND kind = MEETING").explain(),
        [
            "amount.value >= 1000000000 AND amount.currency:USD: one sum has all of [the value of \
             a sum is at least 1000000000; the currency of a sum is USD]",
            "kind = MEETING: the sort of announcement is MEETING",
        ]
    );
}

#[test]
fn s51_filters_on_elements_have_one_canonical_text_for_each_meaning() {
    let canonical = |text: &str| events(text).canonical();
    for (one, other) in [
        (
            "amount.value >= 1 AND amount.currency = USD",
            "amounts.currency_code:usd AND amount.value >= 1.0",
        ),
        (
            "party:JP AND party:EU AND party.role = HOST",
            "party.role = HOST AND party:EU AND party:JP AND party:EU",
        ),
        (
            "party:JP AND party:EU AND party.role = HOST",
            "(party.role = HOST AND party:EU) AND (party:JP AND party.role:HOST)",
        ),
        (
            "(party:JP OR party:EU) AND party.role = HOST",
            "party.role = HOST AND (party:EU OR party:JP OR party:EU)",
        ),
    ] {
        assert_eq!(canonical(one), canonical(other), "{one}");
    }
    let different = [
        "party:JP AND party.role = HOST",
        "(party:JP AND resource = EVENT) AND party.role = HOST",
        "party:JP OR party.role = HOST",
        "NOT (party:JP AND party.role = HOST)",
        "party:JP AND party:EU AND party.role = HOST",
        "(party:JP AND party.role = HOST) AND party:EU",
        "amount.value > 1 AND amount.value < 5",
        "(amount.value > 1 AND resource = EVENT) AND amount.value < 5",
        "amount.value = 1",
        "amount.value = -1",
        "amount.value != 1",
    ];
    let texts: std::collections::HashSet<String> = different.map(canonical).into();
    assert_eq!(texts.len(), different.len());
}

#[test]
fn f6_values_are_decimals() {
    for (text, expected) in [
        ("amount.value = 00012.50", "amount.value = 12.5"),
        ("amount.value < -0.50", "amount.value < -0.5"),
        (
            "amount.value >= '9007199254740993'",
            "amount.value >= 9007199254740993",
        ),
        ("-amounts.value:*", "NOT amount.value:*"),
    ] {
        assert_eq!(normal(text), expected);
        assert_eq!(normal(expected), expected);
    }
    for (text, meant) in [
        ("amount.value = \"1,000\"", "1000"),
        ("amount.value = 1,000", "1000"),
        ("amount.value = 1,000,000 AND party:JP", "1000000"),
        ("amounts.value = 1,000", "1000"),
        ("amount.value > '1 000'", "1000"),
        ("amount.value > 1 000", "1000"),
        ("(amount.value > 1 000 000)", "1000000"),
        ("amount.value > 1_000", "1000"),
        ("amount.value > 1.5bn", "1500000000"),
        ("amount.value > 1.5 bn", "1500000000"),
        ("amount.value > £100", "100"),
        ("amount.value > 100€", "100"),
        ("amount.value > '£1,000'", "1000"),
        ("ordinal = 1,000", "1000"),
        ("ordinal = '1 000'", "1000"),
    ] {
        let error = refused(text).to_string();
        let told = [
            format!("did you mean `{meant}`?"),
            format!("; write {meant}"),
        ];
        assert!(
            told.iter().any(|told| error.contains(told)),
            "{text}: {error}"
        );
        assert!(!error.contains(" OR "), "{text}: {error}");
    }
    // These are no numbers but lists.
    assert!(refused("party = JP,EU").to_string().contains(" OR "));
    assert!(refused("amount.value = 5,7").to_string().contains(" OR "));
    for text in [
        "amount.value > 1e9",
        "amount.value > '1 000'",
        "amount.value > x",
        "amount.value:5",
        "amount.value > 1,000",
    ] {
        let error = refused(text);
        assert!(!error.message.is_empty(), "{text}");
    }
}
