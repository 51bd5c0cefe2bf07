//! What the server is to answer, kept in the plainest way: a list of changes, of which each has the
//! whole resource, and loops over it. Nothing here is shared with the server.

use std::collections::{BTreeMap, BTreeSet};

use crate::operation::{
    BODIES, BodySaid, COUNTRIES, DATES, FIELDS, Filter, NAMES, Named, PARTIES, SOURCES, Said,
    TITLES, TOPICS, Terms, WORDS,
};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    Active,
    Retracted,
    Redacted,
    Merged,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    Created,
    Updated,
    Retracted,
    Restored,
    Redacted,
    Merged,
    Existing,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Crossing {
    Entered,
    Stayed,
    Left,
}

/// What an event says, or the names and country of a body; nothing of a partnership but its topics.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Content {
    pub binding: Option<bool>,
    pub title: Option<usize>,
    pub date: Option<usize>,
    pub topics: usize,
    pub sources: BTreeSet<usize>,
    pub desk: Option<usize>,
    pub meeting: Option<bool>,
    pub parties_incomplete: bool,
    pub parties: usize,
    /// Events that it is said to be a duplicate of.
    pub duplicate_of: BTreeSet<String>,
    /// Those of a body, a bit each.
    pub names: usize,
    /// That of a body.
    pub country: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct Change {
    pub name: String,
    pub kind: Kind,
    pub state: State,
    pub revision: i32,
    pub content: Content,
    pub superseded_by: String,
    /// Fields that differ from the revision before. They stay when the content is erased.
    pub changed: BTreeSet<String>,
    /// Microseconds since 1970, told by the server.
    pub time: i64,
    /// When it became known, if its writer said so.
    pub since: Option<i64>,
}

#[derive(Default)]
pub struct Model {
    /// The change at position 1 is the first.
    pub log: Vec<Change>,
    pub subscriptions: BTreeMap<usize, Subscription>,
    /// Lease epochs by the name they were given out for: none comes twice.
    pub epochs: BTreeMap<usize, BTreeSet<i64>>,
    /// By source, how far it was written, and the position of that write in the log.
    pub tracked: BTreeMap<usize, (i64, i64)>,
}

/// A filter, and the position at which its names were resolved.
#[derive(Clone, Copy, Debug)]
pub struct Resolved {
    pub filter: Filter,
    pub at: i64,
}

/// A body that a filter names.
struct NamedBody<'a> {
    id: usize,
    content: &'a Content,
}

pub struct Subscription {
    /// The filters with the positions that they apply behind.
    pub filters: Vec<(i64, Resolved)>,
    pub acknowledged: i64,
    pub epoch: Option<i64>,
    /// The highest position that its consumer has taken for sure.
    pub taken: i64,
}

/// What a change is seen as through a filter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seen {
    pub position: i64,
    pub name: String,
    pub kind: Kind,
    pub crossing: Crossing,
    pub changed: BTreeSet<String>,
}

/// Why a write is refused.
pub type Refused = &'static str;

impl Model {
    pub fn head(&self) -> i64 {
        self.log.len() as i64
    }

    pub fn at(&self, position: i64) -> &Change {
        &self.log[position as usize - 1]
    }

    /// Position of the newest revision at or below `upto`.
    pub fn newest(&self, name: &str, upto: i64) -> Option<i64> {
        (1..=upto).rev().find(|at| self.at(*at).name == name)
    }

    /// As a part of the log of 16.
    pub fn part(&self, parts: usize) -> i64 {
        self.head() * parts as i64 / 16
    }

    fn current(&self, name: &str) -> Result<&Change, Refused> {
        let newest = self.newest(name, self.head());
        let not_found = match sort(name) {
            "events" => "EVENT_NOT_FOUND",
            "bodies" => "BODY_NOT_FOUND",
            _ => "PARTNERSHIP_NOT_FOUND",
        };
        newest.map(|at| self.at(at)).ok_or(not_found)
    }

    fn active(&self, name: &str) -> Result<&Change, Refused> {
        let current = self.current(name)?;
        match current.state {
            State::Active => Ok(current),
            State::Retracted => Err("EVENT_RETRACTED"),
            State::Redacted => Err(redacted(name)),
            State::Merged => Err("EVENT_MERGED"),
        }
    }

