use crate::{
    cli::{connect::Connection, failure::Failure},
    proto::v1::transfer_line::Write,
};

/// The outcome of a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LineOutcome {
    /// It was written.
    Written,
    /// It was already written earlier.
    Replayed,
}

/// Sends one line and waits until it is durable.
pub(super) async fn send(server: &Connection, write: Write) -> Result<LineOutcome, Failure> {
    let (mut publisher, mut partnerships) = (server.publisher(), server.partnerships());
    let mut bodies = server.bodies();
    let replayed = match write {
        Write::CreatePartnership(request) => {
            let call = partnerships.create_partnership(server.request(request));
            server.answer(call).await?.replayed
        }
        Write::UpdatePartnership(request) => {
            let call = partnerships.update_partnership(server.request(request));
            server.answer(call).await?.replayed
        }
        Write::CreateEvent(request) => {
            server
                .answer(publisher.create_event(server.request(request)))
                .await?
                .replayed
        }
        Write::UpdateEvent(request) => {
            server
                .answer(publisher.update_event(server.request(request)))
                .await?
                .replayed
        }
        Write::RetractEvent(request) => {
            server
                .answer(publisher.retract_event(server.request(request)))
                .await?
                .replayed
        }
        Write::RestoreEvent(request) => {
            server
                .answer(publisher.restore_event(server.request(request)))
                .await?
                .replayed
        }
        Write::CreateBody(request) => {
            let call = bodies.create_body(server.request(request));
            server.answer(call).await?.replayed
        }
        Write::UpdateBody(request) => {
            let call = bodies.update_body(server.request(request));
            server.answer(call).await?.replayed
        }
        Write::MergeEvents(request) => {
            server
                .answer(publisher.merge_events(server.request(request)))
                .await?
                .replayed
        }
    };
    Ok(if replayed {
        LineOutcome::Replayed
    } else {
        LineOutcome::Written
    })
}
