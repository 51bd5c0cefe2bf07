use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::Args;

use crate::{
    cli::{
        connect::Connection,
        failure::Failure,
        files::{self, Replacement},
        note::{counted, note},
        output::Output,
        progress::progress_bar,
        remote::RemoteCommand,
    },
    proto::v1::{GetServerInfoRequest, TransferLine},
    transfer::{LeftOut, print_line},
};

use super::reader::Reader;

/// `entente export`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Export {
    /// The file to write. Standard output if omitted or `-`. An existing export is replaced only
    /// when the new one is complete.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl RemoteCommand for Export {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        output.check_not_asked("an export has only the format of `entente import`")?;
        if let Some(path) = &self.file {
            files::check_replaceable(path, b"{", "an export")?;
        }
        let mut reader = Reader::new(server.clone());
        match self.file.as_deref().filter(|path| *path != Path::new("-")) {
            None => copy(&mut reader, io::stdout().lock(), Failure::Output).await?,
            Some(path) => to_file(&mut reader, path).await?,
        }
        sentences(&reader.left_out()).for_each(note);
        note_tracking(&server).await;
        Ok(())
    }
}

/// Says of how many sources the tracking is not exported, which no change shows.
async fn note_tracking(server: &Connection) {
    let call = server.request(GetServerInfoRequest {});
    let mut admin = server.client().admin();
    match server.answer(admin.get_server_info(call)).await {
        Ok(info) if info.tracking_sources == 0 => {}
        Ok(info) => note(format!(
            "left out the tracking of {}: after an import, `entente tracking` shows none of it, and \
             importers with --tracking begin anew",
            counted(info.tracking_sources, "source")
        )),
        // The export itself is complete.
        Err(failure) => note(format!(
            "cannot tell of how many sources the tracking is left out: {}",
            failure.line()
        )),
    }
}

/// Says what an export could not carry, a sentence for each kind.
fn sentences(left_out: &LeftOut) -> impl Iterator<Item = String> {
    let changes = [
        (left_out.event_changes, "events"),
        (left_out.partnership_changes, "partnerships"),
        (left_out.body_changes, "bodies"),
    ];
    let changes = changes.map(|(count, of)| {
        let changes = counted(count, "change");
        let told = format!("left out {changes} of redacted {of}, because their content is erased");
        (count, told)
    });
    let either = |count, one: &str, more: &str| match count {
        1 => (count, format!("1 {one}")),
        _ => (count, format!("{count} {more}")),
    };
    let others = [
        either(
            left_out.parties,
            "party is left out, because without its redacted body it has no name or repeats another",
            "parties are left out, because without their redacted bodies they have no name or repeat \
             another",
        ),
        either(
            left_out.bodies_of_parties,
            "party is exported by its name, without its redacted body",
            "parties are exported by their names, without their redacted bodies",
        ),
        either(
            left_out.partnerships_of_events,
            "event is exported without the redacted partnership that it belongs to",
            "times an event is exported without a redacted partnership that it belongs to",
        ),
        either(
            left_out.successors,
            "event is exported as retracted, without the redacted event that replaced it",
            "events are exported as retracted, without the redacted event that replaced them",
        ),
    ];
    let all = changes.into_iter().chain(others);
    all.filter(|(count, _)| *count > 0).map(|(_, told)| told)
}

async fn to_file(reader: &mut Reader, path: &Path) -> Result<(), Failure> {
    let mut file = Replacement::new(path)?;
    copy(reader, &mut file, |error| {
        files::failed("write", path, &error)
    })
    .await?;
    file.finish()?;
    note(format!(
        "exported up to position {} into {}",
        reader.position(),
        path.display()
    ));
    Ok(())
}

async fn copy(
    reader: &mut Reader,
    to: impl Write,
    failed: impl Fn(io::Error) -> Failure,
) -> Result<(), Failure> {
    let mut to = BufWriter::new(to);
    let bar = progress_bar();
    while let Some(lines) = reader.next().await? {
        for line in &lines {
            writeln!(to, "{}", text(line)?).map_err(&failed)?;
        }
        bar.set_length(reader.head_position().unsigned_abs());
        bar.set_position(reader.position().unsigned_abs());
    }
    bar.finish_and_clear();
    to.flush().map_err(failed)
}

fn text(line: &TransferLine) -> Result<String, Failure> {
    print_line(line).map_err(|error| Failure::Failed(format!("cannot export a change: {error}")))
}
