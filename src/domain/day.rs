//! Days of the calendar and moments of the clock.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, ToSpan, civil::Date, fmt::temporal::Pieces};

const EPOCH: Date = Date::constant(1970, 1, 1);
const SECONDS_PER_DAY: i64 = 86_400;
const MICROS_PER_DAY: i64 = SECONDS_PER_DAY * 1_000_000;
/// Seconds from the start of year 1 to the start of year 10000. jiff's timestamps end a day
/// earlier, because they leave room for every time zone.
const SECONDS: std::ops::Range<i64> = -62_135_596_800..253_402_300_800;

/// A day of the Gregorian calendar in the years 1 to 9999, as days since 1970-01-01. Displays as
/// `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Day(i32);

impl Day {
    /// 0001-01-01
    pub const MIN: Self = Self(-719_162);
    /// 9999-12-31
    pub const MAX: Self = Self(2_932_896);

    /// Returns the day with this date; `None` if it does not exist or is outside the years 1 to
    /// 9999.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Self> {
        let date = Date::new(year, month, day)
            .ok()
            .filter(|date| date.year() >= 1)?;
        i32::try_from(date.duration_since(EPOCH).as_hours() / 24)
            .ok()
            .map(Self)
    }

    /// Returns the last day of a month; `None` as for [`Day::from_ymd`].
    pub fn last_of_month(year: i16, month: i8) -> Option<Self> {
        let first = Date::new(year, month, 1).ok()?;
        Self::from_ymd(year, month, first.days_in_month())
    }

    /// Returns the day `days` days after 1970-01-01; `None` outside the years 1 to 9999.
    pub fn from_days(days: i32) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0)
            .contains(&days)
            .then_some(Self(days))
    }

    /// Returns the number of days since 1970-01-01.
    pub fn days(self) -> i32 {
        self.0
    }

    /// Returns the year, 1 to 9999.
    pub fn year(self) -> i16 {
        self.date().year()
    }

    /// Returns the month, 1 to 12.
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
        let date = self.date();
        let mut text = *b"0000-00-00";
        put_digits(&mut text[..4], date.year().unsigned_abs());
        put_digits(&mut text[5..7], date.month().unsigned_abs().into());
        put_digits(&mut text[8..], date.day().unsigned_abs().into());
        f.pad(str::from_utf8(&text).expect("digits are ASCII"))
    }
}

/// Writes a number with leading zeros.
fn put_digits(text: &mut [u8], number: u16) {
    let mut rest = number;
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

/// A moment in microseconds since 1970-01-01T00:00:00Z. Displays in RFC 3339, as `Z` time.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Micros(pub i64);

impl Micros {
    /// Returns the UTC day of the moment; moments outside the years 1 to 9999 count as the nearest
    /// day.
    pub fn day(self) -> Day {
        let days = self.0.div_euclid(MICROS_PER_DAY);
        let days = days.clamp(Day::MIN.0.into(), Day::MAX.0.into());
        Day(i32::try_from(days).expect("clamped to days, which are i32"))
    }

    /// Formats a moment of the last day, which jiff's timestamps do not reach, in RFC 3339.
    fn format_last_day(self) -> String {
        let micros = self.0.rem_euclid(MICROS_PER_DAY);
        let (seconds, part) = (micros / 1_000_000, micros % 1_000_000);
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let time = format!("{}T{hours:02}:{minutes:02}:{seconds:02}", self.day());
        match part {
            0 => time + "Z",
            part => format!("{time}.{part:06}").trim_end_matches('0').to_owned() + "Z",
        }
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(1_000_000);
        match Timestamp::from_microsecond(self.0) {
            Ok(moment) => f.pad(&moment.to_string()),
            Err(_) if SECONDS.contains(&seconds) => f.pad(&self.format_last_day()),
            Err(_) => write!(f, "{} µs since 1970", self.0),
        }
    }
}

/// A moment with nanoseconds, in the years 1 to 9999.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Moment {
    seconds: i64,
    nanos: i32,
}

impl Moment {
    /// Returns the moment this long after 1970-01-01T00:00:00Z; `None` outside the years 1 to 9999
    /// or unless `nanos` is below one second. Nanoseconds count forward, even before 1970.
    pub fn new(seconds: i64, nanos: i32) -> Option<Self> {
        let is_one = SECONDS.contains(&seconds) && (0..1_000_000_000).contains(&nanos);
        is_one.then_some(Self { seconds, nanos })
    }

    /// Returns the whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Returns the nanoseconds after the whole second.
    pub fn nanos(self) -> i32 {
        self.nanos
    }

    /// Returns the moment rounded down to microseconds.
    pub fn micros(self) -> Micros {
        Micros(self.seconds * 1_000_000 + i64::from(self.nanos) / 1_000)
    }
}

/// Parses RFC 3339.
impl FromStr for Moment {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let pieces = Pieces::parse(text).map_err(|_| ())?;
        let (time, offset) = pieces.time().zip(pieces.to_numeric_offset()).ok_or(())?;
        let date = pieces.date();
        let day = Day::from_ymd(date.year(), date.month(), date.day()).ok_or(())?;
        let minutes = i64::from(time.hour()) * 60 + i64::from(time.minute());
        let seconds = i64::from(day.0) * SECONDS_PER_DAY + minutes * 60 + i64::from(time.second())
            - i64::from(offset.seconds());
        Self::new(seconds, time.subsec_nanosecond()).ok_or(())
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
    fn a_moment_before_1970_falls_on_the_right_day() {
        assert_eq!(Micros(-1).day().to_string(), "1969-12-31");
        assert_eq!(Micros(MICROS_PER_DAY).day().to_string(), "1970-01-02");
        assert_eq!(Micros(i64::MAX).day(), Day::MAX);
        assert_eq!(Micros(1_500_000).to_string(), "1970-01-01T00:00:01.5Z");
    }

    /// Trial A14.
    #[test]
    fn a14_moments_reach_to_the_end_of_9999() {
        let read = |text: &str| text.parse::<Moment>();
        let ends = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"];
        let [first, last] = ends.map(|text| read(text).expect(text));
        assert_eq!((first.seconds(), first.nanos()), (SECONDS.start, 0));
        assert_eq!(
            (last.seconds(), last.nanos()),
            (SECONDS.end - 1, 999_999_999)
        );
        assert_eq!(first.micros().to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(last.micros().to_string(), "9999-12-31T23:59:59.999999Z");
        for (text, told) in [
            ("9999-12-30T23:30:00.25Z", "9999-12-30T23:30:00.25Z"),
            ("9999-12-31t09:00:00+09:00", "9999-12-31T00:00:00Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
        ] {
            assert_eq!(read(text).expect(text).micros().to_string(), told);
        }
        for bad in [
            "9999-12-31T23:59:59-01:00",
            "0001-01-01T00:00:00+01:00",
            "0000-12-31T00:00:00Z",
            "2025-05-12",
            "2025-05-12T09:00:00",
            "soon",
        ] {
            assert_eq!(read(bad), Err(()), "{bad}");
        }
        assert_eq!(Moment::new(SECONDS.end, 0), None);
        assert_eq!(Moment::new(SECONDS.start - 1, 0), None);
        assert_eq!(
            (Moment::new(0, -1), Moment::new(0, 1_000_000_000)),
            (None, None)
        );
    }
}
