//! The scope of one written AND: which of its terms hold for one element of a repeated field.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    compile::Rules,
    element::Repeated,
    error::{FilterError, shorten},
    expr::{Comparison, Expr, Predicate},
    field::Field,
    normal,
    schema::Schema,
    tree::Tree,
};

/// The maximum length of the example in an error, in characters.
const EXAMPLE_MAX: usize = 300;

/// Builds the condition of an AND from those of its parts. Terms on one element of a repeated field become
/// one part.
pub(super) fn compile(
    trees: &[Tree],
    parts: Vec<Expr>,
    (schema, rules): (Schema, Rules),
) -> Result<Expr, FilterError> {
    let unless_repeated = |(at, part): (usize, &Expr)| {
        let repeats = parts[..at].contains(part);
        (!repeats).then(|| part.clone())
    };
    let mut joined: Vec<Option<Expr>> = parts.iter().enumerate().map(unless_repeated).collect();
    for terms in Terms::of(&parts) {
        let elements = match terms.elements() {
            Ok(elements) => elements,
            Err(ambiguous) if rules == Rules::OfNew => {
                return Err(ambiguous.refused(trees, &parts, schema));
            }
            // Stored filters are older than elements.
            Err(_) => Vec::new(),
        };
        for at in elements.iter().flatten() {
            joined[*at] = None;
        }
        for members in elements {
            let element = Expr::Element {
                repeated: terms.repeated,
                parts: members.iter().map(|at| parts[*at].clone()).collect(),
            };
            // The value that only this element has, or the first of its terms.
            let own = members.iter().find(|at| joined[**at].is_none());
            if let Some(own) = own {
                joined[*own] = Some(element);
            }
        }
    }
    Ok(Expr::all_of(joined.into_iter().flatten().collect()))
}

/// Returns for each part whether it is an AND whose terms would mean something else side by side with
/// the other parts.
pub(super) fn those_that_stay(parts: &[Expr]) -> Vec<bool> {
    let mut stays = vec![false; parts.len()];
    if !parts.iter().any(|part| matches!(part, Expr::And(_))) {
        return stays;
    }
    let side_by_side: Vec<Expr> = parts.iter().flat_map(parts_of).cloned().collect();
    let joins = |terms: &Terms| {
        terms
            .elements()
            .map_or(true, |elements| !elements.is_empty())
    };
    if Terms::of(&side_by_side).iter().any(joins) {
        for (stays, part) in stays.iter_mut().zip(parts) {
            *stays =
                matches!(part, Expr::And(inner) if inner.iter().any(|it| Member::of(it).is_some()));
        }
    }
    stays
}

fn parts_of(part: &Expr) -> &[Expr] {
    match part {
        Expr::And(inner) => inner,
        other => std::slice::from_ref(other),
    }
}

/// Returns the field that stands for all those that say which party is meant. Two of them mean two
/// parties, as in `party:JP AND organisation:NEC`.
fn identity(field: Field) -> Field {
    match field {
        Field::Body | Field::Organisation | Field::Person => Field::Party,
        field => field,
    }
}

/// A part of an AND that can be about one element: a term on a field of a repeated field, or an OR of
/// such terms.
struct Member {
    repeated: Repeated,
    fields: BTreeSet<Field>,
    /// Those of its fields for which it gives a value.
    with_value: BTreeSet<Field>,
    /// Whether it only asks whether a field is set.
    is_presence: bool,
}

impl Member {
    fn of(part: &Expr) -> Option<Member> {
        match part {
            Expr::Leaf(test) => {
                let field = test.field();
                let repeated = Repeated::of(field)?;
                let field = identity(field);
                let is_value = match test {
                    Predicate::Term { .. } | Predicate::Words { .. } | Predicate::Whole { .. } => {
                        true
                    }
                    Predicate::Decimal { op, .. } => *op == Comparison::Equal,
                    _ => false,
                };
                Some(Member {
                    repeated,
                    fields: [field].into(),
                    with_value: is_value.then_some(field).into_iter().collect(),
                    is_presence: matches!(test, Predicate::Present(_)),
                })
            }
            Expr::Or(parts) => {
                let mut parts = parts.iter().map(|part| match part {
                    Expr::Leaf(_) => Member::of(part),
                    _ => None,
                });
                let first = parts.next()??;
                parts.try_fold(first, |mut all, part| {
                    let part = part.filter(|part| part.repeated == all.repeated)?;
                    all.fields.extend(part.fields);
                    all.with_value.extend(part.with_value);
                    all.is_presence = false;
                    Some(all)
                })
            }
            _ => None,
        }
    }

