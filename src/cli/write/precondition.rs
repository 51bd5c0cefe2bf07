use clap::Args;

use crate::{cli::parse, proto::v1::Precondition};

/// Options for the condition of a write that creates something.
#[derive(Args, Debug)]
pub(super) struct PreconditionOptions {
    /// Write only if no event, partnership or body matches this filter, such as
    /// 'related:NAME AND party:JP'. It is checked together with the write.
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    unless: Option<String>,

    /// For --unless: look only at what was written after this position of the log, such as that of
    /// the listing on which you decided.
    #[arg(long, value_name = "POSITION", requires = "unless", value_parser = parse::position)]
    after: Option<i64>,
}

impl PreconditionOptions {
    /// Returns the condition; `None` if no option was given.
    pub(super) fn precondition(self) -> Option<Precondition> {
        let after_position = self.after.unwrap_or(0);
        self.unless.map(|filter| Precondition {
            filter,
            after_position,
        })
    }
}
