use std::time::Duration;

use entente::proto::v1::{
    AcknowledgeSubscriptionRequest, ConsumeSubscriptionRequest, ConsumeSubscriptionResponse,
    CreateSubscriptionRequest, GetSubscriptionRequest, Start, Subscription,
    create_subscription_request::Begin, subscription_service_client::SubscriptionServiceClient,
    watch_events_response::Payload,
};
use tonic::{Request, Status, Streaming, transport::Channel};

use crate::{
    clocked::Clocked,
    harness::{Clients, Rules, change_of, event, eventually, position_of, soon},
};

/// One answer of a stream, which always has a frame.
pub type Answer = ConsumeSubscriptionResponse;

pub fn subscriptions(server: &Clients) -> SubscriptionServiceClient<Channel> {
    SubscriptionServiceClient::new(server.channel())
}

/// A request for a subscription to everything that matches, from the beginning of the log.
pub fn creation(slug: &str, filter: &str) -> CreateSubscriptionRequest {
    CreateSubscriptionRequest {
        subscription_id: slug.to_owned(),
        subscription: Some(Subscription {
            filter: filter.to_owned(),
            ..Subscription::default()
        }),
        begin: Some(Begin::Start(Start::Earliest.into())),
        ..CreateSubscriptionRequest::default()
    }
}

pub async fn create(server: &Clients, slug: &str, filter: &str) -> Subscription {
    let answer = subscriptions(server)
        .create_subscription(creation(slug, filter))
        .await;
    let answer = answer.expect("a valid subscription").into_inner();
    answer
        .subscription
        .expect("the answer has the subscription")
}

pub async fn get(server: &Clients, slug: &str) -> Subscription {
    try_get(server, slug).await.expect("it is there")
}

pub async fn try_get(server: &Clients, slug: &str) -> Result<Subscription, Status> {
    let request = GetSubscriptionRequest {
        name: format!("subscriptions/{slug}"),
    };
    let answer = subscriptions(server)
        .get_subscription(request)
        .await?
        .into_inner();
    Ok(answer
        .subscription
        .expect("the answer has the subscription"))
}

pub async fn acknowledge(
    server: &Clients,
    slug: &str,
    lease_epoch: i64,
    position: i64,
) -> Result<i64, Status> {
    let request = AcknowledgeSubscriptionRequest {
        name: format!("subscriptions/{slug}"),
        lease_epoch,
        position,
    };
    let answer = subscriptions(server)
        .acknowledge_subscription(request)
        .await?;
    Ok(answer.into_inner().acked_position)
}

/// Lets the time pass after which a subscription that nobody consumes is deleted, and gives what is
/// told of it then.
pub async fn expired(server: &Clocked, slug: &str, idle_ttl: Duration) -> Status {
    let mut writes = 0;
    eventually("the subscription to expire", async || {
        server.pass(idle_ttl);
        // The writer looks for it behind a write.
        writes += 1;
        server.publish(event(&format!("behind-{writes}"))).await;
        try_get(server, slug).await.err()
    })
    .await
}

/// A consumer as its client sees it. Every frame is checked against the rules of all streams.
pub struct Consumer {
    answers: Streaming<Answer>,
    rules: Rules,
    slug: String,
    pub epoch: i64,
    /// Of the first frame.
    pub attempt: i32,
}

impl Consumer {
    pub async fn open(server: &Clients, slug: &str) -> Consumer {
        Consumer::open_with(server, slug, |request| request).await
    }

    pub async fn open_with(
        server: &Clients,
        slug: &str,
        with: impl FnOnce(ConsumeSubscriptionRequest) -> ConsumeSubscriptionRequest,
    ) -> Consumer {
        Consumer::open_on(subscriptions(server), slug, with).await
    }

    /// Consumes on a connection of its own that holds little of what is not read.
    pub async fn open_narrow(server: &Clients, slug: &str) -> Consumer {
        let client = SubscriptionServiceClient::new(server.narrow_channel().await);
        Consumer::open_on(client, slug, |request| request).await
    }

    async fn open_on(
        mut client: SubscriptionServiceClient<Channel>,
        slug: &str,
        with: impl FnOnce(ConsumeSubscriptionRequest) -> ConsumeSubscriptionRequest,
    ) -> Consumer {
        let request = with(ConsumeSubscriptionRequest {
            name: format!("subscriptions/{slug}"),
            consumer: "tester".to_owned(),
            ..ConsumeSubscriptionRequest::default()
        });
        let request = Request::new(request);
        let answers = soon("a stream", client.consume_subscription(request)).await;
        let mut consumer = Consumer {
            answers: answers.expect("it is allowed").into_inner(),
            rules: Rules::default(),
            slug: slug.to_owned(),
            epoch: 0,
            attempt: 0,
        };
        let first = consumer.answer().await;
        (consumer.epoch, consumer.attempt) = (first.lease_epoch, first.delivery_attempt);
        consumer
    }

    /// The next frame, the end, or the status at the end.
    pub async fn next(&mut self) -> Result<Option<Answer>, Status> {
        let answer = soon("a frame", self.answers.message()).await?;
        if let Some(answer) = &answer {
            self.rules
                .check(answer.frame.as_ref().expect("every answer has a frame"));
            assert!(answer.delivery_attempt >= 1, "{answer:?}");
            assert!(
                self.epoch == 0 || answer.lease_epoch == self.epoch,
                "{answer:?}"
            );
        }
        Ok(answer)
    }

    pub async fn answer(&mut self) -> Answer {
        match self.next().await {
            Ok(Some(answer)) => answer,
            other => panic!("the stream ended: {other:?}"),
        }
    }

    /// The next answer that satisfies `wanted`; skips those before.
    pub async fn answer_where(&mut self, wanted: impl Fn(&Answer) -> bool) -> Answer {
        loop {
            let answer = self.answer().await;
            if wanted(&answer) {
                return answer;
            }
        }
    }

    /// Position and delivery attempt of the next change.
    pub async fn change(&mut self) -> (i64, i32) {
        let answer = self.answer_where(|answer| position(answer).is_some()).await;
        (
            position(&answer).expect("it is a change"),
            answer.delivery_attempt,
        )
    }

    pub async fn changes(&mut self, count: usize) -> Vec<(i64, i32)> {
        let mut changes = Vec::with_capacity(count);
        while changes.len() < count {
            changes.push(self.change().await);
        }
        changes
    }

    /// Positions of the changes before the next `caught_up`.
    pub async fn until_caught_up(&mut self) -> Vec<i64> {
        let mut positions = Vec::new();
        loop {
            let answer = self.answer().await;
            positions.extend(position(&answer));
            if matches!(payload(&answer), Some(Payload::CaughtUp(_))) {
                return positions;
            }
        }
    }

    pub async fn acknowledge(&self, server: &Clients, position: i64) -> Result<i64, Status> {
        acknowledge(server, &self.slug, self.epoch, position).await
    }

    /// The status at the end, and the frame before it.
    pub async fn end(mut self) -> (Option<Answer>, Status) {
        let mut last = None;
        loop {
            match self.next().await {
                Ok(Some(answer)) => last = Some(answer),
                Ok(None) => panic!("it ended with OK after {last:?}"),
                Err(status) => return (last, status),
            }
        }
    }
}

pub fn position(answer: &Answer) -> Option<i64> {
    answer.frame.as_ref().and_then(change_of).map(position_of)
}

pub fn payload(answer: &Answer) -> Option<&Payload> {
    answer.frame.as_ref()?.payload.as_ref()
}
