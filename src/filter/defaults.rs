use super::{Field, Filter, Predicate};

impl Filter {
    /// The filter of a watch with its defaults written out: drills are left out unless it names them.
    pub fn with_watch_defaults(self) -> Filter {
        if self.mentions(Field::Exercise) {
            return self;
        }
        self.and_not(Predicate::term(Field::Exercise, "true"))
    }

    /// The filter of a list or summary with its defaults written out: also what is withdrawn or merged
    /// is left out, unless it is asked for.
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
