use std::time::Duration;

/// How a server is checked.
#[derive(Clone, Debug)]
pub struct Options {
    /// The heartbeat to request of every watch, 1 s to 55 s. Checks that wait for heartbeats take
    /// correspondingly long.
    pub heartbeat: Duration,
    /// Fewer repetitions and smaller amounts.
    pub quick: bool,
    /// Write nothing; checks that have to write are not applicable.
    pub read_only: bool,
    /// Publish drills, which consumers do not see, instead of announcements.
    pub exercise: bool,
    /// Send the costliest calls to the server itself; otherwise only to servers that we start.
    pub disruptive: bool,
    /// Numbers to check; empty means all.
    pub only: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            heartbeat: Duration::from_secs(1),
            quick: false,
            read_only: false,
            exercise: true,
            disruptive: false,
            only: Vec::new(),
        }
    }
}
