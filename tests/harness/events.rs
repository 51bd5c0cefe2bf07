use entente::proto::v1::{
    Body, BodyKind, BodyName, Event, FuzzyDate, Kind, Partnership, Party, PartyType, Source, Status,
};

/// The least event there can be: a meeting that took place, with a title and a source.
pub fn event(id: &str) -> Event {
    Event {
        name: format!("events/{id}"),
        kind: Kind::Meeting.into(),
        status: Status::Occurred.into(),
        title: format!("Title of {id}"),
        sources: vec![source("press")],
        ..Event::default()
    }
}

/// The least source there can be.
pub fn source(id: &str) -> Source {
    Source {
        id: id.to_owned(),
        ..Source::default()
    }
}

/// The least partnership there can be.
pub fn partnership(id: &str) -> Partnership {
    Partnership {
        name: format!("partnerships/{id}"),
        display_name: format!("Name of {id}"),
        sources: vec![source("press")],
        ..Partnership::default()
    }
}

/// A part of a government of Japan with these names, the first of which is its usual one.
pub fn body(id: &str, names: &[&str]) -> Body {
    let (first, others) = names.split_first().expect("a name");
    let name = |text: &&str| BodyName {
        text: (*text).to_owned(),
        ..BodyName::default()
    };
    Body {
        name: format!("bodies/{id}"),
        kind: BodyKind::Government.into(),
        display_name: (*first).to_owned(),
        names: others.iter().map(name).collect(),
        country_code: "JP".to_owned(),
        sources: vec![source("press")],
        ..Body::default()
    }
}

/// Says more about an event.
pub trait Build {
    fn of_kind(self, kind: Kind) -> Self;
    fn of_status(self, status: Status) -> Self;
    fn titled(self, title: &str) -> Self;
    fn on(self, edtf: &str) -> Self;
    fn with_state(self, country: &str) -> Self;
    fn with_topic(self, topic: &str) -> Self;
    /// With an organisation of this name.
    fn with_organisation(self, name: &str) -> Self;
    /// With an organisation that is this body.
    fn with_body(self, id: &str) -> Self;
    fn within(self, partnership: &str) -> Self;
    /// About 30 KB of data.
    fn heavy(self) -> Self;
}

impl Build for Event {
    fn of_kind(self, kind: Kind) -> Event {
        Event {
            kind: kind.into(),
            ..self
        }
    }

    fn of_status(self, status: Status) -> Event {
        Event {
            status: status.into(),
            ..self
        }
    }

    fn titled(self, title: &str) -> Event {
        Event {
            title: title.to_owned(),
            ..self
        }
    }

    fn on(self, edtf: &str) -> Event {
        Event {
            date: Some(FuzzyDate {
                edtf: edtf.to_owned(),
                ..FuzzyDate::default()
            }),
            ..self
        }
    }

    fn with_state(mut self, country: &str) -> Event {
        self.parties.push(Party {
            r#type: PartyType::State.into(),
            country_code: country.to_owned(),
            ..Party::default()
        });
        self
    }

    fn with_topic(mut self, topic: &str) -> Event {
        self.topics.push(topic.to_owned());
        self
    }

    fn with_organisation(mut self, name: &str) -> Event {
        self.parties.push(Party {
            r#type: PartyType::Organisation.into(),
            display_name: name.to_owned(),
            ..Party::default()
        });
        self
    }

    fn with_body(mut self, id: &str) -> Event {
        self.parties.push(Party {
            r#type: PartyType::Organisation.into(),
            body: format!("bodies/{id}"),
            ..Party::default()
        });
        self
    }

    fn within(mut self, partnership: &str) -> Event {
        self.partnerships
            .push(format!("partnerships/{partnership}"));
        self
    }

    fn heavy(mut self) -> Event {
        self.annotations = (0..30)
            .map(|n| (format!("part-{n}"), "x".repeat(1_000)))
            .collect();
        self
    }
}
