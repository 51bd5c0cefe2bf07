use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use fuser::{BackgroundSession, Config, MountOption, spawn_mount};
use tempfile::TempDir;

use super::{
    files::Files,
    model::{Model, Operation},
    state::State,
};
use crate::{
    disk::unmount,
    harness::Random,
    power::{Power, skipped},
};

/// Within which the power goes, once it is to go.
const OPERATIONS_MAX: usize = 40;
/// With programs that do nothing.
const PATIENCE: Duration = Duration::from_millis(20);

/// The file system, mounted. Dropped, it is unmounted and gone.
pub struct VolatileDisk {
    home: TempDir,
    state: Arc<Mutex<State>>,
    session: Option<BackgroundSession>,
}

impl VolatileDisk {
    /// An empty one, with the power on; what its cuts leave follows from the seed. None where the
    /// system does not allow it, which is said.
    pub fn new(seed: u64) -> Option<VolatileDisk> {
        skipped(VolatileDisk::try_new(seed))
    }

    fn try_new(seed: u64) -> io::Result<VolatileDisk> {
        let state = State {
            model: Model::default(),
            is_on: false,
            operations_left: None,
            random: Random::new(seed),
            record: None,
            renames_removed: false,
            open: BTreeMap::new(),
            removed: BTreeMap::new(),
            newest_removed: 0,
            hides_space: false,
        };
        let mut disk = VolatileDisk {
            home: TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?,
            state: Arc::new(Mutex::new(state)),
            session: None,
        };
        disk.try_power_on()?;
        Ok(disk)
    }

    /// From now on a file that is removed while it is open gets another name until it is closed, and
    /// nobody is told how much room there is: as some file systems of FUSE do.
    pub fn be_odd(&mut self) {
        let mut state = self.state();
        state.renames_removed = true;
        state.hides_space = true;
    }

    /// Records what is done from now on.
    pub fn begin_record(&mut self) {
        self.state().record = Some(Vec::new());
    }

    /// How much was recorded so far.
    pub fn record_len(&self) -> usize {
        self.state().record.as_ref().map_or(0, Vec::len)
    }

    /// What was recorded.
    pub fn take_record(&mut self) -> Vec<Operation> {
        self.state().record.take().unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_power_on(&mut self) -> io::Result<()> {
        if let Some(session) = self.session.take() {
            match session.umount_and_join() {
                // The kernel may end the session while it waits for the next operation.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                ended => ended?,
            }
        }
        let mut state = self.state();
        state.is_on = true;
        state.open.clear();
        state.removed.clear();
        drop(state);
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("entente-test".to_owned())];
        let files = Files(self.state.clone());
        self.session = Some(spawn_mount(files, self.home.path(), &config)?);
        Ok(())
    }
}

impl Power for VolatileDisk {
    fn path(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    /// In the midst of what is being done, if anything is: at one of the next operations.
    fn cut(&mut self) {
        {
            let state = &mut *self.state();
            state.operations_left = Some(1 + state.random.below(OPERATIONS_MAX));
        }
        let begun = Instant::now();
        while self.state().is_on && begun.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
        self.state().cut();
    }

    fn power_on(&mut self) {
        self.try_power_on()
            .expect("it worked when the disk was made");
    }
}

impl Drop for VolatileDisk {
    fn drop(&mut self) {
        // Lazily, as a process that was killed may still be on its way out.
        if self.session.is_some()
            && let Err(error) = unmount(self.home.path(), &["--lazy"])
        {
            eprintln!("{} stays mounted: {error}", self.home.path().display());
        }
    }
}
