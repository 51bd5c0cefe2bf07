//! The lists that a correction replaces as a whole, and what leaves the record with that.

use clap::Arg;
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};

use crate::{
    cli::note::{counted_as, note},
    transfer::reflect,
};

use super::answer::Outcome;

/// A list of a record that a correction can replace.
struct List {
    /// Its field.
    field: &'static str,
    /// The option that replaces it, without hyphens. `--add-{option}` adds one item.
    option: &'static str,
    one: &'static str,
    many: &'static str,
    /// The fields of an item that say what it is; the item itself if there are none.
    key: &'static [&'static str],
}

const LISTS: &[List] = &[
    list("amounts", "amount", "sum", "sums", &[]),
    list(
        "parties",
        "party",
        "party",
        "parties",
        &["country_code", "body", "display_name"],
    ),
    list("sources", "source", "source", "sources", &["id"]),
    list("topics", "topic", "topic", "topics", &[]),
    list("names", "name", "name", "names", &["text"]),
    list(
        "translations",
        "translation",
        "translation",
        "translations",
        &["language_code"],
    ),
    list(
        "partnerships",
        "partnership",
        "partnership",
        "partnerships",
        &[],
    ),
    list(
        "subjects",
        "subject",
        "subject",
        "subjects",
        &["country_code", "body", "display_name"],
    ),
    list("quantities", "quantity", "quantity", "quantities", &[]),
    list(
        "identifiers",
        "identifier",
        "identifier",
        "identifiers",
        &[],
    ),
    list("same_as", "same-as", "address", "addresses", &[]),
    list(
        "predecessors",
        "predecessor",
        "predecessor",
        "predecessors",
        &["body"],
    ),
    list(
        "successors",
        "successor",
        "successor",
        "successors",
        &["body"],
    ),
    list("claims", "claim", "claim", "claims", &[]),
    list(
        "related_events",
        "related-event",
        "related event",
        "related events",
        &["event"],
    ),
    list(
        "further_places",
        "further-place",
        "further place",
        "further places",
        &[],
    ),
];

const fn list(
    field: &'static str,
    option: &'static str,
    one: &'static str,
    many: &'static str,
    key: &'static [&'static str],
) -> List {
    List {
        field,
        option,
        one,
        many,
        key,
    }
}

/// Adds to the help of an option that it replaces a list.
pub(super) fn with_replacement_in_help(argument: Arg) -> Arg {
    let long = argument.get_long().unwrap_or_default();
    let list = LISTS.iter().find(|list| list.option == long);
    match (list, argument.get_help()) {
        (Some(List { option, many, .. }), Some(help)) => {
            let help = format!("{help}. Replaces all {many}; use --add-{option} to add one");
            argument.help(help)
        }
        _ => argument,
    }
}

/// Where the new values of a correction come from.
pub(in crate::cli) enum NewValues {
    /// A file.
    File,
    /// Options for the fields with these paths.
    Options(Vec<String>),
}

impl NewValues {
    /// Returns whether they may replace a list, so that the record must be read before the write.
    pub(super) fn replace_a_list<M: Message + Name>(&self, given: &M, mask: &[String]) -> bool {
        let is_list = |path: &String| LISTS.iter().any(|list| list.field == path);
        match self {
            Self::Options(paths) => paths.iter().any(is_list),
            Self::File if mask.is_empty() => reflect(given).is_ok_and(|given| {
                LISTS
                    .iter()
                    .any(|list| !items(&given, list.field).is_empty())
            }),
            Self::File => mask.iter().any(|path| path == "*" || is_list(path)),
        }
    }

    /// Notes which items of lists left the record, because those who give one item may not know that
    /// it replaces all others. `told` are the fields of which something else tells that.
    pub(super) fn note_losses<M: Message + Name>(
        &self,
        before: &M,
        after: &M,
        told: &[&str],
        outcome: Outcome,
    ) {
        let would_be = match outcome {
            Outcome::Written => "",
            Outcome::Valid => "would be ",
            Outcome::Replayed | Outcome::Unchanged => return,
        };
        if let (Ok(before), Ok(after)) = (reflect(before), reflect(after)) {
            let losses = self.losses(&before, &after, told, would_be);
            losses.iter().for_each(note);
        }
    }

