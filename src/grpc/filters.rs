//! Filters as they come in requests.

use crate::{
    command::ListFilter,
    domain::View,
    filter::{BodiesOfTerm, Filter, Schema},
    proto::v1,
    rejection::Rejection,
    wire::view_of,
};

/// The filter of a list or summary.
pub(super) fn of_list(text: String, show_retracted: bool) -> Result<ListFilter, Rejection> {
    Ok(ListFilter::parse(text, show_retracted)?)
}

/// The filter of a watch.
pub(super) fn of_watch(text: &str) -> Result<Filter, Rejection> {
    Ok(Filter::parse(text, Schema::Events)?.with_watch_defaults())
}

/// The bodies that the names in a filter stand for.
pub(super) fn named_bodies(named: &[BodiesOfTerm]) -> Vec<v1::NamedBodies> {
    let bodies = |of: &BodiesOfTerm| v1::NamedBodies {
        term: of.term.clone(),
        bodies: of
            .shown
            .iter()
            .map(|slug| format!("bodies/{slug}"))
            .collect(),
        body_count: of.count as i64,
    };
    named.iter().map(bodies).collect()
}

/// The view of a request; `default` if it names none.
pub(super) fn view(code: i32, default: View) -> Result<View, Rejection> {
    match v1::View::try_from(code) {
        Ok(given) => Ok(view_of(given).unwrap_or(default)),
        Err(_) => {
            let why = format!("there is no view {code}; send VIEW_BASIC or VIEW_FULL");
            Err(Rejection::argument("view", why))
        }
    }
}

#[cfg(test)]
mod tests {
    use prost_reflect::{Kind, MessageDescriptor};

    use super::*;
    use crate::{filter::fields, wire::descriptors};

    /// Paths of all fields, including those of nested messages.
    fn paths(message: &MessageDescriptor, prefix: &str) -> Vec<String> {
        let field = |field: prost_reflect::FieldDescriptor| {
            let path = format!("{prefix}{}", field.name());
            let inner = match field.kind() {
                Kind::Message(inner) if !field.is_map() && inner.package_name() == "entente.v1" => {
                    paths(&inner, &format!("{path}."))
                }
                _ => Vec::new(),
            };
            std::iter::once(path).chain(inner)
        };
        message.fields().flat_map(field).collect()
    }

    /// Trial C6.
    #[test]
    fn c6_every_field_of_a_resource_is_a_filter_or_leads_to_what_there_is() {
        for (message, schema) in [
            ("entente.v1.Event", Schema::Events),
            ("entente.v1.Partnership", Schema::Partnerships),
            ("entente.v1.Body", Schema::Bodies),
        ] {
            let message = descriptors().get_message_by_name(message).expect(message);
            let paths = paths(&message, "");
            assert!(paths.len() > 40, "{paths:?}");
            for path in paths {
                let Err(error) = Filter::parse(&format!("{path}:*"), schema) else {
                    continue;
                };
                let is_field = |name: &str| fields(schema).iter().any(|info| info.name == name);
                let leads = match (&error.suggestion, error.expected.as_slice()) {
                    // A field for which every resource has a value.
                    _ if error.message.contains("is always set") => true,
                    _ if error.message.contains("cannot be filtered by") => true,
                    (Some(meant), []) => is_field(meant),
                    (None, meant) => meant.len() < 6 && meant.iter().all(|name| is_field(name)),
                    (Some(meant), _) => path == "annotations" && meant == "annotations.my-key",
                };
                assert!(leads, "{path}: {error}");
            }
        }
    }
}