    /// Returns the field of which it gives the value, if that is all it does.
    fn value_of(&self) -> Option<Field> {
        let only = self.fields.first().filter(|_| self.fields.len() == 1)?;
        self.with_value.contains(only).then_some(*only)
    }

    /// Whether it adds nothing to another, or belongs to other elements than another.
    fn is_apart_from(&self, other: &Member) -> bool {
        if self.is_presence {
            return self.fields == other.fields;
        }
        let is_mixed = self.fields.len() > 1;
        is_mixed && !self.with_value.is_disjoint(&other.with_value)
    }
}

/// The parts of an AND that are about elements of one repeated field.
struct Terms {
    repeated: Repeated,
    /// For each field, the parts that give its value.
    values: BTreeMap<Field, Vec<usize>>,
    /// The other parts.
    others: Vec<usize>,
}

/// Two fields have several values, so that it is open which belong to one element.
struct Ambiguous {
    repeated: Repeated,
    /// The parts that give the values of each such field.
    values: Vec<(Field, Vec<usize>)>,
}

impl Terms {
    /// Collects those of every repeated field.
    fn of(parts: &[Expr]) -> Vec<Terms> {
        let members = parts.iter().enumerate().map(|(at, part)| {
            let repeats = parts[..at].contains(part);
            Member::of(part).filter(|_| !repeats)
        });
        let members: Vec<Option<Member>> = members.collect();
        let mut all: BTreeMap<Repeated, Terms> = BTreeMap::new();
        for (at, member) in members.iter().enumerate() {
            let Some(member) = member else {
                continue;
            };
            let repeated = member.repeated;
            let mut others = members.iter().enumerate().filter_map(|(other, it)| {
                it.as_ref()
                    .filter(|it| other != at && it.repeated == repeated)
            });
            if others.any(|other| member.is_apart_from(other)) {
                continue;
            }
            let terms = all.entry(repeated).or_insert_with(|| Terms {
                repeated,
                values: BTreeMap::new(),
                others: Vec::new(),
            });
            match member.value_of() {
                Some(field) => terms.values.entry(field).or_default().push(at),
                None => terms.others.push(at),
            }
        }
        all.into_values().collect()
    }

    /// Returns the parts of each element, in their order.
    fn elements(&self) -> Result<Vec<Vec<usize>>, Ambiguous> {
        let (several, single): (Vec<_>, Vec<_>) =
            self.values.iter().partition(|(_, parts)| parts.len() > 1);
        let mut shared = self.others.clone();
        shared.extend(single.iter().flat_map(|(_, parts)| parts.iter()));
        shared.sort_unstable();
        match several.as_slice() {
            [] if shared.len() > 1 => Ok(vec![shared]),
            [(_, values)] if !shared.is_empty() => {
                let with = |value: &usize| {
                    let mut parts = shared.clone();
                    parts.push(*value);
                    parts.sort_unstable();
                    parts
                };
                Ok(values.iter().map(with).collect())
            }
            [] | [_] => Ok(Vec::new()),
            several => Err(Ambiguous {
                repeated: self.repeated,
                values: several
                    .iter()
                    .map(|(field, parts)| (**field, (*parts).clone()))
                    .collect(),
            }),
        }
    }
}

impl Ambiguous {
    fn refused(&self, trees: &[Tree], parts: &[Expr], schema: Schema) -> FilterError {
        let fields: Vec<&str> = self.values.iter().map(|(field, _)| field.name()).collect();
        let message = format!(
            "{} have several values each, so it is open which of them {} has; put the terms of each \
             into parentheses",
            fields.join(" and "),
            self.repeated.one(),
        );
        let last = self.values.iter().filter_map(|(_, at)| at.get(1)).max();
        let literal = last.and_then(|at| trees.get(*at)).and_then(Tree::first);
        let (offset, fragment) = literal.map_or((0, ""), |it| (it.offset, it.text.as_str()));
        FilterError::new(offset, fragment, message).expecting([self.example(parts, schema)])
    }

    /// Returns the values in the order in which they were written, those of each element in parentheses.
    fn example(&self, parts: &[Expr], schema: Schema) -> String {
        let count = self.values.iter().map(|(_, at)| at.len()).max();
        let element = |nth: usize| {
            let terms = self.values.iter().filter_map(|(_, at)| {
                let at = at.get(nth).or(at.last())?;
                Some(normal::part(&parts[*at], schema))
            });
            format!("({})", terms.collect::<Vec<_>>().join(" AND "))
        };
        let elements: Vec<String> = (0..count.unwrap_or(0)).map(element).collect();
        shorten(&elements.join(" AND "), EXAMPLE_MAX)
    }
}
