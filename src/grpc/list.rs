//! Reads `ListEventsRequest` and `ListEventRevisionsRequest`, and encodes the answers.

use super::{filters, order, page_size::page_size, read_at::read_at, rows::EncodedRows};
use crate::{
    command::{EventPage, ListEventRevisions, ListEvents, Page},
    domain::{ResourceName, View},
    proto::{
        numbers::v1::{list_event_revisions_response, list_events_response},
        v1,
    },
    rejection::Rejection,
    wire::Encoded,
};

/// The rows of `ListEventsResponse`.
pub(super) type EventRows = EncodedRows<{ list_events_response::EVENTS }>;
/// The rows of `ListEventRevisionsResponse`.
pub(super) type RevisionRows = EncodedRows<{ list_event_revisions_response::REVISIONS }>;

impl TryFrom<v1::ListEventsRequest> for ListEvents<EventRows> {
    type Error = Rejection;

    fn try_from(request: v1::ListEventsRequest) -> Result<Self, Rejection> {
        Ok(ListEvents {
            page_size: page_size(request.page_size)?,
            filter: filters::of_list(request.filter, request.show_retracted)?,
            order: order::of_list(&request.order_by)?,
            view: filters::view(request.view, View::Basic)?,
            at: read_at(
                request.min_position,
                request.as_of_position,
                request.as_of_time,
                request.known_at,
            )?,
            page_token: request.page_token,
            rows: EventRows::default(),
        })
    }
}

impl TryFrom<v1::ListEventRevisionsRequest> for ListEventRevisions<RevisionRows> {
    type Error = Rejection;

    fn try_from(request: v1::ListEventRevisionsRequest) -> Result<Self, Rejection> {
        ResourceName::event_slug(&request.parent)
            .map_err(|why| Rejection::argument("parent", why))?;
        Ok(ListEventRevisions {
            page_size: page_size(request.page_size)?,
            parent: request.parent,
            page_token: request.page_token,
            rows: RevisionRows::default(),
        })
    }
}

impl From<EventPage<EventRows>> for Encoded {
    fn from(page: EventPage<EventRows>) -> Encoded {
        use list_events_response as field;
        page.rows
            .into_answer()
            .put_text(field::NEXT_PAGE_TOKEN, &page.next_page_token)
            .put_number(field::POSITION, page.position)
            .put_text(field::RESUME_TOKEN, &page.resume_token)
            .put_number(field::TOTAL_SIZE, page.total)
            .put_texts(field::HINTS, &page.hints)
            .finish()
    }
}

impl From<Page<RevisionRows>> for Encoded {
    fn from(page: Page<RevisionRows>) -> Encoded {
        use list_event_revisions_response as field;
        page.rows
            .into_answer()
            .put_text(field::NEXT_PAGE_TOKEN, &page.next_page_token)
            .finish()
    }
}
