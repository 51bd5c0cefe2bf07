//! `PartnershipService`: parse, ask below, convert the answer.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, async_trait};

use super::{
    answer::{self, Answer, ROWS_BYTES_MAX},
    call::call,
    listed::Listed,
    page::{self, SortedPlace},
    scope,
};
use crate::{
    command::{Commands, Write},
    domain::ResourceName,
    filter::{Expr, Field, Filter, Predicate, Schema},
    index::{Clock, Order, OrderBy, Position, Resources, Scope},
    proto::{numbers::v1::list_partnerships_response, v1},
    publish::{NewPartnership, PartnershipUpdate},
    rejection::Rejection,
    store::Store,
    wire::{Encoded, services::partnership_service_server::PartnershipService},
};

const BY_NAME: Order = Order {
    by: OrderBy::Name,
    descending: false,
};

/// Reads and writes of partnerships.
#[derive(Clone)]
pub struct Partnerships {
    pub(super) store: Store,
    pub(super) drain: CancellationToken,
    pub(super) commands: Commands,
}

#[async_trait]
impl PartnershipService for Partnerships {
    async fn get_partnership(
        &self,
        request: Request<v1::GetPartnershipRequest>,
    ) -> Result<Response<Encoded>, Status> {
        Ok(Response::new(self.get(request.into_inner()).await?))
    }

    async fn list_partnerships(
        &self,
        request: Request<v1::ListPartnershipsRequest>,
    ) -> Result<Response<Encoded>, Status> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }

    async fn create_partnership(
        &self,
        request: Request<v1::CreatePartnershipRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let written = call::<Write<NewPartnership>, _>(&self.commands, request).await?;
        Ok(Response::new(answer::written_partnership(&written)))
    }

    async fn update_partnership(
        &self,
        request: Request<v1::UpdatePartnershipRequest>,
    ) -> Result<Response<Encoded>, Status> {
        let written = call::<Write<PartnershipUpdate>, _>(&self.commands, request).await?;
        Ok(Response::new(answer::written_partnership(&written)))
    }
}

impl Partnerships {
    async fn get(&self, request: v1::GetPartnershipRequest) -> Result<Encoded, Rejection> {
        let store = &self.store;
        ResourceName::partnership_slug(&request.name)
            .map_err(|why| Rejection::argument("name", why))?;
        let head = scope::reached(store, &self.drain, request.min_position).await?;
        let upto = scope::as_of(store, head, request.as_of_position, request.as_of_time)?;
        let position = store.index().newest_as_of(&request.name, upto);
        let position = position.ok_or_else(|| {
            let first = store.index().first(&request.name, head);
            let missing = vec![scope::missing(store, &request.name, first)];
            Rejection::NotFound { missing }
        })?;
        let (answer, _) = self.put_rows(&[position], upto).await?;
        Ok(answer.finish())
    }

    async fn list(&self, request: v1::ListPartnershipsRequest) -> Result<Encoded, Rejection> {
        let store = &self.store;
        let size = page::size(request.page_size)?;
        let filter = Filter::parse(&request.filter, Schema::Partnerships)?;
        let head = scope::reached(store, &self.drain, request.min_position).await?;
        let as_of = scope::as_of(store, head, request.as_of_position, request.as_of_time)?;
        let fingerprint = page::fingerprint(&[
            "partnerships",
            &filter.canonical(),
            &request.as_of_position.to_string(),
            &scope::time_text(request.as_of_time),
        ]);
        let place = match request.page_token.as_str() {
            "" => SortedPlace {
                position: as_of,
                today: store.clock().today(),
                after: None,
            },
            token => page::read_sorted_token(token, store.epoch(), &fingerprint, head)?,
        };
        let filter = Arc::new(filter);
        let listed = store.ask(Listed {
            filter: filter.clone(),
            resources: Resources::Partnerships,
            order: BY_NAME,
            place,
            count: size + 1,
        });
        let (rows, _) = listed.await?;
        let positions: Vec<_> = rows.iter().take(size).map(|row| row.position).collect();
        let (answer, sent) = self.put_rows(&positions, place.position).await?;
        let next = (sent < rows.len()).then(|| {
            let place = SortedPlace {
                after: Some(rows[sent - 1]),
                ..place
            };
            page::sorted_token(store.epoch(), &fingerprint, place)
        });
        let hints = match (rows.is_empty(), place.after) {
            (true, None) => scope::hints(store, &filter, place.position),
            _ => Vec::new(),
        };
        Ok(answer
            .put_text(
                list_partnerships_response::NEXT_PAGE_TOKEN,
                &next.unwrap_or_default(),
            )
            .put_number(list_partnerships_response::POSITION, place.position)
            .put_texts(list_partnerships_response::HINTS, &hints)
            .finish())
    }

    async fn put_rows(
        &self,
        rows: &[Position],
        upto: Position,
    ) -> Result<(Answer, usize), Rejection> {
        let mut answer = Answer::default();
        let (mut sent, mut size) = (0, 0);
        for position in rows {
            for record in self.store.read(vec![*position]).await? {
                let name = self.store.index().name(*position).to_owned();
                let row = answer::partnership(&record, self.event_count(&name, upto))?;
                size += row.len();
                if size > ROWS_BYTES_MAX && sent > 0 {
                    return Ok((answer, sent));
                }
                answer = answer.put(list_partnerships_response::PARTNERSHIPS, &row);
                sent += 1;
            }
        }
        Ok((answer, sent))
    }

    /// Active events that belong to a partnership, drills not counted.
    fn event_count(&self, name: &str, upto: Position) -> u64 {
        let slug = name.rsplit_once('/').map_or(name, |(_, slug)| slug);
        let leaf = |field, value: &str| Expr::Leaf(Predicate::term(field, value));
        let counted = Expr::And(vec![
            leaf(Field::Partnership, slug),
            leaf(Field::State, "ACTIVE"),
            leaf(Field::Exercise, "false"),
        ]);
        let scope = Scope {
            upto,
            clock: Clock::AtCommit,
        };
        self.store
            .index()
            .select_newest(&counted, Resources::Events, scope)
            .len()
    }
}
