//! The binary as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

mod authoring;
mod bad_input;
mod cache;
mod calibrate;
mod example;
mod faults;
mod flood;
mod grounding;
#[path = "../guests/mod.rs"]
mod guests;
mod interrupt;
mod plugin_test;
mod plugins;
mod policy;
mod privacy;
mod readme;
mod replay;
mod reports;
mod selection;
mod workspace;
