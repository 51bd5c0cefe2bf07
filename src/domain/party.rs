//! Who takes part.

use std::collections::BTreeMap;

use super::{
    CountryCode, LanguageTag, PartyType, Role, Slug, Violations,
    limits::{IDENTIFIERS_MAX, LOCAL_NAMES_MAX, PARTIES_MAX},
    text_rules,
};

/// A state, union, organisation, company or person taking part.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Party {
    /// What it is.
    pub party_type: PartyType,
    /// Which state or union it is; for others, the country they belong to, when known.
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
}

/// Checks the field `parties`: each party, and that none is listed twice in one role. Two people
/// may have the same name, and one person may hold two offices.
pub(super) fn check(parties: &[Party], violations: &mut Violations) {
    text_rules::at_most(violations, "parties", parties.len(), PARTIES_MAX);
    violations.each("parties", parties, |party, scope| {
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
        "office",
        "identifiers",
    ];
    text_rules::unique(violations, "parties", parties, &keys, |one, other| {
        one.party_type == other.party_type
            && one.country_code == other.country_code
            && one.display_name == other.display_name
            && one.role == other.role
            && one.office == other.office
            && one.identifiers == other.identifiers
    });
}

impl Party {
    fn check_texts(&self, violations: &mut Violations) {
        text_rules::line(violations, "display_name", &self.display_name, 300);
        text_rules::line(violations, "office", &self.office, 300);
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
        let is_union = self.country_code.as_ref().map(CountryCode::is_union);
        match (self.party_type, is_union) {
            (PartyType::State | PartyType::Union, None)
                if !violations.is_refused("country_code") =>
            {
                violations.add("country_code", "is required for states and unions");
            }
            (PartyType::State, Some(true)) => {
                violations.add(
                    "country_code",
                    "EU is not a state; give it the type PARTY_TYPE_UNION",
                );
            }
            (PartyType::Union, Some(false)) => violations.add(
                "country_code",
                "is the code of a state; a union is EU, and a state has the type PARTY_TYPE_STATE",
            ),
            _ => {}
        }
        let is_named_by_code = matches!(self.party_type, PartyType::State | PartyType::Union);
        let is_named = is_named_by_code || self.body.is_some();
        if self.display_name.is_empty() && !is_named {
            let why = "is required for all but states, unions and parties with a body";
            violations.add("display_name", why);
        }
        if !self.office.is_empty() && self.party_type != PartyType::Person {
            violations.add("office", "is for people; leave it empty or list the person");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
