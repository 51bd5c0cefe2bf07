//! The commands that create and correct a partnership or a body.

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
};

use clap::Args;
use prost::{Message, Name};
use prost_types::FieldMask;

use crate::{
    cli::{
        connect::Connection,
        failure::Failure,
        note::{hints, note},
        output::Output,
        parse,
        remote::RemoteCommand,
    },
    proto::v1::{ChangeNote, Party, Precondition, Source},
};

use super::{
    WriteOptions,
    additions::SourceAdditions,
    answer::{Outcome, Written, cleared, note_cleared, print},
    change_note::ChangeNoteOptions,
    party,
    precondition::PreconditionOptions,
    replaced_lists::{NewValues, with_replacement_in_help},
    source::SourceOptions,
    update::{Patch, no_source_id, nothing_to_change, patch, with_changed},
};

/// A partnership or a body, which are written with the same commands.
pub(in crate::cli) trait Resource: Message + Name + Default + Clone {
    /// The collection that its name begins with.
    const COLLECTION: &'static str;
    /// What it is.
    const NOUN: &'static str;
    /// An id, as an example.
    const EXAMPLE: &'static str;

    /// The options for its common fields, in the group `content`.
    type Options: Args + Debug;
    /// The options that add or remove single items of its lists.
    type Additions: Additions<Self>;
    /// The answer of a creation.
    type Created: Answer<Self>;
    /// The answer of a correction.
    type Updated: Answer<Self>;

    /// Returns a resource with the given values, and the paths of the given fields.
    fn from_options(options: Self::Options) -> (Self, Vec<String>);

    /// Returns the fields that every resource has.
    fn common(&mut self) -> Common<'_>;

    /// Returns its name, revision and position.
    fn written(&self) -> Written<'_>;

    /// The fields by whose values other records find it.
    const NAMES: &[&str] = &[];

    /// Returns the values of these fields, each with its language.
    fn known_as(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    /// Returns hints about unusual content.
    fn hints(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns the answer of a correction that changes nothing.
    fn unchanged(self) -> Self::Updated;

    /// Returns its parties.
    fn parties(&mut self) -> &mut [Party] {
        &mut []
    }

    async fn read(name: String, server: &Connection) -> Result<Self, Failure>;

    async fn create(
        creation: Creation<Self>,
        server: &Connection,
    ) -> Result<Self::Created, Failure>;

    async fn update(
        correction: Correction<Self>,
        server: &Connection,
    ) -> Result<Self::Updated, Failure>;
}

/// The fields that every resource has.
pub(in crate::cli) struct Common<'a> {
    pub(super) name: &'a mut String,
    pub(super) etag: &'a mut String,
    pub(super) sources: &'a mut Vec<Source>,
}

/// Options that add or remove single items of the lists of a resource, except its sources.
pub(in crate::cli) trait Additions<R>: Args + Debug {
    /// Returns whether there is nothing to add or remove.
    fn is_empty(&self) -> bool;

    /// Completes what the options leave open.
    async fn complete(&mut self, _server: &Connection) -> Result<(), Failure> {
        Ok(())
    }

    /// Applies the options, and returns the paths of the changed fields.
    fn apply(&self, resource: &mut R) -> Result<Vec<String>, Failure>;
}

/// The answer of a write of one resource.
pub(in crate::cli) trait Answer<R>: Message + Name {
    /// Returns what was written.
    fn resource(&self) -> Option<&R>;

    /// Returns how the write ended.
    fn outcome(&self, dry_run: bool) -> Outcome;

