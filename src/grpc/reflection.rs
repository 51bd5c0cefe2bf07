//! The gRPC reflection protocol, versions v1 and v1alpha, which differ in nothing but their package.
//!
//! A missing symbol is an answer, and the stream continues: a client asks many questions on one stream, and
//! some may be about symbols that do not exist.

use std::{
    collections::{BTreeMap, HashMap},
    pin::Pin,
    sync::Arc,
};

use prost::Message;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto};
use tokio_stream::Stream;
use tonic::{Code, Request, Response, Status, Streaming, async_trait};
use tonic_reflection::pb::{v1, v1alpha};

/// Length of the requested name that an answer repeats.
const NAME_SHOWN_LEN_MAX: usize = 100;

/// Answers with these descriptors. Clones share them.
#[derive(Clone, Debug)]
pub struct Reflection(Arc<Described>);

#[derive(Debug, Default)]
struct Described {
    services: Vec<String>,
    /// Files by name, and by the full names of all that is declared in them.
    files: HashMap<String, Arc<[u8]>>,
    symbols: HashMap<String, Arc<[u8]>>,
    /// Files by the message that they extend and the number of the extension.
    extensions: BTreeMap<(String, i32), Arc<[u8]>>,
}

/// A set of files as the build encoded it, with the options that no generated type knows.
#[derive(Clone, PartialEq, Message)]
struct EncodedSet {
    #[prost(bytes = "vec", repeated, tag = "1")]
    file: Vec<Vec<u8>>,
}

/// What a client asks for, in both versions.
enum Question {
    Services,
    File(String),
    Symbol(String),
    Extension(String, i32),
    ExtensionsOf(String),
    Nothing,
}

enum Answer {
    Services(Vec<String>),
    File(Vec<u8>),
    ExtensionsOf(String, Vec<i32>),
    Error(Code, String),
}

impl Reflection {
    /// Describes what these encoded descriptor sets have, which the build made.
    pub fn new(sets: &[&[u8]]) -> Reflection {
        let mut described = Described::default();
        for set in sets {
            let set = EncodedSet::decode(*set).expect("descriptors are made by the build");
            set.file.into_iter().for_each(|file| described.add(file));
        }
        described.services.sort();
        described.services.dedup();
        Reflection(Arc::new(described))
    }

    /// The service in version v1.
    pub fn v1(&self) -> v1::server_reflection_server::ServerReflectionServer<Reflection> {
        v1::server_reflection_server::ServerReflectionServer::new(self.clone())
    }

    /// The service in version v1alpha, which older clients ask.
    pub fn v1alpha(&self) -> v1alpha::server_reflection_server::ServerReflectionServer<Reflection> {
        v1alpha::server_reflection_server::ServerReflectionServer::new(self.clone())
    }
}

impl Described {
    fn add(&mut self, bytes: Vec<u8>) {
        let file = FileDescriptorProto::decode(&*bytes).expect("a file of the set");
        let bytes: Arc<[u8]> = bytes.into();
        if self
            .files
            .insert(file.name().to_owned(), bytes.clone())
            .is_some()
        {
            return;
        }
        let mut symbols = Vec::new();
        let package = file.package();
        for message in &file.message_type {
            symbols_of_message(package, message, &mut symbols);
        }
        for values in &file.enum_type {
            symbols_of_enum(package, values, &mut symbols);
        }
        for service in &file.service {
            let name = within(package, service.name());
            symbols.extend(
                service
                    .method
                    .iter()
                    .map(|method| within(&name, method.name())),
            );
            self.services.push(name.clone());
            symbols.push(name);
        }
        for extension in &file.extension {
            symbols.push(within(package, extension.name()));
            let extended = extension.extendee().trim_start_matches('.').to_owned();
            let key = (extended, extension.number());
            self.extensions.insert(key, bytes.clone());
        }
        let symbols = symbols.into_iter().map(|symbol| (symbol, bytes.clone()));
        self.symbols.extend(symbols);
    }

    fn answer(&self, question: Question) -> Answer {
        match question {
            Question::Services => Answer::Services(self.services.clone()),
            Question::File(name) => found(self.files.get(&name), "file", &name),
            Question::Symbol(name) => found(self.symbols.get(&name), "symbol", &name),
            Question::Extension(name, number) => {
                let file = self.extensions.get(&(name.clone(), number));
                found(file, "extension of", &name)
            }
            Question::ExtensionsOf(name) if self.symbols.contains_key(&name) => {
                let extensions = self.extensions.keys();
                let numbers = extensions
                    .filter(|(extended, _)| *extended == name)
                    .map(|(_, number)| *number);
                Answer::ExtensionsOf(name.clone(), numbers.collect())
            }
            Question::ExtensionsOf(name) => not_found("message", &name),
            Question::Nothing => {
                let message = "the request asks for nothing; set one of its fields";
                Answer::Error(Code::InvalidArgument, message.to_owned())
            }
        }
    }
}

