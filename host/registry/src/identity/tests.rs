//! Signatures of the public instance, and of one that these tests make, which do not hold.

use serde_json::{Value, json};
use sigstore_verify::trust_root::{SIGSTORE_GITHUB_TRUSTED_ROOT, SIGSTORE_STAGING_TRUSTED_ROOT};

use super::cosign::of_layer;
use super::sigstore::{SIGNATURE, Sigstore, TOO_LATE, Who, payload};
use super::{Bundle, Identity, MAX_BUNDLE_BYTES, Proven, TrustRoot, Unproven};
use crate::artifact::Descriptor;
use crate::digest;
use crate::sign::SIMPLE_SIGNING;

const SUBJECT: &str = "https://github.com/acme/greets/.github/workflows/release.yml@refs/tags/v1.0.0";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

macro_rules! real {
    ($name:literal) => {
        (
            include_bytes!(concat!("../../../../tests/sigstore/", $name)).as_slice(),
            include_bytes!(concat!("../../../../tests/sigstore/", $name, ".sigstore.json")).as_slice(),
        )
    };
}

fn proves(root: &TrustRoot, bundle: &[u8], component: &[u8]) -> Result<Proven, Unproven> {
    Bundle::new(bundle).proves(root, &digest::of(b"manifest"), component)
}

fn root(of: &Sigstore) -> TrustRoot {
    TrustRoot::parse(&of.trust_root().to_string()).unwrap()
}

fn who() -> Who {
    Who::new(SUBJECT, ISSUER)
}

#[test]
fn what_the_public_instance_vouches_for_is_proven_without_a_network() {
    let public = TrustRoot::public().unwrap();
    let (wheel, bundle) = real!("rfc8785-0.1.2-py3-none-any.whl");
    let proven = proves(&public, bundle, wheel).unwrap();
    let workflow = "https://github.com/trailofbits/rfc8785.py/.github/workflows/release.yml@refs/tags/";
    assert_eq!(proven.subject, format!("{workflow}v0.1.2"));
    assert_eq!(proven.issuer, ISSUER);
    assert_eq!(proven.time, "2024-03-19T22:41:16Z");
    for (subject, issuer, expected) in [
        (format!("{workflow}v0.1.2"), ISSUER, true),
        (format!("{workflow}*"), ISSUER, true),
        (format!("{workflow}v0.1.3"), ISSUER, false),
        (format!("{workflow}*"), "https://accounts.google.com", false),
    ] {
        assert_eq!(Identity::new(&subject, issuer, public.clone()).is(&proven), expected, "{subject}");
    }
    let (text, bundle) = real!("cosign-v3-blob.txt");
    let proven = proves(&public, bundle, text).unwrap();
    assert_eq!(proven.issuer, "https://github.com/login/oauth");
    // A second log without times of its own, and a clock in its stead.
    let (text, bundle) = real!("staging-rekor-v2.txt");
    let staging = TrustRoot::parse(SIGSTORE_STAGING_TRUSTED_ROOT).unwrap();
    proves(&staging, bundle, text).unwrap();
    assert!(matches!(proves(&public, bundle, text), Err(Unproven::Time(_))));
}

#[test]
fn a_statement_of_a_workflow_speaks_for_the_artifact_that_it_names() {
    let staging = TrustRoot::parse(SIGSTORE_STAGING_TRUSTED_ROOT).unwrap();
    let bundle = include_bytes!("../../../../tests/sigstore/a.dsse.staging-rekor-v2.txt.sigstore.json");
    let named = "sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf";
    let proven = Bundle::new(bundle).proves(&staging, named, b"").unwrap();
    assert_eq!(proven.issuer, ISSUER);
    assert!(proven.subject.ends_with("extremely-dangerous-oidc-beacon.yml@refs/heads/main"), "{proven:?}");
    let other = Bundle::new(bundle).proves(&staging, &digest::of(b"another"), b"");
    assert_eq!(other, Err(Unproven::OtherPlugin));
}

