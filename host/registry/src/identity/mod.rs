//! Signatures by identity, as sigstore makes them: who signed is said by a certificate, not by a key that is kept.
//!
//! ```text
//! identity provider ─► Fulcio: a certificate for minutes ─► a signature ─► Rekor: a public log ─► a bundle
//! ```
//!
//! A [`Bundle`] holds all of it and is verified without a network, against a [`TrustRoot`] that says which authorities and
//! logs count. What that proves is [`Proven`]: which subject signed, whom of the issuers he came from, and when. Whether
//! that is somebody who counts is a question of an [`Identity`], by its subject and its issuer.
//!
//! The certificates, logs and times are checked by sigstore's own library; this module decides what a bundle may be about
//! ([`bundle`]), makes bundles of what older cosign writes ([`cosign`]), and lends the library its cryptography.

mod bundle;
mod cosign;
mod crypto;
mod root;
mod who;

#[cfg(test)]
#[path = "../../../../tests/sigstore/mod.rs"]
mod sigstore;
#[cfg(test)]
mod tests;

pub use bundle::{Bundle, Proven, Unproven};
pub use root::{TrustRoot, TrustRootError};
pub use who::Identity;

pub(crate) use bundle::{MAX_BUNDLE_BYTES, MAX_BUNDLES, MEDIA_TYPE};
pub(crate) use cosign::of_layer;
