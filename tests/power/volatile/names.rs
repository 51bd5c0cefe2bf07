use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
};

use crate::harness::Random;

/// Identity of a file or directory, never used for another one.
pub type Inode = u64;

/// The directory that everything is in.
pub const ROOT: Inode = 1;

/// A name in a directory.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place {
    pub directory: Inode,
    pub name: OsString,
}

/// What is where: as programs see it, and what of it is on the disk.
#[derive(Clone, Debug, Default)]
pub struct Names {
    now: BTreeMap<Place, Inode>,
    durable: BTreeMap<Place, Inode>,
    /// What was done and not synced, in order.
    pending: Vec<Change>,
}

/// What is in these places from now on. A cut loses all of it or nothing.
type Change = Vec<(Place, Option<Inode>)>;

impl Place {
    pub fn new(directory: Inode, name: &OsStr) -> Place {
        Place {
            directory,
            name: name.to_owned(),
        }
    }
}

impl Names {
    /// These, on the disk for certain.
    pub fn durable(names: BTreeMap<Place, Inode>) -> Names {
        Names {
            durable: names.clone(),
            now: names,
            pending: Vec::new(),
        }
    }

    pub fn get(&self, place: &Place) -> Option<Inode> {
        self.now.get(place).copied()
    }

    /// What is in a directory.
    pub fn list(&self, directory: Inode) -> impl Iterator<Item = (&OsStr, Inode)> {
        let from = Place::new(directory, OsStr::new(""));
        self.now
            .range(from..)
            .take_while(move |(place, _)| place.directory == directory)
            .map(|(place, inode)| (place.name.as_os_str(), *inode))
    }

    pub fn put(&mut self, place: Place, inode: Inode) {
        self.change(vec![(place, Some(inode))]);
    }

    pub fn remove(&mut self, place: Place) {
        self.change(vec![(place, None)]);
    }

    pub fn rename(&mut self, from: Place, to: Place) {
        let inode = self.get(&from);
        self.change(vec![(from, None), (to, inode)]);
    }

    fn change(&mut self, change: Change) {
        apply(&change, &mut self.now);
        self.pending.push(change);
    }

    /// Everything in this directory is on the disk, and what led to it.
    pub fn sync(&mut self, directory: Inode) {
        let mut wanted = BTreeSet::new();
        let mut synced = Vec::new();
        let mut left = Vec::new();
        for change in std::mem::take(&mut self.pending).into_iter().rev() {
            let concerned =
                |(place, _): &(Place, _)| place.directory == directory || wanted.contains(place);
            if change.iter().any(concerned) {
                wanted.extend(change.iter().map(|(place, _)| place.clone()));
                synced.push(change);
            } else {
                left.push(change);
            }
        }
        for change in synced.iter().rev() {
            apply(change, &mut self.durable);
        }
        left.reverse();
        self.pending = left;
    }

    /// Changes that a cut may lose.
    pub fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// What may be found after a cut: the oldest of the changes, as of every file system that has a
    /// journal.
    pub fn after_cut(&self, random: &mut Random) -> BTreeMap<Place, Inode> {
        let count = self.pending.len();
        let some = random.below(count + 1);
        let kept = *random.one_of(&[0, some, count]);
        let mut found = self.durable.clone();
        for change in &self.pending[..kept] {
            apply(change, &mut found);
        }
        found
    }
}

fn apply(change: &Change, names: &mut BTreeMap<Place, Inode>) {
    for (place, inode) in change {
        match inode {
            Some(inode) => names.insert(place.clone(), *inode),
            None => names.remove(place),
        };
    }
}