#[test]
fn an_instance_without_logs_asks_for_none_and_has_a_clock() {
    let bundle = include_str!("../../../../tests/sigstore/github-release.sigstore.json");
    let parsed = sigstore_verify::types::Bundle::from_json(bundle).unwrap();
    let named = "76f1fe8593bf227cca2c089e3c16dc95014a8d3e89c5dd220530469ca043c428";
    let under = |root: &TrustRoot, named: &str| {
        let named = sigstore_verify::types::Sha256Hash::from_hex(named).unwrap();
        super::bundle::verify(&parsed, named.into(), root)
    };
    let github = TrustRoot::parse(SIGSTORE_GITHUB_TRUSTED_ROOT).unwrap();
    // All of it holds, down to who it is by, and that names no issuer.
    assert_eq!(under(&github, named), Err(Unproven::Nameless));
    assert_eq!(under(&github, &"0".repeat(64)), Err(Unproven::OtherPlugin));
    assert_eq!(under(&TrustRoot::public().unwrap(), named), Err(Unproven::NotLogged));
    // Which is not to say that any plugin is signed by that.
    let manifest = format!("sha256:{named}");
    let kind = Bundle::new(bundle.as_bytes()).proves(&github, &manifest, b"");
    assert!(matches!(kind, Err(Unproven::Kind(_))), "{kind:?}");
    // Without a log and without a clock there is no time.
    let sigstore = Sigstore::new();
    let mut clockless = sigstore.trust_root();
    clockless["tlogs"] = json!([]);
    let clockless = TrustRoot::parse(&clockless.to_string()).unwrap();
    let mut unlogged = sigstore.sign(&who(), b"component");
    unlogged["verificationMaterial"]["tlogEntries"] = json!([]);
    assert!(proves(&clockless, unlogged.to_string().as_bytes(), b"component").is_err());
}

#[test]
fn what_is_of_the_public_instance_is_not_proven_once_anything_is_changed() {
    let (wheel, bundle) = real!("rfc8785-0.1.2-py3-none-any.whl");
    let public: Value =
        serde_json::from_str(sigstore_verify::trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT).unwrap();
    let under = |change: &dyn Fn(&mut Value)| {
        let mut root = public.clone();
        change(&mut root);
        proves(&TrustRoot::parse(&root.to_string()).unwrap(), bundle, wheel)
    };
    under(&|_| {}).unwrap();
    let staging: Value = serde_json::from_str(SIGSTORE_STAGING_TRUSTED_ROOT).unwrap();
    // The certificate has to be in a log of certificates that the trust root names.
    let other = under(&|root| root["ctlogs"] = staging["ctlogs"].clone());
    assert!(matches!(other, Err(Unproven::Certificate(_))), "{other:?}");
    let other = under(&|root| root["tlogs"] = staging["tlogs"].clone());
    assert!(matches!(other, Err(Unproven::Log(_))), "{other:?}");
    let other = under(&|root| {
        root["certificateAuthorities"] = staging["certificateAuthorities"].clone();
    });
    assert!(matches!(other, Err(Unproven::Certificate(_))), "{other:?}");
    let other = under(&|root| {
        for authority in root["certificateAuthorities"].as_array_mut().unwrap() {
            authority["validFor"]["end"] = "2024-01-01T00:00:00Z".into();
        }
    });
    assert!(matches!(other, Err(Unproven::Certificate(_))), "{other:?}");
    let mut changed = wheel.to_vec();
    changed[100] ^= 1;
    let root = TrustRoot::public().unwrap();
    assert_eq!(proves(&root, bundle, &changed), Err(Unproven::OtherPlugin));
}

#[test]
fn one_that_was_made_for_the_file_is_proven() {
    let sigstore = Sigstore::new();
    let proven =
        proves(&root(&sigstore), sigstore.sign(&who(), b"component").to_string().as_bytes(), b"component");
    let time = "2025-01-02T12:00:00Z".to_owned();
    assert_eq!(proven, Ok(Proven { subject: SUBJECT.to_owned(), issuer: ISSUER.to_owned(), time }));
    let mail = Who::new("jo@acme.example", "https://accounts.google.com");
    let proven = proves(&root(&sigstore), sigstore.sign(&mail, b"").to_string().as_bytes(), b"").unwrap();
    assert_eq!(proven.subject, "jo@acme.example");
}

