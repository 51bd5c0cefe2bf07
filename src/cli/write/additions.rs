use clap::Args;

use crate::{
    cli::{failure::Failure, parse},
    proto::v1::{Amount, AmountQualifier, Event, Partnership, Party, PartyType, Source},
};

use super::{party::party, source::SourceOptions};

/// Options that add or remove single items of lists of an event or partnership.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Additions {
    /// Add a state or EU, with its role if known: JP, EU:host. Can be repeated.
    #[arg(long = "add-party", value_name = "CODE[:ROLE]", value_parser = party,
        conflicts_with = "parties")]
    add_parties: Vec<Party>,

    /// Remove a state or EU, in every role unless one is named. Can be repeated.
    #[arg(long = "remove-party", value_name = "CODE[:ROLE]", value_parser = party,
        conflicts_with = "parties")]
    remove_parties: Vec<Party>,

    /// Add a topic. Can be repeated.
    #[arg(long = "add-topic", value_name = "TOPIC", conflicts_with = "topics")]
    add_topics: Vec<String>,

    /// Remove a topic. Can be repeated.
    #[arg(long = "remove-topic", value_name = "TOPIC", conflicts_with = "topics")]
    remove_topics: Vec<String>,

    /// Add a source with this id, described by --source-publisher, --source-title, --source-uri and
    /// --source-type.
    #[arg(long, value_name = "ID")]
    add_source: Option<String>,

    /// Remove the source with this id. Can be repeated.
    #[arg(long = "remove-source", value_name = "ID")]
    remove_sources: Vec<String>,
}

/// Options that add or remove single items of lists of an event.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct EventAdditions {
    #[command(flatten)]
    shared: Additions,

    #[command(flatten)]
    source: SourceOptions,

    /// Add a partnership that the event belongs to. Can be repeated.
    #[arg(long = "add-partnership", value_name = "NAME", value_parser = parse::partnership_name,
        conflicts_with = "partnerships")]
    add_partnerships: Vec<String>,

    /// Remove a partnership. Can be repeated.
    #[arg(long = "remove-partnership", value_name = "NAME", value_parser = parse::partnership_name,
        conflicts_with = "partnerships")]
    remove_partnerships: Vec<String>,

    /// Add a sum, with its role if known: EUR:90000000, JPY:500000000:commitment. Before the value,
    /// ~ means about, < up to and > more than. Can be repeated.
    #[arg(long = "add-amount", value_name = "CURRENCY:VALUE[:ROLE]", value_parser = amount)]
    add_amounts: Vec<Amount>,

    /// Remove a sum, in every role unless one is named. Can be repeated.
    #[arg(long = "remove-amount", value_name = "CURRENCY:VALUE[:ROLE]", value_parser = amount)]
    remove_amounts: Vec<Amount>,
}

/// The lists that events and partnerships share.
struct Lists<'a> {
    parties: &'a mut Vec<Party>,
    topics: &'a mut Vec<String>,
    sources: &'a mut Vec<Source>,
}

impl EventAdditions {
    /// Returns whether there is nothing to add or remove.
    pub(super) fn is_empty(&self) -> bool {
        self.shared.is_empty()
            && self.add_partnerships.is_empty()
            && self.remove_partnerships.is_empty()
            && self.add_amounts.is_empty()
            && self.remove_amounts.is_empty()
    }

    /// Returns whether a source is described but not added.
    pub(super) fn describes_nothing(&self) -> bool {
        self.shared.adds_no_source() && self.source.clone().source().is_some()
    }

    /// Applies the options to an event and returns the paths of the changed fields.
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

    /// Returns whether no source is added.
    pub(super) fn adds_no_source(&self) -> bool {
        self.add_source.is_none()
    }

    /// Applies the options to a partnership and returns the paths of the changed fields.
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
        // Organisations also have the code of their country, so the type is compared too.
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

/// Adds missing items, removes others, and returns whether the list changed.
fn changed_list<T: Clone + PartialEq + ToArgument>(
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
            let asked = asked.to_argument();
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

/// A value that can be printed as its command-line argument.
trait ToArgument {
    fn to_argument(&self) -> String;
}

impl ToArgument for String {
    fn to_argument(&self) -> String {
        self.clone()
    }
}

impl ToArgument for Party {
    fn to_argument(&self) -> String {
        self.country_code.clone()
    }
}

impl ToArgument for Source {
    fn to_argument(&self) -> String {
        self.id.clone()
    }
}

impl ToArgument for Amount {
    fn to_argument(&self) -> String {
        format!("{}:{}", self.currency_code, self.value)
    }
}

/// Parses `EUR:90000000` or `EUR:90000000:commitment`; before the value `~` means about, `<` up to
/// and `>` more than. The server checks each part.
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
    fn one_item_is_added_or_removed_and_the_others_stay() {
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
    fn removing_a_missing_item_is_an_error() {
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
    fn a_sum_has_a_currency_a_value_and_optionally_a_role() {
        assert!(amount("EUR:1.5:target").is_ok() && amount(":5").is_ok());
        let about = amount("EUR:~90").map(|sum| (sum.qualifier(), sum.value));
        assert_eq!(about, Ok((AmountQualifier::About, "90".into())));
        for text in ["EUR", "EUR:", "", "EUR:~"] {
            assert!(amount(text).is_err(), "{text}");
        }
    }
}
