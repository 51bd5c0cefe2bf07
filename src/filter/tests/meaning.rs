//! S51: what a filter means has one text, however it is written.

use super::events;
use crate::random::Random;

/// Each line is one test, spelled in several ways.
const SPELLINGS: &[&[&str]] = &[
    &[
        "party:JP",
        "party = jp",
        "party:\"JP\"",
        "NOT party != 'Jp'",
    ],
    &["kind = MEETING", "kind:KIND_meeting", "kind = 'meeting'"],
    &["text:\"6g chips\"", "text:'Chips, ６Ｇ chips'"],
    &["text = \"chips 6g\"", "text = 'Chips, ６Ｇ'"],
    &["person = \"John Smith\"", "person = 'john  SMITH.'"],
    &["topic:ai", "topic = AI"],
    &["language:zh-Hant", "language = ZH-hant"],
    &["name = e-1", "name = events/e-1"],
    &[
        "date = 2025-05",
        "date = '2025-05-01/2025-05-31'",
        "date = 2025-05~",
    ],
    &["date < 2025", "date < 2025-01", "date < '2025-01-01/2030'"],
    &[
        "date <= 2025",
        "date <= 2025-12-31",
        "date <= '2020/2025-12'",
    ],
    &["date:2024-33", "date:'2024-01/2024-03'"],
    &["-date:*", "NOT date:*"],
    &[
        "update_time > 2025-03-14T10:00:00+09:00",
        "update_time > '2025-03-14T01:00:00Z'",
    ],
    &[
        "create_time = 2025-03",
        "(create_time < 2025-04 AND create_time >= 2025-03-01)",
    ],
    &["ordinal >= 3", "ordinal >= 03"],
    &["annotations.a = x", "annotations.a:'x'"],
    &["overdue = false", "overdue != true", "-overdue = TRUE"],
    &["binding = TRUE", "binding = true"],
    &["amount.value > 1.50", "amount.value > 01.5"],
    &[
        "party:JP AND party.role = HOST",
        "(parties.role:host (party = jp))",
        "(party:jp party.role:HOST party:jp)",
    ],
];

/// What a filter says, apart from how it is written.
enum Said {
    Term(usize),
    Not(Box<Said>),
    Joined(&'static str, Vec<Said>),
}

impl Said {
    fn random(random: &mut Random, depth: usize) -> Said {
        match random.below(if depth == 0 { 1 } else { 4 }) {
            0 => Said::Term(random.below(SPELLINGS.len())),
            1 => Said::Not(Box::new(Said::random(random, depth - 1))),
            _ => {
                let operator = *random.one_of(&[" AND ", " OR "]);
                let parts = 2 + random.below(2);
                let parts = (0..parts).map(|_| Said::random(random, depth - 1));
                Said::Joined(operator, parts.collect())
            }
        }
    }

    /// One of the ways to write it.
    fn written(&self, random: &mut Random) -> String {
        let text = match self {
            Said::Term(term) => (*random.one_of(SPELLINGS[*term])).to_owned(),
            Said::Not(inner) => {
                format!(
                    "{}({})",
                    random.one_of(&["NOT ", "-"]),
                    inner.written(random)
                )
            }
            Said::Joined(operator, parts) => {
                let mut texts: Vec<String> =
                    parts.iter().map(|part| part.written(random)).collect();
                // One of them twice, in another spelling.
                texts.push(parts[random.below(parts.len())].written(random));
                for at in (1..texts.len()).rev() {
                    texts.swap(at, random.below(at + 1));
                }
                let last = texts
                    .pop()
                    .map(|last| format!("({last})"))
                    .unwrap_or_default();
                let others: Vec<String> = texts.iter().map(|text| format!("({text})")).collect();
                format!("({}){operator}{last}", others.join(operator))
            }
        };
        match random.below(4) {
            0 => format!("NOT -({text})"),
            1 => format!("({text})"),
            _ => text,
        }
    }
}

/// Trial C10.
#[test]
fn s51_filters_that_are_shuffled_and_respelled_have_one_canonical_text() {
    let mut random = Random::new(0x5151);
    for _ in 0..2_000 {
        let said = Said::random(&mut random, 2);
        let (one, other) = (said.written(&mut random), said.written(&mut random));
        assert_eq!(
            events(&one).canonical(),
            events(&other).canonical(),
            "{one}\n{other}"
        );
    }
}

#[test]
fn s51_filters_that_mean_something_else_have_another_canonical_text() {
    let texts = [
        "",
        "party:JP",
        "party:EU",
        "-party:JP",
        "party:JP AND party:EU",
        "party:JP OR party:EU",
        "party:JP AND (party:EU OR kind = MEETING)",
        "(party:JP AND party:EU) OR kind = MEETING",
        "NOT (party:JP AND party:EU)",
        "NOT (party:JP OR party:EU)",
        "text:\"a b\"",
        "text = \"a b\"",
        "text = \"b a\"",
        "person = a",
        "person:a",
        "text:a OR text:b",
        "author = 'a\" AND author = \"b'",
        "author = a AND author = b",
        "author = A AND author = b",
        "date = 2025",
        "date:2025",
        "date <= 2025",
        "date < 2025",
        "date = '2025/..'",
        "date = '[..2025]'",
        "overdue = true",
        "overdue = false",
        "exercise = false",
        "exercise != true",
        "annotations.a:*",
        "annotations.a = '*'",
    ];
    let canonical: std::collections::HashSet<String> =
        texts.iter().map(|text| events(text).canonical()).collect();
    assert_eq!(canonical.len(), texts.len());
}
