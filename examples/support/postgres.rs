//! A PostgreSQL that lives as long as the example.

use std::{
    env, fs, io,
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// Where Debian keeps the programs of each version, which are not in PATH.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Reached through a socket in a directory of its own. Dropped, it is stopped and removed.
pub struct OwnPostgres {
    home: TempDir,
    programs: PathBuf,
    user: Option<(u32, u32)>,
}

impl OwnPostgres {
    /// None when PostgreSQL is not installed.
    pub fn start() -> io::Result<Option<OwnPostgres>> {
        let Some(programs) = programs() else {
            return Ok(None);
        };
        let home = tempfile::tempdir()?;
        let is_root = fs::metadata(home.path())?.uid() == 0;
        let user = if is_root { Some(unprivileged()?) } else { None };
        if let Some((user, group)) = user {
            chown(home.path(), Some(user), Some(group))?;
        }
        let postgres = OwnPostgres {
            home,
            programs,
            user,
        };
        postgres.run("initdb", &["--auth=trust", "--username=postgres"])?;
        let socket = format!(
            "-k {} -c listen_addresses=''",
            postgres.home.path().display()
        );
        let log = postgres.home.path().join("log").display().to_string();
        postgres.run(
            "pg_ctl",
            &["start", "--wait", "--log", &log, "--options", &socket],
        )?;
        Ok(Some(postgres))
    }

    /// How to reach it.
    pub fn url(&self) -> String {
        format!(
            "host={} user=postgres dbname=postgres",
            self.home.path().display()
        )
    }

    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<()> {
        let mut command = Command::new(self.programs.join(program));
        command
            .args(arguments)
            .arg("--pgdata")
            .arg(self.home.path().join("data"))
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        let ended = command.status()?;
        if ended.success() {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "{program} of PostgreSQL failed: {ended}"
        )))
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        if let Err(error) = self.run("pg_ctl", &["stop", "--mode=fast"]) {
            eprintln!("{error}");
        }
    }
}

/// The directory that has all the programs.
fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut candidates: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    // Any version will do; the newest is likely the one that is looked after.
    candidates.sort();
    let path = env::var_os("PATH").unwrap_or_default();
    let mut candidates = candidates.into_iter().rev().chain(env::split_paths(&path));
    candidates.find(|directory| ["initdb", "pg_ctl", "postgres"].iter().all(has(directory)))
}

fn has(directory: &Path) -> impl Fn(&&str) -> bool {
    move |program| directory.join(program).is_file()
}

/// PostgreSQL refuses to run as root.
fn unprivileged() -> io::Result<(u32, u32)> {
    let ids = |user: &str| -> Option<(u32, u32)> {
        let passwd = fs::read_to_string("/etc/passwd").ok()?;
        let line = passwd
            .lines()
            .find(|line| line.split(':').next() == Some(user))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let found = ids("postgres").or_else(|| ids("nobody"));
    found.ok_or_else(|| io::Error::other("PostgreSQL needs a user other than root, such as nobody"))
}
