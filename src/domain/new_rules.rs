//! Rules that only new content must satisfy, in addition to [`EventContent::check`]. They were
//! added later, so older records may break them and can still be retracted, restored and merged.

use super::{
    AbsoluteUri, Amount, Day, EventContent, FuzzyDate, LanguageTag, PartnershipContent, Party,
    Source, Status, Translation, Violations, Vocabulary as _, figure, language, text_rules,
};

impl EventContent {
    /// Checks the rules for new content. An event that has happened may begin no later than
    /// tomorrow, because some time zones are a day ahead of UTC. Without a clock, `today` is `None`
    /// and this is not checked.
    pub fn check_new(&self, today: Option<Day>, violations: &mut Violations) {
        text_rules::visible(violations, "title", &self.title);
        check_language(self.language_code.as_ref(), violations);
        check_translations(&self.translations, violations);
        if let Some(place) = &self.place {
            violations.at("place", |scope| {
                text_rules::visible(scope, "city", &place.city)
            });
        }
        violations.each("further_places", &self.further_places, |place, scope| {
            text_rules::visible(scope, "city", &place.city)
        });
        check_parties("parties", &self.parties, violations);
        check_parties("subjects", &self.subjects, violations);
        check_amounts(&self.amounts, violations);
        check_sources(&self.sources, violations);
        self.check_effect(violations);
        if let Some(today) = today {
            self.check_happened(today, violations);
        }
        text_rules::unique(
            violations,
            "related_events",
            &self.related_events,
            &["relation", "event"],
            |one, other| one == other,
        );
    }

    fn check_effect(&self, violations: &mut Violations) {
        let start = self.effective_date.as_ref().and_then(FuzzyDate::earliest);
        let end = self.end_date.as_ref().and_then(FuzzyDate::latest);
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            let reason = format!("begins on {start}, after the end date, which ends on {end}");
            violations.add("effective_date.edtf", reason + "; correct one of them");
        }
    }

    fn check_happened(&self, today: Day, violations: &mut Violations) {
        let happened = matches!(
            self.status,
            Status::Occurred | Status::InForce | Status::Ended
        );
        let earliest = self.date.as_ref().and_then(FuzzyDate::earliest);
        if let Some(earliest) = earliest
            && happened
            && earliest.days() > today.days() + 1
        {
            let (prefix, status) = (Status::PREFIX, self.status);
            violations.add(
                "date.edtf",
                format!(
                    "begins on {earliest}, and today is {today} in UTC, so it is not \
                     {prefix}{status} yet; correct the date or write {prefix}SCHEDULED"
                ),
            );
        }
    }
}

impl PartnershipContent {
    /// Checks the rules for new content.
    pub fn check_new(&self, violations: &mut Violations) {
        text_rules::visible(violations, "display_name", &self.display_name);
        text_rules::worded(violations, "display_name", &self.display_name);
        check_language(self.language_code.as_ref(), violations);
        check_translations(&self.translations, violations);
        check_parties("parties", &self.parties, violations);
        check_sources(&self.sources, violations);
    }
}

// Most lists break no rule; then no paths are built.

fn check_translations(translations: &[Translation], violations: &mut Violations) {
    let is_sound =
        |it: &Translation| is_visible(&it.title) && language::is_known(&it.language_code);
    if translations.iter().all(is_sound) {
        return;
    }
    violations.each("translations", translations, |translation, scope| {
        text_rules::visible(scope, "title", &translation.title);
        language::check(scope, "language_code", &translation.language_code);
    });
}

fn check_parties(field: &str, parties: &[Party], violations: &mut Violations) {
    let is_sound = |party: &Party| {
        is_visible(&party.display_name)
            && is_visible(&party.office)
            && party
                .local_names
                .iter()
                .all(|(tag, name)| language::is_known(tag) && is_visible(name))
    };
    if parties.iter().all(is_sound) {
        return;
    }
    violations.each(field, parties, |party, scope| {
        text_rules::visible(scope, "display_name", &party.display_name);
        text_rules::visible(scope, "office", &party.office);
        for (tag, name) in &party.local_names {
            let path = format!("local_names[\"{tag}\"]");
            language::check(scope, &path, tag);
            text_rules::visible(scope, &path, name);
        }
    });
}

