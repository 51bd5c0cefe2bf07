use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame};
use tokio::{sync::mpsc, time::sleep};
use tonic::{Status, body::Body};

use super::{
    edit::{Edit, Out},
    wire::{framed, take},
};

/// Returns the body of an answer with its messages edited.
pub fn edited(upstream: Body, edit: Edit) -> Body {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(relay(upstream, edit, sender));
    Body::new(Relayed(receiver))
}

/// Reads all messages of a request.
pub async fn whole(mut body: Body) -> Vec<Bytes> {
    let mut buffer = BytesMut::new();
    while let Some(Ok(frame)) = next(&mut body).await {
        if let Ok(data) = frame.into_data() {
            buffer.extend_from_slice(&data);
        }
    }
    std::iter::from_fn(|| take(&mut buffer)).collect()
}

/// Makes the body of a request from messages.
pub fn of(messages: &[Bytes]) -> Body {
    let (sender, receiver) = mpsc::channel(messages.len().max(1));
    for message in messages {
        let frame = Frame::data(framed(message));
        sender.try_send(Ok(frame)).expect("there is room for all");
    }
    Body::new(Relayed(receiver))
}

/// Forwards messages until the server ends the stream or the client cancels it.
async fn relay(mut upstream: Body, mut edit: Edit, sender: mpsc::Sender<Sent>) {
    let mut buffer = BytesMut::new();
    loop {
        let frame = tokio::select! {
            frame = next(&mut upstream) => frame,
            () = sender.closed() => return,
        };
        let frame = match frame {
            None => return,
            Some(Ok(frame)) => frame,
            Some(Err(status)) => {
                let _ = sender.send(Err(status)).await;
                return;
            }
        };
        match frame.into_data() {
            Ok(data) => buffer.extend_from_slice(&data),
            Err(frame) => {
                let trailers = frame.into_trailers().expect("no data, hence trailers");
                let _ = sender
                    .send(Ok(Frame::trailers(edit.trailers(trailers))))
                    .await;
                return;
            }
        }
        while let Some(message) = take(&mut buffer) {
            for out in edit.message(message) {
                match out {
                    Out::Wait(delay) => sleep(delay).await,
                    Out::Message(message) => {
                        if sender
                            .send(Ok(Frame::data(framed(&message))))
                            .await
                            .is_err()
                        {
                            return;
                        }
                    }
                    Out::End => {
                        let trailers = edit.trailers(Edit::ok());
                        let _ = sender.send(Ok(Frame::trailers(trailers))).await;
                        return;
                    }
                }
            }
        }
    }
}

async fn next(body: &mut Body) -> Option<Sent> {
    poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await
}

type Sent = Result<Frame<Bytes>, Status>;

struct Relayed(mpsc::Receiver<Sent>);

impl http_body::Body for Relayed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Sent>> {
        self.0.poll_recv(context)
    }
}
