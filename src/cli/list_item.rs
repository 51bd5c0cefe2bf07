//! Items of lists as rows of plain text, for formats without nesting.

use crate::{
    proto::v1::{
        Body, Event, EventRevision, FuzzyDate, Partnership, Party, Subscription, SummaryRow, Watch,
    },
    transfer::enum_word,
};

/// An item of a list, for `csv` and `names`.
pub(super) trait ListItem {
    /// Returns its full name.
    fn name(&self) -> &str;

    /// Returns columns and values. All items of a list have the same columns.
    fn cells(&self) -> Vec<(&str, String)>;
}

impl ListItem for Event {
    fn name(&self) -> &str {
        &self.name
    }

    fn cells(&self) -> Vec<(&str, String)> {
        vec![
            ("name", self.name.clone()),
            ("date", edtf(self.date.as_ref())),
            ("kind", enum_word("entente.v1.Kind", self.kind)),
            ("status", enum_word("entente.v1.Status", self.status)),
            ("state", enum_word("entente.v1.State", self.state)),
            ("parties", parties(&self.parties)),
            ("partnerships", self.partnerships.join(" ")),
            ("topics", self.topics.join(" ")),
            ("title", self.title.clone()),
            ("revision", self.revision.to_string()),
            ("position", self.position.to_string()),
        ]
    }
}

impl ListItem for EventRevision {
    fn name(&self) -> &str {
        &self.name
    }

    fn cells(&self) -> Vec<(&str, String)> {
        // Every revision has a snapshot.
        let event = self.snapshot.as_ref();
        event.map_or_else(Vec::new, ListItem::cells)
    }
}

impl ListItem for Partnership {
    fn name(&self) -> &str {
        &self.name
    }

    fn cells(&self) -> Vec<(&str, String)> {
        vec![
            ("name", self.name.clone()),
            ("form", self.form.clone()),
            ("status", self.status.clone()),
            ("established", edtf(self.established.as_ref())),
            ("parties", parties(&self.parties)),
            ("topics", self.topics.join(" ")),
            ("events", self.event_count.to_string()),
            ("display_name", self.display_name.clone()),
            ("revision", self.revision.to_string()),
            ("position", self.position.to_string()),
        ]
    }
}

impl ListItem for Body {
    fn name(&self) -> &str {
        &self.name
    }

    fn cells(&self) -> Vec<(&str, String)> {
        let names = self.names.iter().map(|name| name.text.as_str());
        vec![
            ("name", self.name.clone()),
            ("kind", enum_word("entente.v1.BodyKind", self.kind)),
            ("country_code", self.country_code.clone()),
            ("established", edtf(self.established.as_ref())),
            ("dissolved", edtf(self.dissolved.as_ref())),
            ("display_name", self.display_name.clone()),
            ("names", names.collect::<Vec<_>>().join("; ")),
            ("revision", self.revision.to_string()),
            ("position", self.position.to_string()),
        ]
    }
}

impl ListItem for Subscription {
    fn name(&self) -> &str {
        &self.name
    }

    fn cells(&self) -> Vec<(&str, String)> {
        vec![
            ("name", self.name.clone()),
            ("acked_position", self.acked_position.to_string()),
            ("head_position", self.head_position.to_string()),
            ("unacked_changes", self.unacked_changes.to_string()),
            ("lease_epoch", self.lease_epoch.to_string()),
            ("consumer", self.consumer.clone()),
            ("filter", self.filter.clone()),
        ]
    }
}

impl ListItem for Watch {
    fn name(&self) -> &str {
        &self.name
    }

    fn cells(&self) -> Vec<(&str, String)> {
        let limit = enum_word("entente.v1.Bottleneck", self.bottleneck);
        vec![
            ("name", self.name.clone()),
            ("peer", self.peer.clone()),
            ("label", self.client_label.clone()),
            ("position", self.position.to_string()),
            ("lag_changes", self.lag_changes.to_string()),
            ("live", self.live.to_string()),
            ("bottleneck", limit),
            ("filter", self.filter.clone()),
        ]
    }
}

impl ListItem for SummaryRow {
    fn name(&self) -> &str {
        ""
    }

    fn cells(&self) -> Vec<(&str, String)> {
        let count = [("count", self.count.to_string())];
        let groups = self.group.iter();
        let groups = groups.map(|(field, value)| (field.as_str(), value.clone()));
        count.into_iter().chain(groups).collect()
    }
}

/// Formats a date for programs.
fn edtf(date: Option<&FuzzyDate>) -> String {
    date.map_or_else(String::new, |date| date.edtf.clone())
}

/// Returns the codes of participating states and unions, each once.
fn parties(parties: &[Party]) -> String {
    let mut codes: Vec<&str> = Vec::new();
    for party in parties
        .iter()
        .filter(|party| !party.country_code.is_empty())
    {
        if !codes.contains(&party.country_code.as_str()) {
            codes.push(&party.country_code);
        }
    }
    codes.join(" ")
}

/// Formats one line of CSV (RFC 4180), without the line break.
pub(super) fn csv<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<_> = cells.into_iter().map(cell).collect();
    cells.join(",")
}

/// Spreadsheets treat a cell that begins with one of these as a formula, and titles come from
/// others.
const FORMULA: [char; 5] = ['=', '+', '@', '\t', '\r'];

fn cell(text: &str) -> String {
    let is_number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    let is_formula =
        text.starts_with(FORMULA) || text.strip_prefix('-').is_some_and(|rest| !is_number(rest));
    let text = match is_formula {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_necessary_and_is_never_a_formula() {
        assert_eq!(csv(["a", "b c", "", "半導体"]), "a,b c,,半導体");
        assert_eq!(csv(["a,b", "say \"c\"\nd"]), "\"a,b\",\"say \"\"c\"\"\nd\"");
        assert_eq!(
            csv(["=1+1", "-0100", "-date:*", "@x"]),
            "'=1+1,-0100,'-date:*,'@x"
        );
    }
}
