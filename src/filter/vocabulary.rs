use crate::domain::{
    AmountQualifier, BodyKind, Instrument, Kind, Mode, PartyType, Reason, Relation, Reliability,
    Role, SourceType, Standing, State, Status, Step, Verdict, Verification, Vocabulary,
};

use super::field::Field;

/// The closed list of values that a field takes.
pub(super) struct ClosedList {
    /// Every value as spelled in the normal form.
    pub names: Vec<&'static str>,
    find: fn(&str) -> Option<&'static str>,
}

impl ClosedList {
    /// Returns the list of a field; `None` if its values are open.
    pub(super) fn of(field: Field) -> Option<Self> {
        Some(match field {
            Field::Resource => Self::fixed(&RESOURCES, |text| one_of(&RESOURCES, text)),
            Field::Binding | Field::Exercise | Field::Overdue | Field::PartiesIncomplete => {
                Self::fixed(&FLAGS, |text| one_of(&FLAGS, text))
            }
            Field::Kind => Self::words::<Kind>(),
            Field::BodyKind => Self::words::<BodyKind>(),
            Field::Instrument => Self::words::<Instrument>(),
            Field::Step => Self::words::<Step>(),
            Field::Status => Self::words::<Status>(),
            Field::State => Self::words::<State>(),
            Field::Verification => Self::words::<Verification>(),
            Field::PartyStanding => Self::words::<Standing>(),
            Field::PlaceMode => Self::words::<Mode>(),
            Field::PartyType => Self::words::<PartyType>(),
            Field::PartyRole => Self::words::<Role>(),
            Field::AmountQualifier => Self::words::<AmountQualifier>(),
            Field::RelatedRelation => Self::words::<Relation>(),
            Field::SourceType => Self::words::<SourceType>(),
            Field::SourceReliability => Self::words::<Reliability>(),
            Field::ClaimVerdict => Self::words::<Verdict>(),
            Field::ChangeReason => Self::words::<Reason>(),
            _ => return None,
        })
    }

    /// Finds a value: in any case, with hyphens or spaces for underscores, and with or without
    /// the prefix that it has in the API.
    pub(super) fn find(&self, text: &str) -> Option<&'static str> {
        (self.find)(&text.trim().replace(['-', ' '], "_"))
    }

    fn words<V: Vocabulary>() -> Self {
        Self {
            names: V::ALL.iter().map(|word| word.as_str()).collect(),
            find: |text| V::from_name(text).map(V::as_str),
        }
    }

    fn fixed(names: &[&'static str], find: fn(&str) -> Option<&'static str>) -> Self {
        Self {
            names: names.to_vec(),
            find,
        }
    }
}

const RESOURCES: [&str; 3] = ["EVENT", "PARTNERSHIP", "BODY"];
const FLAGS: [&str; 2] = ["true", "false"];

fn one_of(names: &[&'static str], text: &str) -> Option<&'static str> {
    names
        .iter()
        .copied()
        .find(|name| name.eq_ignore_ascii_case(text))
}