    pub fn create(&self, name: &str, said: &Said, terms: &Terms) -> Result<Vec<Change>, Refused> {
        let mut content = Content::default();
        content.take(said, (1 << FIELDS.len()) - 1);
        content.sources.extend(said.source);
        self.check_bodies(&content, &Content::default())?;
        if let Some((filter, parts)) = terms.precondition {
            let resolved = self.resolved(filter);
            let standing = self.standing(resolved, self.head(), true, None);
            if standing.into_iter().any(|at| at > self.part(parts)) {
                return Err("PRECONDITION_FAILED");
            }
        }
        self.check_absent(name)?;
        if let Some((source, position)) = terms.tracking
            && let Some((tracked, _)) = self.tracked.get(&source)
            && *tracked >= position
        {
            return Err("TRACKING_NOT_AHEAD");
        }
        Ok(vec![Change::first(name, content)])
    }

    pub fn create_body(&self, name: &str, said: &BodySaid) -> Result<Vec<Change>, Refused> {
        self.check_absent(name)?;
        let content = Content {
            names: said.names,
            country: said.country,
            ..Content::default()
        };
        Ok(vec![Change::first(name, content)])
    }

    pub fn update_body(&self, name: &str, said: &BodySaid) -> Result<Vec<Change>, Refused> {
        let current = self.active(name)?;
        let content = Content {
            names: said.names,
            country: said.country,
            ..current.content.clone()
        };
        Ok(vec![Change {
            content,
            ..current.next(Kind::Updated, State::Active)
        }])
    }

    fn check_absent(&self, name: &str) -> Result<(), Refused> {
        match (self.current(name), sort(name)) {
            (Err(_), _) => Ok(()),
            (_, "events") => Err("EVENT_EXISTS"),
            (_, "bodies") => Err("BODY_EXISTS"),
            _ => Err("PARTNERSHIP_EXISTS"),
        }
    }

    /// A party can only be a body that there is, or that it was before that was redacted.
    fn check_bodies(&self, content: &Content, before: &Content) -> Result<(), Refused> {
        let can_be = |body: usize| {
            let current = self.current(&format!("bodies/b{body}"));
            current.is_ok_and(|current| {
                current.state != State::Redacted || before.bodies().any(|kept| kept == body)
            })
        };
        match content.bodies().all(can_be) {
            true => Ok(()),
            false => Err("FIELD_INVALID"),
        }
    }

    /// Nothing is known earlier than the revision before it.
    fn check_known(current: &Change, since: Option<i64>) -> Result<(), Refused> {
        match since {
            Some(since) if since < current.since.unwrap_or(current.time) => {
                Err("KNOWN_SINCE_TOO_EARLY")
            }
            _ => Ok(()),
        }
    }

    /// Nothing when nothing would change.
    pub fn update(
        &self,
        name: &str,
        said: &Said,
        mask: usize,
        since: Option<i64>,
    ) -> Result<Vec<Change>, Refused> {
        let current = self.active(name)?;
        let mut content = current.content.clone();
        let mask = if mask == 0 { said.set() } else { mask };
        content.take(said, mask);
        if name.starts_with("events/") && (content.title.is_none() || content.meeting.is_none()) {
            return Err("FIELD_INVALID");
        }
        self.check_bodies(&content, &current.content)?;
        Model::check_known(current, since)?;
        Ok(vec![Change {
            content,
            since,
            ..current.next(Kind::Updated, State::Active)
        }])
    }

    pub fn retract(
        &self,
        name: &str,
        by: Option<&str>,
        since: Option<i64>,
    ) -> Result<Vec<Change>, Refused> {
        let current = self.active(name)?;
        let mut next = by.unwrap_or_default().to_owned();
        while !next.is_empty() {
            // What is not there, and what leads back.
            if next == name || self.current(&next).is_err() {
                return Err("FIELD_INVALID");
            }
            next.clone_from(&self.current(&next)?.superseded_by);
        }
        Model::check_known(current, since)?;
        Ok(vec![Change {
            superseded_by: by.unwrap_or_default().to_owned(),
            since,
            ..current.next(Kind::Retracted, State::Retracted)
        }])
    }

    pub fn restore(&self, name: &str) -> Result<Vec<Change>, Refused> {
        let current = self.current(name)?;
        match current.state {
            State::Retracted => Ok(vec![current.next(Kind::Restored, State::Active)]),
            _ => Err("NOT_RETRACTED"),
        }
    }

    pub fn merge(&self, into: &str, duplicates: &[String]) -> Result<Vec<Change>, Refused> {
        if duplicates.is_empty() {
            return Err("FIELD_INVALID");
        }
        let mut changes = vec![self.active(into)?.next(Kind::Updated, State::Active)];
        for name in duplicates {
            let mut change = self.active(name)?.next(Kind::Merged, State::Merged);
            changes[0].content.sources.extend(&change.content.sources);
            into.clone_into(&mut change.superseded_by);
            change.content.duplicate_of.insert(into.to_owned());
            changes.push(change);
        }
        Ok(changes)
    }

