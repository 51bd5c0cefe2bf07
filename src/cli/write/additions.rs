use clap::Args;

use crate::{
    cli::{connect::Connection, failure::Failure, parse},
    proto::v1::{
        Amount, BodyName, BodySuccession, Event, Identifier, Partnership, Party, PartyType,
        Quantity, Source, Translation,
    },
};

use super::{
    amount::amount,
    identifier::identifier,
    party::{self, party, subject},
    quantity::quantity,
    source::SourceOptions,
    standing::{CodedStanding, standing},
    translation::translation,
};

/// Options that add or remove single items of lists of an event or partnership.
// The group is that of the struct that flattens this one. Clap puts no option into the group of a struct
// that flattens another one, so each names it.
#[derive(Args, Clone, Debug, Default)]
#[group(skip)]
pub(in crate::cli) struct Additions {
    /// Add a state, a union or a body, with its role if known: JP, EU:host, bodies/meti. Can be
    /// repeated.
    #[arg(group = "additions", long = "add-party", value_name = "CODE[:ROLE]", value_parser = party,
        conflicts_with = "parties")]
    add_parties: Vec<Party>,

    /// Remove a state, a union or a body, in every role unless one is named. Can be repeated.
    #[arg(group = "additions", long = "remove-party", value_name = "CODE[:ROLE]", value_parser = party,
        conflicts_with = "parties")]
    remove_parties: Vec<Party>,

    /// Add a topic. Can be repeated.
    #[arg(
        group = "additions",
        long = "add-topic",
        value_name = "TOPIC",
        conflicts_with = "topics"
    )]
    add_topics: Vec<String>,

    /// Remove a topic. Can be repeated.
    #[arg(
        group = "additions",
        long = "remove-topic",
        value_name = "TOPIC",
        conflicts_with = "topics"
    )]
    remove_topics: Vec<String>,

    /// Add a title or name in another language: ja=第3回会合. Can be repeated.
    #[arg(group = "additions", long = "add-translation", value_name = "LANGUAGE=TITLE", value_parser = translation)]
    add_translations: Vec<Translation>,

    /// Remove the translation into this language. Can be repeated.
    #[arg(group = "additions", long = "remove-translation", value_name = "LANGUAGE", value_parser = parse::language)]
    remove_translations: Vec<String>,

    #[command(flatten)]
    links: LinkAdditions,
}

/// Options that add or remove identifiers and addresses elsewhere.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct LinkAdditions {
    /// Add an official number or another identifier: celex=22024A00001. Can be repeated.
    #[arg(long = "add-identifier", value_name = "SCHEME=VALUE", value_parser = identifier,
        conflicts_with = "identifiers")]
    add_identifiers: Vec<Identifier>,

    /// Remove an identifier. Can be repeated.
    #[arg(long = "remove-identifier", value_name = "SCHEME=VALUE", value_parser = identifier,
        conflicts_with = "identifiers")]
    remove_identifiers: Vec<Identifier>,

    /// Add the web address of a record elsewhere about the same thing. Can be repeated.
    #[arg(long = "add-same-as", value_name = "URI", conflicts_with = "same_as")]
    add_same_as: Vec<String>,

    /// Remove such an address. Can be repeated.
    #[arg(
        long = "remove-same-as",
        value_name = "URI",
        conflicts_with = "same_as"
    )]
    remove_same_as: Vec<String>,
}

/// Options that add or remove single sources.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct SourceAdditions {
    /// Add a source with this id, described by --source-publisher, --source-title, --source-uri,
    /// --source-type and --source-locator.
    #[arg(long, value_name = "ID")]
    add_source: Option<String>,

    /// Remove the source with this id. Can be repeated.
    #[arg(long = "remove-source", value_name = "ID")]
    remove_sources: Vec<String>,
}

/// Options that add or remove single items of lists of an event.
#[derive(Args, Clone, Debug, Default)]
#[group(id = "additions")]
pub(super) struct EventAdditions {
    #[command(flatten)]
    shared: Additions,

