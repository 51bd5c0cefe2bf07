use std::path::PathBuf;

use clap::Args;
use tokio::task::JoinSet;

use crate::{
    cli::{connect::Connection, failure::Failure, output::Output, parse, remote::RemoteCommand},
    proto::v1::transfer_line::Write,
};

use super::{
    read::{Line, read},
    report::Report,
    send::{Sent, send},
};

/// `entente import`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Import {
    /// Files with one write a line, as `entente export` makes them; - reads standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Write the good lines although others are bad or refused.
    #[arg(long)]
    keep_going: bool,

    /// How many new events in a row may be under way at once. With more than 1, they can come to
    /// stand in the log in another order than in the file.
    #[arg(long, value_name = "COUNT", default_value_t = 1,
        value_parser = parse::whole(1..=64))]
    parallel: i32,

    /// Read and check the lines only; write nothing. The server is not asked, so that what is there
    /// already, or is not there yet, shows only when the lines are written.
    #[arg(long)]
    dry_run: bool,
}

impl RemoteCommand for Import {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let (lines, bad) = read(&self.files)?;
        let mut report = Report::new(lines.len(), &bad, self.keep_going);
        if self.dry_run {
            return report.checked(output);
        }
        let sends = bad.is_empty() || self.keep_going;
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

/// Sends the lines in their order, some of the creations in a row at once if so asked.
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
                end_one(&mut under_way, report).await?;
            }
            under_way.spawn(ended(server.clone(), line.clone()));
        }
        while !under_way.is_empty() {
            end_one(&mut under_way, report).await?;
        }
    }
    Ok(())
}

type Ended = (String, Result<Sent, Failure>);

async fn ended(server: Connection, line: Line) -> Ended {
    (line.place, send(&server, line.write).await)
}

async fn end_one(under_way: &mut JoinSet<Ended>, report: &mut Report) -> Result<(), Failure> {
    match under_way.join_next().await {
        None => Ok(()),
        Some(Ok((place, sent))) => report.take(&place, sent),
        Some(Err(error)) => Err(Failure::Failed(format!("sending a line failed: {error}"))),
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
    fn only_new_events_in_a_row_may_overtake_one_another() {
        let line = |write| Line {
            place: String::new(),
            write,
        };
        let create = || line(Write::CreateEvent(CreateEventRequest::default()));
        let update = || line(Write::UpdateEvent(UpdateEventRequest::default()));
        let lines = [create(), create(), update(), update(), create()];

        let runs: Vec<_> = lines.chunk_by(are_independent).map(<[Line]>::len).collect();

        assert_eq!(runs, [2, 1, 1, 1]);
    }
}
