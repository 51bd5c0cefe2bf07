//! S46, S47: everything can be found out and called with reflection alone.

use std::collections::BTreeSet;

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value, prost_types::FileDescriptorProto};
use tokio_stream::once;
use tonic::{Code, Status};
use tonic_reflection::pb::{v1, v1alpha};

use crate::harness::{Server, call_raw, event};

const SERVICES: [&str; 9] = [
    "entente.v1.AdminService",
    "entente.v1.BodyService",
    "entente.v1.EventService",
    "entente.v1.PartnershipService",
    "entente.v1.PublisherService",
    "entente.v1.SubscriptionService",
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];

/// Asks in both versions of the protocol, which differ in nothing but their package.
macro_rules! asker {
    ($name:ident, $version:ident) => {
        async fn $name(server: &Server, request: Ask) -> Result<Answer, Status> {
            use $version::{
                ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
                server_reflection_request::MessageRequest,
                server_reflection_response::MessageResponse,
            };
            let message_request = Some(match request {
                Ask::Services => MessageRequest::ListServices(String::new()),
                Ask::Symbol(symbol) => MessageRequest::FileContainingSymbol(symbol.to_owned()),
                Ask::File(name) => MessageRequest::FileByFilename(name),
                Ask::Extension(of, number) => {
                    MessageRequest::FileContainingExtension($version::ExtensionRequest {
                        containing_type: of.to_owned(),
                        extension_number: number,
                    })
                }
            });
            let request = ServerReflectionRequest {
                host: String::new(),
                message_request,
            };
            let mut client = ServerReflectionClient::new(server.channel());
            let answers = client
                .server_reflection_info(once(request))
                .await
                .expect("reflection");
            let answer = answers.into_inner().message().await?.expect("one answer");
            Ok(match answer.message_response.expect("it says something") {
                MessageResponse::ListServicesResponse(list) => {
                    Answer::Services(list.service.into_iter().map(|it| it.name).collect())
                }
                MessageResponse::FileDescriptorResponse(files) => {
                    Answer::Files(files.file_descriptor_proto)
                }
                MessageResponse::ErrorResponse(error) => {
                    return Err(Status::new(error.error_code.into(), error.error_message));
                }
                other => panic!("{other:?}"),
            })
        }
    };
}

