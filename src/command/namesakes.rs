//! Hints about bodies that have the same name as one that is written.

use bytes::Bytes;

use super::{access::Access, command::Command};
use crate::{
    domain::{ResourceName, search_words::words_of_name},
    index::{Index, Lend, Position, Question, namesakes, namesakes_cost},
    wire,
};

/// The maximum number of hints.
const HINTS_MAX: usize = 20;
/// The maximum number of bodies that are looked for by one name.
const NAMESAKES_MAX: usize = 10;

/// Returns a hint for each name of a body that others have too. Nothing can fail here: the body is
/// written already, and a hint is not worth an error.
pub(super) async fn hints<C: Command>(
    access: Access<'_, C>,
    name: &ResourceName,
    body: Bytes,
) -> Vec<String> {
    let mut names: Vec<(String, String)> = Vec::new();
    for given in wire::names_of_body(body) {
        let Some(words) = words_of_name(&given) else {
            continue;
        };
        if names.iter().all(|(known, _)| *known != words) {
            names.push((words, given));
        }
    }
    let question = Namesakes {
        names,
        slug: name.slug().as_str().to_owned(),
        upto: access.head().position,
    };
    access.ask(question).await.unwrap_or_default()
}

/// Which bodies have the names of a body too.
struct Namesakes {
    /// The words of each name, and the name as it is written.
    names: Vec<(String, String)>,
    slug: String,
    upto: Position,
}

impl Question for Namesakes {
    type Answer = Vec<String>;

    fn cost(&self, _: &Index) -> u64 {
        namesakes_cost(self.names.len())
    }

    fn answer<L: Lend>(&self, lender: &L) -> Result<Vec<String>, L::Stop> {
        let mut hints = Vec::new();
        for (words, name) in &self.names {
            let most = NAMESAKES_MAX + 1;
            let others = namesakes(lender, words, &self.slug, self.upto, most)?;
            hints.extend(hint(name, &others));
            if hints.len() == HINTS_MAX {
                break;
            }
        }
        Ok(hints)
    }
}

fn hint(name: &str, others: &[String]) -> Option<String> {
    let (first, more) = others.split_first()?;
    Some(match more.len() {
        0 => format!("bodies/{first} has the name {name:?} too; a filter by it finds both"),
        1 => format!(
            "bodies/{first} and bodies/{} have the name {name:?} too; a filter by it finds all of them",
            more[0]
        ),
        _ => {
            let count = match more.len() {
                NAMESAKES_MAX.. => format!("at least {NAMESAKES_MAX}"),
                count => count.to_string(),
            };
            format!(
                "bodies/{first} and {count} more bodies have the name {name:?} too; a filter by it \
                 finds all of them"
            )
        }
    })
}
