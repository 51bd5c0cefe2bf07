//! Durable subscriptions: S40, S41, and what their proto promises.

mod bad_input;
pub mod consumer;
mod consuming;
mod cursors;
mod namesakes;
mod program;
