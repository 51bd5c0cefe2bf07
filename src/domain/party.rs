//! Who takes part.

use std::collections::BTreeMap;

use super::{
    CountryCode, LanguageTag, PartyStanding, PartyType, Role, Slug, Violations,
    limits::{IDENTIFIERS_MAX, LOCAL_NAMES_MAX, PARTIES_MAX},
    standing, text_rules, unions,
};

/// A state, union, organisation, company or person taking part.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Party {
    /// What it is.
    pub party_type: PartyType,
    /// Which state or union it is; for others, the one they belong to, when known.
    pub country_code: Option<CountryCode>,
    /// Its name, required for all but states and unions. At most 300 characters.
    pub display_name: String,
    /// The part it plays, when known.
    pub role: Option<Role>,
    /// The office a person held then. At most 300 characters.
    pub office: String,
    /// Scheme to value: `wikidata`, `lei`, `ror`.
    pub identifiers: BTreeMap<String, String>,
    /// Its name in other languages.
    pub local_names: BTreeMap<LanguageTag, String>,
    /// The slug of the body that it is, if it is given by id.
    pub body: Option<Slug>,
    /// What holds for it.
    pub standings: Vec<PartyStanding>,
    /// Its part in the words of the source, for [`Role::Other`]. At most 100 characters.
    pub role_other: String,
    /// Label shared by the parties that act together; `None` when all do.
    pub group: Option<Slug>,
}

/// Checks the field `parties`: each party, and that none is listed twice in one role. Two people
/// may have the same name, and one person may hold two offices.
pub(super) fn check(parties: &[Party], violations: &mut Violations) {
    check_list("parties", parties, violations);
    if parties.iter().any(|party| !party.standings.is_empty()) {
        violations.each("parties", parties, |party, scope| {
            standing::check(&party.standings, scope);
        });
    }
}

/// Checks the field `subjects`: those whom a text is about without their taking part.
pub(super) fn check_subjects(subjects: &[Party], violations: &mut Violations) {
    if subjects.is_empty() {
        return;
    }
    check_list("subjects", subjects, violations);
    violations.each("subjects", subjects, |subject, scope| {
        let given = [
            ("role", subject.role.is_some()),
            ("standings", !subject.standings.is_empty()),
            ("group", subject.group.is_some()),
        ];
        for (field, _) in given.iter().filter(|(_, is_given)| *is_given) {
            let why =
                "is for those who take part; leave it out, or list this one among the parties";
            scope.add(field, why);
        }
    });
}

fn check_list(field: &str, parties: &[Party], violations: &mut Violations) {
    text_rules::at_most(violations, field, parties.len(), PARTIES_MAX);
    violations.each(field, parties, |party, scope| {
        party.check_texts(scope);
        if !scope.is_refused("type") {
            party.check_identity(scope);
        }
    });
    let keys = [
        "type",
        "country_code",
        "display_name",
        "role",
        "role_other",
        "office",
        "identifiers",
        "body",
        "group",
    ];
    text_rules::unique(violations, field, parties, &keys, |one, other| {
        one.party_type == other.party_type
            && one.country_code == other.country_code
            && one.display_name == other.display_name
            && one.role == other.role
            && one.office == other.office
            && one.identifiers == other.identifiers
            && one.body == other.body
            && one.group == other.group
            && one.role_other == other.role_other
    });
}

impl Party {
    fn check_texts(&self, violations: &mut Violations) {
        text_rules::line(violations, "display_name", &self.display_name, 300);
        text_rules::line(violations, "office", &self.office, 300);
        let is_other = self.role == Some(Role::Other);
        let list = ("role", "ROLE_OTHER", is_other);
        text_rules::words_of_other(violations, "role_other", &self.role_other, list);
        text_rules::at_most(
            violations,
            "identifiers",
            self.identifiers.len(),
            IDENTIFIERS_MAX,
        );
        for (scheme, value) in &self.identifiers {
            if scheme.is_empty() {
                violations.add(
                    "identifiers",
                    "an entry has no scheme; name it, as in wikidata",
                );
            }
            text_rules::line(violations, "identifiers", scheme, 100);
            text_rules::line(violations, &format!("identifiers[{scheme:?}]"), value, 300);
        }
        text_rules::at_most(
            violations,
            "local_names",
            self.local_names.len(),
            LOCAL_NAMES_MAX,
        );
        for (language, name) in &self.local_names {
            text_rules::line(
                violations,
                &format!("local_names[\"{language}\"]"),
                name,
                300,
            );
        }
    }

