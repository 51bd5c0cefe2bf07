use std::path::Path;

use super::Work;
use crate::{Failure, events::event, request::counted, stores};

const EVENTS: usize = 4_000;

/// A start: the log is read, checked and indexed.
pub const OPEN: Work = Work {
    name: "open",
    piece: "an event of a store that is opened",
    pieces: EVENTS as u64,
    prepare: |home| {
        stores::make(
            home,
            (0..EVENTS).map(|number| event(&format!("e-{number}"), number)),
        )
    },
    run: open,
};

fn open(home: &Path) -> Result<(), Failure> {
    let store = counted(|| stores::open(home))?;
    match store.head().position {
        position if position == EVENTS as u64 => Ok(()),
        position => Err(format!("opened up to {position}").into()),
    }
}