    pub fn redact(&self, name: &str) -> Result<Vec<Change>, Refused> {
        let current = self.current(name)?;
        if current.state == State::Redacted {
            return Err(redacted(name));
        }
        Ok(vec![Change {
            content: Content::default(),
            ..current.next(Kind::Redacted, State::Redacted)
        }])
    }

    /// Appends what the server has committed.
    pub fn commit(&mut self, changes: Vec<Change>, time: i64) -> Result<(), String> {
        let before = self.log.last().map_or(0, |last| last.time);
        if time < before {
            return Err(format!("a commit at {time} after one at {before}"));
        }
        for mut change in changes {
            if let Kind::Updated | Kind::Merged = change.kind
                && let Ok(current) = self.current(&change.name)
            {
                let changed = change.content.differing(&current.content);
                change.changed = changed.into_iter().map(str::to_owned).collect();
            } else {
                change.changed.clear();
            }
            if change.kind == Kind::Redacted {
                for earlier in self.log.iter_mut().filter(|one| one.name == change.name) {
                    earlier.content = Content::default();
                    earlier.state = State::Redacted;
                }
            }
            self.log.push(Change { time, ..change });
        }
        Ok(())
    }

    /// A filter with its names resolved now.
    pub fn resolved(&self, filter: Filter) -> Resolved {
        Resolved {
            filter,
            at: self.head(),
        }
    }

    /// The bodies that a filter names, by what is left of the names that they had when it was resolved.
    fn named_bodies(&self, resolved: Resolved) -> Vec<NamedBody<'_>> {
        let newest = |id: usize| {
            let at = self.newest(&format!("bodies/b{id}"), resolved.at)?;
            let content = &self.at(at).content;
            let is_named = match resolved.filter {
                Filter::Body(named) => named == id,
                filter => filter.word().is_some_and(|finds| {
                    let mut names = names(content.names).into_iter();
                    names.any(|name| finds.is_in(name))
                }),
            };
            (content.names != 0 && is_named).then_some(NamedBody { id, content })
        };
        (0..BODIES).filter_map(newest).collect()
    }

    fn takes(&self, resolved: Resolved, change: &Change) -> bool {
        resolved.filter.takes(change, &self.named_bodies(resolved))
    }

    /// What is seen of the log behind a position.
    pub fn seen(&self, resolved: Resolved, after: i64, not_before: i64) -> Vec<Seen> {
        let behind = after + 1..=self.head();
        let behind = behind.filter(|at| self.at(*at).time >= not_before);
        behind.filter_map(|at| self.see(resolved, at)).collect()
    }

    pub fn see(&self, resolved: Resolved, position: i64) -> Option<Seen> {
        let change = self.at(position);
        let before = self.newest(&change.name, position - 1);
        let before = before.is_some_and(|at| self.takes(resolved, self.at(at)));
        let crossing = match (before, self.takes(resolved, change)) {
            // Everybody is to delete what they have.
            (false, false) if change.kind == Kind::Redacted => Crossing::Left,
            (false, false) => return None,
            (false, true) => Crossing::Entered,
            (true, true) => Crossing::Stayed,
            (true, false) => Crossing::Left,
        };
        Some(Seen {
            position,
            name: change.name.clone(),
            kind: change.kind,
            crossing,
            changed: change.changed.clone(),
        })
    }

    /// What stands at a position, or was known of it at a time, in order of positions.
    pub fn standing(
        &self,
        resolved: Resolved,
        at: i64,
        withdrawn: bool,
        known_at: Option<i64>,
    ) -> Vec<i64> {
        let newest = (1..=at).filter(|one| {
            let name = &self.at(*one).name;
            self.newest_known(name, at, known_at) == Some(*one)
        });
        newest
            .filter(|one| {
                let change = self.at(*one);
                (withdrawn || change.state == State::Active) && self.takes(resolved, change)
            })
            .collect()
    }

    /// Position of the newest revision at or below `upto` that was known at a time.
    pub fn newest_known(&self, name: &str, upto: i64, known_at: Option<i64>) -> Option<i64> {
        let is_known = |at: i64| known_at.is_none_or(|time| self.at(at).known() <= time);
        (1..=upto)
            .rev()
            .find(|at| self.at(*at).name == name && is_known(*at))
    }
}

