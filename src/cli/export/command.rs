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
    proto::v1::TransferLine,
    transfer::print_line,
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
        let mut reader = Reader::new(server);
        match self.file.as_deref().filter(|path| *path != Path::new("-")) {
            None => copy(&mut reader, io::stdout().lock(), Failure::Output).await?,
            Some(path) => to_file(&mut reader, path).await?,
        }
        match reader.left_out() {
            0 => {}
            count => note(format!(
                "left out {} of redacted events, because their content is erased",
                counted(count, "change")
            )),
        }
        match reader.without_successor() {
            0 => {}
            1 => note(
                "1 event is exported as retracted, without the redacted event that replaced it",
            ),
            count => note(format!(
                "{count} events are exported as retracted, without the redacted event that replaced them"
            )),
        }
        Ok(())
    }
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
