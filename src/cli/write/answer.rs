use prost::{Message, Name};
use prost_reflect::ReflectMessage as _;

use crate::{
    cli::{failure::Failure, note::note, output::Output, table::plain},
    proto::v1::{Event, Partnership},
    transfer::reflect,
};

/// The name, revision and position of something written.
pub(super) struct Written<'a> {
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

/// How a write ended.
#[derive(Clone, Copy)]
pub(super) enum Outcome {
    /// It is in the log.
    Written,
    /// It had been in the log before.
    Replayed,
    /// It would be written.
    Valid,
    /// Nothing would change, so that nothing was written.
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

    /// The same, for writes that may change nothing.
    pub(super) fn of_update(replayed: bool, unchanged: bool, dry_run: bool) -> Self {
        match unchanged {
            true => Self::Unchanged,
            false => Self::of(replayed, dry_run),
        }
    }
}

/// The fields of an update that are named in its mask and have no value.
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

/// Says which fields a write clears, as an empty value may be a slip.
pub(super) fn tell_cleared(fields: &[String], outcome: Outcome) {
    let verb = match outcome {
        _ if fields.is_empty() => return,
        Outcome::Written | Outcome::Replayed => "cleared",
        Outcome::Valid => "would be cleared",
        Outcome::Unchanged => return,
    };
    note(format!("{verb}: {}", fields.join(", ")));
}

/// Prints the answer of a write: for people, a sentence for each thing written.
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
            let before = "before, by this request id";
            format!("{name} {verb} {before}: revision {revision}, position {position}")
        }
        Outcome::Valid => format!("{name} would be {verb}: nothing is written"),
        Outcome::Unchanged => {
            format!(
                "{name} unchanged: revision {revision}; nothing was written, and the note was not kept"
            )
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

        assert_eq!(text, "events/a would be published: nothing is written");
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
