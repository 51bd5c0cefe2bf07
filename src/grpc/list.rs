//! Lists of events.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{
    answer::{self, Answer, ROWS_BYTES_MAX},
    filters,
    listed::Listed,
    nothing,
    order::{self, order_text},
    page::{self, SortedPlace},
    scope,
};
use crate::{
    domain::View,
    feed::{Phase, TokenWriter},
    filter::Filter,
    index::{Order, Position, Resources, Row},
    proto::{numbers::v1::list_events_response as field, v1},
    rejection::Rejection,
    store::Store,
    wire::Encoded,
};

/// Rows read at a time, so that a page of large events is not in memory beyond its bound.
const READ_LEN_MAX: usize = 64;

/// `ListEvents`
pub(super) async fn events(
    store: &Store,
    drain: &CancellationToken,
    request: v1::ListEventsRequest,
) -> Result<Encoded, Rejection> {
    let size = page::size(request.page_size)?;
    let filter = filters::of_list(&request.filter, request.show_retracted)?;
    let order = order::parse(&request.order_by)?;
    let view = filters::view(request.view, View::Basic)?;
    let head = scope::reached(store, drain, request.min_position).await?;
    let as_of = scope::as_of(store, head, request.as_of_position, request.as_of_time)?;
    let fingerprint = fingerprint(&filter, order, view, &request);
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
        resources: Resources::Events,
        order,
        place,
        count: size + 1,
    });
    let (rows, total) = listed.await?;
    let (answer, sent) = put_rows(store, &rows[..rows.len().min(size)], view).await?;
    let next = (sent < rows.len()).then(|| {
        let place = SortedPlace {
            after: Some(rows[sent - 1]),
            ..place
        };
        page::sorted_token(store.epoch(), &fingerprint, place)
    });
    let hints = match total {
        0 => nothing::hints(store, &filter, &request.filter, place).await?,
        _ => Vec::new(),
    };
    let answer = answer
        .put_text(field::NEXT_PAGE_TOKEN, &next.unwrap_or_default())
        .put_number(field::POSITION, place.position)
        .put_text(
            field::RESUME_TOKEN,
            &resume_token(store, &request.filter, place.position)?,
        )
        .put_number(field::TOTAL_SIZE, total);
    Ok(answer.put_texts(field::HINTS, &hints).finish())
}

/// As many rows as one answer takes, at least one.
async fn put_rows(store: &Store, rows: &[Row], view: View) -> Result<(Answer, usize), Rejection> {
    let mut answer = Answer::default();
    let (mut sent, mut size) = (0, 0);
    for chunk in rows.chunks(READ_LEN_MAX) {
        let positions = chunk.iter().map(|row| row.position).collect();
        for record in store.read(positions).await? {
            let event = answer::event(store, &record, view)?;
            size += event.len();
            if size > ROWS_BYTES_MAX && sent > 0 {
                return Ok((answer, sent));
            }
            answer = answer.put(field::EVENTS, &event);
            sent += 1;
        }
    }
    Ok((answer, sent))
}

/// Goes on from the listing with a watch, whose filter has fewer defaults.
fn resume_token(store: &Store, filter: &str, position: Position) -> Result<String, Rejection> {
    let filter = filters::of_watch(filter)?;
    let tokens = TokenWriter::new(store.epoch(), &filter);
    Ok(tokens.token(Phase::Log { after: position }))
}

fn fingerprint(
    filter: &Filter,
    order: Order,
    view: View,
    request: &v1::ListEventsRequest,
) -> String {
    page::fingerprint(&[
        "events",
        &filter.canonical(),
        &order_text(order),
        if view == View::Basic { "basic" } else { "full" },
        &request.as_of_position.to_string(),
        &scope::time_text(request.as_of_time),
    ])
}
