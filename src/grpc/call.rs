//! How a call is served: its request is read into a command, which is carried out.

use tonic::Request;

use super::time_left;
use crate::{
    command::{Command, Commands, Context, Principal},
    rejection::Rejection,
};

/// Reads a request and carries it out.
pub(super) fn call<C, M>(
    commands: &Commands,
    request: Request<M>,
) -> impl Future<Output = Result<C::Answer, Rejection>>
where
    C: Command + TryFrom<M, Error = Rejection>,
{
    // Before the future begins, which would have a place for the request as well.
    let context = context(&request);
    let command = C::try_from(request.into_inner());
    async move { commands.execute(command?, &context).await }
}

/// Who makes a call. Clients are not asked who they are.
pub(super) fn context<M>(request: &Request<M>) -> Context {
    Context {
        principal: Principal::ANONYMOUS,
        peer: request.remote_addr(),
        answer_by: time_left::answer_by(),
    }
}
