//! The event that replaces a retracted one.

use super::Publisher;
use crate::{
    domain::{ResourceName, Violations},
    index::Position,
    rejection::Rejection,
};

/// Maximum length of a chain of successors.
const CHAIN_LEN_MAX: usize = 32;
/// Number of names of a chain that an error lists.
const NAMES_MAX: usize = 8;

impl Publisher {
    /// Follows the chain of successors of `name` to its end. Refuses a chain that ends nowhere or leads back.
    /// Returns the events on the way with the revisions that were read: the result holds only as long as
    /// these are the newest.
    pub(super) async fn check_successor(
        &self,
        name: &ResourceName,
        successor: &ResourceName,
    ) -> Result<Vec<(String, Position)>, Rejection> {
        let (name, mut next) = (name.to_string(), successor.to_string());
        if name == next {
            return refused("is the event itself; name the one that takes its place".to_owned());
        }
        let mut chain = Vec::new();
        while !next.is_empty() {
            if next == name {
                return refused(circle(&name, &chain));
            }
            if chain.len() > CHAIN_LEN_MAX {
                return refused(format!(
                    "leads over more than {CHAIN_LEN_MAX} events, of which {next} is the next; name \
                     the last one"
                ));
            }
            let event = match self.event(&next).await {
                Ok(event) => event,
                Err(Rejection::NotFound { .. }) => {
                    return refused(format!("there is no {next}; publish it first"));
                }
                Err(rejection) => return Err(rejection),
            };
            chain.push((next.clone(), event.position));
            event.message.superseded_by().clone_into(&mut next);
        }
        Ok(chain)
    }
}

fn refused<T>(why: String) -> Result<T, Rejection> {
    Err(Violations::one("superseded_by", why).into())
}

fn circle(name: &str, chain: &[(String, Position)]) -> String {
    let names: Vec<&str> = chain.iter().map(|(name, _)| name.as_str()).collect();
    let told = match names.split_at_checked(NAMES_MAX) {
        Some((first, [_, ..])) => {
            let left_out = names.len() - NAMES_MAX;
            format!("{} -> {left_out} more", first.join(" -> "))
        }
        _ => names.join(" -> "),
    };
    format!(
        "leads back to the event itself, {name} -> {told} -> {name}; name an event that does not, or \
         none"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_circle_is_told_in_short() {
        let chain = |len| -> Vec<_> { (1..=len).map(|n| (format!("events/{n}"), n)).collect() };
        let short = circle("events/0", &chain(2));
        assert!(
            short.contains("events/0 -> events/1 -> events/2 -> events/0;"),
            "{short}"
        );
        let long = circle("events/0", &chain(20));
        assert!(
            long.contains("-> events/8 -> 12 more -> events/0;"),
            "{long}"
        );
    }
}