    /// Returns the server's hints.
    fn hints(&self) -> &[String] {
        &[]
    }
}

/// A new resource.
pub(in crate::cli) struct Creation<R> {
    pub(super) resource: R,
    pub(super) id: String,
    pub(super) change_note: Option<ChangeNote>,
    pub(super) precondition: Option<Precondition>,
    pub(super) write: WriteOptions,
}

/// New values of a resource.
pub(in crate::cli) struct Correction<R> {
    pub(super) resource: R,
    pub(super) mask: Vec<String>,
    pub(super) values: NewValues,
    pub(super) change_note: Option<ChangeNote>,
    pub(super) write: WriteOptions,
}

impl<R: Resource> Correction<R> {
    /// Sends it, and prints the answer with what there is to note.
    pub(super) async fn send(
        mut self,
        server: &Connection,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let dry_run = self.write.dry_run;
        let cleared = cleared(&self.resource, &self.mask);
        let mut unusual = self.resource.hints();
        let renames = self.mask.iter().any(|path| R::NAMES.contains(&&**path));
        let values = std::mem::replace(&mut self.values, NewValues::File);
        let before = match renames || values.replace_a_list(&self.resource, &self.mask) {
            true => Some(R::read(self.resource.common().name.clone(), server).await?),
            false => None,
        };
        let answer = R::update(self, server).await?;
        let outcome = answer.outcome(dry_run);
        let both = before.as_ref().zip(answer.resource());
        if let Some((before, after)) = both {
            unusual.extend(lost_names(before, after, outcome));
        }
        unusual.extend_from_slice(answer.hints());
        hints(&unusual);
        note_cleared(&cleared, outcome);
        if let Some((before, after)) = both {
            let cleared = cleared.iter().map(String::as_str);
            let told: Vec<&str> = cleared.chain(R::NAMES.iter().copied()).collect();
            values.note_losses(before, after, &told, outcome);
        }
        let written = answer.resource().map(R::written);
        print(output, &answer, "updated", outcome, written)
    }

    /// Returns the mask for the request.
    pub(super) fn update_mask(&self) -> Option<FieldMask> {
        Some(FieldMask {
            paths: self.mask.clone(),
        })
    }
}

/// `entente create-partnership` and `entente create-body`.
#[derive(Args, Debug)]
pub(in crate::cli) struct CreateResource<R: Resource> {
    #[arg(long, value_name = "ID", required_unless_present = "file",
        value_parser = parse::id_in(R::COLLECTION),
        help = format!("Id of the new {}, such as {}. Required unless a file has the name",
            R::NOUN, R::EXAMPLE))]
    id: Option<String>,

    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["content", "SourceOptions"],
        help = format!("File with the {} as JSON, including \"name\": \"{}/ID\" unless --id is given; \
            - reads standard input", R::NOUN, R::COLLECTION))]
    file: Option<PathBuf>,

    #[command(flatten)]
    content: R::Options,

    #[command(flatten)]
    source: SourceOptions,

    #[command(flatten)]
    note: ChangeNoteOptions,

    #[command(flatten)]
    precondition: PreconditionOptions,

    #[command(flatten)]
    write: WriteOptions,
}

impl<R: Resource> RemoteCommand for CreateResource<R> {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let resource = match &self.file {
            Some(path) => named(patch::<R>(path)?, path, self.id.is_some())?,
            None => {
                let (mut resource, _) = R::from_options(self.content);
                party::complete(resource.parties(), &server).await?;
                *resource.common().sources = self.source.source().into_iter().collect();
                resource
            }
        };
        let dry_run = self.write.dry_run;
        let mut unusual = resource.hints();
        let creation = Creation {
            resource,
            id: self.id.unwrap_or_default(),
            change_note: self.note.change_note(),
            precondition: self.precondition.precondition(),
            write: self.write,
        };
        let answer = R::create(creation, &server).await?;
        unusual.extend_from_slice(answer.hints());
        hints(&unusual);
        let outcome = answer.outcome(dry_run);
        let written = answer.resource().map(R::written);
        print(output, &answer, "created", outcome, written)
    }
}

/// Returns a hint for each name that a resource had and has no longer, or would have no longer.
fn lost_names<R: Resource>(before: &R, after: &R, outcome: Outcome) -> Vec<String> {
    let (is, is_not) = match outcome {
        Outcome::Written => ("is no longer", "is not found by it any more"),
        Outcome::Valid => ("would no longer be", "would not be found by it any more"),
        Outcome::Replayed | Outcome::Unchanged => return Vec::new(),
    };
    let kept = after.known_as();
    let is_kept = |name: &str| kept.iter().any(|(kept, _)| *kept == name);
    let lost = before.known_as().into_iter();
    let lost = lost.filter(|(name, _)| !is_kept(name));
    let hint = |(name, language): (&str, &str)| {
        let keep = match name.contains(':') {
            true => "to keep it, put it among the \"names\" of a file for --patch".to_owned(),
            false => {
                let argument = as_former(name, language);
                format!("--add-name {argument} keeps it as a former name")
            }
        };
        let noun = R::NOUN;
        format!("{name:?} {is} a name of this {noun}, which {is_not}; {keep}")
    };
    lost.map(hint).collect()
}