enum Ask {
    Services,
    Symbol(&'static str),
    File(String),
    Extension(&'static str, i32),
}

#[derive(Debug)]
enum Answer {
    Services(Vec<String>),
    Files(Vec<Vec<u8>>),
}

asker!(ask_v1, v1);
asker!(ask_v1alpha, v1alpha);

/// As they came, with the options that no generated type knows.
fn files(answer: Result<Answer, Status>) -> Vec<Vec<u8>> {
    let Ok(Answer::Files(files)) = answer else {
        panic!("{answer:?}")
    };
    files
}

fn file(bytes: &[u8]) -> FileDescriptorProto {
    FileDescriptorProto::decode(bytes).expect("a file")
}

/// What a client knows that knows nothing but a symbol.
async fn pool(server: &Server, symbol: &'static str) -> DescriptorPool {
    let mut files = files(ask_v1(server, Ask::Symbol(symbol)).await);
    let mut seen: BTreeSet<String> = files
        .iter()
        .map(|bytes| file(bytes).name().into())
        .collect();
    let mut at = 0;
    while at < files.len() {
        for name in file(&files[at]).dependency {
            if seen.insert(name.clone()) {
                files.extend(self::files(ask_v1(server, Ask::File(name)).await));
            }
        }
        at += 1;
    }
    // A set of files has each as its first field.
    let mut set = Vec::new();
    for file in &files {
        prost::encoding::bytes::encode(1, file, &mut set);
    }
    let mut pool = DescriptorPool::new();
    pool.decode_file_descriptor_set(&*set)
        .expect("they belong together");
    pool
}

#[tokio::test]
async fn s46_both_versions_list_every_service() {
    let server = Server::start().await;
    for answer in [
        ask_v1(&server, Ask::Services).await,
        ask_v1alpha(&server, Ask::Services).await,
    ] {
        let Ok(Answer::Services(mut services)) = answer else {
            panic!("{answer:?}")
        };
        services.sort();
        assert_eq!(services, SERVICES);
    }
}

#[tokio::test]
async fn s46_every_service_method_message_and_field_is_described_in_words() {
    let server = Server::start().await;
    for symbol in SERVICES.iter().filter(|name| name.starts_with("entente")) {
        let v1 = files(ask_v1(&server, Ask::Symbol(symbol)).await);
        let v1alpha = files(ask_v1alpha(&server, Ask::Symbol(symbol)).await);
        assert_eq!(v1, v1alpha);
        let file = v1
            .iter()
            .map(|bytes| file(bytes))
            .find(|file| file.package() == "entente.v1")
            .expect("its file");
        let info = file
            .source_code_info
            .as_ref()
            .expect("the file comes with its comments");
        let described: BTreeSet<&[i32]> = info
            .location
            .iter()
            .filter(|location| !location.leading_comments().trim().is_empty())
            .map(|location| location.path.as_slice())
            .collect();
        let needs = |path: &[i32]| assert!(described.contains(path), "{symbol}: {path:?}");
        for (at, service) in (0..).zip(&file.service) {
            needs(&[6, at]);
            (0..)
                .zip(&service.method)
                .for_each(|(method, _)| needs(&[6, at, 2, method]));
        }
        for (at, message) in (0..).zip(&file.message_type) {
            needs(&[4, at]);
            (0..)
                .zip(&message.field)
                .for_each(|(field, _)| needs(&[4, at, 2, field]));
        }
    }
}

#[tokio::test]
async fn s46_a_call_can_be_made_from_what_reflection_tells() {
    let server = Server::start().await;
    server.publish(event("a")).await;
    let pool = pool(&server, "entente.v1.EventService").await;
    let service = pool
        .get_service_by_name("entente.v1.EventService")
        .expect("it was told");
    let method = service
        .methods()
        .find(|method| method.name() == "GetEvent")
        .expect("a method");
    let json = r#"{"name": "events/a"}"#;
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let request = DynamicMessage::deserialize(method.input(), &mut deserializer).expect("JSON");
    let path = "/entente.v1.EventService/GetEvent";
    let answer = call_raw(server.channel(), path, request.encode_to_vec().into()).await;
    let answer = DynamicMessage::decode(method.output(), answer.expect("an answer"));
    let answer = serde_json::to_value(answer.expect("it is of its type")).expect("JSON");
    assert_eq!(answer["event"]["title"], "Title of a");
    assert_eq!(answer["event"]["kind"], "KIND_MEETING");
}

#[tokio::test]
async fn s14_two_places_to_begin_at_are_refused_by_every_client_of_reflection() {
    let server = Server::start().await;
    let pool = pool(&server, "entente.v1.EventService").await;
    let request = pool
        .get_message_by_name("entente.v1.WatchEventsRequest")
        .expect("it was told");
    for json in [
        r#"{"afterPosition": "1", "start": "START_LATEST"}"#,
        r#"{"stopCount": 1, "stopPosition": "2"}"#,
        r#"{"start": "START_SOMEWHERE"}"#,
    ] {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        DynamicMessage::deserialize(request.clone(), &mut deserializer).expect_err(json);
    }
}

/// What clients may write stands in the protos, for clients too.
#[tokio::test]
async fn options_of_fields_can_be_read_with_reflection() {
    let server = Server::start().await;
    let pool = pool(&server, "entente.v1.EventService").await;
    let behavior = pool
        .get_extension_by_name("google.api.field_behavior")
        .expect("the protos import it");
    let event = pool
        .get_message_by_name("entente.v1.Event")
        .expect("it was told");
    for (name, told) in [("position", 3), ("title", 2), ("name", 8)] {
        let field = event.get_field_by_name(name).expect("a field");
        let options = field.options();
        let expected = Value::List(vec![Value::EnumNumber(told)]);
        assert_eq!(*options.get_extension(&behavior), expected, "{name}");
    }
    let field = event.get_field_by_name("summary").expect("a field");
    assert!(!field.options().has_extension(&behavior));
    let extended = "google.protobuf.FieldOptions";
    let number = i32::try_from(behavior.number()).expect("a field number");
    let found = files(ask_v1(&server, Ask::Extension(extended, number)).await);
    assert_eq!(file(&found[0]).name(), "google/api/field_behavior.proto");
}

#[tokio::test]
async fn s47_details_of_errors_can_be_read_with_reflection() {
    let server = Server::start().await;
    for detail in [
        "google.rpc.ErrorInfo",
        "google.rpc.BadRequest",
        "google.rpc.RetryInfo",
        "google.rpc.QuotaFailure",
        "google.rpc.PreconditionFailure",
        "google.rpc.ResourceInfo",
    ] {
        assert!(
            pool(&server, detail)
                .await
                .get_message_by_name(detail)
                .is_some(),
            "{detail}"
        );
    }
    let path = "/entente.v1.EventService/GetEvent";
    let refused = call_raw(server.channel(), path, Default::default())
        .await
        .expect_err("no name");
    let status = pool(&server, "google.rpc.Status").await;
    let status = status
        .get_message_by_name("google.rpc.Status")
        .expect("it was told");
    let status = DynamicMessage::decode(status, refused.details()).expect("details");
    let details = status
        .get_field_by_name("details")
        .expect("a field")
        .into_owned();
    let urls: Vec<String> = details
        .as_list()
        .expect("a list")
        .iter()
        .filter_map(|any| {
            any.as_message()?
                .get_field_by_name("type_url")?
                .as_str()
                .map(Into::into)
        })
        .collect();
    assert!(!urls.is_empty());
    for url in urls {
        let name: &'static str = url.rsplit_once('/').expect("a URL").1.to_owned().leak();
        pool(&server, name).await;
    }
}

#[tokio::test]
async fn a_symbol_that_there_is_not_is_named() {
    let server = Server::start().await;
    let refused = ask_v1(&server, Ask::Symbol("entente.v1.Nothing"))
        .await
        .expect_err("not here");
    assert_eq!(refused.code(), Code::NotFound);
    assert!(
        refused.message().contains("entente.v1.Nothing"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn b11_what_is_not_there_is_an_answer_and_values_are_found() {
    let server = Server::start().await;
    let ask = |symbol: &str| v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(
            v1::server_reflection_request::MessageRequest::FileContainingSymbol(symbol.to_owned()),
        ),
    };
    let asked = [
        "entente.v1.Nothing",
        "entente.v1.KIND_MEETING",
        "entente.v1.Kind.KIND_MEETING",
    ];
    let requests = tokio_stream::iter(asked.map(ask));
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(server.channel());
    let answers = client
        .server_reflection_info(requests)
        .await
        .expect("reflection");
    let mut answers = answers.into_inner();
    let mut next = async || {
        let answer = answers.message().await.expect("the stream goes on");
        answer
            .expect("an answer")
            .message_response
            .expect("it says something")
    };
    use v1::server_reflection_response::MessageResponse;
    match next().await {
        MessageResponse::ErrorResponse(error) => assert_eq!(error.error_code, 5),
        other => panic!("{other:?}"),
    }
    for _ in 0..2 {
        let found = next().await;
        assert!(
            matches!(found, MessageResponse::FileDescriptorResponse(_)),
            "{found:?}"
        );
    }
}
