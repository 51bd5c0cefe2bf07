//! What a sequence does, as plain numbers and texts that do not depend on what came before, so that
//! some can be left out of a failing sequence and the rest still means something.

use entente::proto::v1::Role;

use crate::harness::Random;

pub const EVENTS: usize = 6;
pub const PARTNERSHIPS: usize = 2;
pub const BODIES: usize = 3;
pub const SUBSCRIPTIONS: usize = 2;
/// Watches, listings and consumers that a sequence has at a time.
pub const READERS: usize = 3;

pub const TITLES: [&str; 3] = ["Digital council", "Chips dialogue", "Signing of the letter"];
/// Each with its first and last possible day.
pub const DATES: [(&str, i32, i32); 6] = [
    ("2021-03-05", 20_210_305, 20_210_305),
    ("2021-03", 20_210_301, 20_210_331),
    ("2021", 20_210_101, 20_211_231),
    ("2019-07-01/2021-03-05", 20_190_701, 20_210_305),
    ("2020-02", 20_200_201, 20_200_229),
    ("2021-03-31", 20_210_331, 20_210_331),
];
pub const TOPICS: [&str; 2] = ["chips", "data-flows"];
/// The first three are states.
pub const PARTIES: [Named; 8] = [
    Named::State("JP", Role::Signatory),
    Named::State("JP", Role::Host),
    Named::State("GB", Role::Signatory),
    Named::Body(0),
    Named::Body(1),
    Named::Text(0, ""),
    Named::Text(2, "JP"),
    Named::Text(3, "GB"),
];
const STATES: usize = 3;
/// Names of bodies. Words of different names are the same or begin differently.
pub const NAMES: [&str; 4] = [
    "Ministry of Trade",
    "Trade Bureau",
    "MITI",
    "Council Office",
];
/// Words and beginnings of words that filters have.
pub const WORDS: [&str; 3] = ["trade", "MITI", "counc"];
pub const COUNTRIES: [&str; 2] = ["JP", "GB"];
pub const TRACKED: [&str; 2] = ["feed", "scans"];
pub const SOURCES: [&str; 2] = ["press", "wire"];
pub const ORDERS: [&str; 7] = [
    "",
    "date",
    "date desc",
    "position",
    "position desc",
    "name",
    "name desc",
];

/// How an event names a party.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    /// A code with a role.
    State(&'static str, Role),
    /// An organisation that is this body.
    Body(usize),
    /// An organisation with one of `NAMES` and a country, which may be empty.
    Text(usize, &'static str),
}

/// What can be said of a body here.
#[derive(Clone, Copy, Debug)]
pub struct BodySaid {
    /// A bit for each of `NAMES`, at least one. The first is its usual name.
    pub names: usize,
    /// One of `COUNTRIES`.
    pub country: Option<usize>,
}

/// What a creation depends on and says of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms {
    /// So many seconds before the server's clock it became known; a negative number is in the future.
    pub known: Option<i64>,
    /// What must not exist, and from which part of the log on.
    pub precondition: Option<(Filter, usize)>,
    /// One of `TRACKED`, and a position in it.
    pub tracking: Option<(usize, i64)>,
}

/// What can be said of an event here. `None` is what is not said.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Said {
    pub binding: Option<bool>,
    pub title: Option<usize>,
    pub date: Option<usize>,
    /// A bit for each topic.
    pub topics: usize,
    pub source: Option<usize>,
    /// Value of the annotation `desk`.
    pub desk: Option<usize>,
    pub meeting: Option<bool>,
    pub parties_incomplete: bool,
    /// A bit for each of `PARTIES`.
    pub parties: usize,
}

/// Fields that a mask can name.
pub const FIELDS: [&str; 8] = [
    "binding",
    "title",
    "date",
    "topics",
    "annotations",
    "kind",
    "parties_incomplete",
    "parties",
];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Filter {
    All,
    Chips,
    Meetings,
    Binding,
    /// One party is Japan and signs.
    Signed,
    /// An organisation has one of `WORDS` in a name.
    Organisation(usize),
    /// The same, negated.
    NoOrganisation(usize),
    /// An organisation is called by one of `NAMES`.
    Called(usize),
    /// An organisation has two words of a name next to each other.
    Phrase,
    /// Any text has one of `WORDS`.
    Text(usize),
    /// A party is this body.
    Body(usize),
}

