use super::{events, normal, refused};
use crate::{domain::edtf, filter::*};

#[test]
fn dates_compare_as_spans_of_days() {
    let span = |text: &str| match text {
        "" => (None, None),
        text => edtf::parse(text)
            .map(|span| (span.earliest, span.latest))
            .expect(text),
    };
    let all = ["=", ":", "<", "<=", ">", ">="];
    for (date, literal, holding) in [
        ("2025-05-12", "2025", "= : <= >="),
        ("2025", "2025-05-12", ":"),
        ("2025", "2025", "= : <= >="),
        ("2025-05", "2025-05-12/2026", ": <="),
        ("2024", "2025", "< <="),
        ("2026", "2025", "> >="),
        ("[..2024]", "2025", "< <="),
        ("[..2027]", "2025", ":"),
        ("2024/..", "2025", ":"),
        ("2024/..", "2024/..", "= : <= >="),
        ("2024", "[..2027]", "= : <= >="),
        ("", "2025", ""),
        ("", "[..2027]", ""),
    ] {
        let held: Vec<_> = all
            .into_iter()
            .filter(|op| {
                let filter = events(&format!("date {op} \"{literal}\""));
                let Expr::Leaf(Predicate::Date {
                    op,
                    earliest,
                    latest,
                    ..
                }) = filter.expr()
                else {
                    panic!("a date is compared");
                };
                op.of_spans(span(date), (*earliest, *latest))
            })
            .collect();
        assert_eq!(held.join(" "), holding, "{date:?} and {literal:?}");
    }
}

#[test]
fn a_date_stands_for_all_its_instants_in_utc() {
    for (text, canonical) in [
        (
            "update_time > 2025-03-14T10:00:00+09:00",
            "update_time > \"2025-03-14T01:00:00Z\"",
        ),
        (
            "update_time = '2025-03-14T10:00:00.5Z'",
            "update_time = \"2025-03-14T10:00:00.5Z\"",
        ),
        (
            "update_time <= 2025-01",
            "update_time < \"2025-02-01T00:00:00Z\"",
        ),
        (
            "update_time > 2025",
            "update_time >= \"2026-01-01T00:00:00Z\"",
        ),
        (
            "update_time < 2025",
            "update_time < \"2025-01-01T00:00:00Z\"",
        ),
        (
            "create_time != 2025-01-01",
            "NOT (create_time >= \"2025-01-01T00:00:00Z\" AND \
             create_time < \"2025-01-02T00:00:00Z\")",
        ),
        // Trial A14: the end of the calendar.
        (
            "update_time <= 9999",
            "update_time <= \"9999-12-31T23:59:59.999999Z\"",
        ),
        (
            "update_time > 9999-12-31",
            "update_time > \"9999-12-31T23:59:59.999999Z\"",
        ),
        (
            "update_time < 9999-12-31T12:00:00Z",
            "update_time < \"9999-12-31T12:00:00Z\"",
        ),
    ] {
        assert_eq!(normal(text), canonical, "{text}");
        assert_eq!(normal(canonical), canonical, "{text}");
    }
    for text in ["update_time > 2025/..", "update_time > 2025-03-14T10:00:00"] {
        refused(text);
    }
}

/// Trial C7: `date = "2025-21"` found the whole year.
#[test]
fn c7_a_filter_does_not_ask_for_a_season_without_a_hemisphere() {
    let months = ["[2025-03..2025-05]", "[2025-09..2025-11]"];
    for field in [
        "date",
        "announce_date",
        "effective_date",
        "end_date",
        "update_time",
    ] {
        for text in [
            format!("{field} = 2025-21"),
            format!("{field} > \"2025-21~\""),
        ] {
            let error = refused(&text);
            assert_eq!(error.expected, months, "{text}");
            assert!(
                error.message.contains("depend on the hemisphere"),
                "{error}"
            );
        }
    }
    assert_eq!(
        refused("date : 2024/2025-24").expected,
        ["2024/2025-28", "2024/2025-32"]
    );
    let established = Filter::parse("established = 2025-21", Schema::Partnerships);
    assert_eq!(established.expect_err("a season").expected, months);
    for (season, months) in [
        ("2025-28", "2025-12/2026-02"),
        ("2025-30", "2025-12/2026-02"),
        ("2025-29", "[2025-09..2025-11]"),
    ] {
        let days = |text: &str| {
            let filter = events(&format!("date : \"{text}\""));
            let Expr::Leaf(Predicate::Date {
                earliest, latest, ..
            }) = filter.expr()
            else {
                panic!("a date is compared");
            };
            (*earliest, *latest)
        };
        assert_eq!(days(season), days(months));
    }
}

/// Trial C7: half-years were refused.
#[test]
fn c7_a_filter_asks_for_half_a_year() {
    assert_eq!(
        normal("update_time = 2026-40"),
        normal("update_time = '2026-01/2026-06'")
    );
    let error = refused("date = 2026-H1");
    assert!(error.message.ends_with("as in 2026-40"), "{error}");
}
