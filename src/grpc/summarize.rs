//! Reads `SummarizeEventsRequest`, and encodes the answer.

use prost::Message;

use super::{filters, order, read_at::read_at};
use crate::{
    command::{Full, ROWS_BYTES_MAX, Rows, SummarizeEvents, Summary, SummaryRow},
    filter::Field,
    index::{AmountSum, GroupBy, Period, Position, Summed},
    proto::v1,
    rejection::Rejection,
    wire::Encoded,
};

/// Maximum number of fields of a grouping.
const GROUP_BY_MAX: usize = 3;

/// The groupings of events, with their names.
const GROUPS: [(&str, GroupBy); 17] = [
    ("kind", GroupBy::Field(Field::Kind)),
    ("subkind", GroupBy::Field(Field::Subkind)),
    ("instrument", GroupBy::Field(Field::Instrument)),
    ("step", GroupBy::Field(Field::Step)),
    ("status", GroupBy::Field(Field::Status)),
    ("state", GroupBy::Field(Field::State)),
    ("verification", GroupBy::Field(Field::Verification)),
    ("party", GroupBy::Field(Field::Party)),
    (
        "body",
        GroupBy::Body {
            upto: Position::MAX,
        },
    ),
    ("topic", GroupBy::Field(Field::Topic)),
    ("partnership", GroupBy::Field(Field::Partnership)),
    ("place.country", GroupBy::Field(Field::PlaceCountry)),
    ("source.type", GroupBy::Field(Field::SourceType)),
    ("year", GroupBy::Period(Period::Year)),
    ("half", GroupBy::Period(Period::Half)),
    ("quarter", GroupBy::Period(Period::Quarter)),
    ("month", GroupBy::Period(Period::Month)),
];

/// Words that people try instead of the right name.
const MEANINGS: [(&str, &str); 13] = [
    ("country", "party"),
    ("nation", "party"),
    ("organisation", "body"),
    ("company", "body"),
    ("location", "place.country"),
    ("type", "kind"),
    ("tag", "topic"),
    ("subject", "topic"),
    ("programme", "partnership"),
    ("date", "year"),
    ("date", "month"),
    ("time", "year"),
    ("semester", "half"),
];
/// Longer names are not compared in full, in characters.
const NAME_MAX: usize = 40;
/// Below this similarity a guess would mislead.
const ALIKE_MIN: f64 = 0.8;
/// From this similarity on it is the same name with a typing error.
const SAME_MIN: f64 = 0.93;

/// The rows of a summary as they are answered.
#[derive(Clone, Debug)]
pub(super) struct SummaryRows {
    /// Names of the groups.
    names: Vec<String>,
    encoded: Vec<u8>,
}

impl Rows<SummaryRow> for SummaryRows {
    /// A summary is bounded as a whole.
    fn take(&mut self, row: SummaryRow) -> Result<(), Full> {
        let row = v1::SummaryRow {
            group: self.names.iter().cloned().zip(row.values).collect(),
            count: row.count as i64,
            sums: row.sums.into_iter().map(sum).collect(),
        };
        // The fields of a message may come in parts.
        let part = v1::SummarizeEventsResponse {
            rows: vec![row],
            ..v1::SummarizeEventsResponse::default()
        };
        part.encode_raw(&mut self.encoded);
        Ok(())
    }
}

impl TryFrom<v1::SummarizeEventsRequest> for SummarizeEvents<SummaryRows> {
    type Error = Rejection;

    fn try_from(request: v1::SummarizeEventsRequest) -> Result<Self, Rejection> {
        let filter = filters::of_list(request.filter, request.show_retracted)?;
        let by = parse_groups(&request.group_by)?;
        let order = order::of_summary(&request.order_by)?;
        Ok(SummarizeEvents {
            filter,
            by,
            summed: match request.sums {
                true => Summed::Yes,
                false => Summed::No,
            },
            order,
            at: read_at(
                request.min_position,
                request.as_of_position,
                request.as_of_time,
                request.known_at,
            )?,
            rows: SummaryRows {
                names: request.group_by,
                encoded: Vec::new(),
            },
        })
    }
}