    #[command(flatten)]
    sources: SourceAdditions,

    #[command(flatten)]
    source: SourceOptions,

    /// Add a partnership that the event belongs to. Can be repeated.
    #[arg(group = "additions", long = "add-partnership", value_name = "NAME", value_parser = parse::partnership_name,
        conflicts_with = "partnerships")]
    add_partnerships: Vec<String>,

    /// Remove a partnership. Can be repeated.
    #[arg(group = "additions", long = "remove-partnership", value_name = "NAME", value_parser = parse::partnership_name,
        conflicts_with = "partnerships")]
    remove_partnerships: Vec<String>,

    /// Add a sum, with its role if known: EUR:90000000, JPY:500000000:commitment. Before the value,
    /// ~ means about, < up to and > more than; EUR:80..90 is a range. Can be repeated.
    #[arg(group = "additions", long = "add-amount", value_name = "CURRENCY:VALUE[:ROLE]", value_parser = amount,
        conflicts_with = "amounts")]
    add_amounts: Vec<Amount>,

    /// Remove a sum, in every role unless one is named. Can be repeated.
    #[arg(group = "additions", long = "remove-amount", value_name = "CURRENCY:VALUE[:ROLE]", value_parser = amount,
        conflicts_with = "amounts")]
    remove_amounts: Vec<Amount>,

    /// Add a number that is not money: jobs=~1000, ownership=51:percent. Can be repeated.
    #[arg(group = "additions", long = "add-quantity", value_name = "MEASURE=VALUE[:UNIT]", value_parser = quantity,
        conflicts_with = "quantities")]
    add_quantities: Vec<Quantity>,

    /// Remove a number that is not money. Can be repeated.
    #[arg(group = "additions", long = "remove-quantity", value_name = "MEASURE=VALUE[:UNIT]", value_parser = quantity,
        conflicts_with = "quantities")]
    remove_quantities: Vec<Quantity>,

    /// Add a state, a union or a body that the text is about without its taking part. Can be
    /// repeated.
    #[arg(group = "additions", long = "add-subject", value_name = "CODE", value_parser = subject,
        conflicts_with = "subjects")]
    add_subjects: Vec<Party>,

    /// Remove a state, a union or a body from those that the text is about. Can be repeated.
    #[arg(group = "additions", long = "remove-subject", value_name = "CODE", value_parser = subject,
        conflicts_with = "subjects")]
    remove_subjects: Vec<Party>,

    /// Add what holds for a party, and since when if known: JP:ratified, EU:in-force:2024-07-01. Can be
    /// repeated.
    #[arg(group = "additions", long = "standing", value_name = "CODE:STANDING[:DATE]", value_parser = standing,
        conflicts_with = "parties")]
    standings: Vec<CodedStanding>,

    /// Remove what holds for a party, for every date unless one is given. Can be repeated.
    #[arg(group = "additions", long = "remove-standing", value_name = "CODE:STANDING[:DATE]", value_parser = standing,
        conflicts_with = "parties")]
    remove_standings: Vec<CodedStanding>,
}

/// The lists that events and partnerships share.
struct Lists<'a> {
    parties: &'a mut Vec<Party>,
    topics: &'a mut Vec<String>,
    translations: &'a mut Vec<Translation>,
    identifiers: &'a mut Vec<Identifier>,
    same_as: &'a mut Vec<String>,
}

impl EventAdditions {
    /// Returns whether there is nothing to add or remove.
    pub(super) fn is_empty(&self) -> bool {
        self.shared.is_empty()
            && self.sources.is_empty()
            && self.add_partnerships.is_empty()
            && self.remove_partnerships.is_empty()
            && self.add_amounts.is_empty()
            && self.remove_amounts.is_empty()
            && self.add_quantities.is_empty()
            && self.remove_quantities.is_empty()
            && self.add_subjects.is_empty()
            && self.remove_subjects.is_empty()
            && self.standings.is_empty()
            && self.remove_standings.is_empty()
    }