#[derive(Clone, Copy, Debug)]
pub enum Place {
    Earliest,
    Latest,
    Snapshot,
    /// So many parts in 16 of the log.
    After(usize),
    /// The commit time of a change, found like a position, and so many microseconds from there.
    Time(usize, i64),
    /// So many seconds ahead of the server's clock.
    Future(i64),
}

/// When a change became known, which is found in a part of the log, and so many microseconds from there.
#[derive(Clone, Copy, Debug)]
pub struct Known(pub usize, pub i64);

#[derive(Clone, Debug)]
pub enum Operation {
    Create(usize, Said, Terms, Option<usize>),
    /// Event, what is said, which fields the mask names (none: those that are set), how many seconds ago
    /// it became known, a request id.
    Update(usize, Said, usize, Option<i64>, Option<usize>),
    /// Event, what replaces it, how many seconds ago that became known.
    Retract(usize, Option<usize>, Option<i64>),
    Restore(usize),
    Merge(usize, Vec<usize>),
    Redact(usize),
    CreatePartnership(usize, usize),
    UpdatePartnership(usize, usize),
    RedactPartnership(usize),
    CreateBody(usize, BodySaid),
    UpdateBody(usize, BodySaid),
    RedactBody(usize),
    /// All that stand, with a filter.
    ListBodies(Filter),
    /// The last write that had a request id, once more.
    Repeat,
    /// Reader, order, filter, page size, also those that are withdrawn, what was known at a time.
    ListFirst(usize, usize, Filter, usize, bool, Option<Known>),
    ListNext(usize),
    /// One event as it stood in a part of the log.
    GetAsOf(usize, usize),
    /// One event as it was known at a time.
    GetKnown(usize, Known),
    /// Reader, filter, where from, changes to take; 99 means all that there are.
    Watch(usize, Filter, Place, usize),
    Resume(usize, usize),
    CreateSubscription(usize, Filter, Place),
    EditSubscription(usize, Filter),
    DeleteSubscription(usize),
    SeekSubscription(usize, Place),
    /// Subscription, who keeps the lease, changes to take.
    Take(usize, usize, usize),
    /// Who kept the lease, which of the positions taken.
    Acknowledge(usize, usize),
    Restart,
    /// Seconds.
    StepClock(i64),
    Check,
}

pub fn sequence(seed: u64, len: usize) -> Vec<Operation> {
    let mut random = Random::new(seed);
    (0..len).map(|_| operation(&mut random)).collect()
}

fn operation(random: &mut Random) -> Operation {
    let event = random.below(EVENTS);
    let reader = random.below(READERS);
    let subscription = random.below(SUBSCRIPTIONS);
    let id = Some(random.below(1_000)).filter(|id| id % 3 == 0);
    match random.below(118) {
        0..15 => Operation::Create(event, new(random), terms(random), id),
        15..29 => {
            let said = said(random);
            let mask = match random.below(3) {
                0 => 0,
                1 => (1 << FIELDS.len()) - 1,
                _ => 1 + random.below((1 << FIELDS.len()) - 1),
            };
            Operation::Update(event, said, mask, known_since(random), id)
        }
        29..34 => {
            let by = Some(random.below(EVENTS + 2)).filter(|by| *by < EVENTS);
            Operation::Retract(event, by, known_since(random))
        }
        34..37 => Operation::Restore(event),
        37..40 => {
            let duplicates = (0..=random.below(2)).map(|_| random.below(EVENTS));
            let mut duplicates: Vec<usize> = duplicates.filter(|one| *one != event).collect();
            duplicates.sort_unstable();
            duplicates.dedup();
            Operation::Merge(event, duplicates)
        }
        40..43 => Operation::Redact(event),
        43..45 => Operation::CreatePartnership(random.below(PARTNERSHIPS), random.below(4)),
        45..47 => Operation::UpdatePartnership(random.below(PARTNERSHIPS), random.below(4)),
        47..49 => Operation::Repeat,
        49..54 => {
            let (order, size) = (random.below(ORDERS.len()), 1 + random.below(3));
            let withdrawn = random.below(3) == 0;
            let known = (random.below(3) == 0).then(|| known(random));
            Operation::ListFirst(reader, order, filter(random), size, withdrawn, known)
        }
        54..59 => Operation::ListNext(reader),
        59..61 => Operation::GetAsOf(event, random.below(17)),
        61..67 => Operation::Watch(reader, filter(random), place(random), count(random)),
        67..72 => Operation::Resume(reader, count(random)),
        72..78 => Operation::CreateSubscription(subscription, filter(random), place(random)),
        78 => Operation::EditSubscription(subscription, filter(random)),
        79..82 => Operation::DeleteSubscription(subscription),
        82..84 => Operation::SeekSubscription(subscription, place(random)),
        84..90 => Operation::Take(subscription, reader, count(random)),
        90..95 => Operation::Acknowledge(reader, random.below(8)),
        95 => Operation::Restart,
        96..98 => {
            const STEPS: [i64; 6] = [1, 60, -60, 3_600, -3_600, 86_400];
            Operation::StepClock(*random.one_of(&STEPS))
        }
        98..100 => Operation::Check,
        100..107 => Operation::CreateBody(random.below(BODIES), body(random)),
        107..112 => Operation::UpdateBody(random.below(BODIES), body(random)),
        112 => Operation::RedactBody(random.below(BODIES)),
        113 => Operation::RedactPartnership(random.below(PARTNERSHIPS)),
        114..116 => Operation::GetKnown(event, known(random)),
        _ => Operation::ListBodies(filter_of_names(random)),
    }
}

