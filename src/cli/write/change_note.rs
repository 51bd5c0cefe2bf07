use clap::Args;

use crate::{cli::parse, proto::v1::ChangeNote};

/// Why a revision is written.
#[derive(Args, Debug)]
pub(super) struct ChangeNoteOptions {
    #[command(flatten)]
    reason: ReasonOptions,

    /// Id of a source of the event that the change rests on. Can be given again.
    #[arg(long = "note-source", value_name = "ID")]
    note_sources: Vec<String>,
}

/// The same for a revision that has no sources any more.
#[derive(Args, Debug)]
pub(super) struct ReasonOptions {
    /// The sort of reason.
    #[arg(long, value_name = "REASON", ignore_case = true, value_parser = parse::word("entente.v1.Reason"))]
    reason: Option<i32>,

    /// The reason in words.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl ChangeNoteOptions {
    /// None when nothing was said.
    pub(super) fn change_note(self) -> Option<ChangeNote> {
        said(ChangeNote {
            sources: self.note_sources,
            ..self.reason.written()
        })
    }
}

impl ReasonOptions {
    /// None when nothing was said.
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
