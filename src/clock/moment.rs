/// A moment by both parts of a clock.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Moment {
    /// Since 1970, by the wall clock.
    pub wall_micros: i64,
    /// By the steady clock.
    pub steady_micros: i64,
}
