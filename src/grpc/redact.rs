use prost::Message;
use tonic::{Request, Status};

use super::{publisher::event_name, write};
use crate::{
    proto::v1,
    publish::{Publisher, Redact},
    rejection::Rejection,
    store::{Store, StoreError},
    wire::NoteMessage,
};

/// Erases the content of an event.
pub(super) async fn redact(
    store: &Store,
    publisher: &Publisher,
    request: Request<v1::RedactEventRequest>,
) -> Result<v1::RedactEventResponse, Status> {
    let mut context = write::context(&request, |request| {
        ("RedactEvent", &request.request_id, request.validate_only)
    });
    let request = request.into_inner();
    let name = event_name("name", &request.name);
    let redact = Redact {
        name: write::needed(&mut context.wrong, name)?,
        etag: request.etag,
        note: request.change_note.map(NoteMessage::from),
    };
    let validate_only = context.validate_only;
    let written = publisher.write(redact, context).await?;
    let event = written.resources.into_iter().next().map(v1::Event::decode);
    let event = event.transpose().map_err(|error| {
        Rejection::from(StoreError::Failed(format!(
            "its own answer is unreadable: {error}"
        )))
    })?;
    if let Some(event) = event
        .as_ref()
        .filter(|_| !validate_only && !written.replayed)
    {
        tracing::info!(event = event.name, author = event.author, "redacted");
    }
    Ok(v1::RedactEventResponse {
        event,
        replayed: written.replayed,
        erasure_pending: !validate_only && store.is_erasure_pending(),
    })
}
