//! What each fuzz target does with its input.
//!
//! A body gets bytes from nobody in particular and does what the host does with a stranger's: the same public functions,
//! on a file where the host reads a file. It panics where the host breaks a promise, and returns otherwise. libFuzzer
//! calls the bodies by way of `fuzz/`, with a nightly compiler; `tests/seeds.rs` calls them over `fuzz/corpus` with the
//! stable one, so that what a fuzzer once found stays found.
//!
//! What is promised beyond not to panic stands at each body.

mod builtins;
mod bundle;
mod component;
mod dataset;
mod descriptor;
#[expect(dead_code, reason = "tests of other crates use the rest")]
#[expect(clippy::unwrap_used, reason = "what it makes a component of is written by hand")]
#[path = "../../guests/mod.rs"]
mod guests;
mod load;
mod lock;
mod pieces;
mod pins;
mod place;
mod plugins;
mod policy;
mod record;
mod report;
mod sample;
mod sandbox;
mod score;
mod settings;
mod suite;

pub use builtins::builtins;
pub use bundle::bundle;
pub use component::component;
pub use dataset::dataset;
pub use descriptor::descriptor;
pub use load::load;
pub use lock::lock;
pub use pins::pins;
pub use plugins::plugins;
pub use policy::policy;
pub use record::record;
pub use sample::sample;
pub use score::score;
pub use settings::settings;
pub use suite::suite;

/// A target: its name, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("builtins", builtins),
    ("bundle", bundle),
    ("component", component),
    ("dataset", dataset),
    ("descriptor", descriptor),
    ("load", load),
    ("lock", lock),
    ("pins", pins),
    ("plugins", plugins),
    ("policy", policy),
    ("record", record),
    ("sample", sample),
    ("score", score),
    ("settings", settings),
    ("suite", suite),
];
