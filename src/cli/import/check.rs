//! The checks of a line that need no store.

use prost::{Message, Name};
use prost_types::FieldMask;

use crate::{
    domain::{ResourceName, Slug, Violations},
    proto::v1::{
        CreateBodyRequest, CreateEventRequest, CreatePartnershipRequest, TransferLine,
        transfer_line::Write,
    },
    wire,
};

/// Checks the content of a line. Fails with every violation, by field path.
pub(super) fn check(line: &TransferLine) -> Result<(), Violations> {
    let mut violations = Violations::default();
    let found = &mut violations;
    match &line.write {
        Some(Write::CreateEvent(request)) => new_event(found, request),
        Some(Write::CreatePartnership(request)) => new_partnership(found, request),
        Some(Write::UpdateEvent(request)) => {
            let event = request.event.clone().unwrap_or_default();
            event_name(found, "event.name", &event.name);
            let mask = request.update_mask.as_ref();
            let set = updated_fields(found, &event, mask);
            if let Err(violations) = wire::event_content(event) {
                add_for_fields(found, "event", &violations, &set);
            }
        }
        Some(Write::UpdatePartnership(request)) => {
            let partnership = request.partnership.clone().unwrap_or_default();
            let name = ResourceName::partnership_slug(&partnership.name);
            let slug = name.as_ref().ok().cloned();
            add_error(found, "partnership.name", name);
            let mask = request.update_mask.as_ref();
            let set = updated_fields(found, &partnership, mask);
            if let Err(violations) = wire::partnership_content(partnership, slug.as_ref()) {
                add_for_fields(found, "partnership", &violations, &set);
            }
        }
        Some(Write::RetractEvent(request)) => {
            event_name(found, "name", &request.name);
            if !request.superseded_by.is_empty() {
                event_name(found, "superseded_by", &request.superseded_by);
            }
        }
        Some(Write::RestoreEvent(request)) => event_name(found, "name", &request.name),
        Some(Write::MergeEvents(request)) => {
            event_name(found, "into", &request.into);
            if request.names.is_empty() {
                found.add("names", "is empty; name the events to merge");
            }
            request.names.iter().enumerate().for_each(|(index, name)| {
                event_name(found, &format!("names[{index}]"), name);
            });
        }
        Some(Write::CreateBody(request)) => new_body(found, request),
        Some(Write::UpdateBody(request)) => {
            let body = request.body.clone().unwrap_or_default();
            add_error(found, "body.name", ResourceName::body_slug(&body.name));
            let mask = request.update_mask.as_ref();
            let set = updated_fields(found, &body, mask);
            if let Err(violations) = wire::body_content(body, None) {
                add_for_fields(found, "body", &violations, &set);
            }
        }
        None => {}
    }
    violations.into_result(())
}

fn new_event(found: &mut Violations, request: &CreateEventRequest) {
    let event = request.event.clone().unwrap_or_default();
    match request.event_id.as_str() {
        "" => event_name(found, "event.name", &event.name),
        id => add_error(found, "event_id", Slug::parse(id)),
    }
    // Without a clock: the server's is authoritative.
    match wire::event_content_with(event, |content, found| content.check_new(None, found)) {
        Err(violations) => found.append("event", violations),
        Ok(content) => {
            let note = request.change_note.clone().unwrap_or_default();
            if let Err(violations) = wire::change_note(note, &content.sources) {
                found.append("change_note", violations);
            }
        }
    }
}

fn new_partnership(found: &mut Violations, request: &CreatePartnershipRequest) {
    let partnership = request.partnership.clone().unwrap_or_default();
    let (field, slug) = match request.partnership_id.as_str() {
        "" => (
            "partnership.name",
            ResourceName::partnership_slug(&partnership.name),
        ),
        id => ("partnership_id", Slug::parse(id)),
    };
    let own = slug.as_ref().ok().cloned();
    add_error(found, field, slug);
    if let Err(violations) = wire::partnership_content(partnership, own.as_ref()) {
        found.append("partnership", violations);
    }
}