/// Every way in which a bundle can be wrong, and what is said of it.
#[test]
fn one_that_does_not_hold_says_why() {
    let (sigstore, other) = (Sigstore::new(), Sigstore::new());
    let root = root(&sigstore);
    let sound = sigstore.sign(&who(), b"component");
    let mut told = String::new();
    let mut refused_under = |root: &TrustRoot, what: &str, bundle: &Value| {
        let error = proves(root, bundle.to_string().as_bytes(), b"component").expect_err(what);
        told += &format!("{what}: {error}\n");
        error
    };
    // Authority and log of different instances.
    for (part, what) in [("certificateAuthorities", "another authority"), ("tlogs", "another log")] {
        let mut mixed = sigstore.trust_root();
        mixed[part] = other.trust_root()[part].clone();
        refused_under(&TrustRoot::parse(&mixed.to_string()).unwrap(), what, &sound);
    }
    let mut refused = |what: &str, bundle: &Value| refused_under(&root, what, bundle);
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut bundle = sound.clone();
        change(&mut bundle);
        bundle
    };
    let entry = |name: &'static str, value: Value| {
        changed(&move |bundle| bundle["verificationMaterial"]["tlogEntries"][0][name] = value.clone())
    };
    let others = other.sign(&who(), b"component");
    refused("for another file", &sigstore.sign(&who(), b"another"));
    refused("all of another instance", &others);
    refused(
        "a log's entry of another log",
        &entry("logId", others["verificationMaterial"]["tlogEntries"][0]["logId"].clone()),
    );
    refused(
        "a promise by another log",
        &entry(
            "inclusionPromise",
            others["verificationMaterial"]["tlogEntries"][0]["inclusionPromise"].clone(),
        ),
    );
    refused(
        "a proof by another log",
        &entry("inclusionProof", others["verificationMaterial"]["tlogEntries"][0]["inclusionProof"].clone()),
    );
    refused("another time than was promised", &entry("integratedTime", "1735819201".into()));
    refused(
        "taken in when the certificate was over",
        &sigstore.sign(&Who { time: TOO_LATE, ..who() }, b"component"),
    );
    let unlogged = changed(&|bundle| bundle["verificationMaterial"]["tlogEntries"] = json!([]));
    assert_eq!(refused("no entry", &unlogged), Unproven::NotLogged);
    let bare = changed(&|bundle| {
        let entry = bundle["verificationMaterial"]["tlogEntries"][0].as_object_mut().unwrap();
        entry.remove("inclusionPromise");
        entry.remove("inclusionProof");
    });
    assert!(matches!(refused("neither proof nor promise", &bare), Unproven::Log(_)));
    let promised = changed(&|bundle| {
        let entry = bundle["verificationMaterial"]["tlogEntries"][0].as_object_mut().unwrap();
        entry.remove("inclusionProof");
    });
    assert!(matches!(refused("a promise, where there has to be a proof", &promised), Unproven::Log(_)));
    let timeless = changed(&|bundle| {
        let entry = bundle["verificationMaterial"]["tlogEntries"][0].as_object_mut().unwrap();
        entry.remove("inclusionPromise");
    });
    assert!(matches!(refused("a proof without a time", &timeless), Unproven::Time(_)));
    refused("a signature of something else", &{
        let another = sigstore.sign(&who(), b"another");
        changed(&move |bundle| bundle["messageSignature"] = another["messageSignature"].clone())
    });
    refused("a signature by another key", &{
        let another = sigstore.sign(&who(), b"component")["messageSignature"]["signature"].clone();
        changed(&move |bundle| bundle["messageSignature"]["signature"] = another.clone())
    });
    refused("another certificate", &{
        let another = sigstore.sign(&Who::new("evil@acme.example", ISSUER), b"component");
        let certificate = another["verificationMaterial"]["certificate"].clone();
        changed(&move |bundle| bundle["verificationMaterial"]["certificate"] = certificate.clone())
    });
    let key = changed(&|bundle| {
        let material = bundle["verificationMaterial"].as_object_mut().unwrap();
        material.remove("certificate");
        material.insert("publicKey".to_owned(), json!({"hint": "x"}));
    });
    assert_eq!(refused("a key", &key), Unproven::ByKey);
    refused("another version", &changed(&|bundle| bundle["mediaType"] = "application/x".into()));
    let scanned =
        sigstore.state(&who(), "https://cosign.sigstore.dev/attestation/vuln/v1", &digest::of(b"component"));
    assert!(matches!(refused("what a scanner found", &scanned), Unproven::Kind(_)));
    refused("a statement about something else", &sigstore.state(&who(), SIGNATURE, &digest::of(b"another")));
    let filters = vec![(r"[A-Za-z0-9+/]{43}=", "ID"), (r"[0-9a-f]{64}", "HASH")];
    insta::with_settings!({filters => filters}, { insta::assert_snapshot!(told) });
}

#[test]
fn a_statement_speaks_for_an_artifact_or_for_its_component() {
    let sigstore = Sigstore::new();
    let root = root(&sigstore);
    for about in [b"manifest".as_slice(), b"component"] {
        for kind in [SIGNATURE, "https://slsa.dev/provenance/v1"] {
            let bundle = sigstore.state(&who(), kind, &digest::of(about)).to_string();
            assert_eq!(proves(&root, bundle.as_bytes(), b"component").unwrap().subject, SUBJECT);
        }
    }
}

