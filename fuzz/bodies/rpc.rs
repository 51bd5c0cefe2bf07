use bytes::Bytes;
use entente::wire::descriptors;
use prost::Message as _;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::rpc_service;

/// Codes of what should not happen.
const BUGS: [Code; 3] = [Code::Internal, Code::Unknown, Code::DataLoss];

/// Any bytes, sent to any method, are answered, or refused for a reason that is no bug.
///
/// The first line is the full name of a method. What follows is its request: proto JSON when it is
/// that, otherwise bytes.
pub fn rpc(input: &[u8]) {
    let Some((method, request)) = split(input) else {
        return;
    };
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    if let Err(status) = rpc_service::call(&path, message(&method, request)) {
        is_a_reason(&path, &status);
    }
}

fn split(input: &[u8]) -> Option<(MethodDescriptor, &[u8])> {
    let end = input.iter().position(|byte| *byte == b'\n')?;
    let name = super::text(&input[..end])?;
    let (service, name) = name.rsplit_once('/')?;
    let service = descriptors().get_service_by_name(service)?;
    let method = service.methods().find(|method| method.name() == name)?;
    Some((method, &input[end + 1..]))
}

fn message(method: &MethodDescriptor, request: &[u8]) -> Bytes {
    let mut json = serde_json::Deserializer::from_slice(request);
    let read = DynamicMessage::deserialize(method.input(), &mut json);
    match read {
        Ok(message) => message.encode_to_vec().into(),
        Err(_) => Bytes::copy_from_slice(request),
    }
}

fn is_a_reason(path: &str, status: &Status) {
    assert!(!BUGS.contains(&status.code()), "{path}: {status:?}");
    if path.starts_with("/grpc.health.v1.") {
        // Its protocol knows codes alone.
        return;
    }
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.as_str());
    assert!(
        reason.is_some_and(|reason| !reason.is_empty()),
        "{path}: {status:?}"
    );
}
