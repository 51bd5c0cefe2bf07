//! Durable subscriptions: S40, S41, and what their proto promises.

mod bad_input;
mod consumer;
mod consuming;
mod cursors;
mod program;