fn new_body(found: &mut Violations, request: &CreateBodyRequest) {
    let body = request.body.clone().unwrap_or_default();
    let slug = match request.body_id.as_str() {
        "" => ResourceName::body_slug(&body.name).map_err(|why| found.add("body.name", why)),
        id => Slug::parse(id).map_err(|why| found.add("body_id", why)),
    };
    if let Err(violations) = wire::body_content(body, slug.ok().as_ref()) {
        found.append("body", violations);
    }
}

/// Returns the fields that an update takes. Refuses a mask with unknown fields.
fn updated_fields<M: Message + Name + Default>(
    found: &mut Violations,
    given: &M,
    mask: Option<&FieldMask>,
) -> Vec<String> {
    let mask = mask.map_or(&[][..], |mask| &mask.paths);
    match wire::apply_mask(&M::default(), given, mask) {
        Ok(taken) => wire::changed_fields(&M::default(), &taken),
        Err(violations) => {
            found.append("", violations);
            Vec::new()
        }
    }
}

/// Adds the violations of these fields. Only the server can check fields that the update leaves
/// out, and the sources of claims.
fn add_for_fields(
    found: &mut Violations,
    prefix: &str,
    violations: &Violations,
    fields: &[String],
) {
    for violation in violations.as_slice() {
        let field = violation.field.split(['.', '[']).next().unwrap_or_default();
        if field != "claims" && fields.iter().any(|taken| taken == field) {
            found.add(
                &format!("{prefix}.{}", violation.field),
                violation.description.clone(),
            );
        }
    }
}

fn event_name(found: &mut Violations, field: &str, name: &str) {
    add_error(found, field, ResourceName::event_slug(name));
}

fn add_error<T>(found: &mut Violations, field: &str, result: Result<T, String>) {
    if let Err(error) = result {
        found.add(field, error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::parse_line;

    fn violations(line: &str) -> Vec<String> {
        let line = parse_line(line).expect("a line that parses");
        let violations = check(&line).expect_err("a line that breaks rules");
        violations
            .into_iter()
            .map(|violation| violation.field)
            .collect()
    }

    #[test]
    fn every_broken_rule_of_a_new_event_is_found_before_anything_is_sent() {
        let fields = violations(r#"{"create_event":{"event":{"title":"A"}}}"#);

        for field in ["event.name", "event.kind", "event.status", "event.sources"] {
            assert!(fields.contains(&field.to_owned()), "{fields:?}");
        }
    }

    #[test]
    fn a_wrong_name_is_found() {
        assert_eq!(violations(r#"{"retract_event":{"name":"a"}}"#), ["name"]);
        assert_eq!(violations(r#"{"update_event":{}}"#), ["event.name"]);
    }

    /// An update has only the changed fields, so only those are checked.
    #[test]
    fn wrong_values_of_an_update_are_found() {
        let update = |rest: &str| {
            let line = format!(r#"{{"update_event":{{"event":{{"name":"events/a",{rest}"#);
            violations(&line)
        };
        assert_eq!(
            update(r#""date":{"edtf":"2027-13"}}}}"#),
            ["event.date.edtf"]
        );
        assert_eq!(
            update(r#""parties":[{"countryCode":"UK"}]}}}"#),
            ["event.parties[0].type", "event.parties[0].country_code"]
        );
        assert_eq!(
            update(r#""title":"A"},"updateMask":"tittle"}}"#),
            ["update_mask.tittle"]
        );
        assert_eq!(
            violations(r#"{"merge_events":{"into":"events/a"}}"#),
            ["names"]
        );
        let title = r#"{"update_event":{"event":{"name":"events/a","title":"A"}}}"#;
        assert!(check(&parse_line(title).expect("it parses")).is_ok());
    }
}
