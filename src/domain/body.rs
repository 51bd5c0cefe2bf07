//! One body: an organisation, company or union that parties name.

use super::{
    AbsoluteUri, BodyKind, BodyNameType, CountryCode, FuzzyDate, Identifier, LanguageTag,
    ResourceName, Slug, Source, Violations,
    field_path::BODY_FIELDS,
    identifier, language,
    limits::{BODY_NAMES_MAX, BODY_SUCCESSIONS_MAX},
    source, text_rules, unions,
};

/// What its publisher says about one body. The fields are those of `entente.v1.Body`. An empty text
/// or `None` means that the field is not set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BodyContent {
    /// What it is.
    pub kind: BodyKind,
    /// What it is in words, if it is none of the kinds. At most 100 characters.
    pub kind_other: String,
    /// Its usual name. Required. At most 300 characters.
    pub display_name: String,
    /// The language of the usual name; `None` means English.
    pub language_code: Option<LanguageTag>,
    /// Its other names.
    pub names: Vec<BodyName>,
    /// The country or union that it belongs to, or its own code if it is a union.
    pub country_code: Option<CountryCode>,
    /// When it was founded.
    pub established: Option<FuzzyDate>,
    /// When it ceased to exist.
    pub dissolved: Option<FuzzyDate>,
    /// The bodies whose work it took over.
    pub predecessors: Vec<BodySuccession>,
    /// The bodies that took over its work.
    pub successors: Vec<BodySuccession>,
    /// Identifiers, each once.
    pub identifiers: Vec<Identifier>,
    /// Web addresses of records elsewhere about the same body.
    pub same_as: Vec<AbsoluteUri>,
    /// At least one.
    pub sources: Vec<Source>,
    /// At most 4,000 characters.
    pub notes: String,
}

/// One name of a body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BodyName {
    /// Required. At most 300 characters.
    pub text: String,
    /// Its language; `None` means English.
    pub language_code: Option<LanguageTag>,
    /// What sort of name it is, when known.
    pub name_type: Option<BodyNameType>,
    /// Since when the body has it.
    pub since: Option<FuzzyDate>,
    /// Until when the body had it.
    pub until: Option<FuzzyDate>,
}

/// A body before or after another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BodySuccession {
    /// The slug of the other body, which may not have been published yet.
    pub body: Slug,
    /// When the one took over from the other.
    pub date: Option<FuzzyDate>,
    /// At most 1,000 characters.
    pub note: String,
}

impl BodyContent {
    /// Returns the bodies that it names, each with its field.
    pub fn references(&self) -> Vec<(String, ResourceName)> {
        let lists = [
            ("predecessors", &self.predecessors),
            ("successors", &self.successors),
        ];
        let bodies = lists.into_iter().flat_map(|(field, list)| {
            list.iter().enumerate().map(move |(at, it)| {
                let body = ResourceName::Body(it.body.clone());
                (format!("{field}[{at}].body"), body)
            })
        });
        bodies.collect()
    }

    /// Checks every rule that the types of the fields do not ensure, for the body with this slug.
    pub fn check(&self, slug: Option<&Slug>, violations: &mut Violations) {
        self.check_kind(violations);
        self.check_country(violations);
        name(violations, "display_name", &self.display_name);
        if let Some(tag) = &self.language_code {
            language::check(violations, "language_code", tag);
        }
        self.check_names(violations);
        for (field, date) in [
            ("established", &self.established),
            ("dissolved", &self.dissolved),
        ] {
            check_date(violations, field, date.as_ref());
        }
        FuzzyDate::check_order(
            violations,
            ("established", self.established.as_ref()),
            ("dissolved", self.dissolved.as_ref()),
        );
        check_successions(violations, "predecessors", &self.predecessors, slug);
        check_successions(violations, "successors", &self.successors, slug);
        identifier::check(&self.identifiers, violations);
        identifier::check_same_as(&self.same_as, violations);
        source::check(&self.sources, BODY_FIELDS, violations);
        text_rules::prose(violations, "notes", &self.notes, 4_000);
    }

    fn check_kind(&self, violations: &mut Violations) {
        text_rules::line(violations, "kind_other", &self.kind_other, 100);
        text_rules::visible(violations, "kind_other", &self.kind_other);
        match (self.kind, self.kind_other.is_empty()) {
            (BodyKind::Other, true) if !violations.is_refused("kind") => {
                violations.add("kind_other", "is required for BODY_KIND_OTHER");
            }
            (BodyKind::Other, _) | (_, true) => {}
            (_, false) => violations.add(
                "kind_other",
                "is for BODY_KIND_OTHER; leave it empty or change the kind",
            ),
        }
    }

