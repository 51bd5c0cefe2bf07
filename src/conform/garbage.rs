//! D12: bytes that are no request.

use bytes::Bytes;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use tonic::Code;

use super::{
    hearing::soon,
    outcome::{Checked, Stop, broken, ensure, told},
    raw,
    target::Target,
};

const METHODS: [&str; 6] = [
    "/entente.v1.EventService/GetEvent",
    "/entente.v1.EventService/ListEvents",
    "/entente.v1.EventService/WatchEvents",
    "/entente.v1.PartnershipService/ListPartnerships",
    "/entente.v1.PublisherService/CreateEvent",
    "/entente.v1.AdminService/ListWatches",
];

/// No message: a field without its value, an overlong number, a length beyond the end.
const GARBAGE: [&[u8]; 3] = [&[0x08], &[0xff; 16], &[0x0a, 0xff, 0xff, 0x03, 0x61]];

pub(super) async fn d12_bytes_that_are_no_request_do_no_harm(target: &Target) -> Checked {
    for method in METHODS {
        for garbage in GARBAGE {
            let call = raw::call(target.channel(), method, Bytes::from_static(garbage));
            let Err(status) = soon(method, call).await? else {
                return broken(format!("{method} accepted bytes that are no request"));
            };
            let status = target.heard(status);
            ensure(status.code() == Code::InvalidArgument, || {
                format!(
                    "{method} refuses bytes that are no request with {}",
                    told(&status)
                )
            })?;
        }
    }
    onto_the_port(target).await?;
    target.info().await?;
    Ok(format!(
        "{} methods and the port itself; the server answers on",
        METHODS.len()
    ))
}

/// Bytes that are not even HTTP/2.
async fn onto_the_port(target: &Target) -> Result<(), Stop> {
    let Some(address) = target.host_and_port() else {
        return Ok(());
    };
    for garbage in [&[0u8; 64][..], b"GET / HTTP/1.1\r\n\r\n", &[0xff; 300]] {
        let connected = soon("a connection", TcpStream::connect(&address)).await?;
        let Ok(mut stream) = connected else {
            return broken("the port takes no connections");
        };
        // It may be closed at once, which is as good an answer as any.
        let _ = stream.write_all(garbage).await;
    }
    Ok(())
}
