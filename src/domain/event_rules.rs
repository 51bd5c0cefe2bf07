//! The rules of an event that the types of its fields do not ensure.

use super::{
    EventContent, FuzzyDate, Instrument, Place, SeriesEntry, Slug, Step, Violations, amount, claim,
    field_path::EVENT_FIELDS,
    identifier,
    limits::{
        ANNOTATIONS_MAX, FURTHER_PLACES_MAX, PARTNERSHIPS_MAX, PREVIOUS_DATES_MAX,
        RELATED_EVENTS_MAX, TOPICS_MAX,
    },
    party, quantity, source, text_rules, translation,
};

impl EventContent {
    /// Checks every rule that the types of the fields do not ensure.
    pub fn check(&self, violations: &mut Violations) {
        self.check_texts(violations);
        self.check_dates(violations);
        if let Some(place) = &self.place {
            violations.at("place", |scope| place.check(scope));
        }
        let places = &self.further_places;
        text_rules::at_most(
            violations,
            "further_places",
            places.len(),
            FURTHER_PLACES_MAX,
        );
        violations.each("further_places", places, Place::check);
        party::check(&self.parties, violations);
        party::check_subjects(&self.subjects, violations);
        self.check_groups(violations);
        amount::check(&self.amounts, violations);
        quantity::check(&self.quantities, violations);
        source::check(&self.sources, EVENT_FIELDS, violations);
        claim::check(&self.claims, &self.sources, violations);
        let related = self.related_events.len();
        text_rules::at_most(violations, "related_events", related, RELATED_EVENTS_MAX);
        identifier::check(&self.identifiers, violations);
        identifier::check_same_as(&self.same_as, violations);
    }

    fn check_texts(&self, violations: &mut Violations) {
        text_rules::required(violations, "title", self.title.is_empty());
        text_rules::line(violations, "title", &self.title, 500);
        text_rules::prose(violations, "summary", &self.summary, 8_000);
        translation::check(&self.translations, &self.language(), violations);
        let is_other = self.instrument == Some(Instrument::Other);
        let list = ("instrument", "INSTRUMENT_OTHER", is_other);
        text_rules::words_of_other(violations, "instrument_other", &self.instrument_other, list);
        let list = ("step", "STEP_OTHER", self.step == Some(Step::Other));
        text_rules::words_of_other(violations, "step_other", &self.step_other, list);
        text_rules::prose(violations, "notes", &self.notes, 4_000);
        text_rules::at_most(
            violations,
            "annotations",
            self.annotations.len(),
            ANNOTATIONS_MAX,
        );
        for (key, value) in &self.annotations {
            text_rules::prose(violations, &format!("annotations[\"{key}\"]"), value, 1_000);
        }
    }

    fn check_dates(&self, violations: &mut Violations) {
        let dates = [
            ("date", &self.date),
            ("announce_date", &self.announce_date),
            ("effective_date", &self.effective_date),
            ("end_date", &self.end_date),
            ("planned_completion_date", &self.planned_completion_date),
        ];
        for (field, date) in dates {
            if let Some(date) = date {
                violations.at(field, |scope| date.check(scope));
            }
        }
        text_rules::at_most(
            violations,
            "previous_dates",
            self.previous_dates.len(),
            PREVIOUS_DATES_MAX,
        );
        violations.each("previous_dates", &self.previous_dates, FuzzyDate::check);
        let start = self.date.as_ref().and_then(FuzzyDate::earliest);
        let end = self.end_date.as_ref().and_then(FuzzyDate::latest);
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            let reason = format!("ends on {end}, before the date, which begins on {start}");
            violations.add("end_date.edtf", reason + "; correct one of them");
        }
    }

    fn check_groups(&self, violations: &mut Violations) {
        text_rules::at_most(
            violations,
            "partnerships",
            self.partnerships.len(),
            PARTNERSHIPS_MAX,
        );
        text_rules::unique(
            violations,
            "partnerships",
            &self.partnerships,
            &[],
            Slug::eq,
        );
        if let Some(series) = &self.series {
            violations.at("series", |scope| series.check(scope));
        }
        text_rules::at_most(violations, "topics", self.topics.len(), TOPICS_MAX);
        text_rules::unique(violations, "topics", &self.topics, &[], Slug::eq);
    }
}

impl Place {
    fn check(&self, violations: &mut Violations) {
        text_rules::line(violations, "city", &self.city, 200);
        if let Some(code) = &self.country_code
            && code.is_union()
        {
            let why = format!("{code} is not a place; write the state, as in BE");
            violations.add("country_code", why);
        }
    }
}

