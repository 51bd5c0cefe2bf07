use crate::{
    cli::table::{self, plain},
    proto::v1::Subscription,
};

/// Formats subscriptions, one per row.
pub(super) fn table(subscriptions: &[Subscription], colour: bool) -> String {
    if subscriptions.is_empty() {
        return String::new();
    }
    let header = ["UNACKED", "ACKED", "LEASE", "CONSUMER", "FILTER", "NAME"];
    table::table(&header, 3, subscriptions.iter().map(row), colour)
}

fn row(subscription: &Subscription) -> Vec<String> {
    let name = subscription.name.as_str();
    vec![
        subscription.unacked_changes.to_string(),
        format!(
            "{}/{}",
            subscription.acked_position, subscription.head_position
        ),
        subscription.lease_epoch.to_string(),
        plain(&subscription.consumer),
        plain(&subscription.filter),
        plain(name.strip_prefix("subscriptions/").unwrap_or(name)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_how_far_behind_a_subscription_is() {
        let subscription = Subscription {
            name: "subscriptions/newsroom".into(),
            unacked_changes: 3,
            acked_position: 7,
            head_position: 12,
            ..Subscription::default()
        };

        let table = table(&[subscription], false);

        let row: Vec<_> = table
            .lines()
            .last()
            .into_iter()
            .flat_map(str::split_whitespace)
            .collect();
        assert_eq!(row, ["3", "7/12", "0", "newsroom"]);
    }
}