/// The collection that a name is in.
fn sort(name: &str) -> &str {
    name.split('/').next().unwrap_or_default()
}

fn redacted(name: &str) -> Refused {
    match sort(name) {
        "events" => "EVENT_REDACTED",
        _ => "RESOURCE_REDACTED",
    }
}

impl Subscription {
    pub fn filter_at(&self, position: i64) -> Resolved {
        let applies = |(after, _): &&(i64, Resolved)| *after < position;
        self.filters
            .iter()
            .rev()
            .find(applies)
            .expect("from 0 on")
            .1
    }

    pub fn waiting(&self, model: &Model) -> Vec<Seen> {
        let behind = self.acknowledged + 1..=model.head();
        behind
            .filter_map(|at| model.see(self.filter_at(at), at))
            .collect()
    }
}

impl Change {
    fn first(name: &str, content: Content) -> Change {
        Change {
            name: name.to_owned(),
            kind: Kind::Created,
            state: State::Active,
            revision: 1,
            content,
            superseded_by: String::new(),
            changed: BTreeSet::new(),
            time: 0,
            since: None,
        }
    }

    /// When it became known, in microseconds since 1970.
    pub fn known(&self) -> i64 {
        self.since.unwrap_or(self.time).min(self.time)
    }

    fn next(&self, kind: Kind, state: State) -> Change {
        Change {
            kind,
            state,
            revision: self.revision + 1,
            superseded_by: String::new(),
            since: None,
            ..self.clone()
        }
    }

    /// First and last possible day; undated ones come last.
    pub fn days(&self) -> Option<(i32, i32)> {
        let date = self.content.date?;
        Some((DATES[date].1, DATES[date].2))
    }
}

