//! Which services answer, before the store is open and after.

use std::time::Duration;

use axum::routing::any;
use http::Response;
use tonic::{body::Body, codec::CompressionEncoding, service::Routes};

use super::ServeConfig;
use crate::{
    command::Commands,
    grpc::{self, HealthReporter, Reflection, StatusBuilder},
    proto::{DESCRIPTORS, v1::ErrorReason},
    wire::{
        ANSWER_LEN_MAX,
        services::{
            admin_service_server, body_service_server, event_service_server,
            partnership_service_server, publisher_service_server, subscription_service_server,
        },
    },
};

/// Full names of the services that need the store.
pub(super) const SERVICES: [&str; 6] = [
    event_service_server::SERVICE_NAME,
    partnership_service_server::SERVICE_NAME,
    body_service_server::SERVICE_NAME,
    publisher_service_server::SERVICE_NAME,
    subscription_service_server::SERVICE_NAME,
    admin_service_server::SERVICE_NAME,
];

/// Retry delay of clients while the store is being opened.
const OPENING_RETRY_DELAY: Duration = Duration::from_secs(1);

// The generated services have these methods without a trait in common. Whether compressed requests are
// accepted at all is for the layer that buffers requests to decide.
macro_rules! compressible {
    ($service:expr) => {
        $service
            .accept_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Zstd)
    };
}

/// Health and reflection; services that need the store answer UNAVAILABLE.
pub(super) fn without_store(health: &HealthReporter) -> Routes {
    let router = SERVICES
        .iter()
        .fold(always(health).into_axum_router(), |router, service| {
            router.route(&format!("/{service}/{{*method}}"), any(opening))
        });
    Routes::from(router).prepare()
}

/// All services.
pub(super) fn with_store(
    health: &HealthReporter,
    commands: Commands,
    config: &ServeConfig,
) -> Routes {
    let settings = grpc::Settings {
        heartbeat_default: config.heartbeat_default,
        message_size_max: config.message_size_max,
        watch_limits: config.watch_limits(),
        watch_max_age: config.watch_max_age,
        watch_stall_timeout: config.watch_stall_timeout,
    };
    let services = grpc::services(commands, settings);
    macro_rules! limited {
        ($service:expr) => {
            compressible!($service)
                .max_decoding_message_size(config.message_size_max)
                .max_encoding_message_size(ANSWER_LEN_MAX)
        };
    }
    always(health)
        .add_service(limited!(services.events))
        .add_service(limited!(services.partnerships))
        .add_service(limited!(services.bodies))
        .add_service(limited!(services.publisher))
        .add_service(limited!(services.subscriptions))
        .add_service(limited!(services.admin))
        .prepare()
}

fn always(health: &HealthReporter) -> Routes {
    let reflection = Reflection::new(&[
        DESCRIPTORS,
        // Without these, clients cannot print the details of errors.
        tonic_types::pb::FILE_DESCRIPTOR_SET,
        // Both versions list both versions.
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
    ]);
    Routes::new(compressible!(health.service()))
        .add_service(compressible!(reflection.v1()))
        .add_service(compressible!(reflection.v1alpha()))
}

async fn opening() -> Response<Body> {
    let message = "the store is being opened; try again in a second, or watch the health service";
    StatusBuilder::new(ErrorReason::StoreOpening)
        .retry_after(OPENING_RETRY_DELAY)
        .status(message)
        .into_http()
}

#[cfg(test)]
mod tests {
    use http::Request;
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;
    use tower::Service as _;

    use super::*;
    use crate::wire::descriptors;

    async fn call(path: &str) -> Status {
        let request = Request::post(path)
            .header("content-type", "application/grpc")
            .body(Body::empty())
            .expect("a request");
        let mut routes = without_store(&HealthReporter::new(&SERVICES));
        let answer = routes.call(request).await.expect("routes do not fail");
        Status::from_header_map(answer.headers()).expect("a status in the headers")
    }

    #[tokio::test]
    async fn services_answer_unavailable_and_when_to_ask_again_while_the_store_is_being_opened() {
        for service in SERVICES {
            let status = call(&format!("/{service}/Anything")).await;
            assert_eq!(status.code(), Code::Unavailable, "{service}");
            let details = status.get_error_details();
            assert_eq!(
                details.error_info().map(|info| info.reason.as_str()),
                Some("STORE_OPENING")
            );
            let delay = details.retry_info().and_then(|retry| retry.retry_delay);
            assert_eq!(delay, Some(OPENING_RETRY_DELAY));
        }
    }

    #[test]
    fn every_service_that_needs_the_store_is_listed() {
        let services = descriptors().services();
        let services = services.filter(|service| service.package_name() == "entente.v1");
        let mut described: Vec<String> = services.map(|it| it.full_name().to_owned()).collect();
        let mut listed = SERVICES.map(str::to_owned).to_vec();
        described.sort();
        listed.sort();
        assert_eq!(listed, described);
    }

    #[tokio::test]
    async fn services_that_do_not_exist_are_unimplemented_at_any_time() {
        assert_eq!(call("/made.up/Service").await.code(), Code::Unimplemented);
    }
}
