use jiff::Timestamp;

use crate::domain::edtf;

use super::{
    error::quoted,
    expr::{Comparison, Expr, Predicate},
    schema::Field,
};

const MICROS_PER_DAY: i64 = 86_400_000_000;
const FORMS: &str = "write RFC 3339, as in 2025-03-14T10:00:00Z, or a date, as in 2025-03";

/// The condition that a field with an instant compares so with a literal: an instant, or a date
/// that stands for all its days in UTC.
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

/// The first microsecond that is meant, and the first one after it that no longer is.
fn bounds(text: &str) -> Result<(i64, i64), String> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        let micros = instant.as_microsecond();
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

fn compare(field: Field, op: Comparison, micros: i64) -> Result<Expr, String> {
    let text = Timestamp::from_microsecond(micros)
        .map_err(|_| format!("a time so far away cannot be compared with; {FORMS}"))?
        .to_string();
    Ok(Expr::Leaf(Predicate::Time {
        field,
        op,
        micros,
        text,
    }))
}
