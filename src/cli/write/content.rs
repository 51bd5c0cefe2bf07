use clap::Args;

use crate::{
    cli::parse,
    proto::v1::{Amount, Event, FuzzyDate, Identifier, Party, Quantity},
};

use super::{
    amount::amount,
    identifier::identifier,
    party::{party, subject},
    quantity::quantity,
};

/// Options for the common fields of an event. Other fields need a file.
#[derive(Args, Debug)]
pub(super) struct ContentOptions {
    /// What sort of announcement it is.
    #[arg(long, value_name = "KIND", ignore_case = true, value_parser = parse::word("entente.v1.Kind"))]
    kind: Option<i32>,

    /// The form of the agreement.
    #[arg(long, value_name = "FORM", ignore_case = true, value_parser = parse::word("entente.v1.Instrument"))]
    instrument: Option<i32>,

    /// The instrument in the words of the source, for --instrument other.
    #[arg(long, value_name = "TEXT")]
    instrument_other: Option<String>,

    /// The step that the arrangement has reached.
    #[arg(long, value_name = "STEP", ignore_case = true, value_parser = parse::word("entente.v1.Step"))]
    step: Option<i32>,

    /// The step in the words of the source, for --step other.
    #[arg(long, value_name = "TEXT")]
    step_other: Option<String>,

    /// What has become of the event.
    #[arg(long, value_name = "STATUS", ignore_case = true, value_parser = parse::word("entente.v1.Status"))]
    status: Option<i32>,

    /// Title.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// Summary.
    #[arg(long, value_name = "TEXT")]
    summary: Option<String>,

    /// Language of title and summary, such as ja. English if omitted.
    #[arg(long, value_name = "LANGUAGE", value_parser = parse::language)]
    language: Option<String>,

    /// When it happens, by the days of the place and only as precisely as it is known: 2026, 2025-05,
    /// 2025-05-12, 2025-05-12/2025-05-13, 2027~, 2026-40 (the first half of 2026).
    #[arg(long, value_name = "DATE")]
    date: Option<String>,

    /// When it was announced.
    #[arg(long, value_name = "DATE")]
    announce_date: Option<String>,

    /// When a project or building is planned to be complete.
    #[arg(long = "planned-completion", value_name = "DATE")]
    planned_completion: Option<String>,

    /// Code of a state or union that takes part, or a body, with its role if known: JP, EU:host,
    /// bodies/meti. Can be repeated.
    #[arg(long = "party", value_name = "CODE[:ROLE]", value_parser = party)]
    parties: Vec<Party>,

    /// A partnership that the event belongs to. Can be repeated.
    #[arg(long = "partnership", value_name = "NAME", value_parser = parse::partnership_name)]
    partnerships: Vec<String>,

    /// A topic, such as semiconductors. Can be repeated.
    #[arg(long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,

    /// Code of a state or union, or a body, that the text is about without its taking part. Can be
    /// repeated.
    #[arg(long = "subject", value_name = "CODE", value_parser = subject)]
    subjects: Vec<Party>,

    /// A sum, with its role if known: EUR:90000000, JPY:500000000:commitment. Before the value, ~ means
    /// about, < up to and > more than; EUR:80..90 is a range. Can be repeated.
    #[arg(long = "amount", value_name = "CURRENCY:VALUE[:ROLE]", value_parser = amount)]
    amounts: Vec<Amount>,

    /// A number that is not money, with its unit unless it is a count: jobs=~1000,
    /// ownership=51:percent. The value as in --amount. Can be repeated.
    #[arg(long = "quantity", value_name = "MEASURE=VALUE[:UNIT]", value_parser = quantity)]
    quantities: Vec<Quantity>,

    /// An official number or another identifier: celex=22024A00001. Can be repeated.
    #[arg(long = "identifier", value_name = "SCHEME=VALUE", value_parser = identifier)]
    identifiers: Vec<Identifier>,

    /// Web address of a record elsewhere about the same thing. Can be repeated.
    #[arg(long = "same-as", value_name = "URI")]
    same_as: Vec<String>,
}

impl ContentOptions {
    /// Returns an event with the given values, and the paths of the given fields.
    pub(super) fn event(self) -> (Event, Vec<String>) {
        let mut event = Event::default();
        let mut said = Vec::new();
        set(&mut event.kind, self.kind, "kind", &mut said);
        set(
            &mut event.instrument,
            self.instrument,
            "instrument",
            &mut said,
        );
        set(
            &mut event.instrument_other,
            self.instrument_other,
            "instrument_other",
            &mut said,
        );
        set(&mut event.step, self.step, "step", &mut said);
        set(
            &mut event.step_other,
            self.step_other,
            "step_other",
            &mut said,
        );
        set(&mut event.status, self.status, "status", &mut said);
        set(&mut event.title, self.title, "title", &mut said);
        set(&mut event.summary, self.summary, "summary", &mut said);
        set(
            &mut event.language_code,
            self.language,
            "language_code",
            &mut said,
        );
        set(&mut event.date, self.date.map(date), "date", &mut said);
        set(
            &mut event.announce_date,
            self.announce_date.map(date),
            "announce_date",
            &mut said,
        );
        set(
            &mut event.planned_completion_date,
            self.planned_completion.map(date),
            "planned_completion_date",
            &mut said,
        );
        set(&mut event.parties, some(self.parties), "parties", &mut said);
        set(
            &mut event.partnerships,
            some(self.partnerships),
            "partnerships",
            &mut said,
        );
        set(&mut event.topics, some(self.topics), "topics", &mut said);
        let (subjects, amounts) = (some(self.subjects), some(self.amounts));
        set(&mut event.subjects, subjects, "subjects", &mut said);
        set(&mut event.amounts, amounts, "amounts", &mut said);
        let (quantities, identifiers) = (some(self.quantities), some(self.identifiers));
        set(&mut event.quantities, quantities, "quantities", &mut said);
        set(
            &mut event.identifiers,
            identifiers,
            "identifiers",
            &mut said,
        );
        set(&mut event.same_as, some(self.same_as), "same_as", &mut said);
        (event, said)
    }
}

pub(super) fn set<T>(field: &mut T, value: Option<T>, path: &str, said: &mut Vec<String>) {
    if let Some(value) = value {
        *field = value;
        said.push(path.to_owned());
    }
}

/// An empty date clears the field.
pub(super) fn date(edtf: String) -> Option<FuzzyDate> {
    (!edtf.is_empty()).then(|| FuzzyDate {
        edtf,
        ..Default::default()
    })
}

pub(super) fn some<T>(values: Vec<T>) -> Option<Vec<T>> {
    (!values.is_empty()).then_some(values)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::proto::v1::Status;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        content: ContentOptions,
    }

    fn event(arguments: &[&str]) -> (Event, Vec<String>) {
        let arguments = ["program"].iter().chain(arguments);
        Program::try_parse_from(arguments)
            .expect("valid options")
            .content
            .event()
    }

    #[test]
    fn the_mask_names_only_the_given_fields() {
        let (event, mask) = event(&["--status", "in-force", "--party=JP", "--party=EU:host"]);

        assert_eq!(event.status(), Status::InForce);
        assert_eq!(event.parties.len(), 2);
        assert_eq!(mask, ["status", "parties"]);
    }

    #[test]
    fn an_empty_value_clears_its_field() {
        let (event, mask) = event(&["--date", "", "--summary", ""]);

        assert_eq!((event.date, event.summary.as_str()), (None, ""));
        assert_eq!(mask, ["summary", "date"]);
    }
}
