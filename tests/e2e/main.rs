//! The binary as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

mod authoring;
mod bad_input;
mod cache;
mod calibrate;
mod embeddings;
mod example;
mod faults;
mod flood;
mod grounding;
#[path = "../guests/mod.rs"]
mod guests;
mod interrupt;
mod judging;
mod languages;
mod local_model;
#[allow(unreachable_pub, dead_code, reason = "another crate's tests use the rest")]
#[path = "../model_server.rs"]
mod model_server;
mod models;
mod plugin_test;
mod plugins;
mod policy;
mod privacy;
mod readme;
mod registry;
mod replay;
mod reports;
mod saving;
mod selection;
#[path = "../sigstore/mod.rs"]
mod sigstore;
#[path = "../../host/metrics/tests/tiny_model/mod.rs"]
mod tiny_model;
mod workspace;
