use entente::proto::v1::{
    AcknowledgeSubscriptionRequest, ConsumeSubscriptionRequest, ConsumeSubscriptionResponse,
    CreateSubscriptionRequest, Start, Subscription, create_subscription_request::Begin,
    subscription_service_client::SubscriptionServiceClient,
};
use tonic::{Streaming, transport::Channel};

use crate::{
    harness::{Build, Server, event, partnership, soon},
    load::SUBSCRIPTION,
    volatile::VolatileDisk,
};

const ROUNDS: usize = 6;
/// Events of a write, in turn.
const BATCHES: [usize; 3] = [2, 7, 40];

/// What a client had been told at a moment, after so many operations of the file system.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub operations: usize,
    pub epoch: Option<String>,
    pub head: i64,
    /// Of the subscription, once it is there.
    pub acked: Option<i64>,
}

/// One call after the other, the same in every run, and what it was told when.
pub struct Script<'a> {
    disk: &'a VolatileDisk,
    server: &'a Server,
    subscriptions: SubscriptionServiceClient<Channel>,
    told: Vec<Told>,
}

impl<'a> Script<'a> {
    /// Plays it to its end, and gives what was told in its order.
    pub async fn play(disk: &'a VolatileDisk, server: &'a Server) -> Vec<Told> {
        let mut script = Script {
            disk,
            server,
            subscriptions: SubscriptionServiceClient::new(server.channel()),
            told: vec![Told::default()],
        };
        let epoch = server.info().await.store_epoch;
        script.note(|told| told.epoch = Some(epoch));
        server.publish_partnership(partnership("p")).await;
        script.note(|told| told.head += 1);
        let mut answers = script.subscribe().await;
        for round in 0..ROUNDS {
            script.write(round).await;
            script.consume(&mut answers).await;
        }
        script.told
    }

    async fn write(&mut self, round: usize) {
        let name = |n: usize| format!("e-{round}-{n}");
        let created = self.server.publish(event(&name(0))).await;
        self.note(|told| told.head = created.position);
        let batch = (1..=BATCHES[round % BATCHES.len()]).map(|n| event(&name(n)));
        let created_last = self.server.publish_all(batch).await.pop();
        self.note(|told| told.head = created_last.map_or(0, |event| event.position));
        let updated = self.server.update(created.titled("Corrected")).await;
        self.note(|told| told.head = updated.position);
        let heavy = self.server.publish(event(&name(99)).heavy()).await;
        self.note(|told| told.head = heavy.position);
        let retracted = self.server.retract(&updated.name).await;
        self.note(|told| told.head = retracted.position);
    }

    async fn subscribe(&mut self) -> Streaming<ConsumeSubscriptionResponse> {
        let request = CreateSubscriptionRequest {
            subscription: Some(Subscription {
                name: SUBSCRIPTION.to_owned(),
                ..Subscription::default()
            }),
            begin: Some(Begin::Start(Start::Earliest.into())),
            ..CreateSubscriptionRequest::default()
        };
        let created = self.subscriptions.create_subscription(request).await;
        created.expect("a valid subscription");
        self.note(|told| told.acked = Some(0));
        let request = ConsumeSubscriptionRequest {
            name: SUBSCRIPTION.to_owned(),
            ..ConsumeSubscriptionRequest::default()
        };
        let answers = self.subscriptions.consume_subscription(request).await;
        answers.expect("it is there").into_inner()
    }

    /// Reads and acknowledges up to the head.
    async fn consume(&mut self, answers: &mut Streaming<ConsumeSubscriptionResponse>) {
        let head = self.told.last().map_or(0, |told| told.head);
        loop {
            let answer = soon("a frame", answers.message()).await;
            let answer = answer.expect("it goes on").expect("it goes on");
            let frame = answer.frame.expect("every answer has a frame");
            if frame.position < head {
                continue;
            }
            let request = AcknowledgeSubscriptionRequest {
                name: SUBSCRIPTION.to_owned(),
                lease_epoch: answer.lease_epoch,
                position: frame.position,
            };
            let acked = self.subscriptions.acknowledge_subscription(request).await;
            let acked = acked.expect("it was sent").into_inner().acked_position;
            self.note(|told| told.acked = Some(acked));
            return;
        }
    }

    /// Notes what a client has just been told.
    fn note(&mut self, more: impl FnOnce(&mut Told)) {
        let mut told = self.told.last().cloned().unwrap_or_default();
        more(&mut told);
        told.operations = self.disk.record_len();
        self.told.push(told);
    }
}
