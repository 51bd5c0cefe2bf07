//! Libraries that are loaded before libc and take the place of its syncs: what a disk does wrong
//! cannot be asked of a real one.

use std::{path::PathBuf, process::Command};

use tempfile::TempDir;

/// A library, removed when it is dropped.
pub struct Shim {
    home: TempDir,
}

impl Shim {
    /// Compiles a file beside this one.
    pub fn compile(source: &str, options: &[&str]) -> Shim {
        let home = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory for a library");
        let shim = Shim { home };
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-Wall", "-Werror"]);
        let compiled = compiler
            .args(options)
            .arg("-o")
            .arg(shim.library())
            .arg(format!(
                "{}/tests/power/{source}",
                env!("CARGO_MANIFEST_DIR")
            ))
            .status();
        assert!(compiled.expect("a C compiler").success());
        shim
    }

    /// What `LD_PRELOAD` is to say.
    pub fn library(&self) -> PathBuf {
        self.home.path().join("shim.so")
    }

    /// The path of a file beside the library, which is not there yet.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}
