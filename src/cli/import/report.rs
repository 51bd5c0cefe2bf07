use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::{
    failure::Failure,
    note::{counted, note},
    output::Output,
};

use super::send::Sent;

/// Counts what becomes of the lines, and shows it while they are sent.
#[derive(Debug)]
pub(super) struct Report {
    written: usize,
    replayed: usize,
    failed: usize,
    total: usize,
    keep_going: bool,
    bar: ProgressBar,
}

impl Report {
    /// Tells the lines that are not going to be sent, and waits for the `good` others.
    pub(super) fn new(good: usize, bad: &[String], keep_going: bool) -> Self {
        bad.iter().for_each(note);
        let total = good + bad.len();
        let bar = bar(good);
        Self {
            written: 0,
            replayed: 0,
            failed: bad.len(),
            total,
            keep_going,
            bar,
        }
    }

    /// Takes the end of a line. Fails when no more lines are to be sent.
    pub(super) fn take(&mut self, place: &str, sent: Result<Sent, Failure>) -> Result<(), Failure> {
        self.bar.inc(1);
        match sent {
            Ok(Sent::Written) => self.written += 1,
            Ok(Sent::Replayed) => self.replayed += 1,
            Err(failure) => {
                self.failed += 1;
                self.bar
                    .suspend(|| note(format!("{place}: {}", failure.line())));
                return self.go_on_after(failure);
            }
        }
        Ok(())
    }

    /// Prints the counts of lines that were read and are not to be sent. Fails when one is bad.
    pub(super) fn checked(self, output: &mut Output) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        let Self { failed, total, .. } = self;
        let good = total - failed;
        let counts = [
            ("good", good),
            ("written", 0),
            ("replayed", 0),
            ("failed", failed),
            ("not_sent", good),
        ];
        let verb = if good == 1 { "is" } else { "are" };
        let sentence = format!(
            "{} {verb} good, {failed} not; nothing is written",
            counted(good, "line")
        );
        output.counts(&counts, &sentence)?;
        output.flush()?;
        failures(failed, total)
    }

    /// Prints the counts. Fails when a line did, or when the work was stopped.
    pub(super) fn finish(
        self,
        work: Result<(), Failure>,
        output: &mut Output,
    ) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        let Self {
            written,
            replayed,
            failed,
            total,
            ..
        } = self;
        let left = total - written - replayed - failed;
        let counts = [
            ("written", written),
            ("replayed", replayed),
            ("failed", failed),
            ("not_sent", left),
        ];
        let sentence = format!(
            "{} written, {replayed} had been written before, {failed} failed, \
             {left} not sent",
            counted(written, "line")
        );
        output.counts(&counts, &sentence)?;
        output.flush()?;
        work.and(failures(failed, total))
    }

    /// Later lines may build on the one that failed; `--keep-going` says that they do not.
    fn go_on_after(&self, failure: Failure) -> Result<(), Failure> {
        if failure.is_unreachable() {
            Err(failure)
        } else if self.keep_going {
            Ok(())
        } else {
            Err(Failure::Failed(
                "stopped at a line that failed: correct it and import the file again, which \
                 writes what is missing, or use --keep-going"
                    .into(),
            ))
        }
    }
}

fn failures(failed: usize, total: usize) -> Result<(), Failure> {
    match failed {
        0 => Ok(()),
        failed => Err(Failure::Failed(format!(
            "{failed} of {} failed",
            counted(total, "line")
        ))),
    }
}

/// Drawn on a terminal only.
fn bar(lines: usize) -> ProgressBar {
    let bar = ProgressBar::new(lines as u64);
    match ProgressStyle::with_template("{wide_bar} {pos}/{len} lines, {per_sec}, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use tonic::Status;

    use super::*;

    #[test]
    fn the_first_refusal_stops_unless_told_to_keep_going() {
        let refused = || Err(Status::not_found("no such event").into());

        assert!(Report::new(2, &[], false).take("a:1", refused()).is_err());
        assert!(Report::new(2, &[], true).take("a:1", refused()).is_ok());
    }

    #[test]
    fn a_server_that_went_away_stops_in_any_case() {
        let failure = Report::new(2, &[], true).take("a:1", Err(Status::unavailable("").into()));

        assert!(failure.is_err_and(|failure| failure.is_unreachable()));
    }
}
