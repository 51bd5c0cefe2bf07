//! S46, S47: reflection and health, which generic tools need.

use tokio_stream::StreamExt as _;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use tonic_reflection::pb::v1alpha;

use super::{
    frame::answer_of,
    outcome::{CheckResult, Stop, broken, ensure, ensure_same},
    target::Target,
};
use crate::proto::health::{
    HealthCheckRequest, HealthListRequest, health_check_response::ServingStatus,
    health_client::HealthClient,
};
use prost::Message as _;
use prost_types::{FileDescriptorProto, source_code_info::Location};

const SERVICES: [&str; 5] = [
    "entente.v1.BodyService",
    "entente.v1.EventService",
    "entente.v1.PartnershipService",
    "entente.v1.PublisherService",
    "entente.v1.AdminService",
];

pub(super) async fn s46_reflection_and_health_are_enough_for_tools(target: &Target) -> CheckResult {
    let Some(MessageResponse::ListServicesResponse(list)) =
        ask(target, MessageRequest::ListServices(String::new())).await?
    else {
        return broken("reflection does not list services");
    };
    for service in SERVICES {
        let listed = list.service.iter().any(|listed| listed.name == service);
        ensure(listed, || format!("reflection does not list {service}"))?;
        let files = files(target, service).await?;
        ensure(files.iter().any(is_commented), || {
            format!("{service} has no comments")
        })?;
    }
    reflection_v1alpha(target).await?;
    health(target).await?;
    Ok("reflection v1 and v1alpha with comments; health Check, List and Watch".to_owned())
}

pub(super) async fn s47_details_of_errors_are_described(target: &Target) -> CheckResult {
    let details = [
        "ErrorInfo",
        "RetryInfo",
        "BadRequest",
        "QuotaFailure",
        "PreconditionFailure",
    ];
    for detail in details {
        let name = format!("google.rpc.{detail}");
        let files = files(target, &name).await?;
        let described = files.iter().any(|file| {
            file.package() == "google.rpc"
                && file
                    .message_type
                    .iter()
                    .any(|message| message.name() == detail)
        });
        ensure(described, || format!("reflection does not describe {name}"))?;
    }
    Ok(format!("{} and others", details.join(", ")))
}

/// Returns the files that describe a symbol.
async fn files(target: &Target, symbol: &str) -> Result<Vec<FileDescriptorProto>, Stop> {
    let question = MessageRequest::FileContainingSymbol(symbol.to_owned());
    let Some(MessageResponse::FileDescriptorResponse(answer)) = ask(target, question).await? else {
        return broken(format!("reflection does not know {symbol}"));
    };
    let files = answer.file_descriptor_proto.iter();
    let files: Result<_, _> = files
        .map(|file| FileDescriptorProto::decode(file.as_slice()))
        .collect();
    files.or_else(|_| broken(format!("the description of {symbol} cannot be decoded")))
}

fn is_commented(file: &FileDescriptorProto) -> bool {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    locations
        .map(Location::leading_comments)
        .any(|comment| !comment.trim().is_empty())
}

async fn ask(target: &Target, question: MessageRequest) -> Result<Option<MessageResponse>, Stop> {
    let mut client = ServerReflectionClient::new(target.channel());
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(question),
    };
    let questions = tokio_stream::once(question);
    let mut answers = answer_of("reflection", client.server_reflection_info(questions))
        .await??
        .into_inner();
    match answer_of("an answer of reflection", answers.next()).await? {
        Some(answer) => Ok(answer?.message_response),
        None => broken("reflection ended without an answer"),
    }
}

/// Checks reflection v1alpha, the only version that older tools know.
async fn reflection_v1alpha(target: &Target) -> Result<(), Stop> {
    use v1alpha::server_reflection_request::MessageRequest::ListServices;
    let mut client =
        v1alpha::server_reflection_client::ServerReflectionClient::new(target.channel());
    let question = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(ListServices(String::new())),
    };
    let questions = tokio_stream::once(question);
    let mut answers = answer_of(
        "reflection v1alpha",
        client.server_reflection_info(questions),
    )
    .await??
    .into_inner();
    let answer = answer_of("an answer of reflection v1alpha", answers.next()).await?;
    ensure(matches!(answer, Some(Ok(_))), || {
        "reflection v1alpha does not answer".to_owned()
    })
}

async fn health(target: &Target) -> Result<(), Stop> {
    let mut client = HealthClient::new(target.channel());
    let of = |service: &str| HealthCheckRequest {
        service: service.to_owned(),
    };
    for service in SERVICES.iter().chain(&[""]) {
        let answer = answer_of("health Check", client.check(of(service)))
            .await??
            .into_inner();
        let status = answer.status();
        ensure_same(
            &format!("health of {service:?}"),
            status,
            ServingStatus::Serving,
        )?;
    }
    let list = answer_of("health List", client.list(HealthListRequest {}))
        .await??
        .into_inner();
    for service in SERVICES {
        ensure(list.statuses.contains_key(service), || {
            format!("health does not list {service}")
        })?;
    }
    for (service, expected) in [
        ("", ServingStatus::Serving),
        ("no.such.Service", ServingStatus::ServiceUnknown),
    ] {
        let mut watch = answer_of("health Watch", client.watch(of(service)))
            .await??
            .into_inner();
        let first = answer_of("the first status", watch.message()).await??;
        let first = first.map(|answer| answer.status());
        ensure_same(
            &format!("watched health of {service:?}"),
            first,
            Some(expected),
        )?;
    }
    Ok(())
}
