//! What is printed.

use comfy_table::{CellAlignment, Table, presets};

use crate::system::System;

/// One line of the table.
#[derive(Debug)]
pub struct Row {
    pub work: String,
    /// Pieces a second of each system, that of the bare server first.
    pub rates: Vec<Option<f64>>,
}

/// Prints the rows as Markdown.
pub fn print(systems: &[Box<dyn System>], rows: &[Row]) {
    let mut table = Table::new();
    let names = systems.iter().map(|system| system.name().to_owned());
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_header(["work".to_owned()].into_iter().chain(names));
    for row in rows {
        let bare = row.rates.first().copied().flatten();
        let cells = row.rates.iter().map(|rate| cell(*rate, bare));
        table.add_row([row.work.clone()].into_iter().chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    println!("A second, the median of the rounds; in brackets the share of bare tonic.");
}

fn cell(rate: Option<f64>, bare: Option<f64>) -> String {
    match (rate, bare) {
        (Some(rate), Some(bare)) => format!("{} ({:.2})", grouped(rate), rate / bare),
        _ => String::new(),
    }
}

/// With a comma between thousands.
fn grouped(rate: f64) -> String {
    let digits = format!("{rate:.0}");
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
