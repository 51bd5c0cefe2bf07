//! The guarantees of the service, each a test against real server processes through the public API.
//!
//! Tests that begin with a number such as `s05` are the guarantee of that number. The harness checks
//! some guarantees for every stream that any test opens: frames without a gap (S16), positions that
//! never go back (S17), no progress beyond an undelivered change (S26), one `caught_up` for each
//! catch-up (S27), announced ends (S35) and errors with a reason (S39).

#[path = "../harness/mod.rs"]
mod harness;

mod agreements;
mod backups;
mod bad_fields;
mod bad_requests;
mod bad_writes;
mod batches;
mod bodies;
mod call_bounds;
mod churn;
mod cli;
mod cli_as_of;
mod cli_bodies;
mod cli_corrections;
mod cli_files;
mod cli_known;
mod cli_transfer;
mod cli_watch;
mod cli_words;
mod clocked;
mod clocks;
mod commands;
mod compression;
mod concurrent_writes;
mod conditions;
mod connections;
mod costly_calls;
mod crashes;
mod data_directories;
mod deadlines;
mod demo;
mod drain;
mod elements;
mod endings;
mod error_states;
mod health;
mod known_since;
mod language;
mod lists;
mod logs;
mod merges;
mod operators;
mod page_tokens;
mod partnerships;
mod presence;
mod reads;
mod redactions;
mod references;
mod reflection;
mod refusals_fit;
mod repeated_writes;
mod schedules;
mod scrubbing;
mod search;
mod slow_clients;
mod snapshots;
mod stop_conditions;
mod stores;
mod subscriptions;
mod summaries;
mod verifying;
mod watch_liveness;
mod watch_order;
mod watch_resume;
mod watch_start;
mod writes;
mod writing;
