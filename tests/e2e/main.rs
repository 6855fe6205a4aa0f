//! The binary as a user runs it.

mod bad_input;
mod cache;
mod example;
mod faults;
#[path = "../guests/mod.rs"]
mod guests;
mod interrupt;
mod readme;
mod reports;
mod selection;
mod workspace;