/// What a filter looks for in names and texts.
#[derive(Clone, Copy)]
enum Finds {
    /// A word that begins so.
    Word(&'static str),
    /// These words next to each other.
    Words(&'static str),
    /// The whole name.
    Name(&'static str),
}

impl Finds {
    fn is_in(self, text: &str) -> bool {
        let text = text.to_lowercase();
        match self {
            Finds::Word(word) => text
                .split(' ')
                .any(|one| one.starts_with(&word.to_lowercase())),
            Finds::Words(words) => format!(" {text} ").contains(&format!(" {words} ")),
            Finds::Name(name) => text == name.to_lowercase(),
        }
    }
}

impl Filter {
    pub fn text(self) -> String {
        match self {
            Filter::All => String::new(),
            Filter::Chips => "topic:chips".to_owned(),
            Filter::Meetings => "kind = MEETING".to_owned(),
            Filter::Binding => "binding = false".to_owned(),
            Filter::Signed => "party:JP AND party.role = SIGNATORY".to_owned(),
            Filter::Organisation(word) => format!("organisation:{}", WORDS[word]),
            Filter::NoOrganisation(word) => format!("NOT organisation:{}", WORDS[word]),
            Filter::Called(name) => format!("organisation = \"{}\"", NAMES[name]),
            Filter::Phrase => "organisation:\"of trade\"".to_owned(),
            Filter::Text(word) => format!("text:{}", WORDS[word]),
            Filter::Body(body) => format!("body:b{body}"),
        }
    }

    fn word(self) -> Option<Finds> {
        match self {
            Filter::Organisation(word) | Filter::NoOrganisation(word) | Filter::Text(word) => {
                Some(Finds::Word(WORDS[word]))
            }
            Filter::Called(name) => Some(Finds::Name(NAMES[name])),
            Filter::Phrase => Some(Finds::Words("of trade")),
            _ => None,
        }
    }

    fn takes(self, change: &Change, bodies: &[NamedBody<'_>]) -> bool {
        let content = &change.content;
        let is_named = || bodies.iter().any(|body| body.is_party_of(content));
        let is_found = || {
            let finds = self.word();
            let mut organisations = content.organisations().into_iter();
            finds.is_some_and(|finds| organisations.any(|(name, _)| finds.is_in(name)))
        };
        match self {
            Filter::All => true,
            Filter::Chips => content.topics & 1 != 0,
            Filter::Meetings => content.meeting == Some(true),
            Filter::Binding => content.binding == Some(false),
            Filter::Signed => content.parties & 1 != 0,
            Filter::Organisation(_) | Filter::Called(_) | Filter::Phrase => {
                is_found() || is_named()
            }
            Filter::NoOrganisation(_) => !is_found() && !is_named(),
            Filter::Text(word) => {
                let title = content.title.map(|title| TITLES[title]);
                let in_title = title.is_some_and(|title| Finds::Word(WORDS[word]).is_in(title));
                in_title || is_found() || is_named()
            }
            Filter::Body(id) => content.bodies().any(|body| body == id) || is_named(),
        }
    }
}

impl NamedBody<'_> {
    /// Whether it is among the parties, by its id or by one of its names.
    fn is_party_of(&self, content: &Content) -> bool {
        let country = self.content.country.map(|country| COUNTRIES[country]);
        let own = names(self.content.names);
        let is_it = |(name, of): (&str, &str)| {
            own.contains(&name) && (of.is_empty() || country.is_none_or(|country| country == of))
        };
        content.bodies().any(|body| body == self.id)
            || content.organisations().into_iter().any(is_it)
    }
}

impl Said {
    /// The fields that are set.
    pub fn set(&self) -> usize {
        let set = [
            self.binding.is_some(),
            self.title.is_some(),
            self.date.is_some(),
            self.topics != 0,
            self.desk.is_some(),
            self.meeting.is_some(),
            self.parties_incomplete,
            self.parties != 0,
        ];
        let bits = set.iter().enumerate();
        bits.map(|(at, set)| usize::from(*set) << at).sum()
    }
}

impl Content {
    fn take(&mut self, said: &Said, mask: usize) {
        let said = said.clone();
        for (at, _) in FIELDS
            .iter()
            .enumerate()
            .filter(|(at, _)| mask >> at & 1 != 0)
        {
            match at {
                0 => self.binding = said.binding,
                1 => self.title = said.title,
                2 => self.date = said.date,
                3 => self.topics = said.topics,
                4 => self.desk = said.desk,
                5 => self.meeting = said.meeting,
                6 => self.parties_incomplete = said.parties_incomplete,
                _ => self.parties = said.parties,
            }
        }
    }

    /// By their names, those that are not the same.
    pub fn differing(&self, other: &Content) -> BTreeSet<&'static str> {
        let differs = [
            ("binding", self.binding != other.binding),
            ("title", self.title != other.title),
            ("date", self.date != other.date),
            ("topics", self.topics != other.topics),
            ("annotations", self.desk != other.desk),
            ("kind", self.meeting != other.meeting),
            (
                "parties_incomplete",
                self.parties_incomplete != other.parties_incomplete,
            ),
            ("parties", self.parties != other.parties),
            ("sources", self.sources != other.sources),
            ("related_events", self.duplicate_of != other.duplicate_of),
            (
                "display_name",
                self.all_names().first() != other.all_names().first(),
            ),
            (
                "names",
                self.all_names().get(1..) != other.all_names().get(1..),
            ),
            ("country_code", self.country != other.country),
        ];
        let differing = differs.iter().filter(|(_, differs)| *differs);
        differing.map(|(field, _)| *field).collect()
    }

    /// The bodies that are parties by their id.
    fn bodies(&self) -> impl Iterator<Item = usize> {
        let parties = self.parties;
        let named = PARTIES.iter().enumerate();
        let named = named.filter(move |(at, _)| parties >> at & 1 != 0);
        named.filter_map(|(_, party)| match party {
            Named::Body(body) => Some(*body),
            _ => None,
        })
    }

    /// Names of organisations with their countries: of parties, or those of a body itself.
    fn organisations(&self) -> Vec<(&'static str, &'static str)> {
        let named = PARTIES.iter().enumerate();
        let named = named.filter(|(at, _)| self.parties >> at & 1 != 0);
        let parties = named.filter_map(|(_, party)| match party {
            Named::Text(name, country) => Some((NAMES[*name], *country)),
            _ => None,
        });
        let country = self.country.map_or("", |country| COUNTRIES[country]);
        let own = self.all_names().into_iter().map(|name| (name, country));
        parties.chain(own).collect()
    }

    fn all_names(&self) -> Vec<&'static str> {
        names(self.names)
    }

    pub fn source_names(&self) -> BTreeSet<&'static str> {
        self.sources.iter().map(|source| SOURCES[*source]).collect()
    }
}

pub fn names(bits: usize) -> Vec<&'static str> {
    let names = NAMES.iter().enumerate();
    let said = names.filter(|(at, _)| bits >> at & 1 != 0);
    said.map(|(_, name)| *name).collect()
}

pub fn topics(bits: usize) -> Vec<&'static str> {
    let topics = TOPICS.iter().enumerate();
    let said = topics.filter(|(at, _)| bits >> at & 1 != 0);
    said.map(|(_, topic)| *topic).collect()
}
