use clap::Args;

use crate::{
    cli::{failure::Failure, parse},
    proto::v1::{Amount, AmountQualifier, Event, Partnership, Party, PartyType, Source},
};

use super::{party::party, source::SourceOptions};

/// Single values of what an event and a partnership have several of, to be added or taken away while
/// the others stay.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Additions {
    /// Add a state or EU, with its role if known: JP, EU:host. Can be given again.
    #[arg(long = "add-party", value_name = "CODE[:ROLE]", value_parser = party,
        conflicts_with = "parties")]
    add_parties: Vec<Party>,

    /// Take a state or EU away, in every role unless one is named. Can be given again.
    #[arg(long = "remove-party", value_name = "CODE[:ROLE]", value_parser = party,
        conflicts_with = "parties")]
    remove_parties: Vec<Party>,

    /// Add a topic. Can be given again.
    #[arg(long = "add-topic", value_name = "TOPIC", conflicts_with = "topics")]
    add_topics: Vec<String>,

    /// Take a topic away. Can be given again.
    #[arg(long = "remove-topic", value_name = "TOPIC", conflicts_with = "topics")]
    remove_topics: Vec<String>,

    /// Add a source with this id, which --source-publisher, --source-title, --source-uri and
    /// --source-type describe.
    #[arg(long, value_name = "ID")]
    add_source: Option<String>,

    /// Take the source with this id away. Can be given again.
    #[arg(long = "remove-source", value_name = "ID")]
    remove_sources: Vec<String>,
}

/// The same of what only events have.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct EventAdditions {
    #[command(flatten)]
    shared: Additions,

    #[command(flatten)]
    source: SourceOptions,

    /// Add a partnership that it belongs to. Can be given again.
    #[arg(long = "add-partnership", value_name = "NAME", value_parser = parse::partnership_name,
        conflicts_with = "partnerships")]
    add_partnerships: Vec<String>,

    /// Take a partnership away. Can be given again.
    #[arg(long = "remove-partnership", value_name = "NAME", value_parser = parse::partnership_name,
        conflicts_with = "partnerships")]
    remove_partnerships: Vec<String>,

    /// Add a sum, with its role if known: EUR:90000000, JPY:500000000:commitment. Before the value, ~
    /// means about, < up to and > more than. Can be given again.
    #[arg(long = "add-amount", value_name = "CURRENCY:VALUE[:ROLE]", value_parser = amount)]
    add_amounts: Vec<Amount>,

    /// Take a sum away, in every role unless one is named. Can be given again.
    #[arg(long = "remove-amount", value_name = "CURRENCY:VALUE[:ROLE]", value_parser = amount)]
    remove_amounts: Vec<Amount>,
}

/// The lists that both have.
struct Lists<'a> {
    parties: &'a mut Vec<Party>,
    topics: &'a mut Vec<String>,
    sources: &'a mut Vec<Source>,
}

impl EventAdditions {
    /// Whether there is nothing to add or to take away.
    pub(super) fn is_empty(&self) -> bool {
        self.shared.is_empty()
            && self.add_partnerships.is_empty()
            && self.remove_partnerships.is_empty()
            && self.add_amounts.is_empty()
            && self.remove_amounts.is_empty()
    }

    /// Whether a source is described that is not added.
    pub(super) fn describes_nothing(&self) -> bool {
        self.shared.adds_no_source() && self.source.clone().source().is_some()
    }

    /// Does it to an event as it was read, and gives the paths of what is changed.
    pub(super) fn apply(&self, event: &mut Event) -> Result<Vec<String>, Failure> {
        let lists = Lists {
            parties: &mut event.parties,
            topics: &mut event.topics,
            sources: &mut event.sources,
        };
        let mut changed = self.shared.apply(self.source.clone(), lists)?;
        let same = |known: &Amount, asked: &Amount| {
            known.currency_code == asked.currency_code
                && known.value == asked.value
                && (asked.role.is_empty() || known.role == asked.role)
        };
        let (add, remove) = (&self.add_partnerships, &self.remove_partnerships);
        let partnerships = &mut event.partnerships;
        if changed_list(partnerships, add, remove, String::eq, "partnership")? {
            changed.push("partnerships".to_owned());
        }
        let (add, remove) = (&self.add_amounts, &self.remove_amounts);
        if changed_list(&mut event.amounts, add, remove, same, "sum")? {
            changed.push("amounts".to_owned());
        }
        Ok(changed)
    }
}

impl Additions {
    pub(super) fn is_empty(&self) -> bool {
        self.add_parties.is_empty()
            && self.remove_parties.is_empty()
            && self.add_topics.is_empty()
            && self.remove_topics.is_empty()
            && self.add_source.is_none()
            && self.remove_sources.is_empty()
    }

    /// Whether no source is added.
    pub(super) fn adds_no_source(&self) -> bool {
        self.add_source.is_none()
    }

    /// Does it to a partnership as it was read, and gives the paths of what is changed.
    pub(super) fn apply_to_partnership(
        &self,
        source: SourceOptions,
        partnership: &mut Partnership,
    ) -> Result<Vec<String>, Failure> {
        let lists = Lists {
            parties: &mut partnership.parties,
            topics: &mut partnership.topics,
            sources: &mut partnership.sources,
        };
        self.apply(source, lists)
    }

