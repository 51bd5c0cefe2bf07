use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::{super::status_builder::ERROR_DOMAIN, *};

const EVENTS: &str = "entente.v1.EventService";

fn reporter() -> (HealthReporter, HealthService) {
    let reporter = HealthReporter::new(&[EVENTS]);
    (reporter.clone(), HealthService { reporter })
}

fn ask(service: &str) -> Request<HealthCheckRequest> {
    Request::new(HealthCheckRequest {
        service: service.to_owned(),
    })
}

async fn check(health: &HealthService, service: &str) -> ServingStatus {
    health
        .check(ask(service))
        .await
        .expect("a known service")
        .into_inner()
        .status()
}

async fn watch(health: &HealthService, service: &str) -> StatusStream {
    health
        .watch(ask(service))
        .await
        .expect("watch always opens")
        .into_inner()
}

async fn next(stream: &mut StatusStream) -> Result<ServingStatus, Code> {
    let item = stream.next().await.expect("the stream is open");
    item.map(|answer| answer.status())
        .map_err(|status| status.code())
}

fn is_silent(stream: &mut StatusStream) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    stream.as_mut().poll_next(&mut context).is_pending()
}

#[tokio::test]
async fn nothing_serves_until_somebody_says_so() {
    let (reporter, health) = reporter();
    assert_eq!(check(&health, "").await, ServingStatus::NotServing);
    reporter.serving();
    assert_eq!(check(&health, "").await, ServingStatus::Serving);
    assert_eq!(check(&health, EVENTS).await, ServingStatus::Serving);
    reporter.not_serving("the disk is full");
    assert_eq!(check(&health, EVENTS).await, ServingStatus::NotServing);
}

#[tokio::test]
async fn check_of_an_unknown_service_is_not_found() {
    let (_, health) = reporter();
    let status = health
        .check(ask("entente.v1.Nothing"))
        .await
        .expect_err("unknown");
    assert_eq!(status.code(), Code::NotFound);
    assert!(status.message().contains("entente.v1.Nothing"));
    let info = status.get_details_error_info().expect("a reason");
    assert_eq!(
        (info.domain.as_str(), info.reason.as_str()),
        (ERROR_DOMAIN, "SERVICE_NOT_FOUND")
    );
}

#[tokio::test]
async fn an_unknown_name_of_any_length_fits_into_a_header() {
    let (_, health) = reporter();
    let status = health
        .check(ask(&"x".repeat(4000)))
        .await
        .expect_err("unknown");
    assert!(status.message().len() < 400);
}

#[tokio::test]
async fn list_names_every_service_and_the_server() {
    let (reporter, health) = reporter();
    reporter.serving();
    let list = health
        .list(Request::new(HealthListRequest {}))
        .await
        .expect("list");
    let statuses = list.into_inner().statuses;
    let mut names: Vec<_> = statuses.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["", EVENTS]);
    assert!(
        statuses
            .values()
            .all(|answer| answer.status() == ServingStatus::Serving)
    );
}

#[tokio::test]
async fn watch_sends_the_status_and_each_change_once() {
    let (reporter, health) = reporter();
    let mut stream = watch(&health, EVENTS).await;
    assert_eq!(next(&mut stream).await, Ok(ServingStatus::NotServing));
    reporter.not_serving("the disk is full");
    assert!(
        is_silent(&mut stream),
        "NOT_SERVING for another reason is no change"
    );
    reporter.serving();
    reporter.serving();
    assert_eq!(next(&mut stream).await, Ok(ServingStatus::Serving));
    assert!(is_silent(&mut stream));
}

#[tokio::test]
async fn watch_of_an_unknown_service_stays_open() {
    let (reporter, health) = reporter();
    let mut stream = watch(&health, "entente.v1.Nothing").await;
    assert_eq!(next(&mut stream).await, Ok(ServingStatus::ServiceUnknown));
    reporter.serving();
    assert!(is_silent(&mut stream));
    reporter.end();
    assert_eq!(next(&mut stream).await, Err(Code::Unavailable));
}

#[tokio::test]
async fn watch_tells_of_draining_and_then_ends_itself() {
    let (reporter, health) = reporter();
    reporter.serving();
    let mut stream = watch(&health, "").await;
    assert_eq!(next(&mut stream).await, Ok(ServingStatus::Serving));
    reporter.draining();
    assert_eq!(next(&mut stream).await, Ok(ServingStatus::NotServing));
    assert!(is_silent(&mut stream));
    reporter.end();
    assert_eq!(next(&mut stream).await, Err(Code::Unavailable));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn nobody_can_say_serving_while_the_server_drains() {
    let (reporter, health) = reporter();
    reporter.draining();
    reporter.serving();
    assert_eq!(check(&health, "").await, ServingStatus::NotServing);
    assert_eq!(reporter.readiness(), Readiness::Draining);
}
