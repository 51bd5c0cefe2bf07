use std::path::{Path, PathBuf};

use clap::Args;
use prost::{Message, Name};
use prost_types::FieldMask;

use crate::{
    cli::{
        connect::Connection,
        failure::{Failure, reason},
        files,
        note::note,
        output::Output,
        parse,
        remote::RemoteCommand,
    },
    proto::v1::{
        Body, ChangeNote, ErrorReason, Event, GetEventRequest, Partnership, UpdateEventRequest,
        UpdateEventResponse,
    },
    transfer::from_json,
    wire::apply_mask,
};

use super::{
    WriteOptions,
    additions::EventAdditions,
    answer::{Outcome, cleared, note_cleared, print},
    change_note::ChangeNoteOptions,
    content::ContentOptions,
    party,
    replaced_lists::{NewValues, with_replacement_in_help},
    resource::{Common, Correction, Resource},
};

/// The number of attempts when others change the event between read and write.
const ATTEMPTS: usize = 5;

/// `entente update`.
#[derive(Args, Debug)]
#[command(mut_args(with_replacement_in_help))]
pub(in crate::cli) struct Update {
    /// Name of the event; the prefix events/ is optional. Or partnerships/NAME or bodies/NAME.
    #[arg(value_name = "NAME", value_parser = parse::name)]
    name: String,

    /// File with the new values as JSON, with only the fields to change; - reads standard input.
    #[arg(short, long, value_name = "FILE",
        conflicts_with_all = ["ContentOptions", "additions", "LinkAdditions",
            "SourceAdditions", "SourceOptions"])]
    patch: Option<PathBuf>,

    /// The fields to change, in snake case and separated by commas; * means all. Fields without a
    /// value are cleared. [default: those that have a value]
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    mask: Vec<String>,

    /// Write only if the current revision still has this etag. [default: the etag in the file, if
    /// it has one]
    #[arg(long, default_value_t, hide_default_value = true)]
    etag: String,

    /// Write even if the event has changed since the file was read.
    #[arg(long, requires = "patch", conflicts_with = "etag")]
    ignore_etag: bool,

    #[command(flatten)]
    content: ContentOptions,

    #[command(flatten)]
    additions: EventAdditions,

    #[command(flatten)]
    note: ChangeNoteOptions,

    #[command(flatten)]
    write: WriteOptions,
}

impl RemoteCommand for Update {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        match self.name.split_once('/') {
            Some(("partnerships", _)) => {
                update_resource::<Partnership>(self, &server, output).await
            }
            Some(("bodies", _)) => update_resource::<Body>(self, &server, output).await,
            _ => update_event(self, &server, output).await,
        }
    }
}

async fn update_event(
    update: Update,
    server: &Connection,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut additions = update.additions;
    let (event, said, values) = match &update.patch {
        Some(path) => {
            let event = patch::<Event>(path)?;
            check_same_name(path, &event.name, &update.name)?;
            (event, Vec::new(), NewValues::File)
        }
        None => {
            let (mut event, said) = update.content.event();
            party::complete(&mut event.parties, server).await?;
            party::complete(&mut event.subjects, server).await?;
            (event, said.clone(), NewValues::Options(said))
        }
    };
    let etag = etag(update.etag, &event.etag, update.ignore_etag);
    let paths = if update.mask.is_empty() {
        said
    } else {
        update.mask
    };
    if additions.describes_nothing() {
        return Err(no_source_id());
    }
    if update.patch.is_none() && paths.is_empty() && additions.is_empty() {
        return Err(nothing_to_change());
    }
    additions.complete(server).await?;
    let WriteOptions {
        request_id,
        dry_run,
        known_since,
        tracking,
    } = update.write;
    let cleared = cleared(&event, &paths);
    let before = match values.replace_a_list(&event, &paths) {
        true => Some(read(update.name.clone(), server).await?),
        false => None,
    };
    let request = UpdateEventRequest {
        event: Some(Event {
            name: update.name,
            etag,
            ..event
        }),
        update_mask: Some(FieldMask { paths }),
        change_note: update.note.change_note(),
        request_id,
        validate_only: dry_run,
        known_since,
        tracking,
    };
    let answer = match additions.is_empty() {
        true => sent(server, request).await?,
        false => edited(server, request, &additions).await?,
    };
    let outcome = Outcome::of_update(answer.replayed, answer.unchanged, dry_run);
    note_cleared(&cleared, outcome);
    if let (Some(before), Some(after)) = (&before, &answer.event) {
        let told: Vec<&str> = cleared.iter().map(String::as_str).collect();
        values.note_losses(before, after, &told, outcome);
    }
    print(output, &answer, "updated", outcome, &answer.event)
}

async fn read(name: String, server: &Connection) -> Result<Event, Failure> {
    let call = server.request(GetEventRequest {
        name,
        ..Default::default()
    });
    let read = server.answer(server.events().get_event(call)).await?;
    Ok(read.event.unwrap_or_default())
}

