use std::collections::BTreeMap;

use fuser::Errno;

use super::{
    attributes::Attributes,
    content::SECTOR_LEN,
    model::{Model, Operation},
    names::{Inode, Place},
};
use crate::harness::Random;

/// What the kernel is told when it asks, and when it must not.
#[derive(Debug)]
pub struct State {
    pub model: Model,
    /// Without power everything is refused with EIO.
    pub is_on: bool,
    /// Operations until the power goes by itself.
    pub operations_left: Option<usize>,
    pub random: Random,
    /// Everything that was done, if it is recorded.
    pub record: Option<Vec<Operation>>,
    /// Whether a file that is removed while it is open gets another name until it is closed, as on
    /// NFS and many file systems of FUSE.
    pub renames_removed: bool,
    /// How often each file is open.
    pub open: BTreeMap<Inode, usize>,
    /// Where files are that were removed and are open.
    pub removed: BTreeMap<Inode, Place>,
    pub newest_removed: u64,
    /// Whether it does not tell how much room there is.
    pub hides_space: bool,
}

impl State {
    pub fn apply(&mut self, operation: Operation) {
        self.model.apply(&operation);
        if let Some(record) = &mut self.record {
            record.push(operation);
        }
        if let Some(left) = &mut self.operations_left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.cut();
            }
        }
    }

    /// Cuts the power, if it is on.
    pub fn cut(&mut self) {
        self.operations_left = None;
        if self.is_on {
            self.is_on = false;
            eprintln!(
                "a cut, with {} changes not synced",
                self.model.pending_len()
            );
            self.model = self.model.after_cut(&mut self.random);
        }
    }

    /// What is in a place.
    pub fn find(&self, place: &Place) -> Result<Inode, Errno> {
        self.model.get(place).ok_or(Errno::ENOENT)
    }

    pub fn attributes(&self, inode: Inode) -> Attributes {
        let file = self.model.files.get(&inode);
        let len = file.map_or(0, |file| file.bytes.len());
        Attributes {
            inode,
            is_directory: file.is_none(),
            len,
            allocated: file.map_or(0, |file| file.reserved.max(len)),
        }
    }

    /// Makes a file or a directory.
    pub fn create(&mut self, place: Place, is_directory: bool) -> Result<Inode, Errno> {
        if self.model.get(&place).is_some() {
            return Err(Errno::EEXIST);
        }
        self.apply(match is_directory {
            true => Operation::CreateDirectory(place.clone()),
            false => Operation::CreateFile(place.clone()),
        });
        self.find(&place)
    }

    /// Removes a file or an empty directory.
    pub fn remove(&mut self, place: Place) -> Result<(), Errno> {
        let inode = self.find(&place)?;
        self.check_empty(inode)?;
        if self.renames_removed && self.open.contains_key(&inode) {
            self.newest_removed += 1;
            let name = format!(".fuse_hidden{:08}", self.newest_removed);
            let to = Place::new(place.directory, name.as_ref());
            self.removed.insert(inode, to.clone());
            self.apply(Operation::Rename { from: place, to });
        } else {
            self.apply(Operation::Remove(place));
        }
        Ok(())
    }

    pub fn opened(&mut self, inode: Inode) {
        *self.open.entry(inode).or_default() += 1;
    }

    pub fn closed(&mut self, inode: Inode) {
        let Some(count) = self.open.get_mut(&inode) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            self.open.remove(&inode);
            if let Some(place) = self.removed.remove(&inode) {
                self.apply(Operation::Remove(place));
            }
        }
    }

    /// Takes the place of what is there, unless that is a directory with something in it.
    pub fn rename(&mut self, from: Place, to: Place) -> Result<(), Errno> {
        self.find(&from)?;
        if let Some(inode) = self.model.get(&to) {
            self.check_empty(inode)?;
            if self.renames_removed && self.open.contains_key(&inode) {
                self.remove(to.clone())?;
            }
        }
        self.apply(Operation::Rename { from, to });
        Ok(())
    }

    pub fn read(&self, file: Inode, begin: usize, len: usize) -> Result<&[u8], Errno> {
        let bytes = &self.model.files.get(&file).ok_or(Errno::EISDIR)?.bytes;
        let begin = begin.min(bytes.len());
        Ok(&bytes[begin..bytes.len().min(begin + len)])
    }

    /// Takes room for a file up to `end`, and makes it that long if asked to.
    pub fn reserve(&mut self, file: Inode, end: usize, extend: bool) -> Result<(), Errno> {
        let content = self.model.files.get_mut(&file).ok_or(Errno::EISDIR)?;
        content.reserved = content.reserved.max(end.next_multiple_of(SECTOR_LEN));
        if extend && end > content.bytes.len() {
            self.apply(Operation::Resize { file, len: end });
        }
        Ok(())
    }

    fn check_empty(&self, inode: Inode) -> Result<(), Errno> {
        match self.model.names.list(inode).next() {
            Some(_) => Err(Errno::ENOTEMPTY),
            None => Ok(()),
        }
    }
}