    fn apply(&self, source: SourceOptions, lists: Lists<'_>) -> Result<Vec<String>, Failure> {
        let mut changed = Vec::new();
        // A code is also said of organisations that are at home there.
        let same_party = |known: &Party, asked: &Party| {
            matches!(known.r#type(), PartyType::State | PartyType::Union)
                && known.country_code == asked.country_code
                && (asked.role == 0 || known.role == asked.role)
        };
        let (add, remove) = (&self.add_parties, &self.remove_parties);
        if changed_list(lists.parties, add, remove, same_party, "party")? {
            changed.push("parties".to_owned());
        }
        let (add, remove) = (&self.add_topics, &self.remove_topics);
        if changed_list(lists.topics, add, remove, String::eq, "topic")? {
            changed.push("topics".to_owned());
        }
        let add: Vec<Source> = self.add_source.iter().map(|id| source.named(id)).collect();
        let named = |id: &String| Source {
            id: id.clone(),
            ..Default::default()
        };
        let remove: Vec<Source> = self.remove_sources.iter().map(named).collect();
        let taken = |one: &Source| {
            let known = lists.sources.iter().find(|known| known.id == one.id);
            known.is_some_and(|known| known != one)
        };
        if let Some(source) = add.iter().find(|one| taken(one)) {
            return Err(Failure::Failed(format!(
                "there is another source with the id {:?}; choose another id",
                source.id
            )));
        }
        let same = |known: &Source, asked: &Source| known.id == asked.id;
        if changed_list(lists.sources, &add, &remove, same, "source")? {
            changed.push("sources".to_owned());
        }
        Ok(changed)
    }
}

/// Adds what is not there yet, takes away what is asked for, and says whether that changed anything.
fn changed_list<T: Clone + PartialEq + Told>(
    list: &mut Vec<T>,
    add: &[T],
    remove: &[T],
    same: impl Fn(&T, &T) -> bool,
    what: &str,
) -> Result<bool, Failure> {
    let mut changed = false;
    for asked in remove {
        let before = list.len();
        list.retain(|known| !same(known, asked));
        if list.len() == before {
            let asked = asked.told();
            return Err(Failure::Failed(format!(
                "there is no {what} {asked} to remove"
            )));
        }
        changed = true;
    }
    for asked in add.iter() {
        if !list.contains(asked) {
            list.push(asked.clone());
            changed = true;
        }
    }
    Ok(changed)
}

/// A value as it is written on the command line.
trait Told {
    fn told(&self) -> String;
}

impl Told for String {
    fn told(&self) -> String {
        self.clone()
    }
}

impl Told for Party {
    fn told(&self) -> String {
        self.country_code.clone()
    }
}

impl Told for Source {
    fn told(&self) -> String {
        self.id.clone()
    }
}

impl Told for Amount {
    fn told(&self) -> String {
        format!("{}:{}", self.currency_code, self.value)
    }
}

/// Reads `EUR:90000000` or `EUR:90000000:commitment`; before the value `~` means about, `<` up to and
/// `>` more than. The server has the rules of each part.
fn amount(text: &str) -> Result<Amount, String> {
    let mut parts = text.splitn(3, ':');
    let (currency, value) = (parts.next().unwrap_or_default(), parts.next());
    let value = value.unwrap_or_default();
    let (qualifier, number) = match value.split_at_checked(1) {
        Some(("~", number)) => (AmountQualifier::About, number),
        Some(("<", number)) => (AmountQualifier::UpTo, number),
        Some((">", number)) => (AmountQualifier::MoreThan, number),
        _ => (AmountQualifier::Exact, value),
    };
    if number.is_empty() {
        return Err(format!(
            "{text:?} is not a sum; write EUR:90000000, EUR:~90000000 for about, or \
             EUR:90000000:commitment"
        ));
    }
    Ok(Amount {
        currency_code: currency.to_owned(),
        value: number.to_owned(),
        qualifier: qualifier.into(),
        role: parts.next().unwrap_or_default().to_owned(),
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisation(code: &str) -> Party {
        Party {
            r#type: PartyType::Organisation.into(),
            country_code: code.into(),
            display_name: "A ministry".into(),
            ..Default::default()
        }
    }

    #[test]
    fn one_value_is_added_or_taken_away_and_the_others_stay() {
        let mut event = Event {
            parties: vec![party("JP:host").expect("a party"), organisation("JP")],
            topics: vec!["chips".into()],
            ..Default::default()
        };
        let additions = EventAdditions {
            shared: Additions {
                add_parties: vec![party("EU").expect("a party")],
                remove_parties: vec![party("JP").expect("a party")],
                add_topics: vec!["chips".into()],
                ..Default::default()
            },
            add_amounts: vec![amount("EUR:90:funding").expect("a sum")],
            ..Default::default()
        };

        let changed = additions.apply(&mut event).ok();

        assert_eq!(changed, Some(vec!["parties".into(), "amounts".into()]));
        assert_eq!(event.parties[0], organisation("JP"));
        assert_eq!(event.parties[1].country_code, "EU");
        assert_eq!(event.amounts[0].role, "funding");
    }

    #[test]
    fn what_is_not_there_is_not_taken_away_in_silence() {
        let additions = EventAdditions {
            shared: Additions {
                remove_topics: vec!["chips".into()],
                ..Default::default()
            },
            ..Default::default()
        };

        let failure = additions.apply(&mut Event::default()).expect_err("none");

        assert_eq!(failure.text(), "there is no topic chips to remove");
    }

    #[test]
    fn a_sum_has_a_currency_a_value_and_perhaps_a_role() {
        assert!(amount("EUR:1.5:target").is_ok() && amount(":5").is_ok());
        let about = amount("EUR:~90").map(|sum| (sum.qualifier(), sum.value));
        assert_eq!(about, Ok((AmountQualifier::About, "90".into())));
        for text in ["EUR", "EUR:", "", "EUR:~"] {
            assert!(amount(text).is_err(), "{text}");
        }
    }
}
