//! The binary as a user runs it.

mod bad_input;
mod cache;
mod example;
mod faults;
mod interrupt;
mod readme;
mod reports;
mod selection;
mod workspace;
