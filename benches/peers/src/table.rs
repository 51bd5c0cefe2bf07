//! What is printed.

use comfy_table::{CellAlignment, Table, presets};

use crate::{system::System, unit::Unit};

const LEGEND: &str = "\
Medians of the rounds; in brackets the ratio to bare tonic. A row without a unit is pieces of work a \
second. In ms, MiB and shares of the payload, less is better.";

/// One line of the table.
#[derive(Debug)]
pub struct Row {
    work: String,
    pub unit: Unit,
    /// Of each system, that of the bare server first; `None` where it does not do the work.
    pub figures: Vec<Option<f64>>,
}

impl Row {
    pub fn new(work: impl Into<String>, unit: Unit, figures: Vec<Option<f64>>) -> Row {
        Row {
            work: work.into(),
            unit,
            figures,
        }
    }

    /// The work with its unit.
    pub fn name(&self) -> String {
        format!("{}{}", self.work, self.unit.suffix())
    }

    /// That of the bare server.
    pub fn bare(&self) -> Option<f64> {
        self.figures.first().copied().flatten()
    }

    fn cell(&self, figure: Option<f64>) -> String {
        let Some(figure) = figure else {
            return String::new();
        };
        let text = self.unit.text(figure);
        match self.bare() {
            Some(bare) => format!("{text} ({:.2})", figure / bare),
            None => text,
        }
    }
}

/// Prints the rows as Markdown.
pub fn print(systems: &[Box<dyn System>], rows: &[Row]) {
    let mut table = Table::new();
    let names = systems.iter().map(|system| system.name().to_owned());
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_header(["work".to_owned()].into_iter().chain(names));
    for row in rows {
        let cells = row.figures.iter().map(|figure| row.cell(*figure));
        table.add_row([row.name()].into_iter().chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    println!("{LEGEND}");
}