impl SeriesEntry {
    fn check(&self, violations: &mut Violations) {
        if !(0..=10_000).contains(&self.ordinal) {
            let reason = format!(
                "{} is out of range; write 1 to 10000, or 0 for none",
                self.ordinal
            );
            violations.add("ordinal", reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Claim, Kind, Source, Status, Translation, Verdict};

    fn event() -> EventContent {
        let source = Source::new(Slug::parse("press").expect("a slug"));
        EventContent::new(Kind::Meeting, Status::Occurred, "Third council", source)
    }

    fn complaints(change: impl FnOnce(&mut EventContent)) -> String {
        let mut event = event();
        change(&mut event);
        let mut violations = Violations::default();
        event.check(&mut violations);
        violations
            .into_iter()
            .map(|violation| violation.field)
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn date(edtf: &str) -> Option<FuzzyDate> {
        Some(FuzzyDate::new(edtf, "").expect(edtf))
    }

    fn claim(field_path: &str, source: &str) -> Claim {
        Claim {
            field_path: field_path.into(),
            claim: "it was in May".into(),
            sources: vec![Slug::parse(source).expect(source)],
            verdict: Verdict::Disputed,
            note: String::new(),
        }
    }

    #[test]
    fn the_smallest_event_has_a_kind_a_status_a_title_and_a_source() {
        assert_eq!(complaints(|_| {}), "");
        assert_eq!(complaints(|event| event.title.clear()), "title");
        assert_eq!(complaints(|event| event.sources.clear()), "sources");
    }

    #[test]
    fn an_event_does_not_end_before_it_can_begin() {
        let ends = |start: &str, end: &str| {
            complaints(|event| (event.date, event.end_date) = (date(start), date(end)))
        };
        assert_eq!(ends("2025-05-12", "2025-05"), "");
        assert_eq!(ends("2025-05-12", "2025-05-11"), "end_date.edtf");
        assert_eq!(ends("[..2027]", "2020"), "");
        assert_eq!(ends("2025", "[2020..]"), "");
    }

    /// Trial F4.
    #[test]
    fn f4_an_instrument_or_step_of_no_name_is_given_in_words() {
        let found = |instrument, words: &str| {
            complaints(|event| {
                event.instrument = instrument;
                event.instrument_other = words.into();
            })
        };
        assert_eq!(found(Some(Instrument::Other), "side letter"), "");
        assert_eq!(found(Some(Instrument::Other), ""), "instrument_other");
        assert_eq!(
            found(Some(Instrument::Treaty), "side letter"),
            "instrument_other"
        );
        assert_eq!(found(None, "side letter"), "instrument_other");
        let long = "a".repeat(101);
        assert_eq!(found(Some(Instrument::Other), &long), "instrument_other");
        assert_eq!(
            complaints(|event| event.step = Some(Step::Other)),
            "step_other"
        );
        assert_eq!(
            complaints(|event| event.step_other = "shelved".into()),
            "step_other"
        );
    }

    /// Trial F6.
    #[test]
    fn f6_further_places_are_states_and_bounded() {
        let place = |code: &str| Place {
            country_code: code.parse().ok(),
            ..Place::default()
        };
        let found = |places: Vec<Place>| complaints(|event| event.further_places = places);
        assert_eq!(found(vec![place("XK"), place("BE")]), "");
        assert_eq!(
            found(vec![place("JP"), place("EU")]),
            "further_places[1].country_code"
        );
        assert_eq!(found(vec![place("JP"); 17]), "further_places");
    }

    #[test]
    fn claims_refer_to_fields_and_sources_that_exist() {
        assert_eq!(
            complaints(|event| event.claims.push(claim("date", "press"))),
            ""
        );
        let found = complaints(|event| event.claims.push(claim("dates", "memory")));
        assert_eq!(found, "claims[0].field_path claims[0].sources[0]");
    }

    #[test]
    fn a_translation_is_in_a_language_of_its_own() {
        let translated = |language: &str| Translation {
            language_code: language.parse().expect(language),
            title: "Drittes Treffen".into(),
            summary: String::new(),
            origin: None,
        };
        let found = |languages: &[&str]| {
            complaints(|event| {
                event.translations = languages.iter().map(|l| translated(l)).collect()
            })
        };
        assert_eq!(found(&["de", "de-AT"]), "");
        assert_eq!(found(&["en"]), "translations[0].language_code");
        assert_eq!(found(&["de", "DE"]), "translations[1]");
    }

    #[test]
    fn lists_are_bounded_and_without_repetition() {
        let slug = |number: usize| Slug::parse(&format!("t{number}")).expect("a slug");
        assert_eq!(
            complaints(|event| event.topics = (0..32).map(slug).collect()),
            ""
        );
        assert_eq!(
            complaints(|event| event.topics = (0..33).map(slug).collect()),
            "topics"
        );
        assert_eq!(
            complaints(|event| event.partnerships = vec![slug(1); 2]),
            "partnerships[1]"
        );
    }

    #[test]
    fn numbers_stay_on_their_scales() {
        let series = |ordinal| {
            Some(SeriesEntry {
                series: Slug::parse("council").ok()?,
                ordinal,
            })
        };
        assert_eq!(complaints(|event| event.series = series(10_000)), "");
        assert_eq!(
            complaints(|event| event.series = series(10_001)),
            "series.ordinal"
        );
        assert_eq!(complaints(|event| event.sources[0].credibility = 6), "");
        let found = complaints(|event| event.sources[0].credibility = -1);
        assert_eq!(found, "sources[0].credibility");
    }

    #[test]
    fn an_event_is_awaited_until_it_is_settled_or_replaced() {
        use crate::domain::Relation::{self, FulfilledBy, Implements, RescheduledAs};
        let awaited = |status, relations: &[Relation]| {
            EventContent::is_awaited(status, relations.iter().copied())
        };
        assert!(awaited(Status::Scheduled, &[]) && awaited(Status::Postponed, &[Implements]));
        assert!(awaited(Status::Expected, &[]) && !awaited(Status::Rumoured, &[]));
        assert!(!awaited(Status::Occurred, &[]));
        assert!(!awaited(Status::Scheduled, &[Implements, FulfilledBy]));
        assert!(!awaited(Status::Postponed, &[RescheduledAs]));
    }
}
