//! The files under `data/` are valid: every line is a write, every record keeps the rules of the
//! domain at every revision, and every reference leads somewhere.

use std::collections::{BTreeMap, BTreeSet};

use entente::proto::v1::{
    Event, Partnership, Party, Source, TransferLine, UpdateEventRequest, transfer_line::Write,
};
use entente::{transfer, wire};

const PARTNERSHIPS: &str = include_str!("../data/partnerships.ndjson");
const EVENTS: &str = include_str!("../data/events.ndjson");
const TOPICS: &str = include_str!("../data/topics.json");

#[test]
fn every_line_is_a_write_with_a_request_id_of_its_own() {
    let mut seen = BTreeSet::new();
    for write in writes(PARTNERSHIPS).chain(writes(EVENTS)) {
        let request_id = request_id(&write);
        assert!(request_id.starts_with("starting-data/"), "{request_id}");
        assert!((1..=100).contains(&request_id.len()), "{request_id}");
        assert!(
            request_id.bytes().all(|byte| byte.is_ascii_graphic()),
            "{request_id}"
        );
        assert!(
            seen.insert(request_id.to_owned()),
            "{request_id} stands twice"
        );
    }
    assert_eq!(seen.len(), 42 + 223);
}

#[test]
fn every_partnership_is_valid() {
    let partnerships = partnerships();
    assert_eq!(partnerships.len(), 42);
    for (id, partnership) in partnerships {
        if let Err(violations) = wire::partnership_content(partnership, None) {
            panic!("{id}: {violations:?}");
        }
    }
}

#[test]
fn every_event_is_valid_at_every_revision() {
    let history = History::read();
    assert_eq!(history.events.len(), 219);
    assert_eq!(history.revisions.len(), 219 + 2);
    for (id, event) in history.revisions {
        if let Err(violations) = wire::event_content(event) {
            panic!("{id}: {violations:?}");
        }
    }
}

#[test]
fn one_event_is_corrected_one_merged_and_one_retracted() {
    let history = History::read();
    let singapore = &history.events["singapore-japan-digital-government-moc-2022"];
    assert_eq!(countries(&singapore.parties), ["SG", "JP"]);
    assert_eq!(history.merged, ["eu-japan-quantum-agreements-2025"]);
    assert_eq!(
        history.retracted,
        ["eu-japan-digital-council-second-iteration"]
    );
}

#[test]
fn every_reference_of_an_event_resolves() {
    let partnerships = partnerships();
    let history = History::read();
    for (id, event) in &history.revisions {
        for name in &event.partnerships {
            let known = name
                .strip_prefix("partnerships/")
                .map(|id| partnerships.contains_key(id));
            assert_eq!(known, Some(true), "{id} belongs to {name}");
        }
        for related in &event.related_events {
            let name = &related.event;
            let known = name
                .strip_prefix("events/")
                .map(|id| history.events.contains_key(id));
            assert_eq!(known, Some(true), "{id} relates to {name}");
        }
    }
}

#[test]
fn a_source_says_the_same_wherever_it_is_cited() {
    let mut seen: BTreeMap<String, Source> = BTreeMap::new();
    let of_partnerships = partnerships()
        .into_values()
        .flat_map(|partnership| partnership.sources);
    let of_events = History::read()
        .revisions
        .into_iter()
        .flat_map(|(_, event)| event.sources);
    for source in of_partnerships.chain(of_events) {
        let first = seen
            .entry(source.id.clone())
            .or_insert_with(|| source.clone());
        assert_eq!(*first, source);
    }
    assert_eq!(seen.len(), 272);
}

#[test]
fn every_topic_and_subkind_has_a_label_and_every_label_a_use() {
    let history = History::read();
    let of_events = history
        .events
        .values()
        .flat_map(|event| event.topics.clone());
    let of_partnerships = partnerships()
        .into_values()
        .flat_map(|partnership| partnership.topics);
    let topics: BTreeSet<String> = of_events.chain(of_partnerships).collect();
    let subkinds: BTreeSet<String> = history.events.into_values().map(|e| e.subkind).collect();

    assert_eq!(topics, labelled("topics", &["label", "labelJa"]));
    assert_eq!(subkinds, labelled("subkinds", &["label"]));
}

/// The events as the lines tell them, one line after the other.
#[derive(Default)]
struct History {
    /// Every event at its newest content.
    events: BTreeMap<String, Event>,
    /// Every content that an event was given, in the order of the lines.
    revisions: Vec<(String, Event)>,
    merged: Vec<String>,
    retracted: Vec<String>,
}

