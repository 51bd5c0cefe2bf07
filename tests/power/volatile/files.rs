use std::{
    ffi::OsStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, Filesystem, FopenFlags, Generation, INodeNo,
    LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory,
    ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};
use rustix::fs::FallocateFlags;

use super::{
    attributes::BLOCK_LEN,
    model::Operation,
    names::{Inode, Place},
    state::State,
};

/// Free space, of which there is always as much.
const FREE_BYTES: u64 = 4 << 30;
/// Nothing is kept by the kernel, so that everything is asked here.
const KEPT: Duration = Duration::ZERO;
/// Nor are bytes.
const OPENED: FopenFlags = FopenFlags::FOPEN_DIRECT_IO;
const HANDLE: FileHandle = FileHandle(0);
const GENERATION: Generation = Generation(0);

/// The file system, as the kernel wants it.
pub struct Files(pub Arc<Mutex<State>>);

impl Files {
    fn state(&self) -> Result<MutexGuard<'_, State>, Errno> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_on {
            Ok(state)
        } else {
            Err(Errno::EIO)
        }
    }

    fn apply(&self, operation: Operation) -> Result<(), Errno> {
        self.state()?.apply(operation);
        Ok(())
    }

    fn entry(
        &self,
        found: impl FnOnce(&mut State) -> Result<Inode, Errno>,
    ) -> Result<FileAttr, Errno> {
        let mut state = self.state()?;
        let inode = found(&mut state)?;
        Ok(state.attributes(inode).into())
    }
}

impl Filesystem for Files {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match self.entry(|state| state.find(&Place::new(parent.0, name))) {
            Ok(attributes) => reply.entry(&KEPT, &attributes, GENERATION),
            Err(error) => reply.error(error),
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.entry(|_| Ok(inode.0)) {
            Ok(attributes) => reply.attr(&KEPT, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        inode: INodeNo,
        _mode: Option<u32>,
        _user: Option<u32>,
        _group: Option<u32>,
        len: Option<u64>,
        _accessed: Option<TimeOrNow>,
        _modified: Option<TimeOrNow>,
        _changed: Option<SystemTime>,
        _: Option<FileHandle>,
        _created: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let file = inode.0;
        let resized = self.entry(|state| {
            if let Some(len) = len {
                let len = len as usize;
                state.apply(Operation::Resize { file, len });
            }
            Ok(file)
        });
        match resized {
            Ok(attributes) => reply.attr(&KEPT, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn mkdir(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        _mode: u32,
        _umask: u32,
        reply: ReplyEntry,
    ) {
        match self.entry(|state| state.create(Place::new(parent.0, name), true)) {
            Ok(attributes) => reply.entry(&KEPT, &attributes, GENERATION),
            Err(error) => reply.error(error),
        }
    }

    fn create(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        _mode: u32,
        _umask: u32,
        _flags: i32,
        reply: ReplyCreate,
    ) {
        let created = self.entry(|state| {
            let inode = state.create(Place::new(parent.0, name), false)?;
            state.opened(inode);
            Ok(inode)
        });
        match created {
            Ok(attributes) => reply.created(&KEPT, &attributes, GENERATION, HANDLE, OPENED),
            Err(error) => reply.error(error),
        }
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let removed = self
            .state()
            .and_then(|mut state| state.remove(Place::new(parent.0, name)));
        done(removed, reply);
    }

    fn rmdir(&self, request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        self.unlink(request, parent, name, reply);
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        if !flags.is_empty() {
            return reply.error(Errno::EINVAL);
        }
        let (from, to) = (
            Place::new(parent.0, name),
            Place::new(new_parent.0, new_name),
        );
        done(
            self.state().and_then(|mut state| state.rename(from, to)),
            reply,
        );
    }

    fn open(&self, _: &Request, inode: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.state() {
            Ok(mut state) => {
                state.opened(inode.0);
                reply.opened(HANDLE, OPENED);
            }
            Err(error) => reply.error(error),
        }
    }

    fn release(
        &self,
        _: &Request,
        inode: INodeNo,
        _: FileHandle,
        _: OpenFlags,
        _: Option<LockOwner>,
        _flush: bool,
        reply: ReplyEmpty,
    ) {
        let closed = self.state().map(|mut state| state.closed(inode.0));
        done(closed, reply);
    }

    fn read(
        &self,
        _: &Request,
        inode: INodeNo,
        _: FileHandle,
        begin: u64,
        len: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.state() {
            Ok(state) => match state.read(inode.0, begin as usize, len as usize) {
                Ok(bytes) => reply.data(bytes),
                Err(error) => reply.error(error),
            },
            Err(error) => reply.error(error),
        }
    }

    fn write(
        &self,
        _: &Request,
        inode: INodeNo,
        _: FileHandle,
        begin: u64,
        bytes: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let written = self.apply(Operation::Write {
            file: inode.0,
            begin: begin as usize,
            bytes: bytes.to_vec(),
        });
        match written {
            Ok(()) => reply.written(bytes.len() as u32),
            Err(error) => reply.error(error),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        // Of `close`, which syncs nothing.
        done(self.state().map(drop), reply);
    }

    fn fsync(&self, _: &Request, inode: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        done(self.apply(Operation::Sync(inode.0)), reply);
    }

    fn fsyncdir(&self, _: &Request, inode: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        done(self.apply(Operation::Sync(inode.0)), reply);
    }

    fn readdir(
        &self,
        _: &Request,
        inode: INodeNo,
        _: FileHandle,
        skipped: u64,
        mut reply: ReplyDirectory,
    ) {
        let state = match self.state() {
            Ok(state) => state,
            Err(error) => return reply.error(error),
        };
        let entries = state.model.names.list(inode.0).zip(1..);
        for ((name, inode), next) in entries.skip(skipped as usize) {
            let kind = state.attributes(inode).kind();
            if reply.add(INodeNo(inode), next, kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        let blocks = FREE_BYTES / u64::from(BLOCK_LEN);
        match self.state() {
            Ok(state) if state.hides_space => {
                reply.statfs(0, 0, 0, 0, 0, BLOCK_LEN, 255, BLOCK_LEN)
            }
            Ok(_) => reply.statfs(2 * blocks, blocks, blocks, 0, 0, BLOCK_LEN, 255, BLOCK_LEN),
            Err(error) => reply.error(error),
        }
    }

    fn fallocate(
        &self,
        _: &Request,
        inode: INodeNo,
        _: FileHandle,
        begin: u64,
        len: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        let extend = match FallocateFlags::from_bits_retain(mode as u32) {
            FallocateFlags::KEEP_SIZE => false,
            flags if flags.is_empty() => true,
            _ => return reply.error(Errno::EOPNOTSUPP),
        };
        let end = (begin + len) as usize;
        done(
            self.state()
                .and_then(|mut state| state.reserve(inode.0, end, extend)),
            reply,
        );
    }
}

fn done(result: Result<(), Errno>, reply: ReplyEmpty) {
    match result {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}
