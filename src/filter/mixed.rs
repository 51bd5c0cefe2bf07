use super::error::shorten;

/// The maximum length of a reading that is shown in full, in characters.
const READING_MAX: usize = 300;

/// The operator between a part of a level and the part before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Joined {
    And,
    Or,
}

/// Returns the two readings of a level that mixes AND and OR, with parentheses; the first is that of
/// AIP-160. `parts` holds each part as written, with its operator; `change` is the first part whose
/// operator differs from the one before.
pub(super) fn readings(parts: &[(Joined, String)], change: usize) -> [String; 2] {
    let both = |parts| [Joined::Or, Joined::And].map(|tighter| reading(parts, tighter));
    let whole = both(parts);
    if whole.iter().all(|text| text.chars().count() <= READING_MAX) {
        return whole;
    }
    both(&parts[change - 2..=change]).map(|text| shorten(&text, READING_MAX))
}

/// Returns the level with parentheses around the parts that `tighter` joins.
fn reading(parts: &[(Joined, String)], tighter: Joined) -> String {
    let mut groups: Vec<Vec<&str>> = Vec::new();
    for (i, (joined, text)) in parts.iter().enumerate() {
        match groups.last_mut() {
            Some(group) if i > 0 && *joined == tighter => group.push(text),
            _ => groups.push(vec![text]),
        }
    }
    let (inner, outer) = match tighter {
        Joined::And => (" AND ", " OR "),
        Joined::Or => (" OR ", " AND "),
    };
    let groups: Vec<String> = groups
        .into_iter()
        .map(|group| match group.as_slice() {
            [only] => (*only).to_owned(),
            several => format!("({})", several.join(inner)),
        })
        .collect();
    groups.join(outer)
}
