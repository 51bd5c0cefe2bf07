use super::{
    bodies::SHOWN_OF_TERM,
    expr::{Comparison, Expr, Predicate},
    field::Field,
    lookup::info,
    schema::{FieldKind, Schema},
};

/// Returns the normal form of a condition; empty if it matches everything.
pub(super) fn text(root: &Expr, schema: Schema) -> String {
    match root {
        Expr::All => String::new(),
        Expr::And(parts) | Expr::Element { parts, .. } => joined(parts, " AND ", schema),
        Expr::Or(parts) => joined(parts, " OR ", schema),
        Expr::Not(inner) => format!("NOT {}", part(inner, schema)),
        Expr::Leaf(predicate) => term(predicate, schema),
    }
}

/// Returns the normal form of a test.
pub(super) fn term(predicate: &Predicate, schema: Schema) -> String {
    match predicate {
        Predicate::Term { field, value } => {
            let info = info(schema, *field);
            let bare = info.is_none_or(|info| info.kind != FieldKind::Exact);
            let value = if bare {
                value.clone()
            } else {
                in_quotes(value)
            };
            match info.is_some_and(|info| info.several) {
                true => format!("{}:{value}", field.name()),
                false => format!("{} = {value}", field.name()),
            }
        }
        Predicate::Words { field, query } => {
            format!("{}:{}", field.name(), in_quotes(query.text()))
        }
        Predicate::Whole { field, name } => {
            format!("{} = {}", field.name(), in_quotes(name))
        }
        Predicate::Phrase { field, phrase, .. } => {
            format!("{} = {}", field.name(), in_quotes(phrase.text()))
        }
        Predicate::Present(field) => format!("{}:*", field.name()),
        Predicate::Annotation { key, value: None } => {
            format!("{}.{key}:*", Field::Annotations.name())
        }
        Predicate::Annotation {
            key,
            value: Some(value),
        } => {
            format!("{}.{key} = {}", Field::Annotations.name(), in_quotes(value))
        }
        Predicate::Date {
            field,
            op: Comparison::Overlaps,
            text,
            ..
        } => {
            format!("{}:{}", field.name(), in_quotes(text))
        }
        Predicate::Date {
            field, op, text, ..
        }
        | Predicate::Time {
            field, op, text, ..
        } => {
            format!("{} {} {}", field.name(), op.symbol(), in_quotes(text))
        }
        Predicate::Number { field, op, value } => {
            format!("{} {} {value}", field.name(), op.symbol())
        }
        Predicate::Bodies { field, bodies } => {
            let who = match field {
                Field::SubjectName | Field::SubjectBody => "subject",
                Field::Text => "party or subject",
                _ => "party",
            };
            let shown = bodies.iter().take(SHOWN_OF_TERM);
            let mut names: Vec<String> =
                shown.map(|body| format!("bodies/{}", body.slug)).collect();
            let others = bodies.count().saturating_sub(SHOWN_OF_TERM as u64);
            if others > 0 {
                names.push(format!("one of {others} others"));
            }
            format!("a {who} is {}", names.join(" or "))
        }
        Predicate::Decimal { field, op, value } => {
            format!("{} {} {value}", field.name(), op.symbol())
        }
        Predicate::Overdue(value) => format!("{} = {value}", Field::Overdue.name()),
    }
}

/// Returns the text in double quotes, escaped.
pub(super) fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#))
}

fn joined(parts: &[Expr], operator: &str, schema: Schema) -> String {
    let parts: Vec<String> = parts.iter().map(|inner| part(inner, schema)).collect();
    parts.join(operator)
}

/// A condition inside another, in parentheses when it joins several.
pub(super) fn part(expr: &Expr, schema: Schema) -> String {
    match expr {
        Expr::And(_) | Expr::Or(_) | Expr::Element { .. } => format!("({})", text(expr, schema)),
        Expr::All | Expr::Not(_) | Expr::Leaf(_) => text(expr, schema),
    }
}
