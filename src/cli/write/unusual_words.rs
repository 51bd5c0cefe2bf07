//! The usual statuses and forms of partnerships. The service accepts any others.

use crate::proto::v1::Partnership;

const STATUSES: [&str; 7] = [
    "active",
    "in-negotiation",
    "signed-not-in-force",
    "suspended",
    "superseded",
    "concluded",
    "unknown",
];
const FORMS: [&str; 6] = [
    "partnership",
    "treaty",
    "memorandum",
    "dialogue",
    "council",
    "programme",
];
/// The least similarity of a suggestion.
const ALIKE_MIN: f64 = 0.8;

/// Returns a hint for each unusual word: a misspelled one hides the partnership from every filter
/// with the right one.
pub(super) fn unusual_words(partnership: &Partnership) -> Vec<String> {
    let words = [
        ("status", &partnership.status, &STATUSES[..]),
        ("form", &partnership.form, &FORMS[..]),
    ];
    words
        .into_iter()
        .filter(|(_, word, usual)| !word.is_empty() && !usual.contains(&word.as_str()))
        .map(|(field, word, usual)| hint(field, word, usual))
        .collect()
}

fn hint(field: &str, word: &str, usual: &[&str]) -> String {
    let likeness = |usual: &&str| strsim::jaro_winkler(word, usual);
    let nearest = usual
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|nearest| likeness(nearest) >= ALIKE_MIN);
    let meant = nearest.map_or(".".to_owned(), |nearest| {
        format!("; did you mean {nearest}?")
    });
    let usual = usual.join(", ");
    format!("{word:?} is a new word for the {field}{meant} The usual ones are {usual}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_for_an_unusual_word_suggests_the_closest_usual_one() {
        let hints = |status: &str, form: &str| {
            unusual_words(&Partnership {
                status: status.into(),
                form: form.into(),
                ..Default::default()
            })
        };

        assert_eq!(hints("active", "treaty"), Vec::<String>::new());
        assert_eq!(hints("", ""), Vec::<String>::new());
        let hints = hints("activ", "alliance");
        assert!(
            hints[0].starts_with("\"activ\" is a new word for the status; did you mean active?")
        );
        assert!(
            hints[1].starts_with("\"alliance\" is a new word for the form. The usual ones"),
            "{hints:?}"
        );
    }
}
