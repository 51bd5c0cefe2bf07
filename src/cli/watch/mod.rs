//! `entente watch`: prints changes as they come, and resumes after every interruption.

mod begin;
mod command;
mod follower;
mod line;
mod token_file;

pub(super) use command::Watch;
pub(super) use follower::Follower;
pub(super) use line::line;
