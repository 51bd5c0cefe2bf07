use std::fmt;

/// Why a text is not a valid filter, and how to correct it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FilterError {
    /// The offset of the fault, in characters from the start of the filter.
    pub offset: usize,
    /// The faulty text, at most 60 characters of it; empty at the end of the filter.
    pub fragment: String,
    /// What is wrong with it.
    pub message: String,
    /// What would be valid instead; empty if no list would help.
    pub expected: Vec<String>,
    /// The text that was probably meant.
    pub suggestion: Option<String>,
}

/// The maximum length of a fragment, so that errors fit into trailers.
const FRAGMENT_MAX: usize = 60;

impl FilterError {
    pub(super) fn new(offset: usize, fragment: &str, message: impl Into<String>) -> Self {
        Self {
            offset,
            fragment: shorten(fragment, FRAGMENT_MAX),
            message: message.into(),
            expected: Vec::new(),
            suggestion: None,
        }
    }

    pub(super) fn expecting<I>(mut self, expected: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.expected = expected.into_iter().map(Into::into).collect();
        self
    }

    pub(super) fn suggesting(mut self, suggestion: impl Into<Option<String>>) -> Self {
        self.suggestion = suggestion.into();
        self
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at offset {}: {}", self.offset, self.message)?;
        let mut then = ";";
        // The message may contain the suggestion already.
        let is_news =
            |suggestion: &&String| !self.message.ends_with(&format!("write {suggestion}"));
        if let Some(suggestion) = self.suggestion.as_ref().filter(is_news) {
            write!(f, "; did you mean `{suggestion}`?")?;
            then = "";
        }
        match self.expected.as_slice() {
            [] => Ok(()),
            [only] => write!(f, "{then} expected {only}"),
            several => write!(f, "{then} expected one of: {}", several.join(", ")),
        }
    }
}

impl std::error::Error for FilterError {}

/// Returns the text, or its beginning and an ellipsis.
pub(super) fn shorten(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Quotes a text for a message and shortens it if it is long.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", shorten(text, FRAGMENT_MAX))
}
