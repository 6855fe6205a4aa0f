//! Policies, and a suite under one.

use scorebox_eval::policy::Places;
use scorebox_eval::suite::{self, Suite};

use crate::{pieces, place};

/// A suite that asks for some of everything.
const SUITE: &[u8] = br#"name: wants
dataset: dataset.jsonl
subject: {recorded: answers.jsonl}
limits: {memory: 64MiB, deadline: 20s}
metrics:
  own: {plugin: check.wasm, limits: {fuel: 5000000}}
  exact-match: {}
"#;

/// The first piece is a policy, the second a suite, a built-in one where it is empty. A policy is read the same way twice,
/// and what it made of a suite once, it leaves alone the second time.
pub fn policy(data: &[u8]) {
    let mut pieces = pieces::bytes(data);
    let policy = pieces.next().unwrap_or_default();
    let suite = pieces.next().filter(|suite| !suite.is_empty()).unwrap_or(SUITE);
    let directory = place::directory();
    for name in ["dataset.jsonl", "answers.jsonl", "check.wasm"] {
        place::write(&directory, name, b"");
    }
    place::write(&directory, "scorebox.yaml", suite);
    place::write(&directory, "policy.yaml", policy);
    let (suite, policy) = (directory.path().join("scorebox.yaml"), directory.path().join("policy.yaml"));
    let Ok(mut suite) = suite::load(&suite) else { return };
    let find = || Places::of(&suite.path, std::slice::from_ref(&policy)).find();
    let policies = match (find(), find()) {
        (Ok(first), Ok(second)) => {
            assert_eq!(format!("{first:?}"), format!("{second:?}"), "the same policy was read in two ways");
            first
        }
        (Err(first), Err(second)) => {
            assert_eq!(format!("{first}\n{first:?}"), format!("{second}\n{second:?}"));
            return;
        }
        _ => panic!("the same policy was sound once, and broken once"),
    };
    let effective = policies.effective();
    serde_json::to_string(&effective).expect("what policies come to is JSON");
    let _ = (policies.compile_limits(), policies.stamps());
    if let Err(forbidden) = policies.allows_plugin(b"no component", None) {
        assert!(!forbidden.to_string().is_empty());
    }
    let asked = shown(&suite);
    match policies.enforce(&mut suite) {
        Ok(()) => {
            let bounded = shown(&suite);
            assert!(policies.enforce(&mut suite).is_ok(), "what a policy bounded is beyond it");
            assert_eq!(bounded, shown(&suite), "a policy takes away twice; asked was {asked}");
        }
        Err(error) => assert!(!error.to_string().is_empty(), "a suite was forbidden without a word"),
    }
}

fn shown(suite: &Suite) -> String {
    format!("{suite:?}")
}
