use crate::{
    cli::failure::Failure,
    proto::v1::{FuzzyDate, Party, PartyStanding, PartyType},
    transfer::{enum_number, enum_word, enum_words},
};

use super::party::code;

const STANDING: &str = "entente.v1.Standing";

/// What holds for the party with a code.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CodedStanding {
    code: String,
    standing: PartyStanding,
}

impl CodedStanding {
    /// Adds it to every party with its code, and returns whether it was missing.
    pub(super) fn apply(&self, parties: &mut [Party]) -> Result<bool, Failure> {
        let mut of_code = self.of_code(parties).peekable();
        if of_code.peek().is_none() {
            let code = &self.code;
            return Err(Failure::Failed(format!(
                "{code} is not among the parties; add it with --party {code} or --add-party {code}"
            )));
        }
        let mut changed = false;
        for party in of_code {
            if !party.standings.iter().any(|known| self.is_same(known)) {
                party.standings.push(self.standing.clone());
                changed = true;
            }
        }
        Ok(changed)
    }

    /// Removes it from every party with its code, for every date unless one is given.
    pub(super) fn remove(&self, parties: &mut [Party]) -> Result<bool, Failure> {
        let asked = &self.standing;
        let is_meant = |known: &PartyStanding| match asked.since {
            None => known.standing == asked.standing,
            Some(_) => self.is_same(known),
        };
        let mut changed = false;
        for party in self.of_code(parties) {
            let before = party.standings.len();
            party.standings.retain(|known| !is_meant(known));
            changed |= party.standings.len() < before;
        }
        if !changed {
            return Err(Failure::Failed(format!(
                "there is no standing {}:{} to remove",
                self.code,
                enum_word(STANDING, asked.standing)
            )));
        }
        Ok(true)
    }

    /// Compares all but the note. What was read also has the bounds of its date.
    fn is_same(&self, known: &PartyStanding) -> bool {
        fn edtf(it: &PartyStanding) -> &str {
            it.since.as_ref().map_or("", |date| &date.edtf)
        }
        known.standing == self.standing.standing && edtf(known) == edtf(&self.standing)
    }

    fn of_code<'a>(&'a self, parties: &'a mut [Party]) -> impl Iterator<Item = &'a mut Party> {
        parties.iter_mut().filter(|party| {
            let is_coded = matches!(party.r#type(), PartyType::State | PartyType::Union);
            is_coded && party.country_code == self.code
        })
    }
}

/// Parses `JP:ratified` or `JP:in-force:2024-07-01`.
pub(super) fn standing(text: &str) -> Result<CodedStanding, String> {
    let mut parts = text.splitn(3, ':');
    let (party, word, since) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let Some(word) = word else {
        return Err(format!(
            "{text:?} is not a standing; write the code of a party before it, as in JP:ratified:2024-05"
        ));
    };
    let number = enum_number(STANDING, word).filter(|number| *number != 0);
    let number = number.ok_or_else(|| {
        let words = enum_words(STANDING).join(", ");
        format!("{word:?} is not a standing; the standings are {words}")
    })?;
    Ok(CodedStanding {
        code: code(party)?,
        standing: PartyStanding {
            standing: number,
            since: since.map(|edtf| FuzzyDate {
                edtf: edtf.to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::write::party::party, proto::v1::Standing};

    fn read(text: &str) -> CodedStanding {
        standing(text).expect(text)
    }

    #[test]
    fn f2_a_standing_is_added_to_its_party_and_removed() {
        let mut parties = ["JP", "EU"].map(|code| party(code).expect(code));

        assert_eq!(
            read("jp:ratified:2024-05").apply(&mut parties).ok(),
            Some(true)
        );
        assert_eq!(
            read("JP:ratified:2024-05").apply(&mut parties).ok(),
            Some(false)
        );
        assert_eq!(parties[0].standings[0].standing(), Standing::Ratified);
        assert_eq!(parties[1].standings, []);
        assert!(read("GB:signed").apply(&mut parties).is_err());

        assert!(read("JP:ratified:2024").remove(&mut parties).is_err());
        assert_eq!(read("JP:ratified").remove(&mut parties).ok(), Some(true));
        assert_eq!(parties[0].standings, []);
    }

    #[test]
    fn a_standing_needs_a_code_and_a_known_word() {
        for text in ["JP", "Japan:signed", "JP:keen", ""] {
            assert!(standing(text).is_err(), "{text}");
        }
    }
}