    /// Returns whether a source is described but not added.
    pub(super) fn describes_nothing(&self) -> bool {
        self.sources.describes_nothing(&self.source)
    }

    /// Gives the added parties and subjects that are bodies their type.
    pub(super) async fn complete(&mut self, server: &Connection) -> Result<(), Failure> {
        party::complete(&mut self.add_subjects, server).await?;
        self.shared.complete(server).await
    }

    /// Applies the options to an event and returns the paths of the changed fields.
    pub(super) fn apply(&self, event: &mut Event) -> Result<Vec<String>, Failure> {
        let lists = Lists {
            parties: &mut event.parties,
            topics: &mut event.topics,
            translations: &mut event.translations,
            identifiers: &mut event.identifiers,
            same_as: &mut event.same_as,
        };
        let mut changed = self.shared.apply(lists)?;
        if self.sources.apply(&self.source, &mut event.sources)? {
            changed.push("sources".to_owned());
        }
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
        let same = |known: &Quantity, asked: &Quantity| {
            known.measure == asked.measure
                && known.value == asked.value
                && (asked.unit.is_empty() || known.unit == asked.unit)
        };
        let (add, remove) = (&self.add_quantities, &self.remove_quantities);
        if changed_list(&mut event.quantities, add, remove, same, "quantity")? {
            changed.push("quantities".to_owned());
        }
        let (add, remove) = (&self.add_subjects, &self.remove_subjects);
        if changed_list(&mut event.subjects, add, remove, is_same_party, "subject")? {
            changed.push("subjects".to_owned());
        }
        if self.change_standings(&mut event.parties)? && !changed.iter().any(|it| it == "parties") {
            changed.push("parties".to_owned());
        }
        Ok(changed)
    }

    fn change_standings(&self, parties: &mut [Party]) -> Result<bool, Failure> {
        let mut changed = false;
        for standing in &self.remove_standings {
            changed |= standing.remove(parties)?;
        }
        for standing in &self.standings {
            changed |= standing.apply(parties)?;
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
            && self.add_translations.is_empty()
            && self.remove_translations.is_empty()
            && self.links.is_empty()
    }

    /// Gives the added parties that are bodies their type.
    pub(super) async fn complete(&mut self, server: &Connection) -> Result<(), Failure> {
        party::complete(&mut self.add_parties, server).await
    }

    /// Applies the options to a partnership and returns the paths of the changed fields.
    pub(super) fn apply_to_partnership(
        &self,
        partnership: &mut Partnership,
    ) -> Result<Vec<String>, Failure> {
        let lists = Lists {
            parties: &mut partnership.parties,
            topics: &mut partnership.topics,
            translations: &mut partnership.translations,
            identifiers: &mut partnership.identifiers,
            same_as: &mut partnership.same_as,
        };
        self.apply(lists)
    }

    fn apply(&self, lists: Lists<'_>) -> Result<Vec<String>, Failure> {
        let mut changed = Vec::new();
        let (add, remove) = (&self.add_parties, &self.remove_parties);
        if changed_list(lists.parties, add, remove, is_same_party, "party")? {
            changed.push("parties".to_owned());
        }
        let (add, remove) = (&self.add_topics, &self.remove_topics);
        if changed_list(lists.topics, add, remove, String::eq, "topic")? {
            changed.push("topics".to_owned());
        }
        changed.extend(self.links.apply(lists.identifiers, lists.same_as)?);
        let into = |language: &String| Translation {
            language_code: language.clone(),
            ..Default::default()
        };
        let remove: Vec<Translation> = self.remove_translations.iter().map(into).collect();
        let same = |known: &Translation, asked: &Translation| {
            known
                .language_code
                .eq_ignore_ascii_case(&asked.language_code)
        };
        let (list, add) = (lists.translations, &self.add_translations);
        if changed_list(list, add, &remove, same, "translation")? {
            changed.push("translations".to_owned());
        }
        Ok(changed)
    }
}

impl LinkAdditions {
    pub(super) fn is_empty(&self) -> bool {
        self.add_identifiers.is_empty()
            && self.remove_identifiers.is_empty()
            && self.add_same_as.is_empty()
            && self.remove_same_as.is_empty()
    }

