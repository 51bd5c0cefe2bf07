use std::sync::Arc;

use super::{access::Access, command::Command};
use crate::{
    filter::{Filter, FilterError, Schema},
    index::Position,
    rejection::Rejection,
};

/// The filter of a list or summary of events.
#[derive(Clone, Debug)]
pub(crate) struct ListFilter {
    /// The filter as the client wrote it.
    text: String,
    /// The filter with its defaults.
    pub(super) filter: Arc<Filter>,
}

impl ListFilter {
    /// Parses a filter.
    pub(crate) fn parse(text: String, show_retracted: bool) -> Result<ListFilter, FilterError> {
        let filter = Filter::parse(&text, Schema::Events)?;
        Ok(ListFilter {
            filter: Arc::new(filter.with_list_defaults(show_retracted)),
            text,
        })
    }

    /// Resolves the names in the filter to the bodies that had them at a position.
    pub(super) async fn resolve<C: Command>(
        &mut self,
        access: Access<'_, C>,
        upto: Position,
    ) -> Result<(), Rejection> {
        if self.filter.names_bodies() {
            let resolved = access.resolved((*self.filter).clone(), upto);
            self.filter = Arc::new(resolved.await?);
        }
        Ok(())
    }

    /// The same filter, also for retracted, redacted and merged events.
    pub(super) fn with_retracted(&self) -> Result<Filter, FilterError> {
        let filter = Filter::parse(&self.text, Schema::Events)?;
        Ok(filter.with_list_defaults(true))
    }

    /// The same filter for another kind of resource, if it asks for anything and all its fields exist there.
    pub(super) fn of(&self, schema: Schema) -> Option<Filter> {
        let filter = Filter::parse(&self.text, schema).ok();
        filter.filter(|_| !self.text.trim().is_empty())
    }

    /// The filter of a watch that continues the list; it has fewer defaults.
    pub(super) fn of_watch(&self) -> Result<Filter, FilterError> {
        Ok(Filter::parse(&self.text, Schema::Events)?.with_watch_defaults())
    }
}
