use std::time::Duration;

/// How a server is checked.
#[derive(Clone, Debug)]
pub struct Options {
    /// Asked of every watch, and so the pace of all checks that wait for a sign of life. The service
    /// takes 1 s to 55 s.
    pub heartbeat: Duration,
    /// Fewer repetitions and smaller amounts.
    pub quick: bool,
    /// Write nothing; what cannot be seen without writing is not applicable.
    pub read_only: bool,
    /// Publish drills, which consumers do not see, rather than announcements.
    pub exercise: bool,
    /// Ask the server itself for what costs it most; without, only servers of one's own are asked.
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
