//! Every method of every service, and what the program asks of itself, passes one gate.

use std::{fs, path::Path, time::Duration};

use bytes::Bytes;
use entente::wire::descriptors;
use prost::Message as _;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use tokio::time::timeout;
use tonic::Request;

use crate::harness::{Server, stream_raw};

const COMMANDS: &str = "--log-filter=warn,entente::command=debug";

/// Calls that wait for something to come have passed the gate long before.
const ANSWERED: Duration = Duration::from_secs(2);

/// A request of each method that can be read, among those that are sent to find faults.
fn requests() -> Vec<(MethodDescriptor, Bytes)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/rpc");
    let files = fs::read_dir(corpus).expect("the requests");
    files
        .filter_map(|file| {
            let text = fs::read_to_string(file.expect("a request").path()).ok()?;
            let (method, request) = text.split_once('\n')?;
            let (service, method) = method.rsplit_once('/')?;
            let service = descriptors().get_service_by_name(service)?;
            let method = service.methods().find(|it| it.name() == method)?;
            let mut json = serde_json::Deserializer::from_str(request);
            let message = DynamicMessage::deserialize(method.input(), &mut json).ok()?;
            Some((method, message.encode_to_vec().into()))
        })
        .collect()
}

#[tokio::test]
async fn every_method_of_every_service_passes_the_gate() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let log = home.path().join("log");
    let mut server = Server::start_logging_to(&log, &["--demo", COMMANDS]).await;
    for (method, request) in requests() {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let call = async {
            let answer = stream_raw(server.channel(), &path, Request::new(request)).await;
            if let Ok(mut messages) = answer {
                let _ = messages.message().await;
            }
        };
        // Refusals are commands too.
        let _ = timeout(ANSWERED, call).await;
    }
    server.terminate();
    assert!(server.ended().await.success());
    let log = fs::read_to_string(log).expect("the log");
    let services = descriptors().services();
    for service in services.filter(|service| service.package_name() == "entente.v1") {
        for method in service.methods() {
            let line = format!("method={:?} principal=\"anonymous\"", method.name());
            assert!(log.contains(&line), "no {line} in {log}");
        }
    }
    let import = "method=\"CreateEvent\" principal=\"starting-data\"";
    assert!(log.contains(import), "no {import} in {log}");
}
