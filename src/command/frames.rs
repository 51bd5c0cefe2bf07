use std::pin::Pin;

use tokio_stream::Stream;

use crate::feed::Ended;

/// Encoded frames of a stream. Unless the stream ends as its client wanted, the reason is the last item.
pub(crate) type Frames<I> = Pin<Box<dyn Stream<Item = Result<I, Ended>> + Send>>;
