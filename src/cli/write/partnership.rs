use std::path::{Path, PathBuf};

use clap::Args;
use prost_types::FieldMask;

use crate::{
    cli::{
        connect::Connection, failure::Failure, note, output::Output, parse, remote::RemoteCommand,
    },
    proto::v1::{
        CreatePartnershipRequest, FuzzyDate, GetPartnershipRequest, Identifier, Partnership, Party,
        UpdatePartnershipRequest, UpdatePartnershipResponse,
    },
};

use super::{
    WriteOptions,
    additions::Additions,
    answer::{Outcome, cleared, note_cleared, print},
    change_note::ChangeNoteOptions,
    identifier::identifier,
    party::party,
    source::SourceOptions,
    unusual_words,
    update::{no_source_id, nothing_to_change, patch, with_changed},
};

/// Options for the common fields of a partnership. Other fields need a file.
#[derive(Args, Debug)]
struct PartnershipOptions {
    /// Name for people.
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,

    /// Language of its name, such as ja. English if omitted.
    #[arg(long, value_name = "LANGUAGE", value_parser = parse::language)]
    language: Option<String>,

    /// Form: partnership, treaty, memorandum, dialogue, council, programme, or another word.
    #[arg(long, value_name = "FORM")]
    form: Option<String>,

    /// Status: active, in-negotiation, signed-not-in-force, suspended, superseded, concluded,
    /// unknown, or another word.
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,

    /// When it was set up, only as precisely as it is known: 2022, 2022-05, 2022-05-12.
    #[arg(long, value_name = "DATE")]
    established: Option<String>,

    /// When it ended.
    #[arg(long, value_name = "DATE")]
    ended: Option<String>,

    /// Code of a state or union that takes part, with its role if known: JP, EU:lead. Can be repeated.
    #[arg(long = "party", value_name = "CODE[:ROLE]", value_parser = party)]
    parties: Vec<Party>,

    /// A topic, such as semiconductors. Can be repeated.
    #[arg(long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,

    /// A partnership that replaced it. Can be repeated.
    #[arg(long = "successor", value_name = "NAME", value_parser = parse::partnership_name)]
    successors: Vec<String>,

    /// An official number or another identifier: celex=22024A00001. Can be repeated.
    #[arg(long = "identifier", value_name = "SCHEME=VALUE", value_parser = identifier)]
    identifiers: Vec<Identifier>,

    /// Web address of a record elsewhere about the same thing. Can be repeated.
    #[arg(long = "same-as", value_name = "URI")]
    same_as: Vec<String>,

    /// Notes.
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
}

impl PartnershipOptions {
    /// Returns a partnership with the given values, and the paths of the given fields.
    fn partnership(self) -> (Partnership, Vec<String>) {
        let said = [
            (self.display_name.is_some(), "display_name"),
            (self.language.is_some(), "language_code"),
            (self.form.is_some(), "form"),
            (self.status.is_some(), "status"),
            (self.established.is_some(), "established"),
            (self.ended.is_some(), "ended"),
            (!self.parties.is_empty(), "parties"),
            (!self.topics.is_empty(), "topics"),
            (!self.successors.is_empty(), "successors"),
            (!self.identifiers.is_empty(), "identifiers"),
            (!self.same_as.is_empty(), "same_as"),
            (self.notes.is_some(), "notes"),
        ];
        let said = said.into_iter().filter(|(said, _)| *said);
        let paths = said.map(|(_, path)| path.to_owned()).collect();
        // An empty date clears the field.
        let date = |edtf: Option<String>| {
            edtf.filter(|edtf| !edtf.is_empty()).map(|edtf| FuzzyDate {
                edtf,
                ..Default::default()
            })
        };
        let partnership = Partnership {
            display_name: self.display_name.unwrap_or_default(),
            language_code: self.language.unwrap_or_default(),
            form: self.form.unwrap_or_default(),
            status: self.status.unwrap_or_default(),
            established: date(self.established),
            ended: date(self.ended),
            parties: self.parties,
            topics: self.topics,
            successors: self.successors,
            identifiers: self.identifiers,
            same_as: self.same_as,
            notes: self.notes.unwrap_or_default(),
            ..Default::default()
        };
        (partnership, paths)
    }
}

