use std::{borrow::Cow, net::SocketAddr};

use tokio::time::Instant;

use crate::feed::{ANONYMOUS, Client};

/// Who asks for a command, and how long they wait.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub principal: Principal,
    /// Where they are; unknown within the program.
    pub peer: Option<SocketAddr>,
    /// When the answer is to be there, if they do not wait for ever.
    pub answer_by: Option<Instant>,
}

/// Whoever asks for a command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Principal(Cow<'static, str>);

impl Principal {
    /// Who did not say who they are.
    pub(crate) const ANONYMOUS: Principal = Principal(Cow::Borrowed(ANONYMOUS));

    /// Somebody of this name.
    pub(crate) fn named(name: impl Into<Cow<'static, str>>) -> Principal {
        Principal(name.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Context {
    /// Of a part of the program that asks in this name and waits as long as it takes.
    pub(crate) fn within(principal: Principal) -> Context {
        Context {
            principal,
            peer: None,
            answer_by: None,
        }
    }

    /// Says of a client who it is and where.
    pub(super) fn introduce(&self, client: &mut Client) {
        client.principal = self.principal.as_str().to_owned();
        client.peer = self.peer.map(|peer| peer.to_string()).unwrap_or_default();
    }
}
