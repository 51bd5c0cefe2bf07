use std::path::PathBuf;

use clap::Args;
use tokio::task::JoinSet;

use crate::{
    cli::{
        connect::Connection, failure::Failure, output::Output, parse, remote::RemoteCommand,
        tracking::tracked,
    },
    proto::v1::transfer_line::Write,
};

use super::{
    read::{Line, read},
    report::Report,
    send::{LineOutcome, send},
};

/// `entente import`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Import {
    /// Files with one write per line, as `entente export` makes them; `-` reads standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Write the good lines even if others are bad or refused.
    #[arg(long)]
    keep_going: bool,

    /// How many consecutive new events to send at once. With more than 1, their order in the log
    /// may differ from that in the file.
    #[arg(long, value_name = "COUNT", default_value_t = 1,
        value_parser = parse::whole(1..=64))]
    parallel: i32,

    /// Only read and check the lines; write nothing. The server is not asked, so an event that
    /// already exists or is missing is found only by a real import.
    #[arg(long)]
    dry_run: bool,

    /// For a file to which lines are only added: record the number of each line as the position of
    /// this source, and begin after the last line that was written, which must still be there.
    /// `entente tracking SOURCE` shows it.
    #[arg(long, value_name = "SOURCE", conflicts_with_all = ["keep_going", "parallel", "dry_run"])]
    tracking: Option<String>,
}

impl RemoteCommand for Import {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let (mut lines, bad) = read(&self.files)?;
        if self.tracking.is_some() && self.files.len() > 1 {
            return Err(Failure::Failed(
                "--tracking is for one file, because it counts the lines of one; import the others on \
                 their own"
                    .to_owned(),
            ));
        }
        let mut report = Report::new(lines.len(), &bad, self.keep_going);
        if self.dry_run {
            return report.checked(output);
        }
        let sends = bad.is_empty() || self.keep_going;
        if let Some(source) = self.tracking.filter(|_| sends) {
            let written = track(&server, &source, &mut lines).await?;
            report.take_written(written);
            lines.drain(..written);
        }
        let work = if sends {
            write(
                &server,
                &lines,
                self.parallel.unsigned_abs() as usize,
                &mut report,
            )
            .await
        } else {
            Ok(())
        };
        report.finish(work, output)
    }
}

/// Makes the number of each line its position in `source`, and returns how many were written already.
/// Fails if the file cannot be the one that was written up to there, with lines added.
async fn track(server: &Connection, source: &str, lines: &mut [Line]) -> Result<usize, Failure> {
    for line in lines.iter_mut() {
        if !line.track(source) {
            return Err(Failure::Failed(format!(
                "{}: has a tracking of its own, which --tracking would replace; remove it from the \
                 file, or import without --tracking",
                line.place
            )));
        }
    }
    let position = tracked(server, source.to_owned()).await?.position;
    let written = lines.partition_point(|line| line.number <= position);
    if position > 0 {
        let last = lines[..written]
            .last()
            .filter(|line| line.number == position);
        check_continues(server, source, position, last).await?;
    }
    Ok(written)
}

/// Checks that `last` is the line that was written at this position of `source`. The server recognises
/// its request, and writes none that is not ahead of its source.
async fn check_continues(
    server: &Connection,
    source: &str,
    position: i64,
    last: Option<&Line>,
) -> Result<(), Failure> {
    let (place, why) = match last {
        Some(line) => match send(server, line.write.clone()).await {
            Ok(LineOutcome::Replayed) => return Ok(()),
            Err(failure) if failure.is_unreachable() => return Err(failure),
            Ok(LineOutcome::Written) => (&*line.place, "was not written before".to_owned()),
            Err(failure) => (&*line.place, failure.line()),
        },
        None => ("the file", format!("has no write in line {position}")),
    };
    Err(Failure::Failed(format!(
        "{place}: {why}\nlines up to {position} of {source} were written, and this is not the last of \
         them: --tracking is for a file to which lines are only added; restore the lines that were \
         removed or replaced, or name a source of its own for another file"
    )))
}

/// Sends the lines in order, with up to `parallel` consecutive creations at once.
async fn write(
    server: &Connection,
    lines: &[Line],
    parallel: usize,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut under_way = JoinSet::new();
    for run in lines.chunk_by(are_independent) {
        for line in run {
            if under_way.len() >= parallel {
                finish_one(&mut under_way, report).await?;
            }
            under_way.spawn(finish_line(server.clone(), line.clone()));
        }
        while !under_way.is_empty() {
            finish_one(&mut under_way, report).await?;
        }
    }
    Ok(())
}

type FinishedLine = (String, Result<LineOutcome, Failure>);

async fn finish_line(server: Connection, line: Line) -> FinishedLine {
    (line.place, send(&server, line.write).await)
}

async fn finish_one(
    under_way: &mut JoinSet<FinishedLine>,
    report: &mut Report,
) -> Result<(), Failure> {
    match under_way.join_next().await {
        None => Ok(()),
        Some(Ok((place, sent))) => report.take(&place, sent),
        Some(Err(error)) => Err(Failure::Failed(format!("cannot send a line: {error}"))),
    }
}

fn are_independent(line: &Line, next: &Line) -> bool {
    let creates = |line: &Line| matches!(line.write, Write::CreateEvent(_));
    creates(line) && creates(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{CreateEventRequest, UpdateEventRequest};

    #[test]
    fn only_consecutive_new_events_are_sent_at_once() {
        let line = |write| Line {
            place: String::new(),
            number: 1,
            write,
        };
        let create = || line(Write::CreateEvent(CreateEventRequest::default()));
        let update = || line(Write::UpdateEvent(UpdateEventRequest::default()));
        let lines = [create(), create(), update(), update(), create()];

        let runs: Vec<_> = lines.chunk_by(are_independent).map(<[Line]>::len).collect();

        assert_eq!(runs, [2, 1, 1, 1]);
    }
}
