//! Compiles the protos without a system protoc: messages and clients once, and the server traits
//! once more with the answers that carry stored bytes as [`Encoded`](src/wire/encoded.rs).

use std::{env, error::Error, fs, path::PathBuf};

use prost_types::{FieldDescriptorProto, FileDescriptorSet};
use protox::{
    Compiler,
    prost::Message,
    prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor, Value},
};

/// Answers that the server assembles from stored bytes instead of encoding them anew.
const ENCODED_ANSWERS: [&str; 21] = [
    "GetEventResponse",
    "BatchGetEventsResponse",
    "ListEventsResponse",
    "ListEventRevisionsResponse",
    "SummarizeEventsResponse",
    "WatchEventsResponse",
    "CreateEventResponse",
    "BatchCreateEventsResponse",
    "UpdateEventResponse",
    "RetractEventResponse",
    "RestoreEventResponse",
    "MergeEventsResponse",
    "GetPartnershipResponse",
    "ListPartnershipsResponse",
    "CreatePartnershipResponse",
    "UpdatePartnershipResponse",
    "GetBodyResponse",
    "ListBodiesResponse",
    "CreateBodyResponse",
    "UpdateBodyResponse",
    "ConsumeSubscriptionResponse",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let api = compile(&[
        "entente/v1/event_service.proto",
        "entente/v1/partnership_service.proto",
        "entente/v1/body_service.proto",
        "entente/v1/publisher_service.proto",
        "entente/v1/subscription_service.proto",
        "entente/v1/admin_service.proto",
        "entente/v1/transfer.proto",
        "entente/v1/error_reason.proto",
        "grpc/health/v1/health.proto",
    ])?;
    let store = compile(&[
        "entente/store/v1/record.proto",
        "entente/store/v1/subscription.proto",
    ])?;
    let numbers = [
        numbers(&api, "entente.v1", "v1"),
        numbers(&store, "entente.store.v1", "store"),
    ];
    fs::write(out.join("numbers.rs"), numbers.concat())?;
    fs::write(out.join("error_reasons.rs"), error_reasons(&api)?)?;
    let fields = [
        content_fields(&api, "Event", "EVENT_FIELDS")?,
        content_fields(&api, "Partnership", "PARTNERSHIP_FIELDS")?,
        content_fields(&api, "Body", "BODY_FIELDS")?,
    ];
    fs::write(out.join("content_fields.rs"), fields.concat())?;
    // As it was compiled: the types below know no options, which reflection serves too.
    fs::write(out.join("entente.bin"), api.encode_file_descriptor_set())?;
    let (api, store) = (types(&api)?, types(&store)?);

    // Full names of messages, by which descriptors are found.
    let mut named = tonic_prost_build::Config::new();
    named.enable_type_names();
    tonic_prost_build::configure()
        .build_server(false)
        // Ordered maps, so that equal messages have equal bytes.
        .btree_map(".")
        .bytes(".entente.v1.ExportRecords")
        .bytes(".entente.v1.ExportSubscriptions")
        .compile_fds_with_config(without(&api, "grpc.health.v1"), named)?;
    tonic_prost_build::configure()
        .btree_map(".")
        .compile_fds(without(&api, "entente.v1"))?;
    tonic_prost_build::configure()
        .bytes(".entente.store.v1")
        .compile_fds(store)?;
    let api = without(&api, "grpc.health.v1");
    fs::write(out.join("requests.rs"), requests(&api))?;
    server_traits(api, out.join("server"))
}

/// The oneofs of every request, which its codec reads.
fn requests(set: &FileDescriptorSet) -> String {
    let mut requests = String::new();
    let messages = set.file.iter().flat_map(|file| &file.message_type);
    for message in messages.filter(|message| message.name().ends_with("Request")) {
        let mut oneofs = String::new();
        for (index, oneof) in (0..).zip(&message.oneof_decl) {
            let fields = message.field.iter();
            // An optional field is a oneof of its own, and no choice.
            let fields =
                fields.filter(|field| field.oneof_index == Some(index) && !field.proto3_optional());
            let numbers: Vec<i32> = fields.map(FieldDescriptorProto::number).collect();
            if !numbers.is_empty() {
                oneofs += &format!("({:?}, &{numbers:?}), ", oneof.name());
            }
        }
        requests += &format!(
            "impl Request for crate::proto::v1::{} {{ const ONEOFS: &'static [Oneof] = &[{oneofs}]; }}\n",
            message.name()
        );
    }
    requests
}

/// Descriptors with comments, which reflection serves.
fn compile(files: &[&str]) -> Result<Compiler, Box<dyn Error>> {
    let mut compiler = Compiler::new(["proto"])?;
    compiler
        .include_source_info(true)
        .include_imports(true)
        .open_files(files)?;
    Ok(compiler)
}