fn check_sources(sources: &[Source], violations: &mut Violations) {
    let is_web = |source: &Source| source.uri.as_ref().is_none_or(AbsoluteUri::is_web);
    let is_sound = |source: &Source| {
        is_visible(&source.publisher)
            && is_visible(&source.title)
            && is_web(source)
            && source.language_code.as_ref().is_none_or(language::is_known)
    };
    if sources.iter().all(is_sound) {
        return;
    }
    violations.each("sources", sources, |source, scope| {
        text_rules::visible(scope, "publisher", &source.publisher);
        text_rules::visible(scope, "title", &source.title);
        check_language(source.language_code.as_ref(), scope);
        if !is_web(source) {
            let reason = "is not a web address; write one that begins with https:// or http://, and \
                          put any other address into the note";
            scope.add("uri", reason);
        }
    });
}

/// Checks the field `language_code`.
fn check_language(tag: Option<&LanguageTag>, violations: &mut Violations) {
    if let Some(tag) = tag {
        language::check(violations, "language_code", tag);
    }
}

fn check_amounts(amounts: &[Amount], violations: &mut Violations) {
    if amounts.is_empty() {
        return;
    }
    violations.each("amounts", amounts, |amount, scope| {
        if let Some(value) = &amount.figure.value {
            figure::check_canonical(value, "value", scope);
        }
    });
}

