use std::time::UNIX_EPOCH;

use fuser::{FileAttr, FileType, INodeNo};

use super::{content::SECTOR_LEN, names::Inode};

/// Of every file system on a disk.
pub const BLOCK_LEN: u32 = 4_096;

/// What `stat` says of it.
pub struct Attributes {
    pub inode: Inode,
    pub is_directory: bool,
    pub len: usize,
    /// What it occupies, which may be more.
    pub allocated: usize,
}

impl Attributes {
    pub fn kind(&self) -> FileType {
        if self.is_directory {
            FileType::Directory
        } else {
            FileType::RegularFile
        }
    }
}

/// As the kernel wants them.
impl From<Attributes> for FileAttr {
    fn from(attributes: Attributes) -> FileAttr {
        FileAttr {
            ino: INodeNo(attributes.inode),
            size: attributes.len as u64,
            blocks: attributes.allocated.div_ceil(SECTOR_LEN) as u64,
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind: attributes.kind(),
            perm: 0o700,
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: BLOCK_LEN,
            flags: 0,
        }
    }
}