    /// Refuses a union with the code of a state: it would stand for each event of that state.
    fn check_country(&self, violations: &mut Violations) {
        let Some(code) = &self.country_code else {
            return;
        };
        if self.kind == BodyKind::Union && !code.is_union() && !violations.is_refused("kind") {
            let why = match unions::confused_with(code) {
                Some(why) => why.to_owned(),
                None => format!(
                    "{code} is the code of {}, and a union has a code of its own; write that, or leave it \
                     empty if it is none of these: {}",
                    code.english_name(),
                    unions::codes()
                ),
            };
            violations.add("country_code", why);
        }
    }

    fn check_names(&self, violations: &mut Violations) {
        text_rules::at_most(violations, "names", self.names.len(), BODY_NAMES_MAX);
        violations.each("names", &self.names, |it, scope| {
            name(scope, "text", &it.text);
            if let Some(tag) = &it.language_code {
                language::check(scope, "language_code", tag);
            }
            check_date(scope, "since", it.since.as_ref());
            check_date(scope, "until", it.until.as_ref());
            FuzzyDate::check_order(
                scope,
                ("since", it.since.as_ref()),
                ("until", it.until.as_ref()),
            );
        });
        let keys = ["text", "language_code"];
        text_rules::unique(violations, "names", &self.names, &keys, |one, other| {
            one.text == other.text && one.language_code == other.language_code
        });
    }
}

/// Checks a name of one line that must be given.
fn name(violations: &mut Violations, field: &str, text: &str) {
    text_rules::required(violations, field, text.is_empty());
    text_rules::line(violations, field, text, 300);
    text_rules::visible(violations, field, text);
    text_rules::worded(violations, field, text);
}

fn check_date(violations: &mut Violations, field: &str, date: Option<&FuzzyDate>) {
    if let Some(date) = date {
        violations.at(field, |scope| date.check(scope));
    }
}

fn check_successions(
    violations: &mut Violations,
    field: &str,
    successions: &[BodySuccession],
    own: Option<&Slug>,
) {
    text_rules::at_most(violations, field, successions.len(), BODY_SUCCESSIONS_MAX);
    violations.each(field, successions, |it, scope| {
        if own == Some(&it.body) {
            scope.add("body", "is the body itself; name another one");
        }
        check_date(scope, "date", it.date.as_ref());
        text_rules::prose(scope, "note", &it.note, 1_000);
    });
    text_rules::unique(violations, field, successions, &["body"], |one, other| {
        one.body == other.body
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> BodyContent {
        BodyContent {
            kind: BodyKind::Government,
            kind_other: String::new(),
            display_name: "Ministry of Examples".into(),
            language_code: None,
            names: Vec::new(),
            country_code: None,
            established: None,
            dissolved: None,
            predecessors: Vec::new(),
            successors: Vec::new(),
            identifiers: Vec::new(),
            same_as: Vec::new(),
            sources: vec![Source::new(Slug::parse("s").expect("a slug"))],
            notes: String::new(),
        }
    }

    fn complaints(body: &BodyContent) -> String {
        let mut violations = Violations::default();
        body.check(
            Some(&Slug::parse("examples").expect("a slug")),
            &mut violations,
        );
        let fields = violations.into_iter().map(|violation| violation.field);
        fields.collect::<Vec<_>>().join(" ")
    }

    fn date(edtf: &str) -> Option<FuzzyDate> {
        Some(FuzzyDate::new(edtf, "").expect("a date"))
    }

    fn named(text: &str) -> BodyName {
        BodyName {
            text: text.into(),
            language_code: None,
            name_type: Some(BodyNameType::Acronym),
            since: None,
            until: None,
        }
    }

    #[test]
    fn a_name_is_listed_once_per_language() {
        let mut body = body();
        body.names = vec![named("MOE"), named("MOE")];
        assert_eq!(complaints(&body), "names[1]");
        body.names[1].language_code = LanguageTag::parse("ja").ok();
        assert_eq!(complaints(&body), "");
        body.names[0].text.clear();
        assert_eq!(complaints(&body), "names[0].text");
    }

    #[test]
    fn an_end_is_not_before_its_beginning() {
        let mut body = body();
        (body.established, body.dissolved) = (date("2023-02"), date("2022"));
        assert_eq!(complaints(&body), "dissolved.edtf");
        body.dissolved = date("2023");
        assert_eq!(complaints(&body), "");
    }

    #[test]
    fn a_body_does_not_follow_itself() {
        let mut body = body();
        let own = BodySuccession {
            body: Slug::parse("examples").expect("a slug"),
            date: date("2023-02"),
            note: String::new(),
        };
        body.predecessors = vec![own.clone()];
        assert_eq!(complaints(&body), "predecessors[0].body");
    }

    #[test]
    fn another_kind_is_given_in_words() {
        let mut body = body();
        body.kind_other = "a club".into();
        assert_eq!(complaints(&body), "kind_other");
        body.kind = BodyKind::Other;
        assert_eq!(complaints(&body), "");
        body.kind_other.clear();
        assert_eq!(complaints(&body), "kind_other");
    }
}