/// `entente create-partnership`.
#[derive(Args, Debug)]
pub(in crate::cli) struct CreatePartnership {
    /// Id of the new partnership, such as eu-japan-digital-partnership. Required unless a file has
    /// the name.
    #[arg(long, value_name = "ID", required_unless_present = "file",
        value_parser = parse::partnership_id)]
    id: Option<String>,

    /// File with the partnership as JSON, including "name": "partnerships/ID" unless --id is given;
    /// - reads standard input.
    #[arg(short, long, value_name = "FILE",
        conflicts_with_all = ["PartnershipOptions", "SourceOptions"])]
    file: Option<PathBuf>,

    #[command(flatten)]
    content: PartnershipOptions,

    #[command(flatten)]
    source: SourceOptions,

    #[command(flatten)]
    write: WriteOptions,
}

impl RemoteCommand for CreatePartnership {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let partnership = match &self.file {
            Some(path) => named(patch(path)?, path, self.id.is_some())?,
            None => Partnership {
                sources: self.source.source().into_iter().collect(),
                ..self.content.partnership().0
            },
        };
        let WriteOptions {
            request_id,
            dry_run,
        } = self.write;
        let hints = unusual_words::unusual_words(&partnership);
        let call = server.request(CreatePartnershipRequest {
            partnership: Some(partnership),
            partnership_id: self.id.unwrap_or_default(),
            request_id,
            validate_only: dry_run,
            ..Default::default()
        });
        let mut partnerships = server.partnerships();
        let answer = server.answer(partnerships.create_partnership(call)).await?;
        note::hints(&hints);
        let outcome = Outcome::of(answer.replayed, dry_run);
        print(output, &answer, "created", outcome, &answer.partnership)
    }
}

/// Checks that a new partnership has a name, in the file or as an option.
fn named(partnership: Partnership, path: &Path, has_id: bool) -> Result<Partnership, Failure> {
    match partnership.name.is_empty() && !has_id {
        false => Ok(partnership),
        true => Err(Failure::Failed(format!(
            "{}: the partnership has no name; put \"name\": \"partnerships/ID\" into it, or give --id ID",
            path.display()
        ))),
    }
}

/// `entente update-partnership`.
#[derive(Args, Debug)]
pub(in crate::cli) struct UpdatePartnership {
    /// Name of the partnership; the prefix partnerships/ is optional.
    #[arg(value_name = "NAME", value_parser = parse::partnership_name)]
    name: String,

    /// Write only if the current revision still has this etag.
    #[arg(long, default_value_t, hide_default_value = true)]
    etag: String,

    #[command(flatten)]
    content: PartnershipOptions,

    #[command(flatten)]
    additions: Additions,

    #[command(flatten)]
    source: SourceOptions,

    #[command(flatten)]
    note: ChangeNoteOptions,

    #[command(flatten)]
    write: WriteOptions,
}

impl RemoteCommand for UpdatePartnership {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        if self.additions.adds_no_source() && self.source.clone().source().is_some() {
            return Err(no_source_id());
        }
        let (mut partnership, mut paths) = self.content.partnership();
        partnership.name = self.name;
        partnership.etag = self.etag;
        if !self.additions.is_empty() {
            let call = server.request(GetPartnershipRequest {
                name: partnership.name.clone(),
                ..Default::default()
            });
            let mut partnerships = server.partnerships();
            let read = server.answer(partnerships.get_partnership(call)).await?;
            let mut edited = read.partnership.unwrap_or_default();
            let changed = self
                .additions
                .apply_to_partnership(self.source, &mut edited)?;
            partnership = with_changed(&partnership, &edited, &changed)?;
            paths.extend(changed);
            if paths.is_empty() {
                note::note("nothing to change: it already has these values");
                let answer = UpdatePartnershipResponse {
                    partnership: Some(edited),
                    replayed: false,
                    unchanged: true,
                };
                return print(
                    output,
                    &answer,
                    "updated",
                    Outcome::Unchanged,
                    &answer.partnership,
                );
            }
            if partnership.etag.is_empty() {
                partnership.etag = edited.etag;
            }
        }
        if paths.is_empty() {
            return Err(nothing_to_change());
        }
        let WriteOptions {
            request_id,
            dry_run,
        } = self.write;
        let hints = unusual_words::unusual_words(&partnership);
        let cleared = cleared(&partnership, &paths);
        let call = server.request(UpdatePartnershipRequest {
            partnership: Some(partnership),
            update_mask: Some(FieldMask { paths }),
            change_note: self.note.change_note(),
            request_id,
            validate_only: dry_run,
            ..Default::default()
        });
        let mut partnerships = server.partnerships();
        let answer = server.answer(partnerships.update_partnership(call)).await?;
        note::hints(&hints);
        let outcome = Outcome::of_update(answer.replayed, answer.unchanged, dry_run);
        note_cleared(&cleared, outcome);
        print(output, &answer, "updated", outcome, &answer.partnership)
    }
}
