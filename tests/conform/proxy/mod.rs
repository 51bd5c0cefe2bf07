//! A relay of gRPC calls that plants one fault in them, so that a checker can be seen to find it.

mod body;
mod edit;
mod fault;
mod frames;
mod relay;
mod wire;

pub use fault::Fault;
pub use relay::Proxy;
