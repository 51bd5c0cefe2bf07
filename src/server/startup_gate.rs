//! Switches the routes once the store is open.

use std::{
    convert::Infallible,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use http::{Request, Response};
use tonic::{body::Body, service::Routes};
use tower::Service;

/// Answers with one set of routes until another one is set, once. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct StartupGate {
    routes: Arc<(Routes, OnceLock<Routes>)>,
}

impl StartupGate {
    /// Answers with these until [`StartupGate::open`].
    pub(super) fn closed(routes: Routes) -> Self {
        Self {
            routes: Arc::new((routes, OnceLock::new())),
        }
    }

    /// Answers with these from now on. Once open, it stays as it is.
    pub(super) fn open(&self, routes: Routes) {
        let first = self.routes.1.set(routes).is_ok();
        debug_assert!(first, "a gate opens once");
    }

    fn current(&self) -> &Routes {
        let (closed, open) = self.routes.as_ref();
        open.get().unwrap_or(closed)
    }
}

impl Service<Request<Body>> for StartupGate {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = <Routes as Service<Request<Body>>>::Future;

    /// Routes are always ready.
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.current().clone().call(request)
    }
}