/// Returns the argument of `--add-name` for a former name, quoted for a shell. English is the language
/// of names that give none.
fn as_former(name: &str, language: &str) -> String {
    let language = if language == "en" { "" } else { language };
    let name = name.replace('\'', r"'\''");
    format!("'{name}:{language}:former'")
}

/// Checks that a new resource has a name, in the file or as an option.
fn named<R: Resource>(mut resource: R, path: &Path, has_id: bool) -> Result<R, Failure> {
    match resource.common().name.is_empty() && !has_id {
        false => Ok(resource),
        true => Err(Failure::Failed(format!(
            "{}: the {} has no name; put \"name\": \"{}/ID\" into it, or give --id ID",
            path.display(),
            R::NOUN,
            R::COLLECTION
        ))),
    }
}

/// `entente update-partnership` and `entente update-body`.
#[derive(Args, Debug)]
#[command(mut_args(with_replacement_in_help))]
pub(in crate::cli) struct UpdateResource<R: Resource> {
    #[arg(value_name = "NAME", value_parser = parse::name_in(R::COLLECTION),
        help = format!("Name of the {}; the prefix {}/ is optional", R::NOUN, R::COLLECTION))]
    name: String,

    /// File with the new values as JSON, with only the fields to change; - reads standard input.
    #[arg(short, long, value_name = "FILE", conflicts_with_all = [
        "content", "additions", "LinkAdditions", "SourceAdditions", "SourceOptions"])]
    patch: Option<PathBuf>,

    /// The fields to change, in snake case and separated by commas; * means all. Fields without a
    /// value are cleared. [default: those that have a value]
    #[arg(long, value_name = "FIELDS", value_delimiter = ',', requires = "patch")]
    mask: Vec<String>,

    /// Write only if the current revision still has this etag. [default: the etag in the file, if
    /// it has one]
    #[arg(long, default_value_t, hide_default_value = true)]
    etag: String,

    /// Write even if it has changed since the file was read.
    #[arg(long, requires = "patch", conflicts_with = "etag")]
    ignore_etag: bool,

    #[command(flatten)]
    content: R::Options,

    #[command(flatten)]
    additions: R::Additions,

    #[command(flatten)]
    sources: SourceAdditions,

    #[command(flatten)]
    source: SourceOptions,

    #[command(flatten)]
    note: ChangeNoteOptions,

    #[command(flatten)]
    write: WriteOptions,
}

impl<R: Resource> RemoteCommand for UpdateResource<R> {
    async fn run(mut self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        if let Some(path) = &self.patch {
            let patch = Patch {
                path,
                name: self.name,
                mask: self.mask,
                etag: self.etag,
                ignore_etag: self.ignore_etag,
            };
            let (note, write) = (self.note.change_note(), self.write);
            let correction = patch.correction::<R>(note, write)?;
            return correction.send(&server, output).await;
        }
        if self.sources.describes_nothing(&self.source) {
            return Err(no_source_id());
        }
        let (mut resource, mut mask) = R::from_options(self.content);
        let values = NewValues::Options(mask.clone());
        *resource.common().name = self.name.clone();
        *resource.common().etag = self.etag;
        party::complete(resource.parties(), &server).await?;
        if !self.additions.is_empty() || !self.sources.is_empty() {
            self.additions.complete(&server).await?;
            let mut edited = R::read(self.name, &server).await?;
            let mut changed = self.additions.apply(&mut edited)?;
            if self.sources.apply(&self.source, edited.common().sources)? {
                changed.push("sources".to_owned());
            }
            if changed.is_empty() && mask.is_empty() {
                note("nothing to change: it already has these values");
                let answer = edited.unchanged();
                let written = answer.resource().map(R::written);
                return print(output, &answer, "updated", Outcome::Unchanged, written);
            }
            resource = with_changed(&resource, &edited, &changed)?;
            mask.extend(changed);
            if resource.common().etag.is_empty() {
                std::mem::swap(resource.common().etag, edited.common().etag);
            }
        }
        if mask.is_empty() {
            return Err(nothing_to_change());
        }
        let correction = Correction {
            resource,
            mask,
            values,
            change_note: self.note.change_note(),
            write: self.write,
        };
        correction.send(&server, output).await
    }
}
