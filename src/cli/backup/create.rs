use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use tonic::Streaming;

use crate::{
    backup::{BackupReader, BackupWriter, ExportCheck, ExportSummary, MAGIC},
    cli::{
        connect::{ConnectOptions, Connection},
        failure::Failure,
        files::{self, Replacement},
        note::note,
        progress::progress_bar,
    },
    proto::v1::{
        ExportHeader, ExportStoreRequest, ExportStoreResponse,
        admin_service_client::AdminServiceClient, export_store_response::Part,
    },
};

/// `entente backup create`.
#[derive(Args, Debug)]
pub(super) struct Create {
    /// The file to write, or `-` for standard output. An existing backup is replaced only when the
    /// new one is complete.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Back up only what was committed after this backup; restore the new one after it.
    #[arg(long, value_name = "FILE")]
    after: Option<PathBuf>,

    #[command(flatten)]
    connect: ConnectOptions,
}

impl Create {
    pub(super) async fn run(self) -> Result<(), Failure> {
        files::check_replaceable(&self.file, &MAGIC, "a backup")?;
        self.check_keeps_previous()?;
        let before = self.after.as_deref().map(header).transpose()?;
        let server = Connection::new(&self.connect)?;
        let after_position = before.as_ref().map_or(0, |before| before.head_position);
        let request = ExportStoreRequest { after_position };
        let mut admin = AdminServiceClient::new(server.channel());
        let export = server.answer(admin.export_store(request)).await?;
        let mut export = Export {
            server,
            parts: export,
            before,
        };
        let summary = if self.file == Path::new("-") {
            export.copy(io::stdout().lock(), Failure::Output).await?.1
        } else {
            let file = BufWriter::new(Replacement::private(&self.file)?);
            let failed = |error| files::failed("write", &self.file, &error);
            let (file, summary) = export.copy(file, failed).await?;
            let file = file.into_inner();
            file.map_err(|error| failed(error.into_error()))?.finish()?;
            summary
        };
        note(super::verify::sentence("backed up", &summary));
        Ok(())
    }

    /// Refuses to overwrite the backup that the new one continues.
    fn check_keeps_previous(&self) -> Result<(), Failure> {
        let Some(after) = &self.after else {
            return Ok(());
        };
        match (self.file.canonicalize(), after.canonicalize()) {
            (Ok(file), Ok(after)) if file == after => Err(Failure::Failed(format!(
                "{} is the backup to continue, and restoring the new one needs it; \
                 name another file",
                self.file.display()
            ))),
            _ => Ok(()),
        }
    }
}

/// An export that is being received.
struct Export {
    server: Connection,
    parts: Streaming<ExportStoreResponse>,
    /// The backup that this one continues.
    before: Option<ExportHeader>,
}

impl Export {
    /// Checks and writes every part to the output.
    async fn copy<W: Write>(
        &mut self,
        to: W,
        failed: impl Fn(io::Error) -> Failure,
    ) -> Result<(W, ExportSummary), Failure> {
        let mut writer = BackupWriter::begin(to).map_err(&failed)?;
        let mut check = ExportCheck::default();
        let bar = progress_bar();
        while let Some(part) = self.next().await? {
            if let Some(Part::Header(header)) = &part.part {
                self.check_continues(header)?;
                bar.set_length((header.head_position - header.after_position).unsigned_abs());
            }
            let records = check.part(&part).map_err(|damage| damaged(&damage))?;
            bar.inc(records.len() as u64);
            writer.part(&part).map_err(&failed)?;
        }
        bar.finish_and_clear();
        let summary = check.finish().map_err(|damage| damaged(&damage))?;
        Ok((writer.finish().map_err(&failed)?, summary))
    }

    async fn next(&mut self) -> Result<Option<ExportStoreResponse>, Failure> {
        let part = self.parts.message().await;
        part.map_err(|status| self.server.failure(status))
    }

    fn check_continues(&self, header: &ExportHeader) -> Result<(), Failure> {
        let Some(before) = &self.before else {
            return Ok(());
        };
        if before.head_digest == header.after_digest {
            return Ok(());
        }
        Err(Failure::Failed(
            "the backup to continue belongs to another history of the store; make a whole backup"
                .to_owned(),
        ))
    }
}

/// Reads the header of a backup.
fn header(path: &Path) -> Result<ExportHeader, Failure> {
    let failed = |error| files::failed("read", path, &error);
    let file = File::open(path).map_err(failed)?;
    let mut reader = BackupReader::begin(BufReader::new(file)).map_err(failed)?;
    match reader.part().map_err(failed)?.and_then(|part| part.part) {
        Some(Part::Header(header)) => Ok(header),
        _ => Err(Failure::Failed(format!("{} has no header", path.display()))),
    }
}

fn damaged(damage: &impl std::fmt::Display) -> Failure {
    Failure::Failed(format!("the server sent a damaged export: {damage}"))
}
