use std::{
    env,
    fmt::Display,
    io::{self, BufWriter, IsTerminal, Stdout, Write},
};

use clap::{Args, ValueEnum};
use prost::{Message, Name};
use prost_reflect::DynamicMessage;

use crate::transfer::{Ordered, reflect, to_json};

use super::{
    failure::Failure,
    flat::{Flat, csv},
};

/// How answers look.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputOptions {
    /// How the answer looks. [default: table on a terminal, ndjson in a pipe]
    #[arg(short, long, value_name = "FORMAT", value_enum)]
    output: Option<Format>,

    /// No colours. NO_COLOR in the environment says the same.
    #[arg(long)]
    no_color: bool,
}

/// A way to print an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Table,
    /// The whole answer, indented.
    Json,
    /// One JSON object a line, one for each item.
    Ndjson,
    /// The whole answer as YAML.
    Yaml,
    /// Of a list, a line for each item, under a line with the names of the columns.
    Csv,
    /// Of a list, the names alone, one a line.
    Names,
}

impl Format {
    /// Whether only items of a list can be printed so.
    fn is_of_lists(self) -> bool {
        matches!(self, Format::Csv | Format::Names)
    }
}

/// Where answers go.
pub(super) struct Output {
    format: Format,
    /// Whether the format was given, rather than chosen by where the output goes.
    asked: bool,
    colour: bool,
    /// The columns of a list in CSV are named once.
    headed: bool,
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
            asked: options.output.is_some(),
            colour: terminal && !refused,
            headed: false,
            stdout: BufWriter::new(io::stdout()),
        }
    }

    /// Refuses what only lists can be printed as, before anything is done.
    pub(super) fn check(&self, is_list: bool) -> Result<(), Failure> {
        match self.format.is_of_lists() && !is_list {
            true => Err(Failure::Failed(
                "csv and names are for lists: list, partnerships, summarize, subscriptions, watches, \
                 get --revisions"
                    .to_owned(),
            )),
            false => Ok(()),
        }
    }

    /// Refuses a format where the answer has one of its own.
    pub(super) fn check_not_asked(&self, what: &str) -> Result<(), Failure> {
        match self.asked {
            true => Err(Failure::Failed(format!("{what}; leave out -o"))),
            false => Ok(()),
        }
    }

    /// Refuses the names of what has none.
    pub(super) fn check_has_names(&self, has_names: bool) -> Result<(), Failure> {
        match self.format == Format::Names && !has_names {
            true => Err(Failure::Failed(
                "counts have no names; -o csv prints a line for each".to_owned(),
            )),
            false => Ok(()),
        }
    }

    /// Whether people read the answer.
    pub(super) fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Whether lists are printed with all that the answer says of them, the token of the next page too.
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
            // What is no list was refused before.
            Format::Ndjson | Format::Csv | Format::Names => ndjson(answer)?,
            Format::Yaml => yaml(&reflected(answer)?)?,
        };
        match text.trim_end() {
            "" => Ok(()),
            text => self.line(text),
        }
    }

    /// Prints a page of a list now, when its items need not be seen with the others; else gives
    /// them back, to be printed with the whole.
    pub(super) fn page<M: Message + Name + Flat>(
        &mut self,
        items: Vec<M>,
    ) -> Result<Vec<M>, Failure> {
        if self.format != Format::Ndjson && !self.format.is_of_lists() {
            return Ok(items);
        }
        items.iter().try_for_each(|item| self.item(item))?;
        self.flush()?;
        Ok(Vec::new())
    }

    /// Prints an item of a list as a line.
    fn item<M: Message + Name + Flat>(&mut self, item: &M) -> Result<(), Failure> {
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

    /// Names the columns of a list in CSV, once. A list of nothing has them too.
    pub(super) fn header<M: Flat>(&mut self, item: &M) -> Result<(), Failure> {
        if self.format != Format::Csv || self.headed {
            return Ok(());
        }
        self.headed = true;
        let cells = item.cells();
        self.line(&csv(cells.iter().map(|(column, _)| *column)))
    }

    /// Prints an answer that is a list: its items one a line, or the whole, as the format has it.
    pub(super) fn many<A: Message + Name, M: Message + Name + Flat + Default>(
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

    /// Prints one item of an endless answer, so that it can be told from the next.
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

    /// Prints items that are in no proto: one a line as NDJSON, else all together.
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

    /// Hands over everything printed so far.
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
    serde_json::to_string_pretty(&Ordered(message)).map_err(unprintable)
}

fn yaml(message: &DynamicMessage) -> Result<String, Failure> {
    serde_saphyr::to_string(&Ordered(message)).map_err(unprintable)
}

fn unprintable(error: impl Display) -> Failure {
    Failure::Failed(format!(
        "the answer cannot be printed in this format: {error}"
    ))
}
