//! Compiles the protos without a system protoc: messages and clients once, and the server traits
//! once more with the answers that carry stored bytes as [`Encoded`](src/wire/encoded.rs).

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;
use prost_types::{FieldDescriptorProto, FileDescriptorSet};
use protox::Compiler;

/// Answers that the server assembles from stored bytes instead of encoding them anew.
const ENCODED_ANSWERS: [&str; 17] = [
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
    "ConsumeSubscriptionResponse",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let api = compile(&[
        "entente/v1/event_service.proto",
        "entente/v1/partnership_service.proto",
        "entente/v1/publisher_service.proto",
        "entente/v1/subscription_service.proto",
        "entente/v1/admin_service.proto",
        "entente/v1/transfer.proto",
        "grpc/health/v1/health.proto",
    ])?;
    let store = compile(&[
        "entente/store/v1/record.proto",
        "entente/store/v1/subscription.proto",
    ])?;
    fs::write(out.join("entente.bin"), api.encode_to_vec())?;

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
fn compile(files: &[&str]) -> Result<FileDescriptorSet, Box<dyn Error>> {
    let mut compiler = Compiler::new(["proto"])?;
    compiler
        .include_source_info(true)
        .include_imports(true)
        .open_files(files)?;
    Ok(compiler.file_descriptor_set())
}

fn without(set: &FileDescriptorSet, package: &str) -> FileDescriptorSet {
    let mut set = set.clone();
    set.file.retain(|file| file.package() != package);
    set
}

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
    Ok(builder.compile_fds(set)?)
}
