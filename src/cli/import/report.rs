use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::{
    failure::Failure,
    note::{counted, note},
    output::Output,
};

use super::send::LineOutcome;

/// Counts the outcomes of lines, and shows the progress.
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
    /// Reports the `bad` lines, and expects the outcomes of `good` others.
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

    /// Records the outcome of a line. Fails when no more lines may be sent.
    pub(super) fn take(
        &mut self,
        place: &str,
        sent: Result<LineOutcome, Failure>,
    ) -> Result<(), Failure> {
        self.bar.inc(1);
        match sent {
            Ok(LineOutcome::Written) => self.written += 1,
            Ok(LineOutcome::Replayed) => self.replayed += 1,
            Err(failure) => {
                self.failed += 1;
                self.bar
                    .suspend(|| note(format!("{place}: {}", failure.line())));
                return self.go_on_after(failure);
            }
        }
        Ok(())
    }

    /// Records lines that were written by an earlier import.
    pub(super) fn take_written(&mut self, lines: usize) {
        self.bar.inc(lines as u64);
        self.replayed += lines;
    }

    /// Prints the counts of a dry run. Fails when a line is bad.
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
            "{} {verb} good, {failed} bad; nothing was written",
            counted(good, "line")
        );
        output.counts(&counts, &sentence)?;
        output.flush()?;
        failures(failed, total)
    }

    /// Prints the counts. Fails when a line failed or the import stopped early.
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
            "{} written, {replayed} already written, {failed} failed, \
             {left} not sent",
            counted(written, "line")
        );
        output.counts(&counts, &sentence)?;
        output.flush()?;
        work.and(failures(failed, total))
    }

    /// Stops after a failed line, because later ones may depend on it; `--keep-going` says that
    /// they do not.
    fn go_on_after(&self, failure: Failure) -> Result<(), Failure> {
        if failure.is_unreachable() {
            Err(failure)
        } else if self.keep_going {
            Ok(())
        } else {
            Err(Failure::Failed(
                "stopped at a failed line: correct it and import the file again, which \
                 writes only the missing lines, or use --keep-going"
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

/// Shown on a terminal only.
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
    fn the_first_refusal_stops_unless_keep_going_is_given() {
        let refused = || Err(Status::not_found("no such event").into());

        assert!(Report::new(2, &[], false).take("a:1", refused()).is_err());
        assert!(Report::new(2, &[], true).take("a:1", refused()).is_ok());
    }

    #[test]
    fn an_unreachable_server_stops_in_any_case() {
        let failure = Report::new(2, &[], true).take("a:1", Err(Status::unavailable("").into()));

        assert!(failure.is_err_and(|failure| failure.is_unreachable()));
    }
}
