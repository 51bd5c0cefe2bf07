//! Counts of events.

use std::sync::Arc;

use prost::Message;
use tokio_util::sync::CancellationToken;

use super::{
    answer::ROWS_BYTES_MAX,
    filters, nothing,
    page::SortedPlace,
    scope,
    summary_order::{self, SummaryOrder},
};
use crate::{
    filter::{Field, Filter},
    index::{
        Clock, GROUPS_MAX, Group, GroupBy, Index, Lend, Question, Resources, Scope, TooMuch,
        WORK_MAX, filter_cost, select_newest, summarize,
    },
    proto::v1,
    rejection::Rejection,
    store::Store,
    wire::Encoded,
};

/// What making a row of the answer costs, in values and positions looked at.
const ROW_COST: u64 = 8;

/// Fields that one call may count by.
const GROUP_BY_MAX: usize = 3;

/// By what events can be counted, and how it is called.
const GROUPS: [(&str, GroupBy); 14] = [
    ("kind", GroupBy::Field(Field::Kind)),
    ("subkind", GroupBy::Field(Field::Subkind)),
    ("instrument", GroupBy::Field(Field::Instrument)),
    ("step", GroupBy::Field(Field::Step)),
    ("status", GroupBy::Field(Field::Status)),
    ("state", GroupBy::Field(Field::State)),
    ("verification", GroupBy::Field(Field::Verification)),
    ("party", GroupBy::Field(Field::Party)),
    ("topic", GroupBy::Field(Field::Topic)),
    ("partnership", GroupBy::Field(Field::Partnership)),
    ("place.country", GroupBy::Field(Field::PlaceCountry)),
    ("source.type", GroupBy::Field(Field::SourceType)),
    ("year", GroupBy::Year),
    ("month", GroupBy::Month),
];

/// Words that people try for want of the right group.
const MEANINGS: [(&str, &str); 11] = [
    ("country", "party"),
    ("nation", "party"),
    ("organisation", "party"),
    ("location", "place.country"),
    ("type", "kind"),
    ("tag", "topic"),
    ("subject", "topic"),
    ("programme", "partnership"),
    ("date", "year"),
    ("date", "month"),
    ("time", "year"),
];
/// Longer names are not compared in full, in characters.
const NAME_MAX: usize = 40;
/// Less alike than this, a guess would mislead.
const ALIKE_MIN: f64 = 0.8;
/// From here on it is the same name with a typing error.
const SAME_MIN: f64 = 0.93;

/// `SummarizeEvents`
pub(super) async fn events(
    store: &Store,
    drain: &CancellationToken,
    request: v1::SummarizeEventsRequest,
) -> Result<Encoded, Rejection> {
    let filter = filters::of_list(&request.filter, request.show_retracted)?;
    let by = parse_groups(&request.group_by)?;
    let order = summary_order::parse(&request.order_by)?;
    let head = scope::reached(store, drain, request.min_position).await?;
    let position = scope::as_of(store, head, request.as_of_position, request.as_of_time)?;
    let filter = Arc::new(filter);
    let place = SortedPlace {
        position,
        today: store.clock().today(),
        after: None,
    };
    let counted = store.ask(Counted {
        filter: filter.clone(),
        by,
        order,
        names: request.group_by,
        scope: Scope {
            upto: position,
            clock: Clock::Today(place.today),
        },
    });
    let (rows, total) = counted.await?;
    let mut summary = rows.map_err(refused)?;
    let rest = v1::SummarizeEventsResponse {
        rows: Vec::new(),
        total: total as i64,
        position: position as i64,
        hints: match total {
            0 => nothing::hints(store, &filter, &request.filter, place).await?,
            _ => Vec::new(),
        },
    };
    let size = summary.len() + rest.encoded_len();
    if size > ROWS_BYTES_MAX {
        let (what, limit) = ("the summary", ROWS_BYTES_MAX);
        return Err(Rejection::TooLarge { what, size, limit });
    }
    // The fields of a message may come in parts.
    rest.encode_raw(&mut summary);
    Ok(Encoded(summary.into()))
}

/// The rows of the answer and how many events are in them.
struct Counted {
    filter: Arc<Filter>,
    by: Vec<GroupBy>,
    order: SummaryOrder,
    /// What each of `by` is called.
    names: Vec<String>,
    scope: Scope,
}

impl Question for Counted {
    /// The rows are encoded here, as many of them take long.
    type Answer = (Result<Vec<u8>, TooMuch>, u64);

    fn cost(&self, index: &Index) -> u64 {
        let found = filter_cost(index, self.filter.expr(), self.scope.upto);
        // By more fields, each value of one meets those of the others.
        let parting = index.parting_cost(&self.by);
        let groups = parting.saturating_pow(self.by.len().min(2) as u32);
        found + groups.saturating_mul(ROW_COST)
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Self::Answer, L::Stop> {
        let set = select_newest(lender, self.filter.expr(), Resources::Events, self.scope)?;
        let groups = summarize(lender, &set, &self.by)?;
        let rows = groups.map(|groups| rows(groups, &self.names, self.order));
        Ok((rows, set.len()))
    }
}

fn refused(why: TooMuch) -> Rejection {
    let (what, limit) = match why {
        TooMuch::Groups => ("the summary has too many groups", GROUPS_MAX as u64),
        TooMuch::Work => (
            "finding the groups of the summary looks at too many positions",
            WORK_MAX,
        ),
    };
    Rejection::TooCostly { what, limit }
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

fn rows(mut groups: Vec<Group>, names: &[String], order: SummaryOrder) -> Vec<u8> {
    groups.sort_by(|one, other| order.compare(one, other));
    let row = |(values, count): Group| v1::SummaryRow {
        group: names.iter().cloned().zip(values).collect(),
        count: count as i64,
    };
    let rows = v1::SummarizeEventsResponse {
        rows: groups.into_iter().map(row).collect(),
        ..v1::SummarizeEventsResponse::default()
    };
    rows.encode_to_vec()
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
