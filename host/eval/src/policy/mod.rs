//! The host's policy: how much a suite may ask for, whoever wrote it.
//!
//! A suite says what an evaluation needs; a policy says what it may have at most. Policies are found in five places
//! ([`Origin`]), and **all that are found apply together**: the strictest of each wins, so that a policy can only take
//! away from what the others leave. That is why a policy in a checkout, which a pull request can change, raises nothing.
//!
//! ```text
//! find ─► Policies ─► allows_suite(path), before anything of it is read
//!            │  ├───► enforce(suite): every place of the suite that goes beyond one, beside the line that says so
//!            │  └───► allows_plugin(component), before anything looks into it
//!            └─► compile_limits, stamps for the record, Effective for people
//! ```
//!
//! A policy is read as strictly as a suite. One that is found and cannot be read, or asks for what this Scorebox cannot
//! check, ends the command: nothing goes ahead for want of a policy that was meant to be there.

mod effective;
mod enforce;
mod find;
mod model;
mod models;
mod parse;
mod reach;
mod schema;
mod signatures;

#[cfg(test)]
mod tests;

pub use effective::{Effective, Line};
pub use enforce::Forbidden;
pub use find::Places;
pub use model::{Origin, Policies, Policy};
pub use schema::json_schema;
