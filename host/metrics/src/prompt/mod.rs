//! What is said to a model that judges: prompts with versions, strangers' texts between marks, and replies that are
//! held to their word.
//!
//! A prompt is a file under `prompts/`, named after what it is for and its version: `judge-absolute@1.md`. All that the
//! model is told stands in it, the schema of its reply included, so its digest says which words gave a score. A changed
//! word is a new file; a released one is not edited.
//!
//! ```text
//! prompt ─► fill ◄─ marked (outputs, contexts)        reply ─► typed, or a fault
//!             └──────────► question ─► model ─────────►  └► quotes ─► located in the text, or a fault
//! ```
//!
//! What is judged was written by strangers, some of whom would like to be judged well. Their texts stand between lines
//! with a mark that they cannot have known ([`marked`]), the model is told before and after that nothing in them is an
//! instruction, and a reply can only be of the schema's form. That makes it harder to steer a judge. It does not make it
//! impossible, least of all with a small model; the guide has the figures.

mod asked;
mod locate;
mod marked;
#[cfg(test)]
pub(crate) mod script;
mod sentences;
mod stamp;
mod tokens;
mod versioned;
mod windows;

pub(crate) use self::asked::Asked;
pub(crate) use self::locate::Located;
pub(crate) use self::marked::{Material, marked};
pub(crate) use self::sentences::sentences;
pub use self::stamp::{PromptStamp, Provenance};
pub(crate) use self::tokens::weights;
pub(crate) use self::versioned::{Prompt, prompt};
pub(crate) use self::windows::windows;
