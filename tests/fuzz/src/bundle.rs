//! Signatures by identity: a bundle beside a component, and a trust root.

use scorebox_registry::{Identity, Signer, TrustRoot, signers_of_file};

use crate::{pieces, place};

/// What somebody signed in public, by whose bundle the seeds begin.
const SIGNED: &[u8] = include_bytes!("../../sigstore/rfc8785-0.1.2-py3-none-any.whl");

/// The first piece is a bundle, the second a trust root. Under that one anybody may have signed; under the public one, nobody
/// but who did.
pub fn bundle(data: &[u8]) {
    let mut pieces = pieces::bytes(data);
    let directory = place::directory();
    place::write(&directory, "x.wasm.sigstore.json", pieces.next().unwrap_or_default());
    let path = directory.path().join("x.wasm");
    let text = String::from_utf8_lossy(pieces.next().unwrap_or_default()).into_owned();
    let asked = |root: &TrustRoot| {
        let issuers = ["https://accounts.google.com", "https://token.actions.githubusercontent.com"];
        issuers.map(|issuer| Signer::Identity(Identity::new("*@acme.example", issuer, root.clone())))
    };
    match TrustRoot::parse(&text) {
        Ok(root) => {
            signers_of_file(&path, SIGNED, &asked(&root));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let public = TrustRoot::public().expect("it is a part of the program");
    assert!(signers_of_file(&path, SIGNED, &asked(&public)).is_empty(), "somebody signed who did not");
}