    fn losses(
        &self,
        before: &DynamicMessage,
        after: &DynamicMessage,
        told: &[&str],
        would_be: &str,
    ) -> Option<String> {
        let (mut removed, mut changed, mut adding) = (Vec::new(), Vec::new(), Vec::new());
        let is_replaced = |field: &str| match self {
            Self::File => true,
            Self::Options(paths) => paths.iter().any(|path| path == field),
        };
        let lists = LISTS.iter().filter(|list| is_replaced(list.field));
        for list in lists.filter(|list| !told.contains(&list.field)) {
            let loss = list.loss(items(before, list.field), items(after, list.field));
            let before = (removed.len(), changed.len());
            if loss.removed > 0 {
                removed.push(counted_as(loss.removed, list.one, list.many));
            }
            // A file has the whole item, so that its author saw what changes.
            if loss.changed > 0 && matches!(self, Self::Options(_)) {
                changed.push(counted_as(loss.changed, list.one, list.many));
            }
            if before != (removed.len(), changed.len()) {
                adding.push(format!("--add-{}", list.option));
            }
        }
        let mut parts = Vec::new();
        for (verb, what) in [("removed", removed), ("changed", changed)] {
            if !what.is_empty() {
                parts.push(format!("{would_be}{verb}: {}", what.join(", ")));
            }
        }
        if parts.is_empty() {
            return None;
        }
        match (self, &adding[..]) {
            (Self::File, _) => {}
            (_, [only]) => parts.push(format!("{only} adds one and keeps the others")),
            (_, all) => parts.push(format!("{} add one and keep the others", all.join(" and "))),
        }
        Some(parts.join("; "))
    }
}

/// How many items of a list are no longer as they were.
struct Loss {
    removed: usize,
    /// Those that are still there with other details.
    changed: usize,
}

impl List {
    fn loss(&self, before: Vec<Value>, after: Vec<Value>) -> Loss {
        let mut new = after;
        let mut lost = before;
        lost.retain(|item| !took(&mut new, |other| other == item));
        let all = lost.len();
        if !self.key.is_empty() {
            lost.retain(|item| !took(&mut new, |other| self.is_same(item, other)));
        }
        Loss {
            removed: lost.len(),
            changed: all - lost.len(),
        }
    }

    fn is_same(&self, one: &Value, other: &Value) -> bool {
        match (one, other) {
            (Value::Message(one), Value::Message(other)) => self.key.iter().all(|field| {
                one.get_field_by_name(field).as_deref() == other.get_field_by_name(field).as_deref()
            }),
            // Texts are their own keys.
            _ => false,
        }
    }
}

/// Removes the first item that fits, and returns whether there was one.
fn took(items: &mut Vec<Value>, fits: impl Fn(&Value) -> bool) -> bool {
    let place = items.iter().position(fits);
    place.map(|place| items.swap_remove(place)).is_some()
}

/// Returns the items of a list; none if the message has no such field.
fn items(message: &DynamicMessage, field: &str) -> Vec<Value> {
    let field = message.descriptor().get_field_by_name(field);
    let value = field.map(|field| message.get_field(&field).into_owned());
    match value {
        Some(Value::List(items)) => items,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::write::{amount::amount, party::party},
        proto::v1::Event,
    };

    fn event(amounts: &[&str], parties: &[&str]) -> DynamicMessage {
        let event = Event {
            amounts: amounts
                .iter()
                .map(|it| amount(it).expect("a sum"))
                .collect(),
            parties: parties
                .iter()
                .map(|it| party(it).expect("a party"))
                .collect(),
            ..Default::default()
        };
        reflect(&event).expect("a message")
    }

    #[test]
    fn only_what_the_new_list_lacks_is_a_loss() {
        let before = event(&["EUR:1", "EUR:1", "USD:2"], &["JP:host", "EU", "KR"]);
        let after = event(&["EUR:1", "CHF:3"], &["EU", "JP"]);
        let options = |paths: &[&str]| {
            let paths = paths.iter().map(|&path| path.to_owned()).collect();
            NewValues::Options(paths)
        };

        let losses = |values: NewValues| values.losses(&before, &after, &[], "");

        let sums = "removed: 2 sums; --add-amount adds one and keeps the others";
        assert_eq!(
            losses(options(&["title", "amounts"])).as_deref(),
            Some(sums)
        );
        let both = "removed: 2 sums, 1 party; changed: 1 party; --add-amount and --add-party add one \
                    and keep the others";
        let found = losses(options(&["amounts", "parties"]));
        assert_eq!(found.as_deref(), Some(both));
        let file = losses(NewValues::File);
        assert_eq!(file.as_deref(), Some("removed: 2 sums, 1 party"));
        assert_eq!(losses(options(&["title", "topics"])), None);
    }
}
