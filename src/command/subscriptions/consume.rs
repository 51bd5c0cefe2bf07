use crate::{
    command::{Command, Context, Frames, Method, access::Access},
    feed::{ConsumeRequest, Consumed, FrameCodec},
    rejection::Rejection,
    store::Cursor,
};

/// Takes the lease of a subscription and follows the log from its cursor on.
#[derive(Debug)]
pub(crate) struct ConsumeSubscription<F> {
    /// Who consumes is added from the context.
    pub request: ConsumeRequest,
    /// Makes what encodes the frames.
    pub codec: F,
}

impl<C, F> Command for ConsumeSubscription<F>
where
    C: FrameCodec<Consumed>,
    F: FnOnce(&Cursor) -> C + Send + 'static,
{
    const METHOD: Method = Method::ConsumeSubscription;

    type Answer = Frames<C::Item>;

    async fn run(
        mut self,
        access: Access<'_, Self>,
        context: &Context,
    ) -> Result<Frames<C::Item>, Rejection> {
        context.introduce(&mut self.request.client);
        let frames = access.feed().consume(self.request, self.codec).await?;
        Ok(Box::pin(frames))
    }
}
