use super::{access::Access, context::Context, method::Method};
use crate::rejection::Rejection;

/// A request of one method that was read: everything in it that can be refused without looking at the
/// store was looked at.
pub(crate) trait Command: Send + Sized {
    const METHOD: Method;

    type Answer: Send;

    /// Carries it out. Only [`Commands::execute`](super::Commands::execute) can, as nothing else gives
    /// access.
    fn run(
        self,
        access: Access<'_, Self>,
        context: &Context,
    ) -> impl Future<Output = Result<Self::Answer, Rejection>> + Send;
}
