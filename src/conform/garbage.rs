//! D12: malformed bytes.

use bytes::Bytes;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use tonic::Code;

use super::{
    frame::answer_of,
    outcome::{CheckResult, Stop, broken, describe, ensure},
    raw,
    target::Target,
};

const METHODS: [&str; 7] = [
    "/entente.v1.EventService/GetEvent",
    "/entente.v1.EventService/ListEvents",
    "/entente.v1.EventService/WatchEvents",
    "/entente.v1.PartnershipService/ListPartnerships",
    "/entente.v1.BodyService/CreateBody",
    "/entente.v1.PublisherService/CreateEvent",
    "/entente.v1.AdminService/ListWatches",
];

/// Malformed messages: a field without its value, an overlong number, a length beyond the end.
const GARBAGE: [&[u8]; 3] = [&[0x08], &[0xff; 16], &[0x0a, 0xff, 0xff, 0x03, 0x61]];

pub(super) async fn d12_bytes_that_are_no_request_do_no_harm(target: &Target) -> CheckResult {
    for method in METHODS {
        for garbage in GARBAGE {
            let call = raw::call(target.channel(), method, Bytes::from_static(garbage));
            let Err(status) = answer_of(method, call).await? else {
                return broken(format!("{method} accepted a malformed request"));
            };
            let status = target.check_refusal(status);
            ensure(status.code() == Code::InvalidArgument, || {
                format!(
                    "{method} refuses a malformed request with {}",
                    describe(&status)
                )
            })?;
        }
    }
    send_to_the_port(target).await?;
    target.info().await?;
    Ok(format!(
        "{} methods and the port itself; the server answers on",
        METHODS.len()
    ))
}

/// Sends bytes that are not even HTTP/2.
async fn send_to_the_port(target: &Target) -> Result<(), Stop> {
    let Some(address) = target.host_and_port() else {
        return Ok(());
    };
    for garbage in [&[0u8; 64][..], b"GET / HTTP/1.1\r\n\r\n", &[0xff; 300]] {
        let connected = answer_of("a connection", TcpStream::connect(&address)).await?;
        let Ok(mut stream) = connected else {
            return broken("the port accepts no connections");
        };
        // The server may close the connection at once, which is fine too.
        let _ = stream.write_all(garbage).await;
    }
    Ok(())
}
