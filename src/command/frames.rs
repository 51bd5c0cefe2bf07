use std::pin::Pin;

use tokio_stream::Stream;

use crate::feed::Ended;

/// Encoded frames of a stream; its end, unless that is as its client wanted, is the last item.
pub(crate) type Frames<I> = Pin<Box<dyn Stream<Item = Result<I, Ended>> + Send>>;
