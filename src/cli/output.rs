use std::{
    env,
    fmt::Display,
    io::{self, BufWriter, IsTerminal, Stdout, Write},
};

use clap::{Args, ValueEnum};
use prost::{Message, Name};
use prost_reflect::DynamicMessage;

use crate::transfer::{OrderedJson, reflect, to_json};

use super::{
    failure::Failure,
    list_item::{ListItem, csv},
};

/// The options for the format of answers.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputOptions {
    /// Format of the answer. [default: table on a terminal, ndjson in a pipe]
    #[arg(short, long, value_name = "FORMAT", value_enum)]
    output: Option<Format>,

    /// No colours. Setting NO_COLOR in the environment does the same.
    #[arg(long)]
    no_color: bool,
}

/// The format of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    /// A table for people.
    Table,
    /// The whole answer as indented JSON.
    Json,
    /// One JSON object per line, one for each item.
    Ndjson,
    /// The whole answer as YAML.
    Yaml,
    /// For lists: one line per item, after a line with the column names.
    Csv,
    /// For lists: only the names, one per line.
    Names,
}

impl Format {
    /// Returns whether the format is for lists only.
    fn is_for_lists(self) -> bool {
        matches!(self, Format::Csv | Format::Names)
    }
}

/// The output for answers.
pub(super) struct Output {
    format: Format,
    /// Whether the format was given as an option.
    is_explicit: bool,
    colour: bool,
    /// Whether the CSV header was already printed.
    has_header: bool,
    stdout: BufWriter<Stdout>,
}

impl Output {
    pub(super) fn new(options: OutputOptions) -> Self {
        let terminal = io::stdout().is_terminal();
        let usual = if terminal {
            Format::Table
        } else {
            Format::Ndjson
        };
        let refused = options.no_color || env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        Self {
            format: options.output.unwrap_or(usual),
            is_explicit: options.output.is_some(),
            colour: terminal && !refused,
            has_header: false,
            stdout: BufWriter::new(io::stdout()),
        }
    }

    /// Refuses a format for lists when the answer is not one, before anything is done.
    pub(super) fn check(&self, is_list: bool) -> Result<(), Failure> {
        match self.format.is_for_lists() && !is_list {
            true => Err(Failure::Failed(
                "csv and names are for lists: list, partnerships, bodies, summarize, subscriptions, watches, \
                 get --revisions"
                    .to_owned(),
            )),
            false => Ok(()),
        }
    }

    /// Refuses a format option when the answer has a fixed format.
    pub(super) fn check_not_asked(&self, what: &str) -> Result<(), Failure> {
        match self.is_explicit {
            true => Err(Failure::Failed(format!("{what}; leave out -o"))),
            false => Ok(()),
        }
    }

    /// Refuses the format `names` when the items have none.
    pub(super) fn check_has_names(&self, has_names: bool) -> Result<(), Failure> {
        match self.format == Format::Names && !has_names {
            true => Err(Failure::Failed(
                "counts have no names; -o csv prints one line per count".to_owned(),
            )),
            false => Ok(()),
        }
    }

    /// Refuses the format `csv` when items have parts of their own.
    pub(super) fn check_is_not_csv(&self, parts: &str) -> Result<(), Failure> {
        match self.format == Format::Csv {
            true => Err(Failure::Failed(format!(
                "csv has no columns for {parts}; -o ndjson prints one line per count"
            ))),
            false => Ok(()),
        }
    }