    fn check_identity(&self, violations: &mut Violations) {
        let code = self.country_code.as_ref();
        // The others may belong to either.
        let named = match self.party_type {
            PartyType::State | PartyType::Union => code.map(|code| (code, code.is_union())),
            _ => None,
        };
        match (self.party_type, named) {
            (PartyType::State | PartyType::Union, None)
                if !violations.is_refused("country_code") =>
            {
                violations.add("country_code", "is required for states and unions");
            }
            (PartyType::State, Some((code, true))) => {
                let why = format!("{code} is not a state; give it the type PARTY_TYPE_UNION");
                violations.add("country_code", why);
            }
            (PartyType::Union, Some((code, false))) => {
                let state = code.english_name();
                let why = match unions::confused_with(code) {
                    Some(why) => format!("{why}, or give Australia the type PARTY_TYPE_STATE"),
                    None => format!(
                        "{code} is the code of {state}; give it the type PARTY_TYPE_STATE, or write the \
                         code of a union: {}",
                        unions::codes()
                    ),
                };
                violations.add("country_code", why);
            }
            _ => {}
        }
        let is_named_by_code = matches!(self.party_type, PartyType::State | PartyType::Union);
        let is_named = is_named_by_code || self.body.is_some();
        if self.display_name.is_empty() && !is_named {
            let why = "is required for all but states, unions and parties with a body";
            violations.add("display_name", why);
        }
        if self.body.is_some() && matches!(self.party_type, PartyType::State | PartyType::Person) {
            let why = match self.party_type {
                PartyType::State => {
                    "is for organisations, companies and unions; leave it out, or list the \
                                     body as a party of the type PARTY_TYPE_ORGANISATION"
                }
                _ => {
                    "is for organisations, companies and unions; list the body as a party of its own, and \
                      say what the person is there in the office"
                }
            };
            violations.add("body", why);
        }
        if !self.office.is_empty() && self.party_type != PartyType::Person {
            violations.add("office", "is for people; leave it empty or list the person");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Standing;

    fn party(party_type: PartyType, code: &str, name: &str) -> Party {
        Party {
            party_type,
            country_code: CountryCode::parse(code).ok(),
            display_name: name.into(),
            role: None,
            office: String::new(),
            identifiers: BTreeMap::new(),
            local_names: BTreeMap::new(),
            body: None,
            standings: Vec::new(),
            role_other: String::new(),
            group: None,
        }
    }

    fn complaints(parties: &[Party]) -> String {
        let mut violations = Violations::default();
        check(parties, &mut violations);
        violations
            .into_iter()
            .map(|violation| violation.field)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn states_and_unions_need_their_code_and_others_a_name() {
        use PartyType::{Company, Organisation, Person, State, Union};
        for (party_type, code, name, expected) in [
            (State, "JP", "", ""),
            (Union, "EU", "", ""),
            (Union, "ASEAN", "", ""),
            (State, "XK", "", ""),
            (Union, "AU", "", "parties[0].country_code"),
            (State, "UN", "", "parties[0].country_code"),
            (State, "", "Japan", "parties[0].country_code"),
            (State, "EU", "", "parties[0].country_code"),
            (Union, "JP", "", "parties[0].country_code"),
            (Organisation, "EU", "European Commission", ""),
            (Company, "", "NEC", ""),
            (Company, "JP", "", "parties[0].display_name"),
            (Person, "", "Věra Jourová", ""),
        ] {
            assert_eq!(
                complaints(&[party(party_type, code, name)]),
                expected,
                "{party_type} {code}"
            );
        }
    }

    #[test]
    fn an_office_is_held_by_a_person() {
        let mut party = party(PartyType::Company, "", "NEC");
        party.office = "President".into();
        assert_eq!(
            complaints(std::slice::from_ref(&party)),
            "parties[0].office"
        );
        party.party_type = PartyType::Person;
        assert_eq!(complaints(&[party]), "");
    }

    #[test]
    fn a_party_is_listed_once_per_role() {
        let host = Party {
            role: Some(Role::Host),
            ..party(PartyType::State, "JP", "")
        };
        let plain = party(PartyType::State, "JP", "");
        assert_eq!(complaints(&[plain.clone(), host.clone()]), "");
        assert_eq!(complaints(&[plain, host.clone(), host]), "parties[2]");
    }

    /// Trial F1.
    #[test]
    fn f1_a_subject_takes_no_part() {
        let found = |change: fn(&mut Party)| {
            let mut subject = party(PartyType::State, "JP", "");
            change(&mut subject);
            let mut violations = Violations::default();
            check_subjects(&[subject], &mut violations);
            let fields = violations.into_iter().map(|violation| violation.field);
            fields.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found(|_| {}), "");
        let signed = |it: &mut Party| {
            it.role = Some(Role::Signatory);
            it.group = Slug::parse("first").ok();
            it.standings.push(PartyStanding {
                standing: Standing::Signed,
                since: None,
                note: String::new(),
            });
        };
        let fields = "subjects[0].role subjects[0].standings subjects[0].group";
        assert_eq!(found(signed), fields);
        assert_eq!(
            found(|it| it.country_code = None),
            "subjects[0].country_code"
        );
    }

    /// Trial F3.
    #[test]
    fn f3_a_role_of_no_name_is_given_in_words() {
        let found = |role, words: &str| {
            complaints(&[Party {
                role,
                role_other: words.into(),
                ..party(PartyType::State, "JP", "")
            }])
        };
        assert_eq!(found(Some(Role::Other), "mediator"), "");
        assert_eq!(found(Some(Role::Other), ""), "parties[0].role_other");
        assert_eq!(found(Some(Role::Host), "mediator"), "parties[0].role_other");
        assert_eq!(found(None, "mediator"), "parties[0].role_other");
    }

    /// Trial F6.
    #[test]
    fn f6_a_party_is_listed_once_per_group() {
        let side = |group: &str| Party {
            group: Slug::parse(group).ok(),
            ..party(PartyType::Company, "JP", "NEC")
        };
        assert_eq!(complaints(&[side("first"), side("second")]), "");
        assert_eq!(complaints(&[side("first"), side("first")]), "parties[1]");
    }

    /// Trial A15.
    #[test]
    fn a15_people_with_one_name_differ_in_office_or_identifier() {
        let person = |office: &str, wikidata: &str| Party {
            office: office.into(),
            identifiers: [("wikidata".to_owned(), wikidata.to_owned())].into(),
            ..party(PartyType::Person, "JP", "Tarō Kōno")
        };
        let people = [
            person("Minister for Digital Transformation", "Q1"),
            person("Minister for Administrative Reform", "Q1"),
            person("Minister for Administrative Reform", "Q2"),
        ];
        assert_eq!(complaints(&people), "");
        let twice = [people[0].clone(), people[0].clone()];
        assert_eq!(complaints(&twice), "parties[1]");
    }
}
