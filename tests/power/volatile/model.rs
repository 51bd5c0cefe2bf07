use std::{collections::BTreeMap, fs, io, path::Path};

use super::{
    content::Content,
    names::{Inode, Names, Place, ROOT},
};
use crate::harness::Random;

/// All files and directories.
#[derive(Clone, Debug)]
pub struct Model {
    pub names: Names,
    pub files: BTreeMap<Inode, Content>,
    newest: Inode,
}

/// What programs do to it.
#[derive(Clone, Debug)]
pub enum Operation {
    CreateFile(Place),
    CreateDirectory(Place),
    Remove(Place),
    Rename {
        from: Place,
        to: Place,
    },
    Write {
        file: Inode,
        begin: usize,
        bytes: Vec<u8>,
    },
    Resize {
        file: Inode,
        len: usize,
    },
    /// Of a file or a directory.
    Sync(Inode),
}

impl Default for Model {
    fn default() -> Model {
        Model {
            names: Names::default(),
            files: BTreeMap::new(),
            newest: ROOT,
        }
    }
}

impl Model {
    /// What is in a place.
    pub fn get(&self, place: &Place) -> Option<Inode> {
        self.names.get(place)
    }

    /// Does what was asked for. That it makes sense was seen to.
    pub fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::CreateFile(place) => {
                self.newest += 1;
                self.files.insert(self.newest, Content::default());
                self.names.put(place.clone(), self.newest);
            }
            Operation::CreateDirectory(place) => {
                self.newest += 1;
                self.names.put(place.clone(), self.newest);
            }
            Operation::Remove(place) => self.names.remove(place.clone()),
            Operation::Rename { from, to } => self.names.rename(from.clone(), to.clone()),
            Operation::Write { file, begin, bytes } => self.file(*file).write(*begin, bytes),
            Operation::Resize { file, len } => self.file(*file).resize(*len),
            Operation::Sync(inode) => match self.files.get_mut(inode) {
                Some(file) => file.sync(),
                None => self.names.sync(*inode),
            },
        }
    }

    fn file(&mut self, inode: Inode) -> &mut Content {
        self.files.entry(inode).or_default()
    }

    /// Writes everything into a directory of another file system.
    pub fn copy_to(&self, path: &Path) -> io::Result<()> {
        self.copy(ROOT, path)
    }

    fn copy(&self, directory: Inode, path: &Path) -> io::Result<()> {
        for (name, inode) in self.names.list(directory) {
            let path = path.join(name);
            match self.files.get(&inode) {
                Some(content) => fs::write(path, &content.bytes)?,
                None => {
                    fs::create_dir(&path)?;
                    self.copy(inode, &path)?;
                }
            }
        }
        Ok(())
    }

    /// Changes that a cut may lose.
    pub fn pending_len(&self) -> usize {
        let files = self.files.values().map(Content::pending_len);
        files.sum::<usize>() + self.names.pending_len()
    }

    /// What may be found after a cut: what was synced, and any part of the rest.
    pub fn after_cut(&self, random: &mut Random) -> Model {
        let mut found = self.names.after_cut(random);
        // What no name leads to is as good as gone.
        let mut reached = vec![ROOT];
        let mut next = 0;
        while let Some(directory) = reached.get(next).copied() {
            next += 1;
            let inside = found
                .iter()
                .filter(|(place, _)| place.directory == directory);
            reached.extend(inside.map(|(_, inode)| *inode));
        }
        found.retain(|place, _| reached.contains(&place.directory));
        let mut files = BTreeMap::new();
        for (inode, content) in &self.files {
            // Of every file, so that what befalls one does not depend on the others.
            let bytes = content.after_cut(random);
            if reached.contains(inode) {
                files.insert(*inode, Content::durable(bytes));
            }
        }
        Model {
            names: Names::durable(found),
            files,
            newest: self.newest,
        }
    }
}
