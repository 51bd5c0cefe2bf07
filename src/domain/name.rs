//! Names of resources.

use std::{fmt, str::FromStr};

use super::{Slug, value::quoted};

/// The name of a resource that has revisions in the log.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ResourceName {
    /// `events/{event}`
    Event(Slug),
    /// `partnerships/{partnership}`
    Partnership(Slug),
    /// `bodies/{body}`
    Body(Slug),
}

impl ResourceName {
    /// Parses `events/{event}`, `partnerships/{partnership}` or `bodies/{body}`.
    ///
    /// # Errors
    /// Returns why the name is refused, with the accepted form.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some(("events", slug)) => Ok(Self::Event(Slug::parse(slug)?)),
            Some(("partnerships", slug)) => Ok(Self::Partnership(Slug::parse(slug)?)),
            Some(("bodies", slug)) => Ok(Self::Body(Slug::parse(slug)?)),
            _ => Err(wrong_form_reason(
                text,
                "events/{event}, partnerships/{partnership} or bodies/{body}",
            )),
        }
    }

    /// Parses `events/{event}` and returns the slug.
    ///
    /// # Errors
    /// Returns why the name is refused, with the accepted form.
    pub fn event_slug(text: &str) -> Result<Slug, String> {
        slug_in(text, "events/", "events/{event}")
    }

    /// Parses `partnerships/{partnership}` and returns the slug.
    ///
    /// # Errors
    /// Returns why the name is refused, with the accepted form.
    pub fn partnership_slug(text: &str) -> Result<Slug, String> {
        slug_in(text, "partnerships/", "partnerships/{partnership}")
    }

    /// Parses `bodies/{body}` and returns the slug.
    ///
    /// # Errors
    /// Returns why the name is refused, with the accepted form.
    pub fn body_slug(text: &str) -> Result<Slug, String> {
        slug_in(text, "bodies/", "bodies/{body}")
    }

    /// Parses `subscriptions/{subscription}` and returns the slug.
    ///
    /// # Errors
    /// Returns why the name is refused, with the accepted form.
    pub fn subscription_slug(text: &str) -> Result<Slug, String> {
        slug_in(text, "subscriptions/", "subscriptions/{subscription}")
    }

    /// Returns the collection: `events`, `partnerships` or `bodies`.
    pub fn collection(&self) -> &'static str {
        match self {
            Self::Event(_) => "events",
            Self::Partnership(_) => "partnerships",
            Self::Body(_) => "bodies",
        }
    }

    /// Returns the identifier within the collection.
    pub fn slug(&self) -> &Slug {
        match self {
            Self::Event(slug) | Self::Partnership(slug) | Self::Body(slug) => slug,
        }
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Each event that is written or answered has several; formatting them takes far longer.
        f.write_str(self.collection())?;
        f.write_str("/")?;
        f.write_str(self.slug().as_ref())
    }
}

impl FromStr for ResourceName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

fn slug_in(text: &str, prefix: &str, form: &str) -> Result<Slug, String> {
    let slug = text
        .strip_prefix(prefix)
        .ok_or_else(|| match Slug::parse(text) {
            Ok(slug) => format!("{}; write {prefix}{slug}", wrong_form_reason(text, form)),
            Err(_) => wrong_form_reason(text, form),
        })?;
    Slug::parse(slug)
}

fn wrong_form_reason(text: &str, form: &str) -> String {
    format!("{} is not of the form {form}", quoted(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_as_it_displays() {
        for text in [
            "events/third-council",
            "partnerships/eu-japan",
            "bodies/digital-agency",
        ] {
            assert_eq!(ResourceName::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn other_collections_and_forms_are_refused() {
        for bad in [
            "",
            "third-council",
            "event/x",
            "events/",
            "events/A",
            "events/x/revisions/1",
        ] {
            assert!(ResourceName::parse(bad).is_err(), "{bad}");
        }
        let told = ResourceName::partnership_slug("x").unwrap_err();
        assert_eq!(
            told,
            "\"x\" is not of the form partnerships/{partnership}; write partnerships/x"
        );
        assert!(ResourceName::event_slug("partnerships/x").is_err());
        assert!(ResourceName::partnership_slug("events/x").is_err());
    }
}
