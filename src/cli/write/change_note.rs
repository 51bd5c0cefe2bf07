use clap::Args;

use crate::{cli::parse, proto::v1::ChangeNote};

/// Options for the note on a revision.
#[derive(Args, Debug)]
pub(super) struct ChangeNoteOptions {
    #[command(flatten)]
    reason: ReasonOptions,

    /// Id of a source in the record that supports the change. Can be repeated.
    #[arg(long = "note-source", value_name = "ID")]
    note_sources: Vec<String>,
}

/// Options for the note on a revision that has no sources left.
#[derive(Args, Debug)]
pub(super) struct ReasonOptions {
    /// Reason for the change.
    #[arg(long, value_name = "REASON", ignore_case = true, value_parser = parse::word("entente.v1.Reason"))]
    reason: Option<i32>,

    /// Explanation of the change.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl ChangeNoteOptions {
    /// Returns the note; `None` if no option was given.
    pub(super) fn change_note(self) -> Option<ChangeNote> {
        said(ChangeNote {
            sources: self.note_sources,
            ..self.reason.written()
        })
    }
}

impl ReasonOptions {
    /// Returns the note; `None` if no option was given.
    pub(super) fn change_note(self) -> Option<ChangeNote> {
        said(self.written())
    }

    fn written(self) -> ChangeNote {
        ChangeNote {
            reason: self.reason.unwrap_or_default(),
            text: self.note.unwrap_or_default(),
            ..Default::default()
        }
    }
}

fn said(note: ChangeNote) -> Option<ChangeNote> {
    (note != ChangeNote::default()).then_some(note)
}
