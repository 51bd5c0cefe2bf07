//! Broken rules, collected with the paths of the fields that break them.

use std::fmt;

/// One field that breaks a rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// The path of the field, as in update masks and with indices: `parties[2].country_code`.
    pub field: String,
    /// What is wrong and what to do about it; lower case, without a full stop.
    pub description: String,
}

/// All broken rules of one input, in the order in which they were found.
///
/// Only the first violation of a path is kept: later ones usually follow from it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Violations {
    found: Vec<Violation>,
    scope: String,
}

impl Violations {
    /// Returns a list of one violation.
    pub fn one(field: &str, description: impl Into<String>) -> Self {
        let mut violations = Self::default();
        violations.add(field, description);
        violations
    }

    /// Records that `field` of the current scope breaks a rule; an empty `field` means the scope
    /// itself.
    pub fn add(&mut self, field: &str, description: impl Into<String>) {
        let field = self.path(field);
        if self.found.iter().all(|known| known.field != field) {
            self.found.push(Violation {
                field,
                description: description.into(),
            });
        }
    }

    /// Runs `collect` with `field` as its scope.
    pub fn at<R>(&mut self, field: &str, collect: impl FnOnce(&mut Self) -> R) -> R {
        let outer = self.scope.len();
        self.enter(field);
        let result = collect(self);
        self.scope.truncate(outer);
        result
    }

    /// Runs `collect` for each item with `field[index]` as its scope, and gathers the results.
    pub fn each<T, R>(
        &mut self,
        field: &str,
        items: impl IntoIterator<Item = T>,
        mut collect: impl FnMut(T, &mut Self) -> R,
    ) -> Vec<R> {
        let items = items.into_iter();
        // Most lists of a resource are empty; then no path is built.
        if items.size_hint().1 == Some(0) {
            return Vec::new();
        }
        self.at(field, |scope| {
            let outer = scope.scope.len();
            let items = items.enumerate();
            let collected = items.map(|(index, item)| {
                scope.scope.truncate(outer);
                scope.enter_item(index);
                collect(item, scope)
            });
            collected.collect()
        })
    }

    /// Returns whether `field` of the current scope, or a field inside it, already broke a rule.
    pub fn is_refused(&self, field: &str) -> bool {
        // Usually there are no violations; then no path is built.
        !self.found.is_empty() && self.has_at(&self.path(field))
    }

    /// Adds the violations of another input, with `prefix` before their paths.
    pub fn append(&mut self, prefix: &str, other: Violations) {
        self.at(prefix, |scope| {
            for violation in other.found {
                scope.add(&violation.field, violation.description);
            }
        });
    }

    /// Returns `value` if no rule is broken, otherwise the violations.
    pub fn into_result<T>(self, value: T) -> Result<T, Violations> {
        if self.found.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// Returns whether no rule is broken.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns the violations in the order in which they were found.
    pub fn as_slice(&self) -> &[Violation] {
        &self.found
    }

    fn has_at(&self, path: &str) -> bool {
        self.found
            .iter()
            .any(|known| match known.field.strip_prefix(path) {
                Some(rest) => path.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']),
                None => false,
            })
    }

    fn enter_item(&mut self, index: usize) {
        self.scope.push('[');
        self.scope.push_str(itoa::Buffer::new().format(index));
        self.scope.push(']');
    }

    fn enter(&mut self, field: &str) {
        if !self.scope.is_empty() && !field.is_empty() {
            self.scope.push('.');
        }
        self.scope.push_str(field);
    }

    fn path(&self, field: &str) -> String {
        match (self.scope.as_str(), field) {
            (scope, "") => scope.to_owned(),
            ("", field) => field.to_owned(),
            (scope, field) => format!("{scope}.{field}"),
        }
    }
}

impl IntoIterator for Violations {
    type Item = Violation;
    type IntoIter = std::vec::IntoIter<Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.description)
        } else {
            write!(f, "{}: {}", self.field, self.description)
        }
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.found.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_the_field_from_the_outside_in() {
        let mut violations = Violations::default();
        violations.each("parties", [false, true], |bad, scope| {
            if bad {
                scope.at("office", |scope| scope.add("", "too long"));
                scope.add("role", "unknown");
            }
        });
        violations.add("title", "is required");
        let paths: Vec<_> = violations
            .as_slice()
            .iter()
            .map(|v| v.field.as_str())
            .collect();
        assert_eq!(paths, ["parties[1].office", "parties[1].role", "title"]);
    }

    #[test]
    fn only_the_first_violation_of_a_path_is_kept() {
        let mut violations = Violations::one("kind", "there is no kind 99");
        violations.add("kind", "is required");
        assert_eq!(violations.to_string(), "kind: there is no kind 99");
    }

    #[test]
    fn a_field_is_refused_by_violations_inside_it_but_not_by_longer_names() {
        let violations = Violations::one("sources[1].uri", "is not absolute");
        assert!(violations.is_refused("sources") && violations.is_refused("sources[1]"));
        assert!(!violations.is_refused("sources[10]") && !violations.is_refused("source"));
    }

    #[test]
    fn appended_violations_are_prefixed() {
        let mut violations = Violations::default();
        violations.append("change_note", Violations::one("text", "too long"));
        assert_eq!(violations.to_string(), "change_note.text: too long");
    }
}
