use prost::Name;
use prost_reflect::FieldDescriptor;
use serde_json::{Map, Value};

use crate::{proto::v1, wire::descriptors};

use super::{
    json::{from_json, to_json},
    json_place::{JsonPlace, place},
};

/// Parses one line of an import file.
///
/// The result always has a write. Fails with a plain sentence that names the column.
pub fn parse_line(line: &str) -> Result<v1::TransferLine, String> {
    let read: v1::TransferLine = from_json(line).map_err(|error| explain(line, &error))?;
    match read.write {
        Some(_) => Ok(read),
        None => Err(format!("the line has no write; use one of {}", writes())),
    }
}

/// Prints one line of an import file, without the line break.
///
/// Fails for values that proto JSON cannot express, as [`to_json`] does.
pub fn print_line(line: &v1::TransferLine) -> Result<String, String> {
    to_json(line)
}

fn explain(line: &str, error: &str) -> String {
    // Leaves out "line 1": the caller adds the line number in the file.
    let error = with_field(line, &error.replace(" at line 1 column ", " at column "));
    if from_json::<v1::Event>(line).is_ok() {
        return r#"this is an event, not a write: put it in {"create_event": {"event": ...}}"#
            .into();
    }
    if from_json::<v1::Partnership>(line).is_ok() {
        let write = r#"{"create_partnership": {"partnership": ...}}"#;
        return format!("this is a partnership, not a write: put it in {write}");
    }
    if from_json::<v1::Body>(line).is_ok() {
        return r#"this is a body, not a write: put it in {"create_body": {"body": ...}}"#.into();
    }
    if has_other_keys(line) {
        format!("{error} (the writes are {})", writes())
    } else {
        error
    }
}

/// Puts the path of the field before an error that ends in its column, and what is expected there
/// after it. The path begins within the write, like those of other violations.
fn with_field(line: &str, error: &str) -> String {
    let column = error.rsplit_once(" at column ").map(|(_, column)| column);
    let column = column.and_then(|column| column.parse().ok());
    let message = descriptors().get_message_by_name(&v1::TransferLine::full_name());
    let place = column
        .zip(message)
        .filter(|_| !error.starts_with("not JSON"))
        .and_then(|(column, message)| place(line, column, &message));
    let Some(JsonPlace { path, expected }) = place else {
        return error.to_owned();
    };
    let told = match path.split_once('.') {
        Some((_, path)) => format!("{path}: {error}"),
        None => error.to_owned(),
    };
    match expected {
        Some(expected) => format!("{told}; {expected}"),
        None => told,
    }
}

/// Returns whether the mistake is in the outermost object of the line.
fn has_other_keys(line: &str) -> bool {
    let object: Result<Map<String, Value>, _> = serde_json::from_str(line);
    let is_write = |key: &String| fields().any(|it| it.name() == key || it.json_name() == key);
    object.is_ok_and(|object| !object.keys().all(is_write))
}

fn writes() -> String {
    let names: Vec<_> = fields().map(|field| field.name().to_owned()).collect();
    names.join(", ")
}

fn fields() -> impl Iterator<Item = FieldDescriptor> {
    let message = descriptors().get_message_by_name(&v1::TransferLine::full_name());
    message
        .into_iter()
        .flat_map(|message| message.fields().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_line_reads_back_equal() {
        let request = v1::RetractEventRequest {
            name: "events/a".into(),
            request_id: "r-1".into(),
            ..Default::default()
        };
        let line = v1::TransferLine {
            write: Some(v1::transfer_line::Write::RetractEvent(request)),
        };

        let printed = print_line(&line).expect("plain values");

        assert_eq!(parse_line(&printed), Ok(line));
    }

    #[test]
    fn the_error_for_a_bare_event_shows_how_to_wrap_it() {
        let error = parse_line(r#"{"name":"events/a","title":"A"}"#).unwrap_err();

        assert!(
            error.contains(r#"{"create_event": {"event": ...}}"#),
            "{error}"
        );
    }

    #[test]
    fn a_line_without_a_write_lists_the_writes() {
        let error = parse_line("{}").unwrap_err();

        assert!(error.contains("create_partnership"), "{error}");
    }

    #[test]
    fn a_wrong_write_lists_the_writes_and_a_wrong_field_inside_does_not() {
        let outside = parse_line(r#"{"creat_event":{}}"#).unwrap_err();
        let inside = parse_line(r#"{"createEvent":{"evnt":{}}}"#).unwrap_err();

        assert!(
            outside.contains("'creat_event'") && outside.contains("merge_events"),
            "{outside}"
        );
        assert!(
            inside.contains("'evnt'") && !inside.contains("merge_events"),
            "{inside}"
        );
    }

    #[test]
    fn the_error_for_other_text_says_that_it_is_not_json() {
        let error = parse_line("nonsense").unwrap_err();

        assert!(error.starts_with("not JSON: "), "{error}");
    }

    #[test]
    fn an_error_of_shape_names_the_field_and_what_is_expected() {
        for (event, expected) in [
            (
                r#""title":3"#,
                "event.title: invalid type: integer `3`, expected a string",
            ),
            (
                r#""parties":[{},{"type":"STATE"}]"#,
                "event.parties[1].type: unknown enum value 'STATE'",
            ),
            (r#""date":"2024""#, "event.date: "),
            (r#""parties":{}"#, "event.parties: "),
            (r#""date":{"edtf":["2024"]}"#, "event.date.edtf"),
        ] {
            let line = format!(r#"{{"create_event":{{"event":{{{event}}}}}}}"#);
            let error = parse_line(&line).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
            assert!(error.contains(" at column "), "{error}");
        }
        let line = r#"{"create_event":{"event":{"kind":"MEETING"}}}"#;
        let error = parse_line(line).unwrap_err();
        assert!(
            error.contains("; write one of ") && error.contains("KIND_MEETING"),
            "{error}"
        );
    }

    #[test]
    fn an_error_names_the_column_and_not_a_line_of_its_own() {
        let error = parse_line(r#"{"create_event":{"event":{"titel":"A"}}}"#).unwrap_err();

        assert!(
            error.starts_with(
                "event.titel: unknown field 'titel' at column 33; its fields are name, "
            ),
            "{error}"
        );
    }
}
