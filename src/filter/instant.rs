use jiff::Timestamp;

use crate::domain::{Micros, Moment, edtf};

use super::{
    error::quoted,
    expr::{Comparison, Expr, Predicate},
    field::Field,
};

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// The first moment of year 10000.
const END: i64 = 253_402_300_800_000_000;
const FORMS: &str = "write RFC 3339, as in 2025-03-14T10:00:00Z, or a date, as in 2025-03";

/// Returns the condition that compares an instant with a literal: an instant, or a date that stands for
/// all its days in UTC.
pub(super) fn condition(field: Field, op: Comparison, text: &str) -> Result<Expr, String> {
    let (first, next) = bounds(text)?;
    let test = |op, micros| compare(field, op, micros);
    match op {
        Comparison::Equal | Comparison::Overlaps if next == first + 1 => {
            test(Comparison::Equal, first)
        }
        Comparison::Equal | Comparison::Overlaps => Ok(Expr::all_of(vec![
            test(Comparison::GreaterOrEqual, first)?,
            test(Comparison::Less, next)?,
        ])),
        Comparison::Less => test(Comparison::Less, first),
        Comparison::GreaterOrEqual => test(Comparison::GreaterOrEqual, first),
        Comparison::LessOrEqual if next == first + 1 => test(Comparison::LessOrEqual, first),
        Comparison::LessOrEqual => test(Comparison::Less, next),
        Comparison::Greater if next == first + 1 => test(Comparison::Greater, first),
        Comparison::Greater => test(Comparison::GreaterOrEqual, next),
    }
}

/// Returns the first microsecond of a literal and the first one after it.
fn bounds(text: &str) -> Result<(i64, i64), String> {
    if let Some(micros) = instant(text) {
        return Ok((micros, micros + 1));
    }
    let unreadable = || format!("{} is no time; {FORMS}", quoted(text));
    let span = edtf::parse(text).map_err(|_| unreadable())?;
    let (first, last) = span.earliest.zip(span.latest).ok_or_else(unreadable)?;
    let midnight = |days: i32| i64::from(days) * MICROS_PER_DAY;
    Ok((
        midnight(first.days()),
        midnight(last.days()) + MICROS_PER_DAY,
    ))
}

fn instant(text: &str) -> Option<i64> {
    let moment = text.parse::<Moment>().map(|moment| moment.micros().0);
    // This also refuses years before 1, in which nothing happened.
    let earlier = || text.parse::<Timestamp>().map(Timestamp::as_microsecond);
    moment.ok().or_else(|| earlier().ok())
}

fn compare(field: Field, op: Comparison, micros: i64) -> Result<Expr, String> {
    // The year 10000 cannot be written, but the moment before it can.
    let (op, micros) = match op {
        Comparison::Less if micros == END => (Comparison::LessOrEqual, END - 1),
        Comparison::GreaterOrEqual if micros == END => (Comparison::Greater, END - 1),
        op => (op, micros),
    };
    Ok(Expr::Leaf(Predicate::Time {
        field,
        op,
        micros,
        text: Micros(micros).to_string(),
    }))
}
