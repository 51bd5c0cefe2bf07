use crate::{
    command::{Command, Context, Frames, Method, access::Access},
    feed::{Frame, FrameCodec, WatchRequest},
    rejection::Rejection,
};

/// Follows the log.
#[derive(Debug)]
pub(crate) struct WatchEvents<C> {
    /// The client is filled in from the context.
    pub request: WatchRequest,
    pub codec: C,
}

impl<C: FrameCodec<Frame>> Command for WatchEvents<C> {
    const METHOD: Method = Method::WatchEvents;

    type Answer = Frames<C::Item>;

    async fn run(
        mut self,
        access: Access<'_, Self>,
        context: &Context,
    ) -> Result<Frames<C::Item>, Rejection> {
        context.introduce(&mut self.request.client);
        let frames = access.feed().watch(self.request, self.codec).await?;
        Ok(Box::pin(frames))
    }
}
