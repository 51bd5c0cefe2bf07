//! Sockets of the server.

use std::{io, net::SocketAddr};

use thiserror::Error;
use tokio::net::TcpListener;

/// Why a socket cannot be bound, and what to do.
#[derive(Debug, Error)]
#[error("cannot listen on {address}: {}", remedy(source, option))]
pub struct ListenError {
    address: SocketAddr,
    option: &'static str,
    source: io::Error,
}

/// Binds an address that was given with this option. Port 0 takes a free port.
pub(super) async fn bind(
    address: SocketAddr,
    option: &'static str,
) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ListenError {
            address,
            option,
            source,
        })
}

/// Whether the error concerns a single connection, so that accepting can continue at once.
pub(super) fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

/// Describes the error and what to do.
fn remedy(error: &io::Error, option: &str) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "another process does; stop it or choose another address with {option}, port 0 taking \
             any free one"
        ),
        io::ErrorKind::PermissionDenied => format!(
            "not permitted; choose a port of 1024 or above with {option}, or grant the capability \
             CAP_NET_BIND_SERVICE"
        ),
        io::ErrorKind::AddrNotAvailable => {
            format!("this machine has no such address; choose another with {option}")
        }
        _ => format!("{error}; choose another address with {option}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_in_use_is_named_with_the_option_that_changes_it() {
        let first = bind(([127, 0, 0, 1], 0).into(), "--listen")
            .await
            .expect("a free port");
        let address = first.local_addr().expect("bound");
        let error = bind(address, "--listen")
            .await
            .expect_err("in use")
            .to_string();
        assert!(
            error.contains(&address.to_string()) && error.contains("--listen"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn an_address_of_another_machine_is_refused_in_words() {
        let error = bind(([192, 0, 2, 1], 0).into(), "--listen")
            .await
            .expect_err("not ours");
        assert!(error.to_string().contains("no such address"), "{error}");
    }
}