#[test]
fn what_cosign_wrote_before_version_3_is_made_a_bundle() {
    let sigstore = Sigstore::new();
    let root = root(&sigstore);
    let manifest = digest::of(b"manifest");
    let layer = |payload: &[u8], who: &Who| {
        let mut layer = Descriptor::of(SIMPLE_SIGNING, payload);
        layer.annotations = sigstore.annotations(who, payload);
        layer
    };
    let named = payload(&manifest);
    let proves = |layer: &Descriptor, payload: &[u8]| of_layer(layer, payload).proves(&root, &manifest, b"");
    assert_eq!(proves(&layer(&named, &who()), &named).unwrap().subject, SUBJECT);
    // The signature holds, and is for another artifact.
    let another = payload(&digest::of(b"another"));
    assert_eq!(proves(&layer(&another, &who()), &another), Err(Unproven::OtherPlugin));
    let swapped = proves(&layer(&named, &who()), &another);
    assert!(matches!(swapped, Err(Unproven::Signature(_))), "{swapped:?}");
    let late = proves(&layer(&named, &Who { time: TOO_LATE, ..who() }), &named);
    assert!(matches!(late, Err(Unproven::Certificate(_))), "{late:?}");
    let mut unlogged = layer(&named, &who());
    unlogged.annotations.remove("dev.sigstore.cosign/bundle");
    assert!(proves(&unlogged, &named).is_err());
    for name in [
        "dev.sigstore.cosign/certificate",
        "dev.sigstore.cosign/bundle",
        "dev.cosignproject.cosign/signature",
    ] {
        let mut broken = layer(&named, &who());
        let value = broken.annotations.get_mut(name).unwrap();
        value.truncate(value.len() / 2);
        assert!(proves(&broken, &named).is_err(), "{name}");
    }
}

#[test]
fn no_damage_proves_anything_or_makes_it_panic() {
    let sigstore = Sigstore::new();
    let root = root(&sigstore);
    let sound = sigstore.sign(&who(), b"component").to_string();
    let (wheel, real) = real!("rfc8785-0.1.2-py3-none-any.whl");
    for cut in (0..sound.len()).step_by(7) {
        assert!(proves(&root, &sound.as_bytes()[..cut], b"component").is_err(), "{cut}");
    }
    for text in ["", "{}", "[]", "null", "\u{0}", &"[".repeat(10_000), &" ".repeat(MAX_BUNDLE_BYTES + 1)] {
        assert!(proves(&root, text.as_bytes(), b"component").is_err());
    }
    // A byte of the text that is another one: it no longer holds, or it was white space or a field that nobody reads.
    let public = TrustRoot::public().unwrap();
    for at in (0..real.len()).step_by(13) {
        let mut damaged = real.to_vec();
        damaged[at] ^= 1;
        if let Ok(proven) = proves(&public, &damaged, wheel) {
            assert!(proven.subject.contains("trailofbits/rfc8785.py"), "{at}");
        }
    }
}

#[test]
fn a_trust_root_that_is_none_says_why() {
    let sound = Sigstore::new().trust_root();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut root = sound.clone();
        change(&mut root);
        root.to_string()
    };
    assert_eq!(
        TrustRoot::parse(&format!("  {sound:#}\n")).unwrap(),
        TrustRoot::parse(&sound.to_string()).unwrap()
    );
    for (text, expected) in [
        (String::new(), "EOF"),
        ("{}".to_owned(), "mediaType"),
        (
            changed(&|root| root["mediaType"] = "application/json".into()),
            "its `mediaType` is \"application/json\"",
        ),
        (changed(&|root| root["certificateAuthorities"] = json!([])), "names no certificate authority"),
        (
            changed(&|root| {
                root["certificateAuthorities"][0]["certChain"]["certificates"][0]["rawBytes"] = "AAAA".into();
            }),
            "certificate",
        ),
        (changed(&|root| root["tlogs"][0]["publicKey"]["rawBytes"] = "AAAA".into()), "SPKI"),
        (" ".repeat(300 << 10), "more than"),
    ] {
        let error = TrustRoot::parse(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert!(TrustRoot::public().unwrap().is_public());
    assert!(!TrustRoot::parse(&sound.to_string()).unwrap().is_public());
}
