use super::{access::Access, context::Context, method::Method};
use crate::rejection::Rejection;

/// A parsed request of one method. Everything that can be checked without the store has been checked.
pub(crate) trait Command: Send + Sized {
    const METHOD: Method;

    type Answer: Send;

    /// Executes the command. Only [`Commands::execute`](super::Commands::execute) can call this, because
    /// nothing else creates an [`Access`].
    fn run(
        self,
        access: Access<'_, Self>,
        context: &Context,
    ) -> impl Future<Output = Result<Self::Answer, Rejection>> + Send;
}
