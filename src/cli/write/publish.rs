use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Deserializer, Value};

use crate::{
    cli::{
        connect::Connection, failure::Failure, files, output::Output, parse, remote::RemoteCommand,
    },
    proto::v1::{BatchCreateEventsRequest, CreateEventRequest, Event},
    transfer::from_json,
};

use super::{
    WriteOptions,
    answer::{Outcome, print},
    change_note::ChangeNoteOptions,
    content::ContentOptions,
    party,
    precondition::PreconditionOptions,
    source::SourceOptions,
    standing::{CodedStanding, standing},
};

/// `entente publish`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Publish {
    /// File with events as JSON, one after another or in a list, each with "name": "events/ID"; -
    /// reads standard input. All are written, or none.
    #[arg(short, long, value_name = "FILE",
        conflicts_with_all = ["ContentOptions", "SourceOptions"])]
    file: Option<PathBuf>,

    /// Id of the new event, such as eu-japan-council-2026. Required unless a file has the names.
    #[arg(long, value_name = "ID", required_unless_present = "file", value_parser = parse::event_id)]
    id: Option<String>,

    #[command(flatten)]
    content: ContentOptions,

    /// What holds for a party, given with --party, and since when if known: JP:ratified,
    /// EU:in-force:2024-07-01. Can be repeated.
    #[arg(long = "standing", value_name = "CODE:STANDING[:DATE]", value_parser = standing,
        conflicts_with = "file")]
    standings: Vec<CodedStanding>,

    #[command(flatten)]
    source: SourceOptions,

    #[command(flatten)]
    note: ChangeNoteOptions,

    #[command(flatten)]
    precondition: PreconditionOptions,

    #[command(flatten)]
    write: WriteOptions,
}

impl RemoteCommand for Publish {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        let WriteOptions {
            request_id,
            dry_run,
            known_since,
            tracking,
        } = self.write;
        let events = match &self.file {
            Some(path) => named(read(path)?, path, self.id.is_some())?,
            None => {
                let mut event = described(self.content, &self.standings, self.source)?;
                party::complete(&mut event.parties, &server).await?;
                party::complete(&mut event.subjects, &server).await?;
                vec![event]
            }
        };
        let precondition = self.precondition.precondition();
        let change_note = self.note.change_note();
        let request = |event| CreateEventRequest {
            event: Some(event),
            event_id: self.id.clone().unwrap_or_default(),
            validate_only: dry_run,
            change_note: change_note.clone(),
            known_since,
            ..Default::default()
        };
        let mut requests: Vec<_> = events.into_iter().map(request).collect();
        match requests.pop() {
            Some(only) if requests.is_empty() => {
                let request = CreateEventRequest {
                    request_id,
                    precondition,
                    tracking,
                    ..only
                };
                one(&server, output, request).await
            }
            Some(last) => {
                requests.push(last);
                all(
                    &server,
                    output,
                    BatchCreateEventsRequest {
                        requests,
                        request_id,
                        precondition,
                        tracking,
                    },
                    dry_run,
                )
                .await
            }
            None => Err(Failure::Failed("the file has no events".into())),
        }
    }
}

async fn one(
    server: &Connection,
    output: &mut Output,
    request: CreateEventRequest,
) -> Result<(), Failure> {
    let dry_run = request.validate_only;
    let call = server.request(request);
    let answer = server.answer(server.publisher().create_event(call)).await?;
    let outcome = Outcome::of(answer.replayed, dry_run);
    print(output, &answer, "published", outcome, &answer.event)
}

async fn all(
    server: &Connection,
    output: &mut Output,
    request: BatchCreateEventsRequest,
    dry_run: bool,
) -> Result<(), Failure> {
    let call = server.request(request);
    let answer = server
        .answer(server.publisher().batch_create_events(call))
        .await?;
    let outcome = Outcome::of(answer.replayed, dry_run);
    print(output, &answer, "published", outcome, &answer.events)
}

fn described(
    content: ContentOptions,
    standings: &[CodedStanding],
    source: SourceOptions,
) -> Result<Event, Failure> {
    let (mut event, _) = content.event();
    for standing in standings {
        standing.apply(&mut event.parties)?;
    }
    Ok(Event {
        sources: source.source().into_iter().collect(),
        ..event
    })
}

/// Checks that every new event has a name, in the file or, for a single event, as an option.
fn named(events: Vec<Event>, path: &Path, has_id: bool) -> Result<Vec<Event>, Failure> {
    let path = path.display();
    let why = match (events.len(), has_id) {
        (0 | 1, true) => return Ok(events),
        (count, true) => format!(
            "{path} has {count} events, but --id names only one; put \"name\": \"events/ID\" into each"
        ),
        (count, false) => match events.iter().position(|event| event.name.is_empty()) {
            None => return Ok(events),
            Some(_) if count == 1 => format!(
                "{path}: the event has no name; put \"name\": \"events/ID\" into it, or give --id ID"
            ),
            Some(index) => format!(
                "{path}: event {} has no name; put \"name\": \"events/ID\" into it",
                index + 1
            ),
        },
    };
    Err(Failure::Failed(why))
}

fn read(path: &Path) -> Result<Vec<Event>, Failure> {
    let text = files::read(path)?;
    events(&text).map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))
}

/// Parses events from one or more JSON documents, each an event or a list of events.
fn events(text: &str) -> Result<Vec<Event>, String> {
    let mut values = Vec::new();
    for document in Deserializer::from_str(text).into_iter::<Value>() {
        match document.map_err(|error| error.to_string())? {
            Value::Array(items) => values.extend(items),
            value => values.push(value),
        }
    }
    let event = |(index, value): (usize, &Value)| {
        from_json(&value.to_string()).map_err(|error| {
            let (error, _) = error.rsplit_once(" at line ").unwrap_or((&error, ""));
            format!("event {}: {error}", index + 1)
        })
    };
    values.iter().enumerate().map(event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_one_after_another_and_from_lists() {
        let text = "{\"title\":\"a\"}\n{\"title\":\n\"b\"} [{\"title\":\"c\"}]";

        let titles = events(text).map(|events| {
            events
                .into_iter()
                .map(|event| event.title)
                .collect::<Vec<_>>()
        });

        assert_eq!(titles, Ok(vec!["a".into(), "b".into(), "c".into()]));
    }

    #[test]
    fn the_error_for_a_bad_event_gives_its_number() {
        let error = events(r#"{"title":"a"} {"titel":"b"}"#).unwrap_err();

        assert_eq!(error, "event 2: unknown field 'titel'");
    }

    #[test]
    fn the_error_for_broken_json_gives_its_line() {
        let error = events("{\"title\":\"a\"}\n{\"title\"").unwrap_err();

        assert!(error.contains("line 2"), "{error}");
    }
}
