//! Revisions of one event.

use bytes::BytesMut;

use super::{
    answer::{self, Answer, ROWS_BYTES_MAX},
    page::{self, Place},
};
use crate::{
    domain::{ResourceName, View},
    proto::{
        numbers::v1::{event_revision, list_event_revisions_response as answer_field},
        v1,
    },
    rejection::Rejection,
    store::Store,
    wire::{Encoded, put_bytes, put_timestamp},
};

/// `ListEventRevisions`
pub(super) async fn list(
    store: &Store,
    request: v1::ListEventRevisionsRequest,
) -> Result<Encoded, Rejection> {
    let parent = request.parent;
    ResourceName::event_slug(&parent).map_err(|why| Rejection::argument("parent", why))?;
    let size = page::size(request.page_size)?;
    let fingerprint = page::fingerprint(&["revisions", &parent]);
    let head = store.head().position;
    let place = match request.page_token.as_str() {
        "" => Place {
            position: head,
            after: 0,
        },
        token => page::read_log_token(token, store.epoch(), &fingerprint, head)?,
    };
    let revisions = store.index().revisions(&parent, place.position);
    if revisions.is_empty() {
        return Err(Rejection::not_found(&parent));
    }
    let count = revisions.len();
    // Newest first: those after a row have lower positions.
    let begin = match place.after {
        0 => 0,
        after => revisions.partition_point(|position| *position >= after),
    };
    let mut answer = Answer::default();
    let mut bytes = 0;
    let mut at = begin;
    while at < count && at - begin < size {
        for record in store.read(vec![revisions[at]]).await? {
            let snapshot = answer::event(store, &record, View::Full)?;
            bytes += snapshot.len();
            if bytes > ROWS_BYTES_MAX && at > begin {
                let next = Place {
                    after: revisions[at - 1],
                    ..place
                };
                let token = page::token(store.epoch(), &fingerprint, next);
                return Ok(answer
                    .put_text(answer_field::NEXT_PAGE_TOKEN, &token)
                    .finish());
            }
            let mut revision = BytesMut::with_capacity(snapshot.len() + 160);
            let name = format!("{parent}/revisions/{}", count - at);
            put_bytes(&mut revision, event_revision::NAME, name.as_bytes());
            put_bytes(&mut revision, event_revision::SNAPSHOT, &snapshot);
            put_timestamp(
                &mut revision,
                event_revision::CREATE_TIME,
                record.commit_micros,
            );
            answer = answer.put(answer_field::REVISIONS, &revision);
        }
        at += 1;
    }
    if at < count {
        let next = Place {
            after: revisions[at - 1],
            ..place
        };
        let token = page::token(store.epoch(), &fingerprint, next);
        answer = answer.put_text(answer_field::NEXT_PAGE_TOKEN, &token);
    }
    Ok(answer.finish())
}
