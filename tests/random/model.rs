//! What the server is to answer, kept in the plainest way: a list of changes, of which each has the
//! whole resource, and loops over it. Nothing here is shared with the server.

use std::collections::{BTreeMap, BTreeSet};

use crate::operation::{DATES, FIELDS, Filter, SOURCES, Said, TOPICS};

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

/// What an event says; nothing of a partnership but its topics.
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
}

#[derive(Default)]
pub struct Model {
    /// The change at position 1 is the first.
    pub log: Vec<Change>,
    pub subscriptions: BTreeMap<usize, Subscription>,
    /// Lease epochs by the name they were given out for: none comes twice.
    pub epochs: BTreeMap<usize, BTreeSet<i64>>,
}

pub struct Subscription {
    /// The filters with the positions that they apply behind.
    pub filters: Vec<(i64, Filter)>,
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
        let not_found = match name.starts_with("events/") {
            true => "EVENT_NOT_FOUND",
            false => "PARTNERSHIP_NOT_FOUND",
        };
        newest.map(|at| self.at(at)).ok_or(not_found)
    }

    fn active(&self, name: &str) -> Result<&Change, Refused> {
        let current = self.current(name)?;
        match current.state {
            State::Active => Ok(current),
            State::Retracted => Err("EVENT_RETRACTED"),
            State::Redacted => Err("EVENT_REDACTED"),
            State::Merged => Err("EVENT_MERGED"),
        }
    }

    pub fn create(&self, name: &str, said: &Said) -> Result<Vec<Change>, Refused> {
        if self.current(name).is_ok() {
            return Err(match name.starts_with("events/") {
                true => "EVENT_EXISTS",
                false => "PARTNERSHIP_EXISTS",
            });
        }
        let mut content = Content::default();
        content.take(said, (1 << FIELDS.len()) - 1);
        content.sources.extend(said.source);
        Ok(vec![Change {
            name: name.to_owned(),
            kind: Kind::Created,
            state: State::Active,
            revision: 1,
            content,
            superseded_by: String::new(),
            changed: BTreeSet::new(),
            time: 0,
        }])
    }

    /// Nothing when nothing would change.
    pub fn update(&self, name: &str, said: &Said, mask: usize) -> Result<Vec<Change>, Refused> {
        let current = self.active(name)?;
        let mut content = current.content.clone();
        let mask = if mask == 0 { said.set() } else { mask };
        content.take(said, mask);
        if name.starts_with("events/") && (content.title.is_none() || content.meeting.is_none()) {
            return Err("FIELD_INVALID");
        }
        Ok(vec![Change {
            content,
            ..current.next(Kind::Updated, State::Active)
        }])
    }

    pub fn retract(&self, name: &str, by: Option<&str>) -> Result<Vec<Change>, Refused> {
        let current = self.active(name)?;
        let mut next = by.unwrap_or_default().to_owned();
        while !next.is_empty() {
            // What is not there, and what leads back.
            if next == name || self.current(&next).is_err() {
                return Err("FIELD_INVALID");
            }
            next.clone_from(&self.current(&next)?.superseded_by);
        }
        Ok(vec![Change {
            superseded_by: by.unwrap_or_default().to_owned(),
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
            return Err("EVENT_REDACTED");
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

    /// What is seen of the log behind a position.
    pub fn seen(&self, filter: Filter, after: i64, not_before: i64) -> Vec<Seen> {
        let behind = after + 1..=self.head();
        let behind = behind.filter(|at| self.at(*at).time >= not_before);
        behind.filter_map(|at| self.see(filter, at)).collect()
    }

    pub fn see(&self, filter: Filter, position: i64) -> Option<Seen> {
        let change = self.at(position);
        let before = self.newest(&change.name, position - 1);
        let before = before.is_some_and(|at| filter.takes(self.at(at)));
        let crossing = match (before, filter.takes(change)) {
            (_, _) if change.kind == Kind::Redacted && filter != Filter::All => Crossing::Left,
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

    /// What stands at a position, in order of positions.
    pub fn standing(&self, filter: Filter, at: i64, withdrawn: bool) -> Vec<i64> {
        let newest = (1..=at).filter(|one| self.newest(&self.at(*one).name, at) == Some(*one));
        newest
            .filter(|one| {
                let change = self.at(*one);
                (withdrawn || change.state == State::Active) && filter.takes(change)
            })
            .collect()
    }
}

impl Subscription {
    pub fn filter_at(&self, position: i64) -> Filter {
        let applies = |(after, _): &&(i64, Filter)| *after < position;
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
    fn next(&self, kind: Kind, state: State) -> Change {
        Change {
            kind,
            state,
            revision: self.revision + 1,
            superseded_by: String::new(),
            ..self.clone()
        }
    }

    /// First and last possible day; undated ones come last.
    pub fn days(&self) -> Option<(i32, i32)> {
        let date = self.content.date?;
        Some((DATES[date].1, DATES[date].2))
    }
}

impl Filter {
    pub fn text(self) -> &'static str {
        match self {
            Filter::All => "",
            Filter::Chips => "topic:chips",
            Filter::Meetings => "kind = MEETING",
            Filter::Binding => "binding = false",
            Filter::Signed => "party:JP AND party.role = SIGNATORY",
        }
    }

    fn takes(self, change: &Change) -> bool {
        match self {
            Filter::All => true,
            Filter::Chips => change.content.topics & 1 != 0,
            Filter::Meetings => change.content.meeting == Some(true),
            Filter::Binding => change.content.binding == Some(false),
            Filter::Signed => change.content.parties & 1 != 0,
        }
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
        ];
        let differing = differs.iter().filter(|(_, differs)| *differs);
        differing.map(|(field, _)| *field).collect()
    }

    pub fn source_names(&self) -> BTreeSet<&'static str> {
        self.sources.iter().map(|source| SOURCES[*source]).collect()
    }
}

pub fn topics(bits: usize) -> Vec<&'static str> {
    let topics = TOPICS.iter().enumerate();
    let said = topics.filter(|(at, _)| bits >> at & 1 != 0);
    said.map(|(_, topic)| *topic).collect()
}
