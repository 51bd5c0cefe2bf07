use entente::proto::v1::{
    AcknowledgeSubscriptionRequest, BatchCreateEventsRequest, ConsumeSubscriptionRequest,
    CreateEventRequest, Event, UpdateEventRequest,
    publisher_service_client::PublisherServiceClient,
    subscription_service_client::SubscriptionServiceClient,
};
use tokio::task::JoinSet;
use tonic::{Status, transport::Channel};

use crate::{
    harness::{Build, Random, Server, change_of, event},
    told::{Told, Write},
};

/// The subscription that is consumed.
pub const SUBSCRIPTION: &str = "subscriptions/s";

const WRITERS: usize = 4;
const BATCH_LEN_MAX: usize = 40;

/// Clients at work on a server.
pub struct Load {
    clients: JoinSet<Told>,
}

impl Load {
    /// Writers and a consumer that go on until the server is gone. Whatever they write is called
    /// after `round`.
    pub fn on(server: &Server, round: &str, random: &mut Random) -> Load {
        let mut clients = JoinSet::new();
        for writer in 0..WRITERS {
            let name = format!("{round}-w-{writer}");
            let random = Random::new(random.below(usize::MAX) as u64);
            clients.spawn(write(server.publisher(), name, random));
        }
        clients.spawn(consume(SubscriptionServiceClient::new(server.channel())));
        Load { clients }
    }

    /// What the clients were told, once the server is gone.
    pub async fn ended(self) -> Told {
        let mut told = Told::default();
        for client in self.clients.join_all().await {
            told.extend(client);
        }
        told
    }
}

async fn write(
    mut publisher: PublisherServiceClient<Channel>,
    name: String,
    mut random: Random,
) -> Told {
    let mut told = Told::default();
    for n in 0.. {
        let request = batch(&format!("{name}-{n}"), &mut random);
        let answer = publisher.batch_create_events(request.clone()).await;
        let events = answer.map(|answer| answer.into_inner().events).ok();
        let first = events.as_ref().and_then(|events| events.first()).cloned();
        told.writes.push(Write { request, events });
        let Some(first) = first else { break };
        if random.below(3) == 0 {
            match correct(&mut publisher, first).await {
                Ok(event) => told.corrections.extend(event),
                Err(_) => break,
            }
        }
    }
    told
}

/// One event, or some; some of them are large.
fn batch(name: &str, random: &mut Random) -> BatchCreateEventsRequest {
    let len = if random.below(4) == 0 {
        1 + random.below(BATCH_LEN_MAX)
    } else {
        1
    };
    let mut one = |n: usize| {
        let event = event(&format!("{name}-{n}"));
        let event = if random.below(60) == 0 {
            event.heavy()
        } else {
            event
        };
        CreateEventRequest {
            event: Some(event),
            ..CreateEventRequest::default()
        }
    };
    BatchCreateEventsRequest {
        requests: (0..len).map(&mut one).collect(),
        request_id: name.to_owned(),
        ..Default::default()
    }
}

async fn correct(
    publisher: &mut PublisherServiceClient<Channel>,
    event: Event,
) -> Result<Option<Event>, Status> {
    let request = UpdateEventRequest {
        event: Some(event.titled("Corrected")),
        ..UpdateEventRequest::default()
    };
    let answer = publisher.update_event(request).await?;
    Ok(answer.into_inner().event)
}

async fn consume(mut client: SubscriptionServiceClient<Channel>) -> Told {
    let mut told = Told::default();
    // Whatever ends it, the server is gone.
    let _ = consume_until_gone(&mut client, &mut told).await;
    told
}

async fn consume_until_gone(
    client: &mut SubscriptionServiceClient<Channel>,
    told: &mut Told,
) -> Result<(), Status> {
    let request = ConsumeSubscriptionRequest {
        name: SUBSCRIPTION.to_owned(),
        ..ConsumeSubscriptionRequest::default()
    };
    let mut answers = client.consume_subscription(request).await?.into_inner();
    let mut changes = 0;
    while let Some(answer) = answers.message().await? {
        let frame = answer.frame.expect("every answer has a frame");
        changes += usize::from(change_of(&frame).is_some());
        if changes % 8 != 1 {
            continue;
        }
        told.acknowledging = told.acknowledging.max(frame.position);
        let request = AcknowledgeSubscriptionRequest {
            name: SUBSCRIPTION.to_owned(),
            lease_epoch: answer.lease_epoch,
            position: frame.position,
        };
        let answer = client.acknowledge_subscription(request).await?;
        told.acknowledged = answer.into_inner().acked_position;
    }
    Ok(())
}
