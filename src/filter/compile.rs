use crate::domain::{
    CountryCode, OrderedDecimal, Slug, edtf, plain_number,
    search_words::{Phrase, Query, words_of_name},
    with_fitting_example,
};

use super::{
    error::{FilterError, quoted},
    expr::{Comparison, Expr, Predicate},
    field::{Field, fields},
    instant,
    lexer::Operator,
    lookup::find,
    misleading,
    paths::{self, Instead},
    schema::{FieldInfo, FieldKind, Schema},
    scope, suggest,
    tree::{Literal, Term, Tree},
    value::{normalise, refused},
};

/// How strictly filters are checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rules {
    /// Filters that would be misread are refused too.
    OfNew,
    /// Only filters that do not parse are refused.
    OfKept,
}

/// Checks every field, operator and value of a filter, and builds the condition to evaluate.
pub(super) fn compile(tree: &Tree, schema: Schema, rules: Rules) -> Result<Expr, FilterError> {
    let all = |parts: &[Tree]| -> Result<Vec<Expr>, FilterError> {
        let parts = parts.iter().map(|part| compile(part, schema, rules));
        parts.collect()
    };
    match tree {
        Tree::And(parts) => scope::compile(parts, all(parts)?, (schema, rules)),
        Tree::Or(parts) => all(parts).map(Expr::any_of),
        Tree::Not(inner) => compile(inner, schema, rules).map(Expr::negated),
        Tree::Term(term) => compile_term(term, schema, rules),
        Tree::Bare(literal) => Err(without_field(literal, schema)),
    }
}

fn compile_term(term: &Term, schema: Schema, rules: Rules) -> Result<Expr, FilterError> {
    if let Some(key) = term.field.text.strip_prefix("annotations.")
        && schema == Schema::Events
    {
        return annotation(term, key);
    }
    let info = find(schema, &term.field.text)
        .or_else(|| paths::same(&term.field.text, schema))
        .ok_or_else(|| unknown_field(&term.field, schema))?;
    if is_star(&term.value) {
        return presence(term, info);
    }
    check_operator(term, info)?;
    check_value(term, info)?;
    if rules == Rules::OfNew {
        misleading::check(term, info)?;
    }
    let condition = condition(term, info, schema)?;
    Ok(if term.operator == Operator::NotEqual {
        condition.negated()
    } else {
        condition
    })
}

/// Returns the condition of a term, reading `!=` as `=`.
fn condition(term: &Term, info: &FieldInfo, schema: Schema) -> Result<Expr, FilterError> {
    let (field, op) = (info.field, comparison(term.operator));
    let text = term.value.text.trim();
    let because = |reason| refused(info, &term.value, reason);
    Ok(Expr::Leaf(match info.kind {
        FieldKind::Words => searched(field, op, text).map_err(because)?,
        FieldKind::Country if field == Field::Subject => subject(term, info, schema)?,
        FieldKind::Date => {
            let span = edtf::parse(text).map_err(because)?;
            let (earliest, latest) = (span.earliest, span.latest);
            Predicate::Date {
                field,
                op,
                earliest,
                latest,
                text: text.to_owned(),
            }
        }
        FieldKind::Time => return instant::condition(field, op, text).map_err(because),
        FieldKind::Number => Predicate::Number {
            field,
            op,
            value: number(text).map_err(because)?,
        },
        FieldKind::Decimal => Predicate::Decimal {
            field,
            op,
            value: OrderedDecimal::parse(text).map_err(because)?,
        },
        _ => {
            let value = normalise(info, &term.value, schema)?;
            match field {
                Field::Overdue => Predicate::Overdue(value == "true"),
                _ => Predicate::Term { field, value },
            }
        }
    }))
}

/// Reads a subject: the code of a country or union, or else the full name of a body or a name in words.
fn subject(term: &Term, info: &FieldInfo, schema: Schema) -> Result<Predicate, FilterError> {
    let text = term.value.text.trim();
    if let Some(id) = text.strip_prefix("bodies/") {
        let slug = Slug::parse(id).map_err(|why| refused(info, &term.value, why))?;
        return Ok(Predicate::Term {
            field: Field::SubjectBody,
            value: slug.to_string(),
        });
    }
    match normalise(info, &term.value, schema) {
        Ok(value) => Ok(Predicate::Term {
            field: Field::Subject,
            value,
        }),
        // It was meant as a code, and the error says which is right.
        Err(wrong) if text.len() == 2 || CountryCode::named(text).is_some() => Err(wrong),
        Err(_) => searched(Field::SubjectName, comparison(term.operator), text)
            .map_err(|why| refused(info, &term.value, why)),
    }
}

/// Reads what `:` searches for by the beginnings of words, and `=` by whole words or names.
fn searched(field: Field, op: Comparison, text: &str) -> Result<Predicate, String> {
    let is_text = field == Field::Text;
    let predicate = match op {
        Comparison::Equal if is_text => Phrase::of(text).map(|phrase| Predicate::Phrase {
            field,
            phrase,
            found: None,
        }),
        Comparison::Equal => words_of_name(text).map(|name| Predicate::Whole { field, name }),
        _ => {
            // Names are not inflected: a search for the Williams must not find a William.
            let query = Query::of(text, is_text);
            let has_words = !query.words().is_empty();
            has_words.then_some(Predicate::Words { field, query })
        }
    };
    predicate.ok_or_else(|| {
        format!(
            "{} has no word to search for; write letters or digits",
            quoted(text)
        )
    })
}

fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| {
        let meant = plain_number(text).filter(|meant| meant.parse::<i64>().is_ok());
        let meant = meant.unwrap_or_else(|| "digits, as in 3".to_owned());
        format!("{} is no whole number; write {meant}", quoted(text))
    })
}

fn annotation(term: &Term, key: &str) -> Result<Expr, FilterError> {
    let slug = Slug::parse(key).map_err(|reason| {
        let reason = with_fitting_example(reason, Field::Annotations.name());
        let message = format!("the key of an annotation: {reason}");
        FilterError::new(term.field.offset, &term.field.text, message).suggesting(
            suggest::kebab(key).map(|key| format!("{}.{key}", Field::Annotations.name())),
        )
    })?;
    let leaf = |value| {
        Expr::Leaf(Predicate::Annotation {
            key: slug.to_string(),
            value,
        })
    };
    match term.operator {
        Operator::Has if is_star(&term.value) => Ok(leaf(None)),
        _ if is_star(&term.value) => Err(star(term)),
        Operator::Equal | Operator::Has => Ok(leaf(Some(term.value.text.clone()))),
        Operator::NotEqual => Ok(leaf(Some(term.value.text.clone())).negated()),
        _ => Err(wrong_operator(term, FieldKind::Exact.operators())),
    }
}

/// Whether the value is a `*` that means any value. In quotes it is an ordinary character.
fn is_star(value: &Literal) -> bool {
    !value.quoted && value.text == "*"
}

fn presence(term: &Term, info: &FieldInfo) -> Result<Expr, FilterError> {
    if term.operator != Operator::Has {
        return Err(star(term));
    }
    if info.always_set {
        let message = format!(
            "{} is always set, so {}:* says nothing",
            info.name, info.name
        );
        return Err(FilterError::new(
            term.field.offset,
            &term.field.text,
            message,
        ));
    }
    if info.field == Field::SubjectBody {
        let message = "subject.body:* would leave out the subjects that are given by the name of a body; \
             write subject.name:* for events about anybody with a name, or name a body";
        return Err(FilterError::new(
            term.field.offset,
            &term.field.text,
            message.to_owned(),
        ));
    }
    if info.field == Field::Body {
        let message = "body:* would leave out the parties that are given by the name of a body; \
             write organisation:* for events with any organisation, or name a body";
        return Err(FilterError::new(
            term.field.offset,
            &term.field.text,
            message.to_owned(),
        ));
    }
    Ok(Expr::Leaf(Predicate::Present(info.field)))
}

fn star(term: &Term) -> FilterError {
    let message = format!(
        "{} does not go with *, which asks whether a field is set",
        term.operator.symbol()
    );
    FilterError::new(term.operator_offset, term.operator.symbol(), message)
        .suggesting(format!("{}:*", term.field.text))
}

fn check_operator(term: &Term, info: &FieldInfo) -> Result<(), FilterError> {
    let allowed = info.kind.operators();
    if allowed.contains(&term.operator) {
        Ok(())
    } else {
        Err(wrong_operator(term, allowed))
    }
}

fn wrong_operator(term: &Term, allowed: &[Operator]) -> FilterError {
    let symbol = term.operator.symbol();
    let message = format!("{} cannot be compared with {symbol}", term.field.text);
    FilterError::new(term.operator_offset, symbol, message)
        .expecting(allowed.iter().map(|operator| operator.symbol()))
}

fn check_value(term: &Term, info: &FieldInfo) -> Result<(), FilterError> {
    if !term.value.text.trim().is_empty() {
        return Ok(());
    }
    let field = &term.field.text;
    let error = |message| FilterError::new(term.value.offset, "", message);
    // A field that is always set has no empty value.
    Err(match info.always_set {
        true => error(format!(
            "an empty value for {field}; write one, or leave the term out"
        )),
        false => error(format!("an empty value for {field}")).suggesting(format!("-{field}:*")),
    })
}

fn comparison(operator: Operator) -> Comparison {
    match operator {
        Operator::Equal | Operator::NotEqual => Comparison::Equal,
        Operator::Has => Comparison::Overlaps,
        Operator::Less => Comparison::Less,
        Operator::LessOrEqual => Comparison::LessOrEqual,
        Operator::Greater => Comparison::Greater,
        Operator::GreaterOrEqual => Comparison::GreaterOrEqual,
    }
}

fn unknown_field(field: &Literal, schema: Schema) -> FilterError {
    let error = |message| FilterError::new(field.offset, &field.text, message);
    let unknown = || error(format!("unknown field {}", quoted(&field.text)));
    match paths::instead(&field.text, schema) {
        Some(Instead::Fields(near)) => match near.as_slice() {
            [only] => unknown().suggesting((*only).to_owned()),
            several => unknown().expecting(several.iter().copied()),
        },
        Some(Instead::Nothing(beside)) => {
            let what = match schema {
                Schema::Events => "events",
                Schema::Bodies => "bodies",
                Schema::Partnerships => "partnerships",
            };
            let path = quoted(&field.text);
            error(format!("{what} cannot be filtered by {path}")).expecting(beside)
        }
        None => unknown()
            .suggesting(suggest::field(&field.text, schema))
            .expecting(fields(schema).iter().map(|info| info.name)),
    }
}

fn without_field(literal: &Literal, schema: Schema) -> FilterError {
    let message = format!(
        "{} stands without a field and operator",
        quoted(&literal.text)
    );
    FilterError::new(literal.offset, &literal.text, message)
        .suggesting(suggest::term(&literal.text, schema))
}
