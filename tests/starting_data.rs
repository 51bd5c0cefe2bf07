//! The files under `data/` are valid: every line is a write, every record keeps the rules of the
//! domain at every revision, and every reference leads somewhere.

use std::collections::{BTreeMap, BTreeSet};

use entente::domain::{Day, FuzzyDate, Slug};
use entente::proto::v1::{
    Body, BodyName, BodySuccession, Event, Partnership, Party, PartyType, Source, Status,
    TransferLine, UpdateEventRequest, transfer_line::Write,
};
use entente::{transfer, wire};

const BODIES: &str = include_str!("../data/bodies.ndjson");
const PARTNERSHIPS: &str = include_str!("../data/partnerships.ndjson");
const EVENTS: &str = include_str!("../data/events.ndjson");
const TOPICS: &str = include_str!("../data/topics.json");

#[test]
fn every_line_is_a_write_with_a_request_id_of_its_own() {
    let mut seen = BTreeSet::new();
    for write in writes(BODIES)
        .chain(writes(PARTNERSHIPS))
        .chain(writes(EVENTS))
    {
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
    assert_eq!(seen.len(), 88 + 42 + 223);
}

#[test]
fn every_body_is_valid() {
    let bodies = bodies();
    assert_eq!(bodies.len(), 87);
    for (id, body) in bodies {
        let slug = Slug::parse(&id).expect("a slug");
        if let Err(violations) = wire::body_content(body, Some(&slug)) {
            panic!("{id}: {violations:?}");
        }
    }
}

#[test]
fn no_two_bodies_of_one_country_share_a_name() {
    let mut seen = BTreeMap::new();
    for (id, body) in bodies() {
        let names: BTreeSet<String> = names_of(&body).map(str::to_lowercase).collect();
        for name in names {
            let before = seen.insert((body.country_code.clone(), name.clone()), id.clone());
            assert_eq!(before, None, "{id} has the name {name}");
        }
    }
}

#[test]
fn every_organisation_and_company_is_a_body() {
    let bodies = bodies();
    for (id, party) in parties() {
        let is_named = matches!(party.r#type(), PartyType::Organisation | PartyType::Company);
        let of_country = |code: &str| {
            code.is_empty() || party.country_code.is_empty() || code == party.country_code
        };
        let found = bodies.values().filter(|body| {
            of_country(&body.country_code) && names_of(body).any(|name| name == party.display_name)
        });
        let found = found.count();
        assert!(
            !is_named || found == 1,
            "{id}: {found} bodies for {party:?}"
        );
    }
}

#[test]
fn every_name_of_a_party_in_another_language_is_a_name_of_its_body() {
    let bodies = bodies();
    let named: BTreeSet<(&str, &str)> = bodies
        .values()
        .flat_map(|body| &body.names)
        .map(|name| (&*name.language_code, &*name.text))
        .collect();
    for (id, party) in parties() {
        if party.r#type() == PartyType::Organisation {
            for (language, text) in &party.local_names {
                assert!(named.contains(&(language, text)), "{id}: {text}");
            }
        }
    }
}

#[test]
fn every_body_is_a_party_somewhere() {
    let mut parties: BTreeSet<String> = parties().map(|(_, party)| party.display_name).collect();
    // Unions are given by their codes, and ASEAN by its members.
    parties.extend(["European Union".to_owned(), "ASEAN".to_owned()]);
    for (id, body) in bodies() {
        assert!(names_of(&body).any(|name| parties.contains(name)), "{id}");
    }
}

#[test]
fn bodies_before_and_after_one_another_say_so_on_both_sides() {
    let bodies = bodies();
    let ids = |all: &[BodySuccession]| -> Vec<String> {
        let ids = all.iter().map(|it| it.body.replace("bodies/", ""));
        ids.collect()
    };
    let mut count = 0;
    for (id, body) in &bodies {
        for other in ids(&body.predecessors) {
            assert!(ids(&bodies[&other].successors).contains(id), "{id}");
            count += 1;
        }
        for other in ids(&body.successors) {
            assert!(ids(&bodies[&other].predecessors).contains(id), "{id}");
        }
    }
    assert_eq!(count, 1);
}

#[test]
fn every_write_is_known_since_its_sources_say_it() {
    let mut known = Known::default();
    for write in writes(BODIES)
        .chain(writes(PARTNERSHIPS))
        .chain(writes(EVENTS))
    {
        known.check(write);
    }
    assert_eq!(known.dated, 234);
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
    let of_bodies = bodies().into_values().flat_map(|body| body.sources);
    for source in of_partnerships.chain(of_events).chain(of_bodies) {
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

/// The last moment that the data can know of.
const SEEN_UP_TO: &str = "2026-06-30T23:59:59Z";

/// Checks since when the content of each line was known.
#[derive(Default)]
struct Known {
    /// The newest time of each record, by its name; `None` means the time of the load.
    since: BTreeMap<String, Option<String>>,
    /// The sources of each event.
    sources: BTreeMap<String, Vec<Source>>,
    dated: usize,
}

impl Known {
    fn check(&mut self, write: Write) {
        let known = known_since(&write);
        match write {
            Write::CreateBody(request) => {
                let body = request.body.expect("a body");
                let found = earliest(&body.sources, first_day(body.established.as_ref()));
                self.record(format!("bodies/{}", request.body_id), known, found);
            }
            Write::UpdateBody(request) => {
                let body = request.body.expect("a body");
                let found = evidence(&body.sources, request.change_note.map(|note| note.sources));
                self.record(body.name, known, found);
            }
            Write::CreatePartnership(request) => {
                let it = request.partnership.expect("a partnership");
                let found = earliest(&it.sources, first_day(it.established.as_ref()));
                let name = format!("partnerships/{}", request.partnership_id);
                self.record(name, known, found);
            }
            Write::CreateEvent(request) => {
                let event = request.event.expect("an event");
                let not_before = is_over(&event).then(|| first_day(event.date.as_ref()));
                let found = earliest(&event.sources, not_before.flatten());
                let name = format!("events/{}", request.event_id);
                self.sources.insert(name.clone(), event.sources);
                self.record(name, known, found);
            }
            Write::UpdateEvent(request) => {
                let event = request.event.expect("an event");
                let sources = self.sources.entry(event.name.clone()).or_default();
                if !event.sources.is_empty() {
                    *sources = event.sources;
                }
                let found = evidence(sources, request.change_note.map(|note| note.sources));
                self.record(event.name, known, found);
            }
            Write::RetractEvent(request) => self.record(request.name, known, None),
            Write::MergeEvents(request) => {
                for name in request.names {
                    self.record(name, known.clone(), None);
                }
                self.record(request.into, known, None);
            }
            other => panic!("the starting data has no such write: {other:?}"),
        }
    }

    /// Notes what one line says. No revision is known earlier than the one before, so after one that is
    /// known from the load on, so are all. As texts, days stand before "the load".
    fn record(&mut self, name: String, known: Option<String>, found: Option<Day>) {
        let before = self.since.insert(name.clone(), known.clone());
        let load = "the load".to_owned();
        let found = found.map_or(load.clone(), |day| format!("{day}T23:59:59Z"));
        let expected = before.map_or(found.clone(), |before| {
            before.unwrap_or(load.clone()).max(found)
        });
        let known = known.unwrap_or(load.clone());
        assert_eq!(known, expected, "{name}");
        if known != load {
            self.dated += 1;
            assert!(*known <= *SEEN_UP_TO, "{name} is known since {known}");
        }
    }
}

/// When the content of a line was known, if it says so.
fn known_since(write: &Write) -> Option<String> {
    let known = match write {
        Write::CreatePartnership(request) => &request.known_since,
        Write::UpdatePartnership(request) => &request.known_since,
        Write::CreateBody(request) => &request.known_since,
        Write::UpdateBody(request) => &request.known_since,
        Write::CreateEvent(request) => &request.known_since,
        Write::UpdateEvent(request) => &request.known_since,
        Write::RetractEvent(request) => &request.known_since,
        Write::RestoreEvent(request) => &request.known_since,
        Write::MergeEvents(request) => &request.known_since,
    };
    known.as_ref().map(ToString::to_string)
}

/// Whether the event tells something that a source can only know from its day on.
fn is_over(event: &Event) -> bool {
    matches!(
        event.status(),
        Status::Occurred | Status::InForce | Status::Ended | Status::Cancelled | Status::Disputed
    )
}

/// The last day on which the earliest of the sources can have been published. Sources from before a
/// day do not count.
fn earliest(sources: &[Source], not_before: Option<Day>) -> Option<Day> {
    let days = sources.iter().filter_map(|source| {
        let date = source.publish_date.as_ref()?;
        read(date).latest()
    });
    let seen_up_to = FuzzyDate::new(&SEEN_UP_TO[..10], "")
        .expect("a date")
        .latest();
    days.filter(|day| not_before.is_none_or(|first| *day >= first) && Some(*day) <= seen_up_to)
        .min()
}

/// The same of those sources that a change rests on.
fn evidence(sources: &[Source], ids: Option<Vec<String>>) -> Option<Day> {
    let ids = ids.unwrap_or_default();
    let cited = sources.iter().filter(|source| ids.contains(&source.id));
    earliest(&cited.cloned().collect::<Vec<_>>(), None)
}

fn first_day(date: Option<&entente::proto::v1::FuzzyDate>) -> Option<Day> {
    read(date?).earliest()
}

fn read(date: &entente::proto::v1::FuzzyDate) -> FuzzyDate {
    FuzzyDate::new(&date.edtf, &date.as_stated).expect("a date")
}

/// Every body at its newest content.
fn bodies() -> BTreeMap<String, Body> {
    let mut bodies: BTreeMap<String, Body> = BTreeMap::new();
    for write in writes(BODIES) {
        match write {
            Write::CreateBody(request) => {
                let body = request.body.expect("a body");
                let before = bodies.insert(request.body_id, body);
                assert_eq!(before, None);
            }
            Write::UpdateBody(request) => {
                let given = request.body.expect("a body");
                let id = given.name.replace("bodies/", "");
                let body = bodies.get_mut(&id).expect("a body of a line before");
                let mask = request.update_mask.expect("a mask").paths;
                *body = wire::apply_mask(body, &given, &mask).expect("fields of bodies");
            }
            other => panic!("not a body: {other:?}"),
        }
    }
    bodies
}

/// Every name of a body.
fn names_of(body: &Body) -> impl Iterator<Item = &str> {
    let others = body.names.iter().map(|name: &BodyName| &*name.text);
    std::iter::once(&*body.display_name).chain(others)
}

/// Every party with the id of its partnership or event.
fn parties() -> impl Iterator<Item = (String, Party)> {
    let of_partnerships = partnerships()
        .into_iter()
        .flat_map(|(id, it)| it.parties.into_iter().map(move |party| (id.clone(), party)));
    let of_events = History::read()
        .revisions
        .into_iter()
        .flat_map(|(id, it)| it.parties.into_iter().map(move |party| (id.clone(), party)));
    of_partnerships.chain(of_events)
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
