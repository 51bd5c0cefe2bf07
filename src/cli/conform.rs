use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use clap::Args;
use serde_json::json;

use crate::{
    conform::{CHECKS, Finding, Options, Outcome, UNOBSERVABLE, check_program, check_server},
    proto::v1::GetServerInfoRequest,
};

use super::{
    connect::{ConnectOptions, Connection},
    failure::Failure,
    note::note,
    output::{Output, OutputOptions},
    parse, table,
};

const ABOUT: &str = "\
Checks the guarantees of the service, S01, S02 and so on, against a server that speaks entente.v1, \
through its public API alone. Prints for each whether it holds: pass, fail or not applicable, \
with a reason. Exits with 1 when one does not hold.

Unless --read-only, it publishes a few thousand drills (a few hundred with --quick) named \
conform-..., which stay in the log. Consumers do not see them: drills match no filter \
that does not name `exercise`.

With --spawn it starts its own servers from this program, in temporary directories, \
and also runs the checks that kill, restart or shut down a server.";

/// `entente conform`.
#[derive(Args, Debug)]
#[command(after_long_help = ABOUT)]
pub(super) struct Conform {
    /// The server to check: HOST:PORT or http://HOST:PORT.
    #[arg(value_name = "ADDRESS", value_parser = parse::server, required_unless_present = "spawn")]
    address: Option<String>,

    /// Start servers from this program and check those, also by killing them.
    #[arg(long, conflicts_with_all = ["address", "read_only"])]
    spawn: bool,

    /// Write nothing, and run only the checks that need no writes.
    #[arg(long)]
    read_only: bool,

    /// Use fewer repetitions and less data.
    #[arg(long)]
    quick: bool,

    /// Heartbeat interval of watches, 1s to 55s. Much of the run waits for heartbeats.
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = parse::heartbeat)]
    heartbeat: Duration,

    /// Run only these checks, such as S04,S16.
    #[arg(long, value_name = "NUMBER", value_delimiter = ',', value_parser = number)]
    only: Vec<String>,

    /// Publish real announcements, which consumers see, instead of drills.
    #[arg(long, conflicts_with = "read_only")]
    visible: bool,

    /// Also make the most expensive calls, many at once. They slow down the server for everyone.
    #[arg(long, conflicts_with = "read_only")]
    disruptive: bool,

    #[command(flatten)]
    output: OutputOptions,
}

impl Conform {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let mut output = Output::new(self.output.clone());
        output.check(false)?;
        note(self.announcement());
        let findings = self.findings().await?;
        let items: Vec<_> = findings.iter().map(item).collect();
        output.values(&items, |colour| rows(&findings, colour))?;
        output.flush()?;
        verdict(&findings)
    }

    async fn findings(&self) -> Result<Vec<Finding>, Failure> {
        let options = Options {
            heartbeat: self.heartbeat,
            quick: self.quick,
            read_only: self.read_only,
            exercise: !self.visible,
            disruptive: self.disruptive,
            only: self.only.clone(),
        };
        match &self.address {
            Some(address) => {
                is_grpc(address).await?;
                check_server(address, options)
                    .await
                    .map_err(Failure::Unreachable)
            }
            None => check_program(program()?, options)
                .await
                .map_err(Failure::Failed),
        }
    }

    fn announcement(&self) -> String {
        let what = self.address.as_deref().unwrap_or("servers of its own");
        let writes = match (self.read_only, self.visible) {
            (true, _) => "writing nothing",
            (false, false) => "publishing drills named conform-..., which consumers do not see",
            (false, true) => "publishing announcements named conform-..., which consumers SEE",
        };
        format!("checking {what} for up to a minute, {writes}")
    }
}

/// Fails unless a gRPC server listens at the address. Everything else is for the checks to find.
async fn is_grpc(address: &str) -> Result<(), Failure> {
    let server = Connection::new(&ConnectOptions {
        server: address.to_owned(),
        timeout: Duration::from_secs(5),
    })?;
    let call = server.request(GetServerInfoRequest {});
    let mut admin = server.client().admin();
    match server.answer(admin.get_server_info(call)).await {
        Err(failure @ Failure::WrongPort(_)) => Err(failure),
        _ => Ok(()),
    }
}

