//! The file system forgets what it may, and nothing else.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use super::{
    VolatileDisk,
    content::{Content, PAGE_LEN, SECTOR_LEN},
    names::{Names, Place, ROOT},
};
use crate::{harness::Random, power::Power};

const CUTS: u64 = 300;

/// What is found after cuts of all kinds.
fn after_cuts(content: &Content) -> BTreeSet<Vec<u8>> {
    let cuts = (1..=CUTS).map(|seed| content.after_cut(&mut Random::new(seed)));
    cuts.collect()
}

/// What is in a directory of three possible names after cuts of all kinds.
fn names_after_cuts(names: &Names) -> BTreeSet<String> {
    let after_cut = |seed| {
        let found = names.after_cut(&mut Random::new(seed));
        let name = |place: &Place| place.name.clone().into_string().expect("plain text");
        found.keys().map(name).collect::<Vec<_>>().join(" ")
    };
    (1..=CUTS).map(after_cut).collect()
}

fn place(name: &str) -> Place {
    Place::new(ROOT, OsStr::new(name))
}

#[test]
fn what_was_synced_outlives_every_cut() {
    let mut content = Content::default();
    content.write(0, &[1; 3 * PAGE_LEN]);
    content.resize(PAGE_LEN + 7);
    content.sync();
    assert_eq!(after_cuts(&content), [vec![1; PAGE_LEN + 7]].into());
    content.write(2 * PAGE_LEN, &[2; 10]);
    for found in after_cuts(&content) {
        assert_eq!(found[..PAGE_LEN + 7], [1; PAGE_LEN + 7]);
    }
}

#[test]
fn what_was_not_synced_is_lost_in_any_part_and_a_sector_never_torn() {
    let mut content = Content::durable(vec![0; 2 * SECTOR_LEN]);
    content.write(0, &[1; 2 * SECTOR_LEN]);
    content.write(SECTOR_LEN, &[2; SECTOR_LEN]);
    let sectors = |found: &Vec<u8>| -> Vec<u8> {
        let sectors = found.chunks(SECTOR_LEN);
        let whole = |sector: &[u8]| sector.iter().all(|byte| *byte == sector[0]);
        assert!(sectors.clone().all(whole), "{found:?}");
        sectors.map(|sector| sector[0]).collect()
    };
    let found: BTreeSet<_> = after_cuts(&content).iter().map(sectors).collect();
    let all = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]];
    assert_eq!(found, all.map(Vec::from).into());
}

#[test]
fn the_length_of_a_file_and_its_bytes_are_lost_by_themselves() {
    let mut content = Content::default();
    content.write(0, &[1; SECTOR_LEN]);
    let all = [vec![], vec![0; SECTOR_LEN], vec![1; SECTOR_LEN]];
    assert_eq!(after_cuts(&content), all.into());
}

#[test]
fn names_that_were_not_synced_are_lost_from_the_newest_on() {
    let mut names = Names::default();
    names.put(place("a"), 2);
    names.sync(ROOT);
    names.put(place("b"), 3);
    names.remove(place("a"));
    let all = ["a", "a b", "b"].map(str::to_owned);
    assert_eq!(names_after_cuts(&names), all.into());
}

#[test]
fn a_renamed_file_is_found_under_one_of_its_names() {
    let mut names = Names::default();
    names.put(place("a"), 2);
    names.sync(ROOT);
    names.rename(place("a"), place("b"));
    assert_eq!(
        names_after_cuts(&names),
        ["a", "b"].map(str::to_owned).into()
    );
    names.sync(ROOT);
    assert_eq!(names_after_cuts(&names), ["b".to_owned()].into());
}

#[test]
fn programs_see_what_they_did_until_the_power_is_cut() {
    let Some(mut disk) = VolatileDisk::new(1) else {
        return;
    };
    let file = |name: &str| disk.path().join(name);
    let (synced, lost) = (file("synced"), file("lost"));
    write(&synced, b"before");
    File::open(disk.path())
        .expect("a mounted disk")
        .sync_all()
        .expect("power");
    fs::create_dir(file("directory")).expect("power");
    write(&file("directory/inside"), b"inside");
    fs::rename(file("directory/inside"), &lost).expect("power");
    fs::remove_dir(file("directory")).expect("power");
    let open = File::options()
        .write(true)
        .open(&synced)
        .expect("it is there");
    open.write_all_at(b"after!", 0).expect("power");
    assert_eq!(listed(&disk.path()), [lost, synced.clone()]);
    assert_eq!(fs::read(&synced).expect("power"), b"after!");
    open.set_len(3).expect("power");
    assert_eq!(fs::read(&synced).expect("power"), b"aft");

    disk.cut();
    assert_eq!(
        open.sync_all().expect_err("no power").raw_os_error(),
        Some(5)
    );
    assert!(fs::read(&synced).is_err() && fs::read_dir(disk.path()).is_err());
    drop(open);
    disk.power_on();
    let found = fs::read_to_string(&synced).expect("its name was synced");
    assert!(
        ["before", "bef", "after!", "aft", "aft\0\0\0"].contains(&found.as_str()),
        "{found}"
    );
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("power");
    File::open(path)
        .expect("it is there")
        .sync_all()
        .expect("power");
}

fn listed(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("power");
    entries.map(|entry| entry.expect("power").path()).collect()
}
