use std::time::Duration;

use clap::Args;
use tokio::{signal, time::sleep};
use tonic::{Status, Streaming};
use tonic_types::StatusExt;

use super::{client, name};
use crate::{
    cli::{
        connect::Connection,
        failure::{Failure, reason},
        note::{hints, named_bodies, note},
        output::Output,
        parse,
        remote::RemoteCommand,
        watch::line,
    },
    client::{Cause, is_passing},
    proto::v1::{
        AcknowledgeSubscriptionRequest, ConsumeSubscriptionRequest, ConsumeSubscriptionResponse,
        EndReason, ErrorReason, watch_events_response::Payload,
    },
};

/// Waits between attempts to reconnect, unless the server asks for longer ones.
const RETRY_DELAY_MIN: Duration = Duration::from_millis(500);
const RETRY_DELAY_MAX: Duration = Duration::from_secs(30);

const RECONNECTS: &str = "\
Once it has begun, it reconnects after every interruption: a lost connection, or a server that \
is shut down or killed. The server keeps the position. A change whose acknowledgement was lost is \
sent again. It ends when another consumer takes over, or when the subscription is deleted.";

/// `entente consume`.
#[derive(Args, Debug)]
#[command(after_help = RECONNECTS)]
pub(in crate::cli) struct Consume {
    /// Name of the subscription; the prefix subscriptions/ is optional.
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,

    /// Name of this consumer in the list of subscriptions.
    #[arg(long, value_name = "TEXT", default_value = "entente consume")]
    consumer: String,

    /// How many unacknowledged changes the server may send.
    #[arg(long, value_name = "COUNT", value_parser = parse::whole(1..=i32::MAX))]
    max_unacked: Option<i32>,

    /// Heartbeat interval: the longest time between two frames, 1s to 55s. [default: the server's]
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    heartbeat: Option<Duration>,

    /// Stop at the head of the log.
    #[arg(long)]
    until_caught_up: bool,
}

/// How one stream ended.
enum Ended {
    /// The stop condition was reached.
    Done,
    /// The stream was interrupted.
    Interrupted { status: Status, received: bool },
}

impl RemoteCommand for Consume {
    async fn run(self, server: Connection, output: &mut Output) -> Result<(), Failure> {
        tokio::select! {
            biased;
            _ = signal::ctrl_c() => Ok(()),
            done = self.consume(&server, output) => done,
        }
    }
}

impl Consume {
    /// Consumes until the stop condition, across interruptions.
    async fn consume(&self, server: &Connection, output: &mut Output) -> Result<(), Failure> {
        let (mut began, mut delay) = (false, RETRY_DELAY_MIN);
        loop {
            let (status, received) = match self.stream(server, output).await? {
                Ended::Done => return Ok(()),
                Ended::Interrupted { status, received } => (status, received),
            };
            began |= received;
            if !began || !is_retryable(&status) {
                return Err(server.failure(status));
            }
            delay = if received {
                RETRY_DELAY_MIN
            } else {
                (delay * 2).min(RETRY_DELAY_MAX)
            };
            let info = status.get_details_retry_info();
            let wait = delay.max(info.and_then(|info| info.retry_delay).unwrap_or_default());
            note(format!(
                "interrupted: {}; retrying in {:.1} s",
                end_cause(status),
                wait.as_secs_f32()
            ));
            sleep(wait).await;
        }
    }

    async fn stream(&self, server: &Connection, output: &mut Output) -> Result<Ended, Failure> {
        let interrupted = |status, received| Ok(Ended::Interrupted { status, received });
        let mut frames = match self.open(server).await {
            Ok(frames) => frames,
            Err(status) => return interrupted(status, false),
        };
        let (mut received, mut acked) = (false, 0);
        loop {
            let answer = match frames.message().await {
                Ok(Some(answer)) => answer,
                Ok(None) => return interrupted(Status::unavailable("the stream ended"), received),
                Err(status) => return interrupted(status, received),
            };
            received = true;
            let Some(frame) = &answer.frame else { continue };
            if let Some(Payload::Change(_)) = frame.payload {
                output.next(&answer, |_| line(frame))?;
                // Acknowledge only what was flushed; the rest is sent again.
                output.flush()?;
            }
            print_notes(&answer);
            if frame.position > acked {
                if let Err(status) = self.acknowledge(server, &answer, frame.position).await {
                    return interrupted(status, received);
                }
                acked = frame.position;
            }
            if self.until_caught_up && matches!(frame.payload, Some(Payload::CaughtUp(_))) {
                return Ok(Ended::Done);
            }
        }
    }

    async fn open(
        &self,
        server: &Connection,
    ) -> Result<Streaming<ConsumeSubscriptionResponse>, Status> {
        let request = ConsumeSubscriptionRequest {
            name: self.name.clone(),
            consumer: self.consumer.clone(),
            max_unacked: self.max_unacked.unwrap_or_default(),
            heartbeat_interval: self.heartbeat.and_then(|interval| interval.try_into().ok()),
            ..ConsumeSubscriptionRequest::default()
        };
        let frames = client(server).consume_subscription(request).await?;
        Ok(frames.into_inner())
    }

    async fn acknowledge(
        &self,
        server: &Connection,
        answer: &ConsumeSubscriptionResponse,
        position: i64,
    ) -> Result<(), Status> {
        let call = server.request(AcknowledgeSubscriptionRequest {
            name: self.name.clone(),
            lease_epoch: answer.lease_epoch,
            position,
        });
        client(server)
            .acknowledge_subscription(call)
            .await
            .map(drop)
    }
}

/// Returns whether a retry may succeed.
fn is_retryable(status: &Status) -> bool {
    match reason(status) {
        // After a lost lease, a retry would take it from the consumer that now has it. A message
        // that is too large stays too large.
        Some(ErrorReason::LeaseLost | ErrorReason::MessageTooLarge) => false,
        _ => is_passing(status.code()),
    }
}

/// Returns why a stream ended. The server's own messages are about resume tokens, which consumers
/// do not have.
fn end_cause(status: Status) -> Cause {
    let announced = match reason(&status) {
        Some(ErrorReason::StreamMaxAge) => EndReason::MaxAge,
        Some(ErrorReason::Draining) => EndReason::Draining,
        Some(ErrorReason::ConsumerStalled) => EndReason::ConsumerStalled,
        Some(ErrorReason::DisconnectedByAdmin) => EndReason::DisconnectedByAdmin,
        _ => return status.into(),
    };
    Cause::Announced(announced)
}

fn print_notes(answer: &ConsumeSubscriptionResponse) {
    let payload = answer
        .frame
        .as_ref()
        .and_then(|frame| frame.payload.as_ref());
    if let Some(Payload::Started(started)) = payload {
        hints(&started.hints);
        named_bodies(&started.named_bodies);
    }
    if let Some(changed) = &answer.filter_changed {
        let (after, filter) = (changed.after_position, &changed.normalized_filter);
        note(format!(
            "a new filter applies after position {after}: {filter}"
        ));
        hints(&changed.hints);
        named_bodies(&changed.named_bodies);
    }
}
