//! The inputs of the public test suites of EDTF, and the table of `docs/edtf.md` about them.

use std::collections::BTreeMap;

use super::parse;

const INPUTS: &str = include_str!("../../../tests/fixtures/edtf/inputs.tsv");
const DOCUMENT: &str = include_str!("../../../docs/edtf.md");

/// How many inputs of a form are read, refused, and treated otherwise by edtf.js.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Counts {
    read: usize,
    refused: usize,
    otherwise: usize,
}

struct Input {
    text: &'static str,
    form: &'static str,
    /// The first and the last day, each empty when open; `None` when it is refused.
    days: Option<[&'static str; 2]>,
    /// The same of edtf.js, which gives no days for some dates that it reads.
    other_days: Option<[&'static str; 2]>,
}

fn inputs() -> Vec<Input> {
    let input = |line: &'static str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let days = |at: usize| match columns[at] {
            "read" => Some([columns[at + 1], columns[at + 2]]),
            "refused" => None,
            other => panic!("{other:?} in {line:?}"),
        };
        Input {
            text: columns[0],
            form: columns[1],
            days: days(2),
            other_days: days(5),
        }
    };
    INPUTS.lines().skip(1).map(input).collect()
}

/// Returns the rows of the table: the form, its counts and its examples.
fn table() -> BTreeMap<&'static str, (Counts, Vec<&'static str>)> {
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let number = |at: usize| cells.get(at)?.parse().ok();
        let counts = Counts {
            read: number(1)?,
            refused: number(2)?,
            otherwise: number(3)?,
        };
        Some((
            cells[0],
            (counts, cells[4].split('`').skip(1).step_by(2).collect()),
        ))
    };
    DOCUMENT.lines().filter_map(row).collect()
}

#[test]
fn c8_every_input_of_the_public_suites_is_read_as_its_days_or_refused_with_a_reason() {
    for Input { text, days, .. } in inputs() {
        let found = parse(text);
        let Some(days) = days else {
            let reason = found.expect_err(text);
            let says_what_to_do = reason.contains("write") || reason.contains("as in");
            assert!(says_what_to_do, "{text:?}: {reason}");
            continue;
        };
        let span = found.expect(text);
        let found = [span.earliest, span.latest]
            .map(|day| day.map_or_else(String::new, |day| day.to_string()));
        assert_eq!(found, days, "{text}");
    }
}

#[test]
fn c8_the_table_of_forms_counts_the_inputs() {
    let mut counted: BTreeMap<&str, Counts> = BTreeMap::new();
    for input in inputs() {
        let counts = counted.entry(input.form).or_default();
        match input.days {
            Some(_) => counts.read += 1,
            None => counts.refused += 1,
        }
        let is_otherwise = match (input.days, input.other_days) {
            (Some(_), Some(["", ""])) => false,
            (Some(days), Some(other)) => days != other,
            (days, other) => days.is_some() != other.is_some(),
        };
        counts.otherwise += usize::from(is_otherwise);
    }
    let table = table();
    let told: BTreeMap<&str, Counts> = table.iter().map(|(form, row)| (*form, row.0)).collect();
    assert_eq!(told, counted);
    for (form, (counts, examples)) in table {
        assert!(
            counts.read == 0 || counts.refused == 0,
            "{form} is one thing"
        );
        assert!(!examples.is_empty(), "{form} has examples");
        for text in examples {
            assert_eq!(parse(text).is_ok(), counts.read > 0, "{form}: {text}");
        }
    }
}
