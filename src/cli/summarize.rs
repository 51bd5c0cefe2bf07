use clap::Args;

use crate::proto::v1::{AmountSum, SummarizeEventsRequest, SummarizeEventsResponse, SummaryRow};

use super::{
    as_of::AsOf,
    connect::Connection,
    failure::Failure,
    list::FILTERS,
    note::{counted, hints},
    output::Output,
    parse,
    remote::RemoteCommand,
    table::{plain, table},
};

/// `entente summarize`.
#[derive(Args, Debug)]
#[command(after_help = FILTERS)]
pub(super) struct Summarize {
    /// One to three fields, separated by commas: kind, subkind, instrument, step, status, state,
    /// verification, party, body, topic, partnership, place.country, source.type, year, half, quarter or
    /// month. A date that does not say the half, quarter or month counts as in 2024-XX.
    #[arg(long, value_name = "FIELDS", required = true, value_delimiter = ',')]
    by: Vec<String>,

    /// Filter, such as 'party:JP'. Everything if omitted.
    #[arg(value_name = "FILTER", default_value = "", hide_default_value = true,
        value_parser = parse::filter)]
    filter: String,

    #[command(flatten)]
    as_of: AsOf,

    /// Order: count, or group, which sorts years and their parts by time; each with an optional asc or
    /// desc. [default: count desc]
    #[arg(
        long,
        value_name = "ORDER",
        default_value = "",
        hide_default_value = true
    )]
    order_by: String,

    /// Also add up the sums of money of each group, by currency and role. Exact sums are added; those
    /// that are rounded, or given as a bound, are only counted. Not for csv.
    #[arg(long)]
    sums: bool,

    /// Also count events that are retracted, redacted or merged.
    #[arg(long)]
    show_retracted: bool,
}

impl RemoteCommand for Summarize {
    const IS_LIST: bool = true;

    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        output.check_has_names(false)?;
        if self.sums {
            output.check_is_not_csv("sums")?;
        }
        let request = SummarizeEventsRequest {
            filter: self.filter.clone(),
            group_by: self.by.clone(),
            as_of_position: self.as_of.position(),
            as_of_time: self.as_of.as_of_time,
            known_at: self.as_of.known_at(),
            order_by: self.order_by.clone(),
            show_retracted: self.show_retracted,
            sums: self.sums,
            ..Default::default()
        };
        let call = server.request(request);
        let summary = server
            .answer(server.events().summarize_events(call))
            .await
            .map_err(|failure| self.explained(failure))?;
        hints(&summary.hints);
        output.header(&SummaryRow {
            group: self
                .by
                .iter()
                .map(|by| (by.clone(), String::new()))
                .collect(),
            ..Default::default()
        })?;
        output.many(&summary, &summary.rows, |colour| {
            text(&summary, &self, colour)
        })
    }
}

impl Summarize {
    /// Explains the error when a second field was given after a space, which parses as the filter.
    fn explained(&self, failure: Failure) -> Failure {
        let is_field = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '.';
        let refused = matches!(failure, Failure::Refused(_));
        match refused && !self.filter.is_empty() && self.filter.chars().all(is_field) {
            true => Failure::Failed(format!(
                "{}\nto count by several fields, put a comma between them: --by {},{}",
                failure.text(),
                self.by.join(","),
                self.filter
            )),
            false => failure,
        }
    }
}

fn text(summary: &SummarizeEventsResponse, asked: &Summarize, colour: bool) -> String {
    let by = asked.by.as_slice();
    let headings: Vec<_> = by.iter().map(|field| field.to_uppercase()).collect();
    let header: Vec<_> = ["EVENTS"]
        .into_iter()
        .chain(headings.iter().map(String::as_str))
        .chain(SUM_HEADINGS.into_iter().filter(|_| asked.sums))
        .collect();
    let total = format!(
        "{} in all, as of position {}",
        counted(summary.total, "event"),
        summary.position
    );
    let rows = summary.rows.iter().map(|row| (cells(row, by), &row.sums));
    let rows = match asked.sums {
        true => {
            let mut of_all = vec![String::new(); by.len() + 1];
            of_all[0] = "in all".to_owned();
            let of_all = (of_all, &summary.sums);
            rows.chain([of_all]).flat_map(with_sums).collect()
        }
        false => rows.map(|(cells, _)| cells).collect::<Vec<_>>(),
    };
    format!("{}\n\n{total}", table(&header, 1, rows.into_iter(), colour))
}

const SUM_HEADINGS: [&str; 5] = ["SUM", "CURRENCY", "ROLE", "ADDED", "NOT ADDED"];

/// Returns one row for each sum of a group. Only the first has the cells of the group.
fn with_sums((group, sums): (Vec<String>, &Vec<AmountSum>)) -> Vec<Vec<String>> {
    let blank = vec![String::new(); group.len()];
    let groups = std::iter::once(group.clone()).chain(std::iter::repeat(blank));
    let row = |(mut row, sum): (Vec<String>, &AmountSum)| {
        row.extend(sum_cells(sum));
        row
    };
    let rows: Vec<_> = groups.zip(sums).map(row).collect();
    match rows.is_empty() {
        true => {
            let none = SUM_HEADINGS.map(|_| "-".to_owned());
            vec![group.into_iter().chain(none).collect()]
        }
        false => rows,
    }
}

fn sum_cells(sum: &AmountSum) -> [String; SUM_HEADINGS.len()] {
    let or_none = |text: &str| match text {
        "" => "-".to_owned(),
        text => plain(text),
    };
    let value = match sum.exact {
        0 => "-".to_owned(),
        _ => plain(&sum.value),
    };
    [
        value,
        or_none(&sum.currency_code),
        or_none(&sum.role),
        sum.exact.to_string(),
        sum.inexact.to_string(),
    ]
}

fn cells(row: &SummaryRow, by: &[String]) -> Vec<String> {
    let value = |field: &String| match row.group.get(field).map(String::as_str) {
        None | Some("") => "-".to_owned(),
        Some(value) => plain(&as_in_tables(field, value)),
    };
    std::iter::once(row.count.to_string())
        .chain(by.iter().map(value))
        .collect()
}

/// Formats words of enums as in all other tables.
fn as_in_tables(field: &str, value: &str) -> String {
    match field {
        "kind" | "instrument" | "step" | "status" | "state" | "verification" | "source.type" => {
            value.to_ascii_lowercase().replace('_', "-")
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_without_a_value_is_a_hyphen() {
        let row = SummaryRow {
            group: [
                ("kind".into(), "MEETING".into()),
                ("party".into(), String::new()),
            ]
            .into(),
            count: 3,
            sums: Vec::new(),
        };

        let cells = cells(&row, &["kind".into(), "party".into()]);

        assert_eq!(cells, ["3", "meeting", "-"]);
    }
}