impl History {
    fn read() -> Self {
        let mut history = Self::default();
        writes(EVENTS).for_each(|write| history.apply(write));
        history
    }

    fn apply(&mut self, write: Write) {
        match write {
            Write::CreateEvent(request) => {
                let event = request.event.expect("an event");
                assert!(
                    !self.events.contains_key(&request.event_id),
                    "{}",
                    request.event_id
                );
                self.revise(request.event_id, event);
            }
            Write::UpdateEvent(request) => {
                let id = event_id(&request.event.as_ref().expect("an event").name);
                let event = updated(self.known(&id), &request);
                self.revise(id, event);
            }
            Write::MergeEvents(request) => {
                let mut into = self.known(&event_id(&request.into)).clone();
                for id in request.names.iter().map(|name| event_id(name)) {
                    take_over(&mut into, self.known(&id));
                    self.merged.push(id);
                }
                self.events.insert(event_id(&request.into), into);
            }
            Write::RetractEvent(request) => {
                self.known(&event_id(&request.superseded_by));
                self.known(&event_id(&request.name));
                self.retracted.push(event_id(&request.name));
            }
            other => panic!("the starting data has no such write: {other:?}"),
        }
    }

    fn known(&self, id: &str) -> &Event {
        self.events
            .get(id)
            .unwrap_or_else(|| panic!("no line before creates {id}"))
    }

    fn revise(&mut self, id: String, event: Event) {
        self.events.insert(id.clone(), event.clone());
        self.revisions.push((id, event));
    }
}

/// The event with the fields of the mask taken from the request.
fn updated(before: &Event, request: &UpdateEventRequest) -> Event {
    let event = request.event.as_ref().expect("an event");
    let mask = &request.update_mask.as_ref().expect("a mask").paths;
    wire::apply_mask(before, event, mask).expect("a mask of fields that events have")
}

fn take_over(into: &mut Event, duplicate: &Event) {
    let known: BTreeSet<String> = into
        .sources
        .iter()
        .map(|source| source.id.clone())
        .collect();
    let new = duplicate
        .sources
        .iter()
        .filter(|source| !known.contains(&source.id));
    into.sources.extend(new.cloned());
    into.claims.extend(duplicate.claims.iter().cloned());
}

fn partnerships() -> BTreeMap<String, Partnership> {
    let created = |write| match write {
        Write::CreatePartnership(request) => (
            request.partnership_id,
            request.partnership.expect("a partnership"),
        ),
        other => panic!("not a partnership: {other:?}"),
    };
    writes(PARTNERSHIPS).map(created).collect()
}

fn writes(file: &str) -> impl Iterator<Item = Write> {
    file.lines()
        .enumerate()
        .map(|(index, line)| match transfer::parse_line(line) {
            Ok(TransferLine { write: Some(write) }) => write,
            Ok(TransferLine { write: None }) => panic!("line {} says nothing", index + 1),
            Err(error) => panic!("line {}: {error}", index + 1),
        })
}

fn request_id(write: &Write) -> &str {
    match write {
        Write::CreatePartnership(request) => &request.request_id,
        Write::UpdatePartnership(request) => &request.request_id,
        Write::CreateBody(request) => &request.request_id,
        Write::UpdateBody(request) => &request.request_id,
        Write::CreateEvent(request) => &request.request_id,
        Write::UpdateEvent(request) => &request.request_id,
        Write::RetractEvent(request) => &request.request_id,
        Write::RestoreEvent(request) => &request.request_id,
        Write::MergeEvents(request) => &request.request_id,
    }
}

fn event_id(name: &str) -> String {
    name.strip_prefix("events/")
        .unwrap_or_else(|| panic!("{name} names no event"))
        .to_owned()
}

fn countries(parties: &[Party]) -> Vec<&str> {
    let of_state = parties.iter().filter(|party| party.display_name.is_empty());
    of_state.map(|party| party.country_code.as_str()).collect()
}

/// The ids of one table of labels, each of which has text under every one of `labels`.
fn labelled(table: &str, labels: &[&str]) -> BTreeSet<String> {
    let file: serde_json::Value = serde_json::from_str(TOPICS).expect("JSON");
    let rows = file[table].as_array().expect("a table");
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or("").to_owned();
    for row in rows {
        assert!(
            labels.iter().all(|label| !text(row, label).is_empty()),
            "{row}"
        );
    }
    rows.iter().map(|row| text(row, "id")).collect()
}