fn is_visible(text: &str) -> bool {
    text_rules::invisible(text).is_none()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::{AmountQualifier, Figure, Kind, PartyType, RelatedEvent, Relation, Slug};

    const TODAY: &str = "2026-05-12";

    fn slug(text: &str) -> Slug {
        Slug::parse(text).expect(text)
    }

    fn complaints(change: impl FnOnce(&mut EventContent)) -> String {
        let source = Source::new(slug("press"));
        let mut event = EventContent::new(Kind::Meeting, Status::Occurred, "A council", source);
        change(&mut event);
        let today = FuzzyDate::new(TODAY, "").expect(TODAY).earliest();
        let mut violations = Violations::default();
        event.check(&mut violations);
        event.check_new(today, &mut violations);
        violations.to_string()
    }

    fn date(edtf: &str) -> Option<FuzzyDate> {
        Some(FuzzyDate::new(edtf, "").expect(edtf))
    }

    /// Trial A15.
    #[test]
    fn a15_an_event_that_happened_is_not_in_the_future() {
        let on =
            |edtf, status| complaints(|event| (event.date, event.status) = (date(edtf), status));
        for status in [Status::Occurred, Status::InForce, Status::Ended] {
            let reason = on("2035", status);
            assert!(
                reason.starts_with("date.edtf: begins on 2035-01-01, and today is 2026-05-12"),
                "{reason}"
            );
            // A day ahead of UTC, and dates that may lie in the past.
            for edtf in ["2026-05-13", "2026", "[..2035]", "2026-05/2035"] {
                assert_eq!(on(edtf, status), "", "{edtf}");
            }
            assert_ne!(on("2026-05-14", status), "");
        }
        assert_eq!(on("2035", Status::Scheduled), "");
        assert_eq!(on("2035", Status::Disputed), "");
    }

    /// Trial A15.
    #[test]
    fn a15_an_effect_does_not_begin_after_its_end() {
        let lasts = |from: &str, to: &str| {
            complaints(|event| (event.effective_date, event.end_date) = (date(from), date(to)))
        };
        assert_eq!(lasts("2025-05-12", "2025"), "");
        assert_eq!(lasts("2025", "[2020..]"), "");
        assert_eq!(
            lasts("2025-06", "2025-05"),
            "effective_date.edtf: begins on 2025-06-01, after the end date, which ends on \
             2025-05-31; correct one of them"
        );
    }

    /// Trial A15.
    #[test]
    fn a15_a_relation_to_an_event_is_listed_once() {
        let related = |relation, event| RelatedEvent {
            relation,
            event: slug(event),
        };
        let of = |related: Vec<RelatedEvent>| complaints(|event| event.related_events = related);
        let (follows, part) = (Relation::Follows, Relation::PartOf);
        let different = vec![
            related(follows, "a"),
            related(follows, "b"),
            related(part, "a"),
        ];
        assert_eq!(of(different), "");
        assert_eq!(
            of(vec![
                related(follows, "a"),
                related(part, "b"),
                related(follows, "a")
            ]),
            "related_events[2]: repeats relation, event of related_events[0]; list it once"
        );
    }

    /// Trial C9.
    #[test]
    fn c9_languages_and_numbers_of_new_content_are_those_of_their_registries() {
        let tag = |text: &str| LanguageTag::parse(text).ok();
        let amount = |value: &str| Amount {
            currency_code: None,
            figure: Figure::new(value.parse().expect(value), AmountQualifier::Exact),
            role: None,
            period: None,
            note: String::new(),
            equivalents: Vec::new(),
        };
        let wrong = |event: &mut EventContent| {
            event.language_code = tag("jp");
            event.translations = vec![Translation {
                language_code: tag("English").expect("a tag"),
                title: "Council".into(),
                summary: String::new(),
                origin: None,
            }];
            event.sources[0].language_code = tag("xx");
            event.amounts = ["-0", "1", "00012"].map(amount).into();
        };
        let source = Source::new(slug("press"));
        let mut stored = EventContent::new(Kind::Meeting, Status::Occurred, "A council", source);
        wrong(&mut stored);
        let mut violations = Violations::default();
        stored.check(&mut violations);
        assert_eq!(
            violations.to_string(),
            "",
            "older records have such content"
        );
        let reason = complaints(wrong);
        let told: Vec<_> = reason
            .split("; ")
            .filter_map(|it| it.split_once(": "))
            .collect();
        let fields: Vec<_> = told.iter().map(|(field, _)| *field).collect();
        assert_eq!(
            fields,
            [
                "language_code",
                "translations[0].language_code",
                "amounts[0].value",
                "amounts[2].value",
                "sources[0].language_code",
            ],
            "{reason}"
        );
        assert!(
            reason.contains("\"jp\" is not the code of a language; write ja"),
            "{reason}"
        );
        assert!(
            reason.contains("\"00012\" has a needless sign or zero; write 12"),
            "{reason}"
        );
    }

    /// Trial A15.
    #[test]
    fn a15_the_address_of_a_source_is_a_web_address() {
        let at =
            |uri: &str| complaints(|event| event.sources[0].uri = Some(uri.parse().expect(uri)));
        for good in ["https://example.org/a", "HTTP://example.org"] {
            assert_eq!(at(good), "");
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "urn:isbn:1",
        ] {
            assert!(
                at(bad).starts_with("sources[0].uri: is not a web address;"),
                "{bad}"
            );
        }
    }

    /// Trial A15.
    #[test]
    fn a15_names_and_titles_have_no_invisible_characters() {
        let person = Party {
            party_type: PartyType::Person,
            country_code: None,
            display_name: "A\u{2066}B".into(),
            role: None,
            office: "Minister\u{FEFF}".into(),
            identifiers: BTreeMap::new(),
            local_names: [("ja".parse().expect("a tag"), "\u{3164}".into())].into(),
            body: None,
            standings: Vec::new(),
            role_other: String::new(),
            group: None,
        };
        let reason = complaints(|event| {
            event.title = "\u{200B}".into();
            event.parties = vec![person];
            event.sources[0].title = "Report \u{202E}fdp.exe".into();
            event.sources[0].publisher = "A\u{AD}B".into();
        });
        let fields: Vec<&str> = reason
            .split("; ")
            .filter_map(|it| it.split_once(": has"))
            .map(|it| it.0)
            .collect();
        assert_eq!(
            fields,
            [
                "title",
                "parties[0].display_name",
                "parties[0].office",
                "parties[0].local_names[\"ja\"]",
                "sources[0].publisher",
                "sources[0].title",
            ],
            "{reason}"
        );
        assert!(reason.starts_with("title: has the invisible character U+200B at 1; remove it"));
    }
}