fn body(random: &mut Random) -> BodySaid {
    BodySaid {
        names: 1 + random.below((1 << NAMES.len()) - 1),
        country: Some(random.below(3)).filter(|country| *country < COUNTRIES.len()),
    }
}

fn terms(random: &mut Random) -> Terms {
    let decidable = |filter: &Filter| !matches!(filter, Filter::All | Filter::Phrase);
    let precondition = (random.below(5) == 0).then(|| (filter(random), random.below(17)));
    Terms {
        known: known_since(random),
        precondition: precondition.filter(|(filter, _)| decidable(filter)),
        tracking: (random.below(4) == 0)
            .then(|| (random.below(TRACKED.len()), 1 + random.below(9) as i64)),
    }
}

fn known_since(random: &mut Random) -> Option<i64> {
    *random.one_of(&[
        None,
        None,
        None,
        Some(1),
        Some(3_600),
        Some(86_400),
        Some(-3_600),
    ])
}

fn known(random: &mut Random) -> Known {
    Known(random.below(17), random.below(3) as i64 - 1)
}

/// All that an event must have.
fn new(random: &mut Random) -> Said {
    Said {
        title: Some(random.below(TITLES.len())),
        source: Some(random.below(SOURCES.len())),
        meeting: Some(random.below(2) == 0),
        ..said(random)
    }
}

fn said(random: &mut Random) -> Said {
    Said {
        binding: *random.one_of(&[None, Some(false), Some(true)]),
        title: Some(random.below(TITLES.len() + 2)).filter(|title| *title < TITLES.len()),
        date: Some(random.below(DATES.len() + 3)).filter(|date| *date < DATES.len()),
        topics: random.below(1 << TOPICS.len()),
        source: None,
        desk: Some(random.below(4)).filter(|desk| *desk < 2),
        meeting: *random.one_of(&[None, None, Some(false), Some(true)]),
        parties_incomplete: random.below(3) == 0,
        parties: random.below(1 << STATES) | few(random, PARTIES.len() - STATES) << STATES,
    }
}

/// Each of so many bits is set once in eight times.
fn few(random: &mut Random, bits: usize) -> usize {
    let mut bits = || random.below(1 << bits);
    bits() & bits() & bits()
}

fn filter_of_names(random: &mut Random) -> Filter {
    match random.below(7) {
        0 | 1 => Filter::Organisation(random.below(WORDS.len())),
        2 => Filter::NoOrganisation(random.below(WORDS.len())),
        3 => Filter::Called(random.below(NAMES.len())),
        4 => Filter::Phrase,
        _ => Filter::Text(random.below(WORDS.len())),
    }
}

fn filter(random: &mut Random) -> Filter {
    match random.below(6) {
        0 | 1 => return filter_of_names(random),
        2 => return Filter::Body(random.below(BODIES)),
        _ => {}
    }
    *random.one_of(&[
        Filter::All,
        Filter::All,
        Filter::Chips,
        Filter::Meetings,
        Filter::Binding,
        Filter::Signed,
    ])
}

fn place(random: &mut Random) -> Place {
    match random.below(8) {
        0 | 1 => Place::Earliest,
        2 => Place::Latest,
        3 => Place::Snapshot,
        4 => Place::After(random.below(17)),
        5 => Place::Time(random.below(17), random.below(3) as i64 - 1),
        _ => Place::Future(*random.one_of(&[30, 1_800, 7_200])),
    }
}

fn count(random: &mut Random) -> usize {
    *random.one_of(&[0, 1, 2, 99, 99])
}
