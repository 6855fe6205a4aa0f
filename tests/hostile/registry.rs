//! Rows 50 and 51: plugins that changed since somebody looked at them. What of them needs a registry is played with a real
//! one in `tests/e2e/registry`; here is that a run knows each plugin's digest, and that grants belong to the suite.

use std::time::Instant;

use scorebox_sandbox::Grants;

use crate::case::{Case, Expected, Said};
use crate::guests::{self, PASSES};
use crate::imports::ASKS_THE_MODEL;
use crate::program;
use crate::stage::Stage;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::scene(50, "another file under its name", another_file),
        Case::scene(51, "wants more since its update", wants_more),
        Case::note(
            50,
            "a tag that moved",
            "elsewhere",
            "takes a registry: tests/e2e/registry/real.rs, a_tag_that_moved_stops_whoever_asks_and_changes_no_run",
        ),
        Case::note(
            51,
            "more wishes after an update",
            "elsewhere",
            "takes a registry: tests/e2e/registry/real.rs, \
             a_plugin_that_asks_for_more_is_not_taken_until_that_is_accepted",
        ),
    ]
}

/// A run that goes on with another component in the same file.
fn another_file(stage: &Stage) -> Said {
    let start = Instant::now();
    let workspace = program::workspace(stage.isolation, 2, &[program::HEALTHY]);
    workspace.run(&["run", "--out", "out"]).expect(0);
    workspace.write("healthy.wasm", guests::guest(PASSES));
    let said = workspace.run(&["run", "--out", "out", "--resume"]);
    let text = format!("resumed: exit code {:?}\n{}", said.code, said.err);
    Said { outcome: Expected::AtLoad, text, fuel: None, elapsed: start.elapsed() }
}

/// The first version needs nothing, the second one the model.
fn wants_more(stage: &Stage) -> Said {
    let start = Instant::now();
    assert!(stage.sandbox.load(&guests::guest(PASSES), &Grants::default()).is_ok());
    let refused = stage.sandbox.load(&guests::completed(ASKS_THE_MODEL), &Grants::default()).unwrap_err();
    Said {
        outcome: Expected::AtLoad,
        text: format!("load: {refused}\n"),
        fuel: None,
        elapsed: start.elapsed(),
    }
}