/// Returns the path of this program.
fn program() -> Result<PathBuf, Failure> {
    std::env::current_exe()
        .map_err(|error| Failure::Failed(format!("cannot find the path of this program: {error}")))
}

fn item(finding: &Finding) -> serde_json::Value {
    json!({
        "number": finding.number,
        "result": finding.outcome.word(),
        "title": finding.title,
        "reason": finding.outcome.reason(),
        "seconds": finding.elapsed.as_millis() as f64 / 1_000.0,
    })
}

fn rows(findings: &[Finding], colour: bool) -> String {
    let rows = findings.iter().map(|finding| {
        vec![
            finding.number.to_owned(),
            finding.outcome.word().to_owned(),
            finding.title.to_owned(),
            table::plain(finding.outcome.reason()),
        ]
    });
    table::table(
        &["NUMBER", "RESULT", "GUARANTEE", "REASON"],
        2,
        rows,
        colour,
    )
}

/// Prints a sentence for people, and fails when a guarantee does not hold.
fn verdict(findings: &[Finding]) -> Result<(), Failure> {
    let failed: Vec<&str> = findings
        .iter()
        .filter(|finding| matches!(finding.outcome, Outcome::Fail(_)))
        .map(|finding| finding.number)
        .collect();
    let passed = findings
        .iter()
        .filter(|it| matches!(it.outcome, Outcome::Pass(_)))
        .count();
    match failed.as_slice() {
        [] => {
            note(format!(
                "{passed} of {} hold, the others are not applicable",
                findings.len()
            ));
            Ok(())
        }
        failed => {
            let (count, all) = (failed.len(), findings.len());
            let failed = failed.join(", ");
            Err(Failure::Failed(format!(
                "{count} of {all} do not hold: {failed}"
            )))
        }
    }
}

fn numbers() -> impl Iterator<Item = &'static str> {
    let unobservable = UNOBSERVABLE.iter().map(|it| it.number);
    CHECKS.iter().map(|it| it.number).chain(unobservable)
}

/// Parses the number of an existing check.
fn number(text: &str) -> Result<String, String> {
    let asked = text.to_ascii_uppercase();
    match numbers().any(|number| number == asked) {
        true => Ok(asked),
        false => {
            let known: BTreeSet<&str> = numbers().collect();
            let known: Vec<&str> = known.into_iter().collect();
            Err(format!(
                "there is no check {text:?}; the checks are {}",
                known.join(", ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_number_is_refused_with_the_known_ones() {
        let refused = number("D16").expect_err("no client can see it");
        for known in numbers() {
            assert!(refused.contains(known), "{known}: {refused}");
            assert_eq!(number(&known.to_lowercase()), Ok(known.to_owned()));
        }
    }

    fn finding(number: &'static str, outcome: Outcome) -> Finding {
        Finding {
            number,
            title: "a title",
            outcome,
            elapsed: Duration::from_millis(1_500),
        }
    }

    #[test]
    fn one_guarantee_that_does_not_hold_is_a_failure_that_names_it() {
        let good = finding("S01", Outcome::Pass("tried".to_owned()));
        let none = finding("S09", Outcome::NotApplicable("no need".to_owned()));
        let bad = finding("S16", Outcome::Fail("a gap".to_owned()));

        assert!(verdict(&[good.clone(), none]).is_ok());
        let failure = verdict(&[good, bad]).expect_err("one does not hold");
        assert_eq!(failure.text(), "1 of 2 do not hold: S16");
    }

    #[test]
    fn a_finding_is_an_object_with_the_words_of_the_table() {
        let item = item(&finding(
            "S09",
            Outcome::NotApplicable("no need".to_owned()),
        ));

        let expected = json!({"number": "S09", "result": "not applicable", "title": "a title",
            "reason": "no need", "seconds": 1.5});
        assert_eq!(item, expected);
    }

    #[test]
    fn only_existing_checks_can_be_chosen() {
        assert_eq!(number("s16").as_deref(), Ok("S16"));
        assert_eq!(number("S31").as_deref(), Ok("S31"));
        assert!(number("S99").is_err());
    }
}
