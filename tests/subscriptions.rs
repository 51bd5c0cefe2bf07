//! Durable subscriptions against real server processes: S40, S41, and what their proto promises.

#[allow(dead_code, unused_imports, reason = "other tests need the rest of it")]
mod harness;

#[path = "subscriptions/bad_input.rs"]
mod bad_input;
#[path = "subscriptions/consumer.rs"]
mod consumer;
#[path = "subscriptions/consuming.rs"]
mod consuming;
#[path = "subscriptions/cursors.rs"]
mod cursors;
#[path = "subscriptions/program.rs"]
mod program;
