use super::{Field, Filter, Predicate};

impl Filter {
    /// Adds the defaults of a watch: drills are excluded unless the filter names them.
    pub fn with_watch_defaults(self) -> Filter {
        if self.mentions(Field::Exercise) {
            return self;
        }
        self.and_not(Predicate::term(Field::Exercise, "true"))
    }

    /// Adds the defaults of a list or summary: besides drills, retracted, redacted and merged events
    /// are excluded unless requested.
    pub fn with_list_defaults(self, show_retracted: bool) -> Filter {
        let filter = self.with_watch_defaults();
        if show_retracted || filter.mentions(Field::State) {
            return filter;
        }
        let gone = ["RETRACTED", "REDACTED", "MERGED"];
        gone.into_iter().fold(filter, |filter, state| {
            filter.and_not(Predicate::term(Field::State, state))
        })
    }
}
