//! Sums of money of a set of positions.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use roaring::RoaringBitmap;

use super::{cost::ELEMENT_COST, elements::element, lend::Lend};
use crate::{
    domain::{AmountQualifier, DecimalSum, OrderedDecimal, Vocabulary as _},
    filter::{Element, Field, Repeated},
};

/// The maximum number of sums of a summary.
pub const SUMS_MAX: usize = 20_000;
/// The cost of adding one value, in positions looked at.
const ADDITION_COST: u64 = 64;
/// The role of money that is not that of the event.
const CONTEXT: &str = "context";

/// What the amounts with one currency and role add up to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AmountSum {
    /// Empty if the currency is unknown.
    pub currency: String,
    pub role: String,
    /// The sum of the exact amounts, as a decimal.
    pub value: String,
    /// How many amounts were added.
    pub exact: u64,
    /// How many were not, as their value is not exact or their currency is unknown.
    pub inexact: u64,
}

/// Sums by currency and role, and what it took to find them, in positions looked at.
pub(super) struct AddedUp {
    pub(super) sums: Vec<AmountSum>,
    pub(super) work: u64,
}

/// Adds up the amounts of all positions of a set. An amount that a position has twice counts twice.
pub(super) fn add_up<L: Lend>(lender: &L, set: &RoaringBitmap) -> Result<AddedUp, L::Stop> {
    let (counts, counted) = count(lender, set)?;
    let mut counts = counts.into_iter().peekable();
    let mut totals: BTreeMap<(String, String), Total> = BTreeMap::new();
    let mut added = 0;
    while counts.peek().is_some() {
        lender.lend(|index| {
            let table = index.elements.of(Repeated::Amounts);
            let mut work = 0;
            for (number, times) in counts.by_ref() {
                let amount = element(table, Repeated::Amounts, number);
                if is_counted(&amount) {
                    let key = [Field::AmountCurrency, Field::AmountRole];
                    let [currency, role] = key.map(|field| amount.value(field).to_owned());
                    totals
                        .entry((currency, role))
                        .or_default()
                        .add(&amount, times);
                }
                work += ADDITION_COST;
                if work >= L::SLICE {
                    break;
                }
            }
            added += work;
        })?;
    }
    let sums = totals
        .into_iter()
        .map(|((currency, role), total)| AmountSum {
            currency,
            role,
            value: total.sum.to_string(),
            exact: total.exact,
            inexact: total.inexact,
        });
    Ok(AddedUp {
        sums: sums.collect(),
        work: counted + added,
    })
}

/// Counts how often the positions of a set have each amount, by its number.
fn count<L: Lend>(lender: &L, set: &RoaringBitmap) -> Result<(HashMap<u32, u32>, u64), L::Stop> {
    let mut counts: HashMap<u32, u32> = HashMap::new();
    let mut counted = 0;
    let mut positions = set.iter().peekable();
    while positions.peek().is_some() {
        lender.lend(|index| {
            let table = index.elements.of(Repeated::Amounts);
            let mut work = 0;
            for position in positions.by_ref() {
                for number in table.of(position) {
                    *counts.entry(number).or_default() += 1;
                    work += 1;
                }
                work += ELEMENT_COST;
                if work >= L::SLICE {
                    break;
                }
            }
            counted += work;
        })?;
    }
    Ok((counts, counted))
}

/// Whether an amount counts in sums at all. This is the one place that leaves amounts out.
fn is_counted(amount: &Element<'_>) -> bool {
    amount.value(Field::AmountRole) != CONTEXT && !amount.is_equivalent()
}

#[derive(Default)]
struct Total {
    sum: DecimalSum,
    exact: u64,
    inexact: u64,
}

impl Total {
    fn add(&mut self, amount: &Element<'_>, times: u32) {
        let is_exact = amount.value(Field::AmountQualifier) == AmountQualifier::Exact.as_str();
        let has_currency = !amount.value(Field::AmountCurrency).is_empty();
        let value = OrderedDecimal::of_text(amount.value(Field::AmountValue));
        match value.filter(|_| is_exact && has_currency) {
            Some(value) => {
                self.sum.add(&value, times);
                self.exact += u64::from(times);
            }
            None => self.inexact += u64::from(times),
        }
    }
}
