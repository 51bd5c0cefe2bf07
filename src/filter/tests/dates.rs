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
