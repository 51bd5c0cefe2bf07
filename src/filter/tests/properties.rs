use super::events;
use crate::filter::*;

/// A small generator of numbers, so that a failure can be repeated.
pub(super) struct Random(pub u64);

impl Random {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("below a usize")
    }

    pub(super) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn filter(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 1 } else { 5 }) {
            0 => self.pick(TERMS).to_owned(),
            1 => format!("NOT ({})", self.filter(depth - 1)),
            2 => format!("-({})", self.filter(depth - 1)),
            _ => {
                let operator = self.pick(&[" AND ", " OR ", " "]);
                let parts: Vec<String> = (0..=self.below(3))
                    .map(|_| format!("({})", self.filter(depth - 1)))
                    .collect();
                parts.join(operator)
            }
        }
    }
}

const TERMS: &[&str] = &[
    "kind=meeting",
    "party != jp",
    "text:'半導体 chips, İstanbul'",
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
];

#[test]
fn the_normal_form_reads_as_the_same_filter() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..3_000 {
        let filter = events(&random.filter(3));
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
    let mut random = Random(42);
    for _ in 0..20_000 {
        let text: String = (0..random.below(14)).map(|_| random.pick(PIECES)).collect();
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
