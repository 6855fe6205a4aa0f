//! Write a Scorebox plugin in Rust.
//!
//! A plugin is a check that the host runs in a sandbox, on one sample at a time: it is told what was asked and what
//! was answered, and returns a [`Score`]. You write three things: the settings that a suite can give it, a type that
//! implements [`Plugin`], and [`export!`]. This is a whole one:
//!
//! ```
//! //! Flags an answer that names a competitor.
//! use scorebox_sdk::prelude::*;
//!
//! /// What the check looks for.
//! #[settings]
//! struct Settings {
//!     /// Names to look for.
//!     terms: Vec<String>,
//! }
//!
//! struct Check(Vec<String>);
//!
//! impl Plugin for Check {
//!     type Settings = Settings;
//!
//!     fn about() -> About {
//!         About::constraint("Names no competitor.")
//!     }
//!
//!     fn configure(settings: Settings) -> Result<Self, Failure> {
//!         Ok(Self(settings.terms))
//!     }
//!
//!     fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
//!         let hits = self.0.iter().flat_map(|term| sample.output.match_indices(term));
//!         let finding = |(at, name): (usize, &str)| {
//!             Finding::new("competitor", format!("names {name}")).in_output(at..at + name.len())
//!         };
//!         Ok(Score::from_findings(hits.map(finding).collect()))
//!     }
//! }
//!
//! export!(Check);
//!
//! // In a unit test:
//! let score = scorebox_sdk::testing::check::<Check>(json!({"terms": ["Globex"]}), "Try Globex.").unwrap();
//! assert_eq!(score.verdict, Verdict::Fail);
//! ```
//!
//! `scorebox plugin new NAME` writes such a crate, `cargo test` runs its tests natively, and `scorebox plugin build`
//! makes the component. The plugin's name and version are those of its `Cargo.toml`; it needs
//! `crate-type = ["cdylib", "rlib"]`.
//!
//! # Constraint or metric
//!
//! A *constraint* is a rule that holds or does not. It returns [`Score::from_findings`]: no finding is a pass. A
//! *metric* measures; it returns [`Score::value`] and leaves the judgement to the suite's threshold. Give it a
//! [`About::range`] if it has one, and [`About::lower_is_better`] if that is so.
//!
//! ```
//! # use scorebox_sdk::prelude::*;
//! # struct Overlap;
//! # impl Plugin for Overlap {
//! type Settings = NoSettings;
//!
//! fn about() -> About {
//!     About::metric("Share of the expected words that the answer has.").range(0.0, 1.0).needs(Need::Expected)
//! }
//! # fn configure(_: NoSettings) -> Result<Self, Failure> { Ok(Self) }
//!
//! fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
//!     let words: Vec<&str> = sample.expected.iter().flat_map(|text| text.split_whitespace()).collect();
//!     if words.is_empty() {
//!         return Err(Failure::sample("the expected answer has no words"));
//!     }
//!     let found = words.iter().filter(|word| sample.output.contains(*word)).count();
//!     Ok(Score::value(found as f64 / words.len() as f64).measure("words", words.len() as f64))
//! }
//! # }
//! # let sample = Sample::of_output("red green").with_expected("red blue");
//! # assert_eq!(scorebox_sdk::testing::check::<Overlap>(json!({}), sample).unwrap().value, 0.5);
//! ```
//!
//! # Settings
//!
//! Mark the struct, and every struct or enum inside, [`#[settings]`](macro@settings). Its doc comments become the
//! descriptions that users of the plugin read; `#[serde(default)]` makes a field optional; a field that does not exist
//! is refused with a message that names those that do. What a type cannot say, check in [`Plugin::configure`], and
//! return a [`Failure::settings`] that names the field and what to write instead.
//!
//! # What a plugin can rely on, and what it cannot do
//!
//! - [`Plugin::configure`] runs once. Every sample starts from what it left, in a fresh copy: build pattern matchers
//!   there, keep no state between samples.
//! - Positions are byte offsets into UTF-8 text, as `str::find` and the regex crates give them.
//! - Whoever looks for words in text wants [`text`]: any case, whole words, typographic quotes, and spans in the
//!   original.
//! - There is no clock, no randomness, no network and no file system, so the same sample always gives the same score.
//!   A component built from this crate imports nothing but the log, and the host's models if it uses [`model`].
//! - Fuel and memory are limited. A panic is a fault of the plugin, not a failed sample; its message is logged.

#![cfg_attr(
    target_arch = "wasm32",
    allow(clippy::needless_pass_by_value, reason = "the generated signatures own")
)]

// The attribute's output names this crate by its path, also inside this crate.
extern crate self as scorebox_sdk;

mod about;
#[cfg(target_arch = "wasm32")]
mod component;
mod failure;
mod finding;
pub mod log;
pub mod model;
mod plugin;
mod sample;
mod score;
mod settings;
pub mod testing;
pub mod text;

pub use about::{About, Need};
pub use failure::Failure;
pub use finding::{Field, Finding, Span};
pub use plugin::Plugin;
pub use sample::{Message, Role, Sample, ToolCall};
pub use score::{Score, Verdict};
pub use scorebox_sdk_macros::settings;
pub use settings::NoSettings;

pub use {schemars, serde, serde_json};

/// Everything that a plugin usually needs: `use scorebox_sdk::prelude::*;`.
pub mod prelude {
    pub use crate::{
        About, Failure, Finding, Message, Need, NoSettings, Plugin, Role, Sample, Score, ToolCall, Verdict,
        export, log, model, settings,
    };
    pub use serde_json::json;
}

/// Makes a crate's component out of a type that implements [`Plugin`]: `export!(Check);`, once in the crate.
///
/// Natively it does nothing but check the type.
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Component;

            impl $crate::__private::Component for Component {
                type Plugin = $plugin;
                const NAME: &'static str = env!("CARGO_PKG_NAME");
                const VERSION: &'static str = env!("CARGO_PKG_VERSION");
            }

            type Exported = $crate::__private::Exported<Component>;

            $crate::__private::bindings::export_component!(Exported with_types_in $crate::__private::bindings);
        };

        #[cfg(not(target_arch = "wasm32"))]
        const _: () = {
            const fn is_a_plugin<P: $crate::Plugin>() {}
            is_a_plugin::<$plugin>();
        };
    };
}

/// What [`export!`] expands to. No part of the interface.
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod __private {
    pub use crate::component::{Component, Exported, bindings};
}
