mod dates;
mod elements;
mod guesses;
mod language;
mod meaning;
mod properties;
mod refusals;

use super::{Filter, FilterError, Schema};

fn events(text: &str) -> Filter {
    Filter::parse(text, Schema::Events).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn normal(text: &str) -> String {
    events(text).normalized().to_owned()
}

fn refused(text: &str) -> FilterError {
    Filter::parse(text, Schema::Events).expect_err(text)
}
