use crate::domain::{Day, search_words::SearchWord};

use super::{
    expr::{Comparison, Expr, Predicate},
    field::Field,
    lookup::info,
    normal,
    schema::{FieldKind, Schema},
};

/// Explains a condition: for each part that must hold, its text and its meaning in words.
pub(super) fn explain(root: &Expr, schema: Schema) -> Vec<String> {
    let parts = match root {
        Expr::All => return vec!["everything matches".to_owned()],
        Expr::And(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    parts
        .iter()
        .map(|part| format!("{}: {}", normal::text(part, schema), meaning(part, schema)))
        .collect()
}

fn meaning(expr: &Expr, schema: Schema) -> String {
    match expr {
        Expr::All => "everything matches".to_owned(),
        Expr::And(parts) => format!("all of [{}]", meanings(parts, schema)),
        Expr::Or(parts) => format!("any of [{}]", meanings(parts, schema)),
        Expr::Not(inner) => {
            let denied = denied(inner, schema)
                .unwrap_or_else(|| format!("it is not the case that {}", meaning(inner, schema)));
            denied + of_unset(inner, schema)
        }
        Expr::Leaf(predicate) => test(predicate, schema),
        Expr::Element { repeated, parts } => {
            format!(
                "{} has all of [{}]",
                repeated.one(),
                meanings(parts, schema)
            )
        }
    }
}

/// Explains the negation of a test of a field that can have only one value.
fn denied(expr: &Expr, schema: Schema) -> Option<String> {
    let Expr::Leaf(Predicate::Term { field, value }) = expr else {
        return None;
    };
    let info = info(schema, *field)?;
    let is_one = info.kind != FieldKind::Flag && !info.several;
    is_one.then(|| format!("{} is not {value}", info.doc))
}

/// Returns what to add to a negation that also holds where nothing is set.
fn of_unset(expr: &Expr, schema: Schema) -> &'static str {
    let Expr::Leaf(predicate) = expr else {
        return "";
    };
    let asks_whether_set = matches!(
        predicate,
        Predicate::Present(_) | Predicate::Annotation { value: None, .. }
    );
    let always_set = info(schema, predicate.field()).is_some_and(|info| info.always_set);
    match asks_whether_set || always_set {
        true => "",
        false => ", or it is not set",
    }
}

fn meanings(parts: &[Expr], schema: Schema) -> String {
    let meanings: Vec<String> = parts.iter().map(|part| meaning(part, schema)).collect();
    meanings.join("; ")
}

fn test(predicate: &Predicate, schema: Schema) -> String {
    let field = predicate.field();
    let info = info(schema, field);
    let doc = info.map_or(field.name(), |info| info.doc);
    match predicate {
        Predicate::Term { value, .. } => match info.map(|info| info.kind) {
            Some(FieldKind::Flag) => flag(doc, value == "true"),
            _ => format!("{doc} is {value}"),
        },
        Predicate::Words { query, .. } => {
            let words: Vec<String> = query.words().iter().map(word).collect();
            let words = words.join(" and ");
            match field {
                Field::Text => format!("{doc} have words that begin with {words}"),
                _ => format!("one of the {doc} has words that begin with {words}"),
            }
        }
        Predicate::Whole { name, .. } => {
            format!("one of the {doc} is {}", normal::in_quotes(name))
        }
        Predicate::Phrase { phrase, .. } => {
            let phrase = normal::in_quotes(phrase.text());
            format!("one of the {doc} has the whole words {phrase} in this order")
        }
        Predicate::Present(_) if doc.starts_with(WHETHER) => format!("it is known {doc}"),
        Predicate::Present(_) => format!("{doc} is given"),
        Predicate::Annotation { key, value: None } => format!("there is an annotation {key}"),
        Predicate::Annotation {
            key,
            value: Some(value),
        } => {
            format!("the annotation {key} is {}", normal::in_quotes(value))
        }
        Predicate::Date {
            op,
            earliest,
            latest,
            ..
        } => {
            format!(
                "{doc} {}, in days of the place without a time zone",
                span(*op, *earliest, *latest)
            )
        }
        Predicate::Time { op, text, .. } => format!("{doc} is {}{text}", instant(*op)),
        Predicate::Number { op, value, .. } => format!("{doc} is {}{value}", number(*op)),
        Predicate::Bodies { .. } => normal::term(predicate, schema),
        Predicate::Decimal { op, value, .. } => format!("{doc} is {}{value}", number(*op)),
        Predicate::Overdue(value) => flag(doc, *value),
    }
}

/// Explains a word: its beginnings, and what it is as a whole instead.
fn word(word: &SearchWord) -> String {
    let quoted = |texts: &[String]| {
        let quoted: Vec<String> = texts.iter().map(|text| normal::in_quotes(text)).collect();
        quoted.join(" or ")
    };
    let begins = quoted(&word.begins);
    match word.is.is_empty() {
        true => begins,
        false => format!("{begins} (or are {})", quoted(&word.is)),
    }
}

/// The beginning of every description of a flag.
const WHETHER: &str = "whether ";

fn flag(doc: &str, value: bool) -> String {
    let statement = doc.trim_start_matches(WHETHER);
    if value {
        statement.to_owned()
    } else {
        format!("it is false that {statement}")
    }
}

fn span(op: Comparison, earliest: Option<Day>, latest: Option<Day>) -> String {
    let day = |day: Option<Day>| day.map_or("an open end".to_owned(), |day| day.to_string());
    let (first, last) = (day(earliest), day(latest));
    match op {
        Comparison::Equal => format!("lies within {first} to {last}"),
        Comparison::Overlaps => format!("may lie in {first} to {last}"),
        Comparison::Less => format!("lies wholly before {first}"),
        Comparison::LessOrEqual => format!("lies wholly on or before {last}"),
        Comparison::Greater => format!("lies wholly after {last}"),
        Comparison::GreaterOrEqual => format!("lies wholly on or after {first}"),
    }
}

fn instant(op: Comparison) -> &'static str {
    match op {
        Comparison::Equal | Comparison::Overlaps => "",
        Comparison::Less => "before ",
        Comparison::LessOrEqual => "at or before ",
        Comparison::Greater => "after ",
        Comparison::GreaterOrEqual => "at or after ",
    }
}

fn number(op: Comparison) -> &'static str {
    match op {
        Comparison::Equal | Comparison::Overlaps => "",
        Comparison::Less => "less than ",
        Comparison::LessOrEqual => "at most ",
        Comparison::Greater => "more than ",
        Comparison::GreaterOrEqual => "at least ",
    }
}
