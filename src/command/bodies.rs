//! Reads of bodies.

use std::sync::Arc;

use super::{
    access::Access,
    command::Command,
    context::Context,
    listed::Listed,
    method::Method,
    page::{self, SortedPlace},
    partnerships::BY_NAME,
    read_at::ReadAt,
    rows::{BodyRow, Rows},
};
use crate::{
    filter::Filter,
    index::{Position, Resources},
    rejection::Rejection,
};

/// Reads one body.
#[derive(Clone, Debug)]
pub(crate) struct GetBody {
    /// Full resource name.
    pub name: String,
    pub at: ReadAt,
}

/// Reads a page of the bodies that a filter finds, by name.
#[derive(Clone, Debug)]
pub(crate) struct ListBodies<R> {
    pub filter: Filter,
    pub at: ReadAt,
    /// Maximum number of rows.
    pub page_size: usize,
    /// Empty for the first page.
    pub page_token: String,
    pub rows: R,
}

/// A page of bodies.
#[derive(Clone, Debug)]
pub(crate) struct BodyPage<R> {
    pub rows: R,
    /// Empty on the last page.
    pub next_page_token: String,
    /// The position of the whole list.
    pub position: Position,
    pub hints: Vec<String>,
}

impl Command for GetBody {
    const METHOD: Method = Method::GetBody;

    type Answer = BodyRow;

    async fn run(self, access: Access<'_, Self>, context: &Context) -> Result<BodyRow, Rejection> {
        let name = &self.name;
        let head = self.at.reached(access, context).await?;
        let upto = self.at.as_of(access, head)?;
        let position = self.at.revision(&access.index(), name, upto);
        let position = position.ok_or_else(|| {
            let first = access.index().first(name, head);
            let missing = vec![access.missing(name, first)];
            Rejection::NotFound { missing }
        })?;
        let record = access.record(position).await?;
        access.body(&record)
    }
}

impl<R: Rows<BodyRow>> Command for ListBodies<R> {
    const METHOD: Method = Method::ListBodies;

    type Answer = BodyPage<R>;

    async fn run(
        mut self,
        access: Access<'_, Self>,
        context: &Context,
    ) -> Result<BodyPage<R>, Rejection> {
        let head = self.at.reached(access, context).await?;
        let as_of = self.at.as_of(access, head)?;
        let [as_of_position, as_of_time, known_at] = self.at.texts();
        let fingerprint = page::fingerprint(&[
            "bodies",
            &self.filter.canonical(),
            &as_of_position,
            &as_of_time,
            &known_at,
        ]);
        let place = match self.page_token.as_str() {
            "" => SortedPlace::first(as_of, access.clock().today()),
            token => page::read_sorted_token(token, access.epoch(), &fingerprint, head)?,
        };
        let filter = Arc::new(access.resolved(self.filter, place.position)?);
        let scope = place.scope(self.at.known_at);
        let decided = access.decided(filter.clone(), Resources::Bodies, scope);
        let listed = access.ask(Listed {
            filter: decided.await?,
            resources: Resources::Bodies,
            order: BY_NAME,
            place,
            known_at: self.at.known_at,
            count: self.page_size + 1,
        });
        let (rows, _) = listed.await?;
        let mut sent = 0;
        for row in rows.iter().take(self.page_size) {
            let record = access.record(row.position).await?;
            let body = access.body(&record)?;
            if self.rows.take(body).is_err() {
                break;
            }
            sent += 1;
        }
        let next = (sent < rows.len()).then(|| {
            let place = SortedPlace {
                after: Some(rows[sent - 1]),
                ..place
            };
            page::sorted_token(access.epoch(), &fingerprint, place)
        });
        let hints = match (rows.is_empty(), place.after) {
            (true, None) => access.hints(&filter, place.position),
            _ => Vec::new(),
        };
        Ok(BodyPage {
            rows: self.rows,
            next_page_token: next.unwrap_or_default(),
            position: place.position,
            hints,
        })
    }
}
