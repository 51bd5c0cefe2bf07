//! D02: power cuts at every moment of a start that has much to put in order.

use entente::{
    proto::v1::{
        AcknowledgeSubscriptionRequest, ConsumeSubscriptionRequest, CreateSubscriptionRequest,
        Start, Subscription, create_subscription_request::Begin,
        subscription_service_client::SubscriptionServiceClient,
    },
    store::verify,
};

use crate::{
    harness::{Random, Server, change_of, entente, event, soon},
    load::SUBSCRIPTION,
    power::Power,
    rounds::seeds,
    volatile::{Model, VolatileDisk, replay_on},
};

const EVENTS: usize = 2_300;
/// Of a filter, which is written again with each acknowledgement.
const TOPICS: usize = 170;
const CACHE_BYTES: u64 = 16 << 20;

/// A segment of sled's file with nothing in it that is still needed is overwritten at a start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d02_a_start_that_is_cut_loses_nothing_of_what_was_there() {
    let Some(mut disk) = VolatileDisk::new(1) else {
        return;
    };
    let directory = disk.path().join("data");
    disk.begin_record();
    let mut server = Server::start_in(&directory, &[]).await;
    acknowledge_much(&server).await;
    server.kill();
    let mut before = Model::default();
    replay_on(&mut before, &disk.take_record(), |_, _| ());
    disk.begin_record();
    let ended = entente(&["verify", directory.to_str().expect("plain text")], "").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let operations = disk.take_record();
    for seed in seeds(2) {
        let mut random = Random::new(seed);
        replay_on(&mut before.clone(), &operations, |done, model| {
            let left = model.after_cut(&mut random);
            let head = head_of(&left);
            assert_eq!(
                head,
                Ok(EVENTS as u64),
                "seed {seed}, after {done} operations"
            );
        });
    }
    eprintln!("a cut after each of {} operations", operations.len());
}

/// Fills some segments with nothing but one cursor that moves.
async fn acknowledge_much(server: &Server) {
    for n in 0..EVENTS.div_ceil(100) {
        let batch = (0..100).map(|m| event(&format!("e-{n}-{m}")));
        server.publish_all(batch).await;
    }
    let topics: Vec<_> = (0..TOPICS).map(|n| format!("topic:topic-{n:06}")).collect();
    let request = CreateSubscriptionRequest {
        subscription: Some(Subscription {
            name: SUBSCRIPTION.to_owned(),
            filter: format!("NOT ({})", topics.join(" OR ")),
            ..Subscription::default()
        }),
        begin: Some(Begin::Start(Start::Earliest.into())),
        ..CreateSubscriptionRequest::default()
    };
    let mut client = SubscriptionServiceClient::new(server.channel());
    let created = client.create_subscription(request).await;
    created.expect("a valid subscription");
    let request = ConsumeSubscriptionRequest {
        name: SUBSCRIPTION.to_owned(),
        ..ConsumeSubscriptionRequest::default()
    };
    let answers = client.consume_subscription(request).await;
    let mut answers = answers.expect("it is there").into_inner();
    let mut acked = 0;
    while acked < EVENTS as i64 {
        let answer = soon("a frame", answers.message()).await;
        let answer = answer.expect("it goes on").expect("it goes on");
        let frame = answer.frame.expect("every answer has a frame");
        if change_of(&frame).is_none() {
            continue;
        }
        let request = AcknowledgeSubscriptionRequest {
            name: SUBSCRIPTION.to_owned(),
            lease_epoch: answer.lease_epoch,
            position: frame.position,
        };
        let answer = client.acknowledge_subscription(request).await;
        acked = answer.expect("it was sent").into_inner().acked_position;
    }
}

/// Where the log ends that a cut has left.
fn head_of(left: &Model) -> Result<u64, String> {
    let home = tempfile::tempdir().expect("a directory for what is left");
    left.copy_to(home.path()).expect("there is room");
    let verified = verify(&home.path().join("data"), CACHE_BYTES, |_| ());
    let verified = verified.map_err(|error| error.to_string())?;
    Ok(verified.head.position)
}