    /// Returns whether the format is a table for people.
    pub(super) fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Returns whether lists are printed as the whole answer, including the token of the next page.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.format, Format::Json | Format::Yaml)
    }

    /// Prints one answer.
    pub(super) fn one<M: Message + Name>(
        &mut self,
        answer: &M,
        table: impl FnOnce(bool) -> String,
    ) -> Result<(), Failure> {
        let text = match self.format {
            Format::Table => table(self.colour),
            Format::Json => json(&reflected(answer)?)?,
            // Formats for lists were refused before.
            Format::Ndjson | Format::Csv | Format::Names => ndjson(answer)?,
            Format::Yaml => yaml(&reflected(answer)?)?,
        };
        match text.trim_end() {
            "" => Ok(()),
            text => self.line(text),
        }
    }

    /// Prints a page of a list now if the format allows it; otherwise returns its items, to be
    /// printed with the others.
    pub(super) fn page<M: Message + Name + ListItem>(
        &mut self,
        items: Vec<M>,
    ) -> Result<Vec<M>, Failure> {
        if self.format != Format::Ndjson && !self.format.is_for_lists() {
            return Ok(items);
        }
        items.iter().try_for_each(|item| self.item(item))?;
        self.flush()?;
        Ok(Vec::new())
    }

    /// Prints an item of a list on one line.
    fn item<M: Message + Name + ListItem>(&mut self, item: &M) -> Result<(), Failure> {
        match self.format {
            Format::Csv => {
                self.header(item)?;
                let cells = item.cells();
                self.line(&csv(cells.iter().map(|(_, value)| value.as_str())))
            }
            Format::Names => self.line(item.name()),
            _ => self.line(&ndjson(item)?),
        }
    }

    /// Prints the CSV header of a list once, even for an empty list.
    pub(super) fn header<M: ListItem>(&mut self, item: &M) -> Result<(), Failure> {
        if self.format != Format::Csv || self.has_header {
            return Ok(());
        }
        self.has_header = true;
        let cells = item.cells();
        self.line(&csv(cells.iter().map(|(column, _)| *column)))
    }

    /// Prints an answer that is a list: one item per line, or as a whole, depending on the format.
    pub(super) fn many<A: Message + Name, M: Message + Name + ListItem + Default>(
        &mut self,
        answer: &A,
        items: &[M],
        table: impl FnOnce(bool) -> String,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Ndjson | Format::Csv | Format::Names => {
                items.iter().try_for_each(|item| self.item(item))?;
                self.header(&M::default())
            }
            _ => self.one(answer, table),
        }
    }

    /// Prints one item of an endless answer, separated from the next.
    pub(super) fn next<M: Message + Name>(
        &mut self,
        item: &M,
        table: impl FnOnce(bool) -> String,
    ) -> Result<(), Failure> {
        if self.format == Format::Yaml {
            self.line("---")?;
        }
        self.one(item, table)
    }

    /// Prints counts by name, as a sentence for people.
    pub(super) fn counts(
        &mut self,
        counts: &[(&str, usize)],
        sentence: &str,
    ) -> Result<(), Failure> {
        let object: serde_json::Map<_, _> = counts
            .iter()
            .map(|(name, count)| ((*name).to_owned(), (*count).into()))
            .collect();
        let text = match self.format {
            Format::Table => sentence.to_owned(),
            Format::Json => serde_json::to_string_pretty(&object).map_err(unprintable)?,
            Format::Ndjson | Format::Csv | Format::Names => {
                serde_json::to_string(&object).map_err(unprintable)?
            }
            Format::Yaml => serde_saphyr::to_string(&object).map_err(unprintable)?,
        };
        self.line(text.trim_end())
    }

    /// Prints items that have no proto: one per line as NDJSON, otherwise all together.
    pub(super) fn values(
        &mut self,
        items: &[serde_json::Value],
        table: impl FnOnce(bool) -> String,
    ) -> Result<(), Failure> {
        let text = match self.format {
            Format::Table => table(self.colour),
            Format::Json => serde_json::to_string_pretty(items).map_err(unprintable)?,
            Format::Ndjson | Format::Csv | Format::Names => {
                return items
                    .iter()
                    .try_for_each(|item| self.line(&item.to_string()));
            }
            Format::Yaml => serde_saphyr::to_string(&items).map_err(unprintable)?,
        };
        self.line(text.trim_end())
    }

    /// Prints one line as it is.
    pub(super) fn line(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.stdout, "{line}").map_err(Failure::Output)
    }

    /// Flushes everything printed so far.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.stdout.flush().map_err(Failure::Output)
    }
}

/// Writes bytes to standard output as they are.
pub(super) fn write_all(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(Failure::Output)
}

fn reflected<M: Message + Name>(message: &M) -> Result<DynamicMessage, Failure> {
    reflect(message).map_err(unprintable)
}

fn ndjson<M: Message + Name>(message: &M) -> Result<String, Failure> {
    to_json(message).map_err(unprintable)
}

fn json(message: &DynamicMessage) -> Result<String, Failure> {
    serde_json::to_string_pretty(&OrderedJson(message)).map_err(unprintable)
}

fn yaml(message: &DynamicMessage) -> Result<String, Failure> {
    serde_saphyr::to_string(&OrderedJson(message)).map_err(unprintable)
}

fn unprintable(error: impl Display) -> Failure {
    Failure::Failed(format!(
        "the answer cannot be printed in this format: {error}"
    ))
}