async fn sent(
    server: &Connection,
    request: UpdateEventRequest,
) -> Result<UpdateEventResponse, Failure> {
    let call = server.request(request);
    server.answer(server.publisher().update_event(call)).await
}

/// Reads the event, applies the additions, and writes it if it was not changed meanwhile.
async fn edited(
    server: &Connection,
    request: UpdateEventRequest,
    additions: &EventAdditions,
) -> Result<UpdateEventResponse, Failure> {
    let given = request.event.clone().unwrap_or_default();
    for attempt in 1.. {
        let mut event = read(given.name.clone(), server).await?;
        let mut request = request.clone();
        let changed = additions.apply(&mut event)?;
        let mask = request.update_mask.get_or_insert_default();
        if changed.is_empty() && mask.paths.is_empty() {
            note("nothing to change: it already has these values");
            return Ok(UpdateEventResponse {
                event: Some(event),
                replayed: false,
                unchanged: true,
            });
        }
        let mut content = with_changed(&given, &event, &changed)?;
        mask.paths.extend(changed);
        if content.etag.is_empty() {
            content.etag = event.etag;
        }
        request.event = Some(content);
        match sent(server, request).await {
            Err(failure) if is_stale(&failure) && given.etag.is_empty() && attempt < ATTEMPTS => {}
            answer => return answer,
        }
    }
    Err(nothing_to_change())
}

/// Returns `given` with the changed fields of `edited`.
pub(super) fn with_changed<M: Message + Name + Default + Clone>(
    given: &M,
    edited: &M,
    changed: &[String],
) -> Result<M, Failure> {
    if changed.is_empty() {
        return Ok(given.clone());
    }
    apply_mask(given, edited, changed).map_err(|error| Failure::Failed(error.to_string()))
}

/// Returns whether the resource was changed between read and write.
fn is_stale(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(status) if reason(status) == Some(ErrorReason::EtagMismatch))
}

async fn update_resource<R: Resource>(
    update: Update,
    server: &Connection,
    output: &mut Output,
) -> Result<(), Failure> {
    let Some(path) = &update.patch else {
        let noun = R::NOUN;
        return Err(Failure::Failed(format!(
            "a {noun} is updated with `entente update-{noun}`, or from a file with --patch"
        )));
    };
    let patch = Patch {
        path,
        name: update.name,
        mask: update.mask,
        etag: update.etag,
        ignore_etag: update.ignore_etag,
    };
    let correction = patch.correction::<R>(update.note.change_note(), update.write)?;
    correction.send(server, output).await
}

/// New values in a file for a partnership or a body.
pub(super) struct Patch<'a> {
    pub(super) path: &'a Path,
    pub(super) name: String,
    pub(super) mask: Vec<String>,
    pub(super) etag: String,
    pub(super) ignore_etag: bool,
}

impl Patch<'_> {
    /// Reads the file.
    pub(super) fn correction<R: Resource>(
        self,
        change_note: Option<ChangeNote>,
        write: WriteOptions,
    ) -> Result<Correction<R>, Failure> {
        let mut resource = patch::<R>(self.path)?;
        let Common {
            name, etag: read, ..
        } = resource.common();
        check_same_name(self.path, name, &self.name)?;
        *name = self.name;
        *read = etag(self.etag, read, self.ignore_etag);
        Ok(Correction {
            resource,
            mask: self.mask,
            values: NewValues::File,
            change_note,
            write,
        })
    }
}

pub(super) fn patch<M: Message + Name + Default>(path: &Path) -> Result<M, Failure> {
    let text = files::read(path)?;
    from_json(&text).map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))
}

/// Returns the etag that the write requires. A file from `entente get` has the etag of the revision
/// that was read, so that a later change by others is not overwritten.
fn etag(given: String, of_file: &str, ignored: bool) -> String {
    match (ignored, given.is_empty()) {
        (true, _) => String::new(),
        (false, true) => of_file.to_owned(),
        (false, false) => given,
    }
}

/// Checks that the file names the same resource, if it has a name.
fn check_same_name(path: &Path, of_file: &str, asked: &str) -> Result<(), Failure> {
    let slug = asked.split_once('/').map_or(asked, |(_, slug)| slug);
    match of_file.is_empty() || of_file == asked || of_file == slug {
        true => Ok(()),
        false => Err(Failure::Failed(format!(
            "{} names {of_file}, but the command names {asked}; correct one of the names, or \
             remove the name from the file",
            path.display()
        ))),
    }
}

pub(super) fn no_source_id() -> Failure {
    Failure::Failed("the described source needs an id: give it with --add-source".into())
}

pub(super) fn nothing_to_change() -> Failure {
    Failure::Failed("nothing to change: give the new values as options or with --patch".into())
}
