use super::*;
use crate::proto::v1::{ChangeNote, Event, FuzzyDate, Partnership, Reason, SeriesEntry};

fn event(slug: &str, position: i64) -> Event {
    Event {
        name: format!("events/{slug}"),
        title: "A council meets".into(),
        date: Some(FuzzyDate {
            edtf: "2025-05".into(),
            earliest: "2025-05-01".into(),
            latest: "2025-05-31".into(),
            ..Default::default()
        }),
        revision: 1,
        etag: "e".into(),
        position,
        author: "anonymous".into(),
        ..Default::default()
    }
}

fn change(r#type: ChangeType, event: Event) -> EventChange {
    EventChange {
        r#type: r#type.into(),
        event: Some(event),
        ..Default::default()
    }
}

fn only_write(change: EventChange) -> Write {
    let lines = LineBuilder::new("epoch")
        .push(change)
        .expect("the change can be exported");
    let [line] = lines.try_into().expect("one change is one line");
    line.write.expect("every line has a write")
}

#[test]
fn a_creation_carries_the_content_without_what_the_service_added() {
    let Write::CreateEvent(request) = only_write(change(ChangeType::Created, event("a", 3))) else {
        panic!("a creation is written as create_event");
    };

    assert_eq!(request.request_id, "export/epoch/3");
    let expected = Event {
        name: "events/a".into(),
        title: "A council meets".into(),
        date: Some(FuzzyDate {
            edtf: "2025-05".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    assert_eq!(request.event, Some(expected));
}

#[test]
fn a_correction_carries_the_changed_fields_alone_and_keeps_its_note() {
    let note = ChangeNote {
        reason: Reason::FactCorrected.into(),
        ..Default::default()
    };
    let mut change = change(ChangeType::Updated, event("a", 4));
    change.changed_fields = Some(FieldMask {
        paths: vec!["date.edtf".into(), "series".into(), "date".into()],
    });
    change.event.as_mut().expect("set above").change_note = Some(note.clone());
    change.event.as_mut().expect("set above").series = Some(SeriesEntry::default());

    let Write::UpdateEvent(request) = only_write(change) else {
        panic!("a correction is written as update_event");
    };

    assert_eq!(request.change_note, Some(note));
    assert_eq!(request.update_mask.expect("set").paths, ["date", "series"]);
    let content = request.event.expect("set");
    assert_eq!(
        (content.name.as_str(), content.title.as_str()),
        ("events/a", "")
    );
    assert_eq!(content.date.expect("changed").edtf, "2025-05");
}

#[test]
fn a_retraction_keeps_its_successor() {
    let retracted = Event {
        superseded_by: "events/b".into(),
        ..event("a", 5)
    };

    let write = only_write(change(ChangeType::Retracted, retracted));

    let Write::RetractEvent(request) = write else {
        panic!("a retraction is written as retract_event");
    };
    assert_eq!(
        (request.name.as_str(), request.superseded_by.as_str()),
        ("events/a", "events/b")
    );
}

#[test]
fn a_merger_is_one_line_whatever_the_order_of_its_changes() {
    let merged = |slug, position| {
        let duplicate = Event {
            superseded_by: "events/stays".into(),
            ..event(slug, position)
        };
        change(ChangeType::Merged, duplicate)
    };
    let updated = |position| change(ChangeType::Updated, event("stays", position));
    let orders = [
        [merged("b", 7), merged("c", 8), updated(9)],
        [updated(7), merged("b", 8), merged("c", 9)],
    ];

    for mut group in orders {
        group[0].continued = true;
        group[1].continued = true;
        let mut changes = LineBuilder::new("epoch");
        let lines: Vec<_> = group
            .into_iter()
            .flat_map(|c| changes.push(c).expect("fine"))
            .collect();

        assert!(changes.is_complete());
        let [
            TransferLine {
                write: Some(Write::MergeEvents(request)),
            },
        ] = lines.as_slice()
        else {
            panic!("expected one merger, got {lines:?}");
        };
        assert_eq!(request.into, "events/stays");
        assert_eq!(request.names, ["events/b", "events/c"]);
        assert_eq!(request.request_id, "export/epoch/7");
    }
}

#[test]
fn a_complete_batch_becomes_one_line_for_each_event() {
    let mut changes = LineBuilder::new("epoch");
    let first = EventChange {
        continued: true,
        ..change(ChangeType::Created, event("a", 1))
    };

    assert_eq!(changes.push(first), Ok(Vec::new()));
    assert!(!changes.is_complete());
    let lines = changes
        .push(change(ChangeType::Created, event("b", 2)))
        .expect("fine");

    assert_eq!(lines.len(), 2);
}

#[test]
fn a_new_partnership_becomes_a_create_partnership() {
    let partnership = Partnership {
        name: "partnerships/p".into(),
        position: 1,
        ..Default::default()
    };
    let change = EventChange {
        r#type: ChangeType::Created.into(),
        partnership: Some(partnership),
        ..Default::default()
    };

    let Write::CreatePartnership(request) = only_write(change) else {
        panic!("a new partnership is written as create_partnership");
    };

    assert_eq!(request.request_id, "export/epoch/1");
    assert_eq!(request.partnership.expect("set").position, 0);
}

#[test]
fn redacted_events_are_left_out() {
    let redacted = |kind, position| {
        let mut event = event("a", position);
        event.set_state(v1::State::Redacted);
        change(kind, event)
    };
    let mut changes = LineBuilder::new("epoch");
    assert_eq!(changes.push(redacted(ChangeType::Created, 1)), Ok(vec![]));
    let other = changes.push(change(ChangeType::Created, event("b", 2)));
    assert_eq!(other.map(|lines| lines.len()), Ok(1));
    assert_eq!(changes.push(redacted(ChangeType::Redacted, 3)), Ok(vec![]));
    assert_eq!(changes.left_out().event_changes, 2);
}

#[test]
fn a_duplicate_of_a_redacted_event_is_written_as_retracted() {
    let mut merged = event("b", 3);
    merged.superseded_by = "events/a".into();
    let write = only_write(change(ChangeType::Merged, merged));
    assert!(matches!(write, Write::RetractEvent(request) if request.name == "events/b"));
}

#[test]
fn events_replaced_by_a_redacted_event_are_written_as_retracted_and_counted() {
    let mut changes = LineBuilder::new("epoch");
    let mut redacted = event("a", 1);
    redacted.set_state(v1::State::Redacted);
    let replaced = |kind, slug, position| {
        let mut event = event(slug, position);
        event.superseded_by = "events/a".into();
        change(kind, event)
    };
    let mut lines = changes
        .push(change(ChangeType::Created, redacted))
        .expect("nothing to write");
    lines.extend(
        changes
            .push(replaced(ChangeType::Merged, "b", 2))
            .expect("a retraction"),
    );
    lines.extend(
        changes
            .push(replaced(ChangeType::Retracted, "c", 3))
            .expect("a retraction"),
    );
    let retracted = lines.into_iter().map(|line| match line.write {
        Some(Write::RetractEvent(request)) => (request.name, request.superseded_by),
        other => panic!("{other:?}"),
    });
    // An import would refuse a successor that does not exist.
    let expected = [("events/b", ""), ("events/c", "")];
    let expected = expected.map(|(name, successor)| (name.to_owned(), successor.to_owned()));
    assert_eq!(retracted.collect::<Vec<_>>(), expected);
    let expected = LeftOut {
        event_changes: 1,
        successors: 2,
        ..LeftOut::default()
    };
    assert_eq!(changes.left_out(), expected);
}
