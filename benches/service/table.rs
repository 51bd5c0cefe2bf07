//! What is printed.

use comfy_table::{CellAlignment, Table, presets};

use crate::{
    compare::Compared,
    measure::{Column, Measure},
};

const HEADINGS: [&str; 7] = [
    "work",
    "entente",
    "bare",
    "ratio",
    "aim",
    "CPU entente",
    "CPU bare",
];

/// One line of the table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub work: String,
    pub entente: String,
    pub bare: String,
    /// How many times as good as the bare server; below one is worse.
    pub ratio: Option<f64>,
    pub aim: Option<f64>,
    /// Processor time of each server for one piece.
    pub processor: Option<(String, String)>,
}

impl Row {
    /// By pieces a second.
    pub fn of_rates(work: impl Into<String>, compared: &Compared, aim: Option<f64>) -> Row {
        let (entente, bare) = (&compared.entente, &compared.bare);
        Row {
            work: work.into(),
            entente: format!("{:.0} /s", entente.rate()),
            bare: format!("{:.0} /s", bare.rate()),
            ratio: Some(entente.rate() / bare.rate()),
            aim,
            processor: processor(compared),
        }
    }

    /// By the time that one piece takes.
    pub fn of_times(work: impl Into<String>, compared: &Compared) -> Row {
        let millis = |rate: f64| format!("{:.3} ms", 1_000.0 / rate);
        let (entente, bare) = (compared.entente.rate(), compared.bare.rate());
        Row {
            work: work.into(),
            entente: millis(entente),
            bare: millis(bare),
            ratio: Some(entente / bare),
            aim: None,
            processor: processor(compared),
        }
    }
}

fn processor(compared: &Compared) -> Option<(String, String)> {
    let micros = |micros: f64| format!("{micros:.1} µs");
    let (entente, bare) = (&compared.entente, &compared.bare);
    Some((
        micros(entente.processor_micros()),
        micros(bare.processor_micros()),
    ))
}

/// Prints columns beside each other, by what they have in common with the first.
pub fn print_columns(columns: &[Column]) {
    let mut table = Table::new();
    let headings = columns.iter().map(|column| column.heading.as_str());
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_header(["what"].into_iter().chain(headings));
    for Measure { what, .. } in columns.first().map_or(&[][..], |first| &first.measures) {
        let text = |column: &Column| {
            let mut measures = column.measures.iter();
            let found = measures.find(|other| other.what == *what);
            found.map(|found| found.text.clone()).unwrap_or_default()
        };
        let texts = columns.iter().map(text);
        table.add_row([(*what).to_owned()].into_iter().chain(texts));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
}

/// Prints the rows below their headings.
pub fn print(rows: Vec<Row>) {
    let mut table = Table::new();
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_header(HEADINGS);
    for row in rows {
        let number = |number: Option<f64>| number.map(|number| format!("{number:.2}"));
        let (entente, bare) = row.processor.unwrap_or_default();
        let (ratio, aim) = (number(row.ratio), number(row.aim));
        let (ratio, aim) = (ratio.unwrap_or_default(), aim.unwrap_or_default());
        table.add_row([row.work, row.entente, row.bare, ratio, aim, entente, bare]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    println!("CPU is what the server takes for one piece of the work; the client is not in it.");
}
