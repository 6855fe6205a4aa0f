//! Finding words in text the way a reader does, with spans in the text as it was written.
//!
//! [`Phrases`] finds any of a list of phrases; [`Folded`] is the form of a text that it searches, for those who bring
//! their own patterns. [`Ranges`] answers whether a hit lies where it may.
//!
//! ```
//! use scorebox_sdk::text::{Case, Phrases};
//!
//! let phrases = Phrases::new(["straße", "can't"], Case::Ignore).unwrap();
//! let text = "STRASSE, strassen, I can’t";
//! let found: Vec<&str> = phrases.find(text).into_iter().map(|hit| &text[hit.bytes]).collect();
//! assert_eq!(found, ["STRASSE", "can’t"]);
//! ```

mod fold;
mod phrases;
mod ranges;

pub use fold::{Case, Folded};
pub use phrases::{Hit, PhraseError, Phrases};
pub use ranges::Ranges;
