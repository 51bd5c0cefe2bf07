use std::{borrow::Cow, net::SocketAddr};

use tokio::time::Instant;

use crate::feed::{ANONYMOUS, Client};

/// Who requests a command, and how long they wait for it.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub principal: Principal,
    /// Their network address; `None` for the program itself.
    pub peer: Option<SocketAddr>,
    /// The deadline, if there is one.
    pub answer_by: Option<Instant>,
}

/// The identity of a caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Principal(Cow<'static, str>);

impl Principal {
    /// A caller without an identity.
    pub(crate) const ANONYMOUS: Principal = Principal(Cow::Borrowed(ANONYMOUS));

    /// A caller with a name.
    pub(crate) fn named(name: impl Into<Cow<'static, str>>) -> Principal {
        Principal(name.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Context {
    /// The context of a part of the program, which has a name and no deadline.
    pub(crate) fn within(principal: Principal) -> Context {
        Context {
            principal,
            peer: None,
            answer_by: None,
        }
    }

    /// Fills in a client's identity and address.
    pub(super) fn introduce(&self, client: &mut Client) {
        client.principal = self.principal.as_str().to_owned();
        client.peer = self.peer.map(|peer| peer.to_string()).unwrap_or_default();
    }
}
