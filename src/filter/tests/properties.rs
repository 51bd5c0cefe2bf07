use super::events;
use crate::{filter::*, random::Random};

const TERMS: &[&str] = &[
    "kind=meeting",
    "party != jp",
    "text:'半導体 chips, İstanbul'",
    "text = 'Data-Free flows (半導体 協力) in the U.S.'",
    "text:'semi-conductors, R&D, 10,000'",
    "person != '岸田 文雄'",
    "text:\"経済安全保障分野における先端半導体製造装置\"",
    "date:[2025..2027]",
    "date <= 2025~",
    "create_time = 2025-03",
    "update_time != 2025-03-14T10:00:00.000001Z",
    "ordinal >= 3",
    "annotations.a-b = 'x\\\\\"y\\n\\t'",
    "annotations.a:*",
    "-place.city:*",
    "overdue = false",
    "claim.field = date.edtf",
    "claim.verdict = DISPUTED",
    "party:EU",
    "party.role = HOST",
    "party.type:*",
    "amount.value >= -1.50",
    "amount.value < 10",
    "amount.currency = USD",
    "source.publisher:nikkei",
    "source.type = press",
];

fn any_filter(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 1 } else { 5 }) {
        0 => (*random.one_of(TERMS)).to_owned(),
        1 => format!("NOT ({})", any_filter(random, depth - 1)),
        2 => format!("-({})", any_filter(random, depth - 1)),
        _ => {
            let operator = random.one_of(&[" AND ", " OR ", " "]);
            let parts: Vec<String> = (0..=random.below(4))
                .map(|_| match random.below(3) {
                    // Terms side by side can be about one element.
                    0 => (*random.one_of(TERMS)).to_owned(),
                    _ => format!("({})", any_filter(random, depth - 1)),
                })
                .collect();
            parts.join(operator)
        }
    }
}

#[test]
fn the_normal_form_reads_as_the_same_filter() {
    let mut random = Random::new(0x9e37);
    for _ in 0..3_000 {
        let filter = events(&any_filter(&mut random, 3));
        assert_eq!(
            events(filter.normalized()),
            filter,
            "{}",
            filter.normalized()
        );
    }
}

#[test]
fn no_text_makes_the_parser_panic() {
    const PIECES: &[&str] = &[
        "(",
        ")",
        "-",
        "NOT ",
        " AND ",
        " OR ",
        " and ",
        ":",
        "=",
        "!=",
        "<",
        ">=",
        "*",
        "\"",
        "'",
        "\\",
        "date",
        "party",
        "JP",
        "annotations.",
        "2025-01",
        "+",
        "é",
        "半",
        "\u{301}",
        "🙂",
        "\0",
        " ",
        "/",
        "[..",
        "position",
        "9223372036854775808",
        "update_time>",
        "text:",
        "T10:00",
    ];
    let mut random = Random::new(42);
    for _ in 0..20_000 {
        let text: String = (0..random.below(14))
            .map(|_| *random.one_of(PIECES))
            .collect();
        for schema in [Schema::Events, Schema::Partnerships] {
            match Filter::parse(&text, schema) {
                Ok(filter) => {
                    let again = Filter::parse(filter.normalized(), schema);
                    assert_eq!(again.as_ref(), Ok(&filter), "{text:?}");
                    assert!(!filter.explain().is_empty());
                }
                Err(error) => {
                    assert!(error.offset <= text.chars().count(), "{text:?}: {error}");
                    assert!(error.to_string().chars().count() < 2_000);
                }
            }
        }
    }
}
