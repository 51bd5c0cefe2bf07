/// A moment on both parts of a clock.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Moment {
    /// Microseconds since 1970 on the wall clock.
    pub wall_micros: i64,
    /// Microseconds on the steady clock.
    pub steady_micros: i64,
}