    /// Applies the options and returns the paths of the changed fields.
    pub(super) fn apply(
        &self,
        identifiers: &mut Vec<Identifier>,
        same_as: &mut Vec<String>,
    ) -> Result<Vec<String>, Failure> {
        let mut changed = Vec::new();
        let (add, remove) = (&self.add_identifiers, &self.remove_identifiers);
        let same = Identifier::eq;
        if changed_list(identifiers, add, remove, same, "identifier")? {
            changed.push("identifiers".to_owned());
        }
        let (add, remove) = (&self.add_same_as, &self.remove_same_as);
        if changed_list(same_as, add, remove, String::eq, "address")? {
            changed.push("same_as".to_owned());
        }
        Ok(changed)
    }
}

impl SourceAdditions {
    pub(super) fn is_empty(&self) -> bool {
        self.add_source.is_none() && self.remove_sources.is_empty()
    }

    /// Returns whether a source is described but not added.
    pub(super) fn describes_nothing(&self, source: &SourceOptions) -> bool {
        self.add_source.is_none() && source.clone().source().is_some()
    }

    /// Applies the options and returns whether the list changed.
    pub(super) fn apply(
        &self,
        source: &SourceOptions,
        sources: &mut Vec<Source>,
    ) -> Result<bool, Failure> {
        let add: Vec<Source> = self.add_source.iter().map(|id| source.named(id)).collect();
        let named = |id: &String| Source {
            id: id.clone(),
            ..Default::default()
        };
        let remove: Vec<Source> = self.remove_sources.iter().map(named).collect();
        let taken = |one: &Source| {
            let known = sources.iter().find(|known| known.id == one.id);
            known.is_some_and(|known| known != one)
        };
        if let Some(source) = add.iter().find(|one| taken(one)) {
            return Err(Failure::Failed(format!(
                "there is another source with the id {:?}; choose another id",
                source.id
            )));
        }
        let same = |known: &Source, asked: &Source| known.id == asked.id;
        changed_list(sources, &add, &remove, same, "source")
    }
}

/// Organisations also have the code of their country, so the type is compared too.
fn is_same_party(known: &Party, asked: &Party) -> bool {
    let is_same = match asked.body.is_empty() {
        true => {
            matches!(known.r#type(), PartyType::State | PartyType::Union)
                && known.country_code == asked.country_code
        }
        false => known.body == asked.body,
    };
    is_same && (asked.role == 0 || known.role == asked.role)
}

/// Adds missing items, removes others, and returns whether the list changed.
pub(super) fn changed_list<T: Clone + PartialEq + ToArgument>(
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
pub(super) trait ToArgument {
    fn to_argument(&self) -> String;
}

impl ToArgument for String {
    fn to_argument(&self) -> String {
        self.clone()
    }
}

impl ToArgument for Party {
    fn to_argument(&self) -> String {
        match self.body.is_empty() {
            true => self.country_code.clone(),
            false => self.body.clone(),
        }
    }
}

impl ToArgument for BodySuccession {
    fn to_argument(&self) -> String {
        self.body.clone()
    }
}

impl ToArgument for BodyName {
    fn to_argument(&self) -> String {
        self.text.clone()
    }
}

impl ToArgument for Source {
    fn to_argument(&self) -> String {
        self.id.clone()
    }
}

impl ToArgument for Identifier {
    fn to_argument(&self) -> String {
        format!("{}={}", self.scheme, self.value)
    }
}

impl ToArgument for Translation {
    fn to_argument(&self) -> String {
        format!("into {}", self.language_code)
    }
}

impl ToArgument for Quantity {
    fn to_argument(&self) -> String {
        format!("{}={}", self.measure, self.value)
    }
}

impl ToArgument for Amount {
    fn to_argument(&self) -> String {
        format!("{}:{}", self.currency_code, self.value)
    }
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
}