fn symbols_of_message(scope: &str, message: &DescriptorProto, symbols: &mut Vec<String>) {
    let name = within(scope, message.name());
    symbols.extend(
        message
            .field
            .iter()
            .map(|field| within(&name, field.name())),
    );
    symbols.extend(
        message
            .oneof_decl
            .iter()
            .map(|oneof| within(&name, oneof.name())),
    );
    for nested in &message.nested_type {
        symbols_of_message(&name, nested, symbols);
    }
    for values in &message.enum_type {
        symbols_of_enum(&name, values, symbols);
    }
    symbols.push(name);
}

/// The full name of a value is that of a sibling of its enum. Some clients put the enum before it.
fn symbols_of_enum(scope: &str, values: &EnumDescriptorProto, symbols: &mut Vec<String>) {
    let name = within(scope, values.name());
    for value in &values.value {
        symbols.extend([within(scope, value.name()), within(&name, value.name())]);
    }
    symbols.push(name);
}

fn within(scope: &str, name: &str) -> String {
    match scope {
        "" => name.to_owned(),
        scope => format!("{scope}.{name}"),
    }
}

fn found(file: Option<&Arc<[u8]>>, what: &str, name: &str) -> Answer {
    match file {
        Some(file) => Answer::File(file.to_vec()),
        None => not_found(what, name),
    }
}

fn not_found(what: &str, name: &str) -> Answer {
    let shown: String = name.chars().take(NAME_SHOWN_LEN_MAX).collect();
    Answer::Error(Code::NotFound, format!("there is no {what} {shown:?} here"))
}

/// Both versions have these types under the same names.
macro_rules! version {
    ($version:ident) => {
        #[async_trait]
        impl $version::server_reflection_server::ServerReflection for Reflection {
            type ServerReflectionInfoStream = Pin<
                Box<dyn Stream<Item = Result<$version::ServerReflectionResponse, Status>> + Send>,
            >;

            async fn server_reflection_info(
                &self,
                request: Request<Streaming<$version::ServerReflectionRequest>>,
            ) -> Result<Response<Self::ServerReflectionInfoStream>, Status> {
                use $version::{
                    ErrorResponse, ExtensionNumberResponse, FileDescriptorResponse,
                    ListServiceResponse, ServerReflectionResponse, ServiceResponse,
                    server_reflection_request::MessageRequest,
                    server_reflection_response::MessageResponse,
                };
                let described = self.0.clone();
                let mut requests = request.into_inner();
                Ok(Response::new(Box::pin(async_stream::stream! {
                    // Nobody needs to know about a stream that ends early.
                    while let Ok(Some(request)) = requests.message().await {
                        let question = match request.message_request.clone() {
                            None => Question::Nothing,
                            Some(MessageRequest::ListServices(_)) => Question::Services,
                            Some(MessageRequest::FileByFilename(name)) => Question::File(name),
                            Some(MessageRequest::FileContainingSymbol(name)) => {
                                Question::Symbol(name)
                            }
                            Some(MessageRequest::FileContainingExtension(asked)) => {
                                Question::Extension(asked.containing_type, asked.extension_number)
                            }
                            Some(MessageRequest::AllExtensionNumbersOfType(name)) => {
                                Question::ExtensionsOf(name)
                            }
                        };
                        let answer = match described.answer(question) {
                            Answer::Services(names) => {
                                let service = |name| ServiceResponse { name };
                                let service = names.into_iter().map(service).collect();
                                MessageResponse::ListServicesResponse(ListServiceResponse { service })
                            }
                            Answer::File(file) => {
                                let file_descriptor_proto = vec![file];
                                MessageResponse::FileDescriptorResponse(FileDescriptorResponse {
                                    file_descriptor_proto,
                                })
                            }
                            Answer::ExtensionsOf(base_type_name, extension_number) => {
                                MessageResponse::AllExtensionNumbersResponse(
                                    ExtensionNumberResponse {
                                        base_type_name,
                                        extension_number,
                                    },
                                )
                            }
                            Answer::Error(code, error_message) => {
                                MessageResponse::ErrorResponse(ErrorResponse {
                                    error_code: code.into(),
                                    error_message,
                                })
                            }
                        };
                        yield Ok(ServerReflectionResponse {
                            valid_host: request.host.clone(),
                            original_request: Some(request),
                            message_response: Some(answer),
                        });
                    }
                })))
            }
        }
    };
}

version!(v1);
version!(v1alpha);