/// The answer, unless it is too long.
pub(super) fn answer(summary: Summary<SummaryRows>) -> Result<Encoded, Rejection> {
    let rest = v1::SummarizeEventsResponse {
        rows: Vec::new(),
        total: summary.total as i64,
        position: summary.position as i64,
        hints: summary.hints,
        sums: summary.sums.into_iter().map(sum).collect(),
    };
    let mut encoded = summary.rows.encoded;
    let size = encoded.len() + rest.encoded_len();
    if size > ROWS_BYTES_MAX {
        let (what, limit) = ("the summary", ROWS_BYTES_MAX);
        return Err(Rejection::TooLarge { what, size, limit });
    }
    rest.encode_raw(&mut encoded);
    Ok(Encoded(encoded.into()))
}

fn sum(sum: AmountSum) -> v1::AmountSum {
    v1::AmountSum {
        currency_code: sum.currency,
        role: sum.role,
        value: sum.value,
        exact: sum.exact as i64,
        inexact: sum.inexact as i64,
    }
}

fn parse_groups(names: &[String]) -> Result<Vec<GroupBy>, Rejection> {
    let refused = |why: String| Rejection::argument("group_by", why);
    if names.is_empty() || names.len() > GROUP_BY_MAX {
        let why = format!("has {} fields; send 1 to {GROUP_BY_MAX}", names.len());
        return Err(refused(why));
    }
    let group = |name: &String| {
        let known = GROUPS.iter().find(|(known, _)| known == name);
        known
            .map(|(_, by)| *by)
            .ok_or_else(|| refused(unknown(name)))
    };
    let groups: Vec<GroupBy> = names.iter().map(group).collect::<Result<_, _>>()?;
    match groups
        .iter()
        .enumerate()
        .find(|(at, by)| groups[..*at].contains(by))
    {
        Some((at, _)) => Err(refused(format!(
            "names {:?} twice; name it once",
            names[at]
        ))),
        None => Ok(groups),
    }
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
    let meant = meant(name, &names);
    let meant = match meant.as_slice() {
        [] => String::new(),
        meant => format!("did you mean {}? ", meant.join(" or ")),
    };
    format!(
        "has {name:?}; {meant}events can be counted by {}",
        names.join(", ")
    )
}

/// The groups that were probably meant: the one that is nearly the name, or else those that share a
/// word with it or that its words mean, or else one that is like it.
fn meant<'a>(name: &str, names: &[&'a str]) -> Vec<&'a str> {
    let name: String = name.chars().take(NAME_MAX).collect();
    let name = name.to_lowercase().replace('-', "_");
    let likeness = |group: &str| strsim::jaro_winkler(group, &name);
    let nearest = names.iter().copied();
    let nearest = nearest.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let alike = |min| nearest.filter(|near| likeness(near) >= min);
    if let Some(same) = alike(SAME_MIN) {
        return vec![same];
    }
    let words = |text: &str| -> Vec<String> {
        let words = text.split(['.', '_']).filter(|word| *word != "code");
        let singular = |word: &str| match word.strip_suffix("ies") {
            Some(stem) => format!("{stem}y"),
            None => word.strip_suffix('s').unwrap_or(word).to_owned(),
        };
        words
            .map(singular)
            .filter(|word| !word.is_empty())
            .collect()
    };
    let asked = words(&name);
    let means = |group: &&&str| {
        let by_meaning = MEANINGS
            .iter()
            .any(|(word, of)| of == *group && asked.iter().any(|asked| asked == word));
        by_meaning || words(group).iter().any(|word| asked.contains(word))
    };
    let meant: Vec<&str> = names.iter().filter(means).copied().collect();
    if !meant.is_empty() {
        return meant;
    }
    alike(ALIKE_MIN).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_group_leads_to_those_that_are_about_the_same() {
        for (name, meant) in [
            ("country", "did you mean party or place.country? "),
            ("country_code", "did you mean party or place.country? "),
            ("parties", "did you mean party? "),
            ("sub_kind", "did you mean subkind? "),
            ("Topics", "did you mean topic? "),
            ("topik", "did you mean topic? "),
            ("type", "did you mean kind or source.type? "),
            ("date", "did you mean year or month? "),
            ("place.city", "did you mean place.country? "),
            ("zzz", "events can be counted by"),
        ] {
            let told = unknown(name);
            let expected = format!("has {name:?}; {meant}");
            assert!(told.starts_with(&expected), "{name}: {told}");
        }
    }
}
