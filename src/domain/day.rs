//! Days of the calendar and moments of the clock.

use std::fmt;

use jiff::{Timestamp, ToSpan, civil::Date};

const EPOCH: Date = Date::constant(1970, 1, 1);
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A day of the Gregorian calendar in the years 1 to 9999, as days since 1970-01-01. Displays as
/// `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Day(i32);

impl Day {
    /// 0001-01-01
    pub const MIN: Self = Self(-719_162);
    /// 9999-12-31
    pub const MAX: Self = Self(2_932_896);

    /// The day with this date; `None` when the calendar has none in the years 1 to 9999.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Self> {
        let date = Date::new(year, month, day)
            .ok()
            .filter(|date| date.year() >= 1)?;
        i32::try_from(date.duration_since(EPOCH).as_hours() / 24)
            .ok()
            .map(Self)
    }

    /// The last day of a month; `None` as for [`Day::from_ymd`].
    pub fn last_of_month(year: i16, month: i8) -> Option<Self> {
        let first = Date::new(year, month, 1).ok()?;
        Self::from_ymd(year, month, first.days_in_month())
    }

    /// The day that many days after 1970-01-01; `None` outside the years 1 to 9999.
    pub fn from_days(days: i32) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0)
            .contains(&days)
            .then_some(Self(days))
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i32 {
        self.0
    }

    /// 1 to 9999
    pub fn year(self) -> i16 {
        self.date().year()
    }

    /// 1 to 12
    pub fn month(self) -> i8 {
        self.date().month()
    }

    fn date(self) -> Date {
        EPOCH
            .checked_add(self.0.days())
            .expect("the years 1 to 9999 are within jiff's calendar")
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.date().to_string())
    }
}

/// A moment in microseconds since 1970-01-01T00:00:00Z. Displays in RFC 3339, as `Z` time.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Micros(pub i64);

impl Micros {
    /// The day it falls on in UTC; moments outside the years 1 to 9999 count as the nearest day.
    pub fn day(self) -> Day {
        let days = self.0.div_euclid(MICROS_PER_DAY);
        let days = days.clamp(Day::MIN.0.into(), Day::MAX.0.into());
        Day(i32::try_from(days).expect("clamped to days, which are i32"))
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_microsecond(self.0) {
            Ok(moment) => f.pad(&moment.to_string()),
            Err(_) => write!(f, "{} µs since 1970", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_read_and_display_as_their_date() {
        let day = Day::from_ymd(2024, 2, 29).expect("a leap day");
        assert_eq!(
            (day.to_string().as_str(), day.year(), day.month()),
            ("2024-02-29", 2024, 2)
        );
        assert_eq!(Day::from_ymd(1970, 1, 1), Day::from_days(0));
        assert_eq!(Day::last_of_month(2023, 2), Day::from_ymd(2023, 2, 28));
    }

    #[test]
    fn the_calendar_reaches_from_year_1_to_9999() {
        assert_eq!(Day::from_ymd(1, 1, 1), Some(Day::MIN));
        assert_eq!(Day::from_ymd(9999, 12, 31), Some(Day::MAX));
        assert_eq!(
            (Day::MIN.to_string(), Day::MAX.to_string()),
            ("0001-01-01".into(), "9999-12-31".into())
        );
        assert_eq!(Day::from_ymd(0, 12, 31), None);
        assert_eq!(Day::from_ymd(2025, 2, 29), None);
        assert_eq!(Day::from_days(Day::MAX.days() + 1), None);
    }

    #[test]
    fn a_moment_before_1970_falls_on_the_day_it_belongs_to() {
        assert_eq!(Micros(-1).day().to_string(), "1969-12-31");
        assert_eq!(Micros(MICROS_PER_DAY).day().to_string(), "1970-01-02");
        assert_eq!(Micros(i64::MAX).day(), Day::MAX);
        assert_eq!(Micros(1_500_000).to_string(), "1970-01-01T00:00:01.5Z");
    }
}
