use prost::{Message, Name};
use prost_reflect::ReflectMessage as _;

use crate::{
    cli::{failure::Failure, note::note, output::Output, table::plain},
    proto::v1::{Body, Event, Partnership},
    transfer::reflect,
};

/// The name, revision and position of a written resource.
pub(in crate::cli) struct Written<'a> {
    name: &'a str,
    revision: i32,
    position: i64,
}

impl<'a> From<&'a Event> for Written<'a> {
    fn from(event: &'a Event) -> Self {
        Self {
            name: &event.name,
            revision: event.revision,
            position: event.position,
        }
    }
}

impl<'a> From<&'a Partnership> for Written<'a> {
    fn from(partnership: &'a Partnership) -> Self {
        let Partnership {
            name,
            revision,
            position,
            ..
        } = partnership;
        Self {
            name,
            revision: *revision,
            position: *position,
        }
    }
}

impl<'a> From<&'a Body> for Written<'a> {
    fn from(body: &'a Body) -> Self {
        Self {
            name: &body.name,
            revision: body.revision,
            position: body.position,
        }
    }
}

/// The outcome of a write.
#[derive(Clone, Copy)]
pub(in crate::cli) enum Outcome {
    /// It was written.
    Written,
    /// It was already written earlier.
    Replayed,
    /// It would be written; this was a dry run.
    Valid,
    /// Nothing would change, so nothing was written.
    Unchanged,
}

impl Outcome {
    pub(super) fn of(replayed: bool, dry_run: bool) -> Self {
        match (replayed, dry_run) {
            (true, _) => Self::Replayed,
            (false, true) => Self::Valid,
            (false, false) => Self::Written,
        }
    }

    /// Returns the outcome of a write that may change nothing.
    pub(super) fn of_update(replayed: bool, unchanged: bool, dry_run: bool) -> Self {
        match unchanged {
            true => Self::Unchanged,
            false => Self::of(replayed, dry_run),
        }
    }
}

/// Returns the fields in the mask of an update that have no value.
pub(super) fn cleared<M: Message + Name>(message: &M, mask: &[String]) -> Vec<String> {
    let Ok(message) = reflect(message) else {
        return Vec::new();
    };
    let is_field = |path: &&String| message.descriptor().get_field_by_name(path).is_some();
    mask.iter()
        .filter(is_field)
        .filter(|path| !message.has_field_by_name(path))
        .cloned()
        .collect()
}

/// Notes which fields a write clears, because an empty value may be a mistake.
pub(super) fn note_cleared(fields: &[String], outcome: Outcome) {
    let verb = match outcome {
        _ if fields.is_empty() => return,
        Outcome::Written | Outcome::Replayed => "cleared",
        Outcome::Valid => "would be cleared",
        Outcome::Unchanged => return,
    };
    note(format!("{verb}: {}", fields.join(", ")));
}

/// Prints the answer of a write; for people, one sentence per written resource.
pub(super) fn print<'a, M: Message + Name>(
    output: &mut Output,
    answer: &M,
    verb: &str,
    outcome: Outcome,
    written: impl IntoIterator<Item: Into<Written<'a>>>,
) -> Result<(), Failure> {
    output.one(answer, |_| {
        let sentences = written
            .into_iter()
            .map(|written| sentence(verb, outcome, &written.into()));
        sentences.collect::<Vec<_>>().join("\n")
    })
}

fn sentence(verb: &str, outcome: Outcome, written: &Written<'_>) -> String {
    let name = plain(written.name);
    let Written {
        revision, position, ..
    } = written;
    match outcome {
        Outcome::Written => format!("{name} {verb}: revision {revision}, position {position}"),
        Outcome::Replayed => {
            let before = "before, with this request id";
            format!("{name} {verb} {before}: revision {revision}, position {position}")
        }
        Outcome::Valid => format!("{name} would be {verb}: nothing was written"),
        Outcome::Unchanged => {
            format!("{name} unchanged: revision {revision}; nothing was written, not even the note")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dry_run_never_sounds_like_a_write() {
        let event = Event {
            name: "events/a".into(),
            revision: 1,
            ..Default::default()
        };

        let text = sentence(
            "published",
            Outcome::of(false, true),
            &Written::from(&event),
        );

        assert_eq!(text, "events/a would be published: nothing was written");
    }

    #[test]
    fn a_repeated_write_says_so() {
        let event = Event {
            name: "events/a".into(),
            revision: 1,
            position: 3,
            ..Default::default()
        };

        let text = sentence(
            "published",
            Outcome::of(true, false),
            &Written::from(&event),
        );

        assert!(
            text.contains("before") && text.contains("position 3"),
            "{text}"
        );
    }
}
