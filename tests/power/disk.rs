use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    process::Command,
};

use rustix::ioctl::{Setter, ioctl, opcode};
use tempfile::TempDir;

use crate::power::{Power, skipped};

/// `EXT4_IOC_SHUTDOWN`, in linux/fs/ext4/ext4.h.
const SHUTDOWN: rustix::ioctl::Opcode = opcode::read::<u32>(b'X', 125);
/// `EXT4_GOING_FLAGS_NOLOGFLUSH`: not even the journal that is in memory reaches the device.
const NO_LOG_FLUSH: u32 = 2;

/// An ext4 of its own whose power can be cut: then everything is gone that had not reached the
/// device. Dropped, it is unmounted and removed.
pub struct Disk {
    home: TempDir,
    mounted: bool,
}

impl Disk {
    /// An empty one, with the power on. None where the system does not allow it, which is said.
    pub fn new(mebibytes: u64) -> Option<Disk> {
        skipped(Disk::try_new(mebibytes))
    }

    fn try_new(mebibytes: u64) -> io::Result<Disk> {
        let home = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?;
        let image = home.path().join("image");
        File::create(&image)?.set_len(mebibytes << 20)?;
        std::fs::create_dir(home.path().join("mounted"))?;
        // Nothing is left to be done later in the background, and nothing is kept for root.
        let options = [
            "-q",
            "-m",
            "0",
            "-E",
            "lazy_itable_init=0,lazy_journal_init=0",
        ];
        run(Command::new("mkfs.ext4").args(options).arg(&image))?;
        let mut disk = Disk {
            home,
            mounted: false,
        };
        disk.try_power_on()?;
        disk.try_cut()?;
        disk.try_power_on()?;
        Ok(disk)
    }

    fn try_cut(&self) -> io::Result<()> {
        let root = File::open(self.path())?;
        // SAFETY: the kernel reads one `u32`, as the code says.
        #[expect(
            unsafe_code,
            reason = "there is no safe way to shut a file system down"
        )]
        unsafe { ioctl(&root, Setter::<SHUTDOWN, u32>::new(NO_LOG_FLUSH)) }?;
        Ok(())
    }

    fn try_power_on(&mut self) -> io::Result<()> {
        if self.mounted {
            unmount(&self.path(), &[])?;
            self.mounted = false;
        }
        let image = self.home.path().join("image");
        let mut mount = Command::new("mount");
        run(mount.args(["-o", "loop"]).arg(image).arg(self.path()))?;
        self.mounted = true;
        Ok(())
    }
}

impl Power for Disk {
    fn path(&self) -> PathBuf {
        self.home.path().join("mounted")
    }

    fn cut(&mut self) {
        self.try_cut().expect("it worked when the disk was made");
    }

    fn power_on(&mut self) {
        self.try_power_on()
            .expect("it worked when the disk was made");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The loop device goes with the mount. Lazily, as a process that was killed may still be
        // on its way out.
        if self.mounted
            && let Err(error) = unmount(&self.path(), &["--lazy"])
        {
            eprintln!("{} stays mounted: {error}", self.path().display());
        }
    }
}

pub fn unmount(path: &Path, options: &[&str]) -> io::Result<()> {
    run(Command::new("umount").args(options).arg(path))
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let name = command.get_program().display();
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{name} says {}", said.trim())))
}
