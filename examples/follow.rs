//! Follows the log and keeps its place in a file, so that it goes on where it was after every
//! interruption of the server or of its own:
//!
//! ```sh
//! cargo run --example follow -- http://127.0.0.1:50051 /tmp/place 'party:JP'
//! ```
//!
//! Each change is a line on standard output. The token is stored after the line: killed in between,
//! the program prints that line again. To rule that out, store both in one transaction, as
//! `mirror_to_postgres` does.

use std::{
    env,
    error::Error,
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use entente::client::{Checkpoint, Client, Item, Start, WatchOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(address), Some(place)) = (arguments.next(), arguments.next()) else {
        return Err("usage: follow http://HOST:PORT TOKEN_FILE [FILTER]".into());
    };
    let place = PathBuf::from(place);
    let options = WatchOptions::new(arguments.next().unwrap_or_default())
        .start(Start::Earliest)
        .resume(stored(&place)?)
        .label("example follow");
    let mut watch = Client::new(address)?.watch(options);
    while let Some(item) = watch.next().await? {
        match item {
            Item::Change(change) => {
                let (position, kind, name) = (change.position(), change.kind(), change.name());
                println!("{position} {} {name}", kind.as_str_name());
                io::stdout().flush()?;
                store(&place, change.checkpoint())?;
            }
            Item::Reconnecting(interruption) => eprintln!("{interruption}"),
            _ => {}
        }
    }
    Ok(())
}

fn stored(place: &Path) -> io::Result<Option<Checkpoint>> {
    match fs::read_to_string(place) {
        Ok(token) => Ok(Some(token.trim().into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The file holds the old token or the new one, never half of one.
fn store(place: &Path, checkpoint: &Checkpoint) -> io::Result<()> {
    let fresh = place.with_extension("new");
    let mut file = fs::File::create(&fresh)?;
    file.write_all(checkpoint.token().as_bytes())?;
    file.sync_all()?;
    fs::rename(fresh, place)
}
