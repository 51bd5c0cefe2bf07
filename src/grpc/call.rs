//! How a call is served: its request is parsed into a command, which is executed.

use tonic::Request;

use super::time_left;
use crate::{
    command::{Command, Commands, Context, Principal},
    rejection::Rejection,
};

/// Parses a request and executes the command.
pub(super) fn call<C, M>(
    commands: &Commands,
    request: Request<M>,
) -> impl Future<Output = Result<C::Answer, Rejection>>
where
    C: Command + TryFrom<M, Error = Rejection>,
{
    // Outside the future, which would otherwise keep space for the request too.
    let context = context(&request);
    let command = C::try_from(request.into_inner());
    async move { commands.execute(command?, &context).await }
}

/// The context of a call. Clients are anonymous.
pub(super) fn context<M>(request: &Request<M>) -> Context {
    Context {
        principal: Principal::ANONYMOUS,
        peer: request.remote_addr(),
        answer_by: time_left::answer_by(),
    }
}
