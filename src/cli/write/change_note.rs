use clap::Args;

use crate::{cli::parse, proto::v1::ChangeNote};

/// Why a revision is written.
#[derive(Args, Debug)]
pub(super) struct ChangeNoteOptions {
    /// The sort of reason.
    #[arg(long, value_name = "REASON", ignore_case = true, value_parser = parse::word("entente.v1.Reason"))]
    reason: Option<i32>,

    /// The reason in words.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,

    /// Id of a source of the event that the change rests on. Can be given again.
    #[arg(long = "note-source", value_name = "ID")]
    note_sources: Vec<String>,
}

impl ChangeNoteOptions {
    /// None when nothing was said.
    pub(super) fn change_note(self) -> Option<ChangeNote> {
        let note = ChangeNote {
            reason: self.reason.unwrap_or_default(),
            text: self.note.unwrap_or_default(),
            sources: self.note_sources,
        };
        (note != ChangeNote::default()).then_some(note)
    }
}