fn types(compiled: &Compiler) -> Result<FileDescriptorSet, Box<dyn Error>> {
    let set = compiled.encode_file_descriptor_set();
    let mut set = FileDescriptorSet::decode(&*set)?;
    set.file.retain(|file| file.package() != "google.api");
    Ok(set)
}

/// The number of every field of a package, by message and name.
fn numbers(compiled: &Compiler, package: &str, module: &str) -> String {
    let pool: DescriptorPool = compiled.descriptor_pool();
    let of_message = |message: MessageDescriptor| {
        let name = message.full_name()[package.len() + 1..].replace('.', "_");
        let numbers: String = message
            .fields()
            .map(|field| {
                let (name, number) = (field.name().to_uppercase(), field.number());
                format!("pub const {name}: u32 = {number};\n")
            })
            .collect();
        format!("pub mod {} {{\n{numbers}}}\n", snake_case(&name))
    };
    let messages = pool
        .all_messages()
        .filter(|message| message.package_name() == package && !message.is_map_entry());
    let messages: String = messages.map(of_message).collect();
    format!("pub mod {module} {{\n{messages}}}\n")
}

/// The names of the fields of a resource that clients write.
fn content_fields(
    compiled: &Compiler,
    message: &str,
    list: &str,
) -> Result<String, Box<dyn Error>> {
    let pool = compiled.descriptor_pool();
    let message = pool.get_message_by_name(&format!("entente.v1.{message}"));
    let behavior = pool.get_extension_by_name("google.api.field_behavior");
    let (message, behavior) = message.zip(behavior).ok_or("a proto is missing")?;
    let kind = behavior.kind();
    let words = kind.as_enum().ok_or("field_behavior is an enum")?;
    let not_written = ["OUTPUT_ONLY", "IDENTIFIER"].map(|word| words.get_value_by_name(word));
    let is_content = |field: &FieldDescriptor| {
        let options = field.options();
        let Value::List(behaviors) = &*options.get_extension(&behavior) else {
            return true;
        };
        let numbers = behaviors.iter().filter_map(Value::as_enum_number);
        !numbers
            .into_iter()
            .any(|number| not_written.contains(&words.get_value(number)))
    };
    let names = message.fields().filter(is_content);
    let names: Vec<String> = names.map(|field| field.name().to_owned()).collect();
    Ok(format!(
        "/// The fields that a publisher writes, as the proto says.\npub const {list}: &[&str] = &{names:?};\n"
    ))
}

/// Error reasons as they stand in `google.rpc.ErrorInfo`: their names without what all of them have in
/// common.
fn error_reasons(compiled: &Compiler) -> Result<String, Box<dyn Error>> {
    let reasons = compiled
        .descriptor_pool()
        .get_enum_by_name("entente.v1.ErrorReason")
        .ok_or("there is no ErrorReason")?;
    let (mut texts, mut reasons_by_text) = (String::new(), String::new());
    for value in reasons.values() {
        let name = value.name();
        let text = name.strip_prefix("ERROR_REASON_").ok_or(name)?;
        let variant = camel_case(text);
        texts += &format!("Self::{variant} => {text:?},\n");
        reasons_by_text += &format!("{text:?} => Self::{variant},\n");
    }
    Ok(format!(
        "impl super::v1::ErrorReason {{
            /// As it stands in `google.rpc.ErrorInfo`.
            pub fn as_text(self) -> &'static str {{ match self {{ {texts} }} }}
            /// The reason that stands so in `google.rpc.ErrorInfo`; unspecified when it is none of these.
            pub fn from_text(text: &str) -> Self {{
                match text {{ {reasons_by_text} _ => Self::Unspecified }}
            }}
        }}"
    ))
}

fn camel_case(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{first}{}", rest.to_lowercase())
    });
    words.collect()
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

fn without(set: &FileDescriptorSet, package: &str) -> FileDescriptorSet {
    let mut set = set.clone();
    set.file.retain(|file| file.package() != package);
    set
}

/// Requests that the server keeps in a box: they are larger than a kilobyte and move from future to future.
const BOXED_REQUESTS: [&str; 2] = ["CreateEventRequest", "UpdateEventRequest"];

fn server_traits(set: FileDescriptorSet, out: PathBuf) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(&out)?;
    let mut builder = tonic_prost_build::configure()
        .build_client(false)
        .codec_path("crate::wire::RequestCodec")
        .out_dir(out)
        .extern_path(".entente.v1", "crate::proto::v1");
    for answer in ENCODED_ANSWERS {
        builder = builder.extern_path(format!(".entente.v1.{answer}"), "crate::wire::Encoded");
    }
    for request in BOXED_REQUESTS {
        let boxed = format!("crate::wire::Boxed{request}");
        builder = builder.extern_path(format!(".entente.v1.{request}"), boxed);
    }
    Ok(builder.compile_fds(set)?)
}
