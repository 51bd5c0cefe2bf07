//! Reads of the resources that are listed by their names: partnerships and bodies.

use std::{marker::PhantomData, sync::Arc};

use super::{
    access::Access,
    command::Command,
    context::Context,
    listed::Listed,
    method::Method,
    page::{self, SortedPlace},
    read_at::ReadAt,
    rows::{BodyRow, PartnershipRow, Rows},
};
use crate::{
    domain::Micros,
    filter::Filter,
    index::{Order, OrderBy, Position, Resources},
    rejection::Rejection,
    store::Record,
};

const BY_NAME: Order = Order {
    by: OrderBy::Name,
    descending: false,
};

/// A row of a resource that is listed by its name.
pub(crate) trait NamedRow: Send + Sized + 'static {
    const GET: Method;
    const LIST: Method;
    const RESOURCES: Resources;
    /// Binds page tokens to the kind of resource.
    const COLLECTION: &'static str;

    /// Returns the row of a record, as of a position or of what was known at a time.
    fn read<C: Command>(
        access: Access<'_, C>,
        record: &Record,
        upto: Position,
        known_at: Option<Micros>,
    ) -> impl Future<Output = Result<Self, Rejection>> + Send;
}

impl NamedRow for PartnershipRow {
    const GET: Method = Method::GetPartnership;
    const LIST: Method = Method::ListPartnerships;
    const RESOURCES: Resources = Resources::Partnerships;
    const COLLECTION: &'static str = "partnerships";

    async fn read<C: Command>(
        access: Access<'_, C>,
        record: &Record,
        upto: Position,
        known_at: Option<Micros>,
    ) -> Result<Self, Rejection> {
        access.partnership(record, upto, known_at).await
    }
}

impl NamedRow for BodyRow {
    const GET: Method = Method::GetBody;
    const LIST: Method = Method::ListBodies;
    const RESOURCES: Resources = Resources::Bodies;
    const COLLECTION: &'static str = "bodies";

    async fn read<C: Command>(
        access: Access<'_, C>,
        record: &Record,
        _: Position,
        _: Option<Micros>,
    ) -> Result<Self, Rejection> {
        access.body(record)
    }
}

/// Reads one resource.
#[derive(Clone, Debug)]
pub(crate) struct GetNamed<R> {
    /// Full resource name.
    pub name: String,
    pub at: ReadAt,
    pub row: PhantomData<R>,
}

/// Reads a page of the resources that a filter finds, by name.
#[derive(Clone, Debug)]
pub(crate) struct ListNamed<R, Collected> {
    pub filter: Filter,
    pub at: ReadAt,
    /// Maximum number of rows.
    pub page_size: usize,
    /// Empty for the first page.
    pub page_token: String,
    pub rows: Collected,
    pub row: PhantomData<R>,
}

/// A page of such resources.
#[derive(Clone, Debug)]
pub(crate) struct NamedPage<Collected> {
    pub rows: Collected,
    /// Empty on the last page.
    pub next_page_token: String,
    /// The position of the whole list.
    pub position: Position,
    pub hints: Vec<String>,
}

impl<R: NamedRow> Command for GetNamed<R> {
    const METHOD: Method = R::GET;

    type Answer = R;

    async fn run(self, access: Access<'_, Self>, context: &Context) -> Result<R, Rejection> {
        let name = &self.name;
        let head = self.at.reached(access, context).await?;
        let upto = self.at.as_of(access, head)?;
        let position = self.at.revision(&access.index(), name, upto);
        let position = position.ok_or_else(|| {
            let first = access.index().first(name, head);
            let missing = vec![access.missing(name, first, upto)];
            Rejection::NotFound { missing }
        })?;
        let record = access.record(position).await?;
        R::read(access, &record, upto, self.at.known_at).await
    }
}

impl<R: NamedRow, Collected: Rows<R>> Command for ListNamed<R, Collected> {
    const METHOD: Method = R::LIST;

    type Answer = NamedPage<Collected>;

    async fn run(
        mut self,
        access: Access<'_, Self>,
        context: &Context,
    ) -> Result<NamedPage<Collected>, Rejection> {
        let head = self.at.reached(access, context).await?;
        let as_of = self.at.as_of(access, head)?;
        let [as_of_position, as_of_time, known_at] = self.at.texts();
        let fingerprint = page::fingerprint(&[
            R::COLLECTION,
            &self.filter.canonical(),
            &as_of_position,
            &as_of_time,
            &known_at,
        ]);
        let place = match self.page_token.as_str() {
            "" => SortedPlace::first(as_of, access.today(self.at.known_at)),
            token => page::read_sorted_token(token, access.epoch(), &fingerprint, head)?,
        };
        let filter = access.resolved(self.filter, place.position).await?;
        let filter = Arc::new(filter);
        let scope = place.scope(self.at.known_at);
        let decided = access.decided(filter.clone(), R::RESOURCES, scope);
        let listed = access.ask(Listed {
            filter: decided.await?,
            resources: R::RESOURCES,
            order: BY_NAME,
            place,
            known_at: self.at.known_at,
            count: self.page_size + 1,
        });
        let (rows, _) = listed.await?;
        let mut sent = 0;
        for row in rows.iter().take(self.page_size) {
            let record = access.record(row.position).await?;
            let row = R::read(access, &record, place.position, self.at.known_at).await?;
            if self.rows.take(row).is_err() {
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
            (true, None) => access.hints(&filter, place.position, self.at.known_at),
            _ => Vec::new(),
        };
        Ok(NamedPage {
            rows: self.rows,
            next_page_token: next.unwrap_or_default(),
            position: place.position,
            hints,
        })
    }
}
