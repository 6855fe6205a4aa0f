//! Signatures by identity: beside files, in registries as older and newer cosign keep them, in policies and lock files.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::servers::{DockerRegistry, answer, artifact, server};
use super::{hand_over, holds, keys, package, stored, team, with_section};
use crate::sigstore::{SIGNATURE, Sigstore, TOO_LATE, Who, payload, sha256};
use crate::workspace::{Workspace, sample};

const ISSUER: &str = "https://token.actions.githubusercontent.com";

fn release(tag: &str) -> Who {
    let workflow = "https://github.com/acme/greets/.github/workflows/release.yml@refs/tags/";
    Who::new(&format!("{workflow}{tag}"), ISSUER)
}

/// A policy by which this subject counts.
fn policy(subject: &str, rest: &str) -> String {
    format!(
        "signatures:\n  identities: {{release: {{subject: \"{subject}\", issuer: \"{ISSUER}\"}}}}\n  trust_root: trusted_root.json\n{rest}"
    )
}

/// A workspace that has the component as a file, and a trust root.
fn with_file(sigstore: &Sigstore) -> Workspace {
    let user = Workspace::with(&[sample("a", "regression", "Hello.")], "  greets: {plugin: greets.wasm}\n");
    user.write("greets.wasm", package("1.0.0", "{}"));
    user.write("trusted_root.json", sigstore.trust_root().to_string());
    user
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = sha256(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest(bytes), "size": bytes.len()})
}

/// The artifact that holds what cosign before version 3 signs: manifest, and blobs.
fn signature(sigstore: &Sigstore, who: &Who, manifest: &str) -> (Value, Vec<Vec<u8>>) {
    let payload = payload(manifest);
    let mut layer = descriptor("application/vnd.dev.cosign.simplesigning.v1+json", &payload);
    layer["annotations"] = json!(sigstore.annotations(who, &payload));
    let config = b"{}".to_vec();
    let artifact = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
        "layers": [layer],
    });
    (artifact, vec![config, payload])
}

/// The artifact that holds a bundle, and refers to that with this manifest, as cosign since version 3 makes it.
fn referrer(bundle: &Value, manifest: &str) -> (Value, Vec<Vec<u8>>) {
    let bundle = bundle.to_string().into_bytes();
    let config = b"{}".to_vec();
    let artifact = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "config": descriptor("application/vnd.oci.empty.v1+json", &config),
        "layers": [descriptor("application/vnd.dev.sigstore.bundle.v0.3+json", &bundle)],
        "subject": {
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": manifest, "size": 1,
        },
    });
    (artifact, vec![config, bundle])
}

/// Adds an artifact to a layout, under a name or with its kind alone.
fn add_to_layout(layout: &Path, name: Option<&str>, (manifest, blobs): &(Value, Vec<Vec<u8>>)) {
    let bytes = manifest.to_string().into_bytes();
    for blob in blobs.iter().chain([&bytes]) {
        let hex = digest(blob).replace("sha256:", "");
        std::fs::write(layout.join("blobs/sha256").join(hex), blob).unwrap();
    }
    let path = layout.join("index.json");
    let mut index: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let mut entry = descriptor("application/vnd.oci.image.manifest.v1+json", &bytes);
    match name {
        Some(name) => entry["annotations"] = json!({"org.opencontainers.image.ref.name": name}),
        None => entry["artifactType"] = manifest["artifactType"].clone(),
    }
    index["manifests"].as_array_mut().unwrap().push(entry);
    std::fs::write(path, index.to_string()).unwrap();
}

/// Publishes a version into the layout `plugins` of a workspace, and says its digest.
fn publish(workspace: &Workspace, version: &str) -> String {
    workspace.write("built.wasm", package(version, "{}"));
    let said =
        workspace.run(&["plugin", "push", "built.wasm", "dir:plugins#greets:1", "--overwrite"]).expect(0);
    let digest = said.out.split("digest ").nth(1).unwrap();
    digest.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn a_policy_wants_an_identity_of_a_plugin_that_is_named_by_path() {
    let sigstore = Sigstore::new();
    let user = with_file(&sigstore);
    let component = package("1.0.0", "{}");
    let sign = |who: &Who| {
        user.write("greets.wasm.sigstore.json", sigstore.sign(who, &component).to_string());
    };
    let tag = release("v1.0.0");
    user.write("scorebox.policy.yaml", policy(&tag.subject, ""));
    let refused = "not signed as it has to be: by release";
    holds(&user.run(&["run"]).expect(2), &[refused, "scorebox plugin verify", "scorebox.policy.yaml:1:1"]);
    sign(&tag);
    user.run(&["run", "--out", "out"]).expect(0);
    user.run(&["replay", "out"]).expect(0);
    let said = user.run(&["policy"]).expect(0);
    assert!(said.out.contains("by release"), "{}", said.out);
    user.write("scorebox.policy.yaml", policy(&release("*").subject, "  any_of: [release]\n"));
    user.run(&["run"]).expect(0);

    // Everybody else is nobody.
    for (who, what) in [
        (
            Who::new("https://github.com/evil/greets/.github/workflows/release.yml@refs/tags/v1", ISSUER),
            "subject",
        ),
        (Who { issuer: "https://accounts.google.com".to_owned(), ..tag.clone() }, "issuer"),
        (release("a/b"), "more than a part"),
        (Who { time: TOO_LATE, ..tag.clone() }, "a certificate that was over"),
    ] {
        sign(&who);
        let said = user.run(&["run"]);
        assert_eq!(said.code, Some(2), "{what}");
        holds(&said, &[refused]);
    }
    let another = Sigstore::new();
    user.write("greets.wasm.sigstore.json", another.sign(&tag, &component).to_string());
    holds(&user.run(&["run"]).expect(2), &[refused]);
    let whole = sigstore.sign(&tag, &component).to_string();
    user.write("greets.wasm.sigstore.json", &whole[..whole.len() / 2]);
    holds(&user.run(&["run"]).expect(2), &[refused]);
    user.write("greets.wasm.sigstore.json", "x".repeat(1 << 20));
    holds(&user.run(&["run"]).expect(2), &[refused]);
    // One byte of the component.
    sign(&tag);
    user.run(&["run"]).expect(0);
    user.write("greets.wasm", package("1.0.1", "{}"));
    holds(&user.run(&["run"]).expect(2), &[refused]);
    // Without a trust root of its own, the public instance has to vouch for it.
    user.write("greets.wasm", &component);
    user.write(
        "scorebox.policy.yaml",
        policy(&tag.subject, "").replace("  trust_root: trusted_root.json\n", ""),
    );
    holds(&user.run(&["run"]).expect(2), &[refused]);
}

#[test]
fn nothing_is_compiled_that_nobody_signed() {
    let sigstore = Sigstore::new();
    let user = with_file(&sigstore);
    let tag = release("v1.0.0");
    // One that no other test compiled, and whatever is compiled has more code than that.
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos().to_string();
    let component = with_section(package("1.0.0", "{}"), "now", now.as_bytes());
    user.write("greets.wasm", &component);
    user.write("scorebox.policy.yaml", policy(&tag.subject, "compile: {code_bytes: 1}\n"));
    let said = user.run(&["validate"]).expect(2);
    holds(&said, &["not signed as it has to be: by release"]);
    assert!(!said.err.contains("compile-limit"), "{}", said.err);
    user.write("greets.wasm.sigstore.json", sigstore.sign(&tag, &component).to_string());
    let said = user.run(&["validate"]).expect(2);
    assert!(said.err.contains("compile-limit"), "{}", said.err);
}

#[test]
fn keys_and_identities_count_together() {
    let sigstore = Sigstore::new();
    let user = with_file(&sigstore);
    keys(&user, "review");
    let tag = release("v1.0.0");
    let both = |rest: &str| policy(&tag.subject, &format!("  keys: {{review: review.pub}}\n{rest}"));
    user.write("scorebox.policy.yaml", both("  all_of: [release, review]\n"));
    let file = format!("file:{}", user.path("greets.wasm").display());
    user.run(&["plugin", "push", "greets.wasm", &file, "--sign", "review.key"]).expect(0);
    let refused = "not signed as it has to be: by all of re";
    holds(&user.run(&["run"]).expect(2), &[refused]);
    user.write("greets.wasm.sigstore.json", sigstore.sign(&tag, &package("1.0.0", "{}")).to_string());
    user.run(&["run"]).expect(0);
    std::fs::remove_file(user.path("greets.wasm.sig")).unwrap();
    holds(&user.run(&["run"]).expect(2), &[refused]);
    user.write("scorebox.policy.yaml", both("  at_least: 2\n"));
    holds(&user.run(&["run"]).expect(2), &[refused]);
    user.write("scorebox.policy.yaml", both(""));
    user.run(&["run"]).expect(0);
}

#[test]
fn verify_says_who_signed_and_why_a_signature_does_not_count() {
    let sigstore = Sigstore::new();
    let user = with_file(&sigstore);
    let tag = release("v1.0.0");
    let component = package("1.0.0", "{}");
    let verify = |more: &[&str]| user.run(&[&["plugin", "verify", "greets.wasm"], more].concat());
    let by = |subject: &str, issuer: &str| {
        verify(&["--identity", subject, "--issuer", issuer, "--trust-root", "trusted_root.json"])
    };
    holds(&verify(&[]).expect(2), &["nobody to verify with", "`--identity` and `--issuer`"]);
    holds(&by(&tag.subject, ISSUER).expect(2), &["is not signed by", "it carries no signature by identity"]);
    user.write("greets.wasm.sigstore.json", sigstore.sign(&tag, &component).to_string());
    let said = by(&release("*").subject, ISSUER).expect(0).out;
    assert!(
        said.contains(&format!("signed by {}\n    of {ISSUER}, at 2025-01-02T12:00:00Z", tag.subject)),
        "{said}"
    );
    // Said in any case, and counts for those who are asked for.
    let said = by("jo@acme.example", ISSUER).expect(2);
    assert!(said.out.contains(&format!("signed by {}", tag.subject)), "{}", said.out);
    holds(
        &said,
        &[&format!("is not signed by jo@acme.example of {ISSUER}"), &format!("it is by {}", tag.subject)],
    );
    holds(&by(&tag.subject, "https://accounts.google.com").expect(2), &["is not signed by"]);
    let said = verify(&["--identity", &tag.subject, "--issuer", ISSUER]).expect(2);
    holds(&said, &["it carries one signature by identity, and its"]);
    user.write("greets.wasm.sigstore.json", sigstore.sign(&tag, b"another").to_string());
    let said = by(&tag.subject, ISSUER).expect(2);
    assert!(said.out.contains("does not count: it is for something else than this plugin"), "{}", said.out);
    let unsound = Who { time: TOO_LATE, ..tag.clone() };
    user.write("greets.wasm.sigstore.json", sigstore.sign(&unsound, &component).to_string());
    holds(&by(&tag.subject, ISSUER).expect(2), &["its certificate does not hold"]);

    for (arguments, expected) in [
        (["--identity", "a@b.example", "--key", "x"].as_slice(), "--issuer"),
        (&["--identity", "*", "--issuer", ISSUER], "names anybody"),
        (&["--identity", "a*b*", "--issuer", ISSUER], "has 2 `*`"),
        (&["--identity", "a@b.example", "--issuer", "accounts.google.com"], "is no issuer"),
        (&["--identity", "a@b.example", "--issuer", ISSUER, "--trust-root", "greets.wasm"], "no trust root"),
        (&["--identity", "a@b.example", "--issuer", ISSUER, "--trust-root", "none.json"], "none.json"),
    ] {
        holds(&verify(arguments).expect(2), &[expected]);
    }
}

#[test]
fn an_identity_is_pinned_and_another_one_stops_the_update_until_it_is_accepted() {
    let sigstore = Sigstore::new();
    let reference = "dir:plugins#greets:1";
    let user = team(reference);
    user.write("trusted_root.json", sigstore.trust_root().to_string());
    let attach = |who: &Who, manifest: &str| {
        let artifact = referrer(&sigstore.state(who, SIGNATURE, manifest), manifest);
        add_to_layout(&user.path("plugins"), None, &artifact);
    };
    let first = publish(&user, "1.0.0");
    let all_tags = release("*");
    let add = [
        "plugin",
        "add",
        reference,
        "--identity",
        &all_tags.subject,
        "--issuer",
        ISSUER,
        "--trust-root",
        "trusted_root.json",
    ];
    holds(&user.run(&add).expect(2), &["is not signed by", "so it is not used", "no signature by identity"]);
    attach(&release("v1.0.0"), &first);
    let said = user.run(&add).expect(0);
    assert!(said.out.contains(&format!("signed by {} of {ISSUER}", all_tags.subject)), "{}", said.out);
    user.run(&["run"]).expect(0);
    let listed = user.run(&["plugin", "list", "--json"]).expect(0).json();
    assert_eq!(listed[0]["signers"][0], format!("{} of {ISSUER}", all_tags.subject));

    // The next version, by the same workflow; what is pinned is enough to know it.
    std::fs::remove_file(user.path("trusted_root.json")).unwrap();
    let second = publish(&user, "1.0.1");
    attach(&release("v1.0.1"), &second);
    user.run(&["plugin", "update"]).expect(0);
    user.run(&["run"]).expect(0);
    // And one by another.
    let third = publish(&user, "1.0.2");
    let evil = Who::new("https://github.com/acme/greets/.github/workflows/test.yml@refs/heads/main", ISSUER);
    attach(&evil, &third);
    let missing = format!(
        "signer no signature by the pinned identity {} of {ISSUER}, but by {}",
        all_tags.subject, evil.subject
    );
    holds(&user.run(&["plugin", "pull"]).expect(2), &[&missing]);
    holds(&user.run(&["plugin", "update"]).expect(2), &[&missing, "--accept-signer"]);
    user.run(&["run"]).expect(0);

    // A store or a lock file that somebody edited.
    let lock = user.read("scorebox.lock");
    user.write("scorebox.lock", lock.replacen("release.yml", "deploy.yml", 1));
    holds(
        &user.run(&["run"]).expect(2),
        &["is not what scorebox.lock pins", "no signature by the pinned identity"],
    );
    user.write("scorebox.lock", lock.replacen("authority.example", "evil.example", 1));
    holds(&user.run(&["run"]).expect(2), &["scorebox.lock:", "has the digest"]);
    user.write("scorebox.lock", &lock);
    let package = std::fs::read_dir(user.path("store/packages")).unwrap().map(|entry| entry.unwrap().path());
    for path in package {
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("dsseEnvelope", "dsseEnvelop")).unwrap();
    }
    holds(&user.run(&["run"]).expect(2), &["no signature by the pinned identity"]);
    user.run(&["plugin", "update", "--accept-signer"]).expect(0);
    user.run(&["run"]).expect(0);
}

#[test]
fn a_directory_holds_signatures_as_older_cosign_makes_them() {
    let sigstore = Sigstore::new();
    let reference = "dir:plugins#greets:1";
    let user = team(reference);
    user.write("trusted_root.json", sigstore.trust_root().to_string());
    keys(&user, "review");
    let manifest = publish(&user, "1.0.0");
    let tag = release("v1.0.0");
    let name = format!("greets:{}.sig", manifest.replace(':', "-"));
    add_to_layout(&user.path("plugins"), Some(&name), &signature(&sigstore, &tag, &manifest));
    // A signature by a key joins it.
    user.run(&["plugin", "push", "built.wasm", reference, "--sign", "review.key"]).expect(0);
    let policy = policy(&tag.subject, "  keys: {review: review.pub}\n  all_of: [release, review]\n");
    user.write("scorebox.policy.yaml", policy);
    let said = user.run(&["plugin", "add", reference]).expect(0);
    assert!(said.out.contains(&tag.subject) && said.out.contains("signed by sha256:"), "{}", said.out);
    user.run(&["run"]).expect(0);
    // For another artifact it is nobody's.
    let other = publish(&user, "1.0.1");
    let name = format!("greets:{}.sig", other.replace(':', "-"));
    add_to_layout(&user.path("plugins"), Some(&name), &signature(&sigstore, &tag, &manifest));
    holds(&user.run(&["plugin", "update"]).expect(2), &["no signature by the pinned identity"]);
}

#[test]
fn a_registry_serves_signatures_of_both_kinds_and_a_run_needs_it_no_more() {
    let Some(registry) = DockerRegistry::start() else { return };
    let sigstore = Sigstore::new();
    let author = Workspace::new();
    for (name, newer) in [("older", false), ("newer", true)] {
        let reference = registry.reference(&format!("{name}:1"));
        author.write("greets.wasm", package("1.0.0", "{}"));
        let said = author.run(&["plugin", "push", "greets.wasm", &reference]).expect(0);
        let digest = said.out.split("digest ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        let user = team(&reference);
        let tag = release("v1.0.0");
        user.write("trusted_root.json", sigstore.trust_root().to_string());
        user.write("scorebox.policy.yaml", policy(&release("*").subject, ""));
        let repository = format!("acme/{name}");
        let tagged = digest.replace(':', "-");
        if newer {
            let (manifest, blobs) = referrer(&sigstore.state(&tag, SIGNATURE, &digest), &digest);
            let bytes = manifest.to_string().into_bytes();
            registry.put(&repository, &self::digest(&bytes), &manifest, &blobs);
            // As GitHub's registry says it, which names the kind of the config.
            let mut entry = descriptor("application/vnd.oci.image.manifest.v1+json", &bytes);
            entry["artifactType"] = "application/vnd.oci.empty.v1+json".into();
            let index = json!({
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.index.v1+json",
                "manifests": [entry],
            });
            registry.put(&repository, &tagged, &index, &[]);
        } else {
            let (manifest, blobs) = signature(&sigstore, &tag, &digest);
            registry.put(&repository, &format!("{tagged}.sig"), &manifest, &blobs);
        }
        let said = user.run(&["plugin", "add", &reference]).expect(0);
        assert!(said.out.contains(&release("*").subject), "{}", said.out);
        let verify = ["plugin", "verify", &reference, "--identity", &tag.subject, "--issuer", ISSUER];
        let said = user.run(&[&verify[..], &["--trust-root", "trusted_root.json"]].concat()).expect(0);
        assert!(said.out.contains(&format!("signed by {}", tag.subject)), "{}", said.out);
        user.run(&["run", "--out", "out"]).expect(0);
        let other = team(&reference);
        for file in ["scorebox.lock", "scorebox.policy.yaml", "trusted_root.json"] {
            hand_over(&user, &other, file);
        }
        other.run(&["plugin", "pull"]).expect(0);
        other.run(&["run", "--out", "out"]).expect(0);
        other.run(&["replay", "out"]).expect(0);
        other.write("scorebox.policy.yaml", policy("jo@acme.example", ""));
        holds(&other.run(&["run"]).expect(2), &["not signed as it has to be: by release"]);
    }
    registry.end();
}

/// A registry that serves the plugin of a layout, this list of what refers to it, and these blobs.
fn with_referrers(layout: &Path, list: Vec<u8>, more: Vec<Vec<u8>>) -> (String, Arc<AtomicUsize>) {
    let (manifest, mut blobs) = artifact(layout);
    blobs.extend(more.into_iter().map(|blob| (digest(&blob), blob)));
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let host = server(move |request| {
        count.fetch_add(1, Ordering::Relaxed);
        let name = request.path.rsplit('/').next().unwrap_or_default();
        let found = blobs.iter().find(|(digest, _)| digest == name).map(|(_, blob)| blob);
        match found {
            _ if request.path.contains("/referrers/") => answer("200 OK", "", &list),
            _ if name == "1" => answer("200 OK", "", &manifest),
            Some(blob) => answer("200 OK", "", blob),
            None => answer("404 Not Found", "", b""),
        }
    });
    (host, asked)
}

fn index(manifests: &Value) -> Vec<u8> {
    let media_type = "application/vnd.oci.image.index.v1+json";
    json!({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}).to_string().into_bytes()
}

#[test]
fn a_registry_is_asked_for_its_list_of_referrers_and_not_believed() {
    const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    let sigstore = Sigstore::new();
    let user = Workspace::new();
    user.write("trusted_root.json", sigstore.trust_root().to_string());
    let manifest = publish(&user, "1.0.0");
    let layout = user.path("plugins");
    let tag = release("v1.0.0");
    let (found, blobs) = referrer(&sigstore.state(&tag, SIGNATURE, &manifest), &manifest);
    let found = found.to_string().into_bytes();
    let add = |host: &str| {
        let reference = format!("{host}/acme/greets:1");
        let who = ["--identity", &tag.subject, "--issuer", ISSUER, "--trust-root", "trusted_root.json"];
        user.run(&[&["plugin", "add", &reference], &who[..]].concat())
    };
    let all = |blobs: &[Vec<u8>], found: &[u8]| [blobs, &[found.to_vec()]].concat();
    let list = index(&json!([descriptor(MANIFEST, &found)]));

    // Whatever is wrong is said, and nothing is kept.
    let large = vec![b' '; 1 << 20];
    let mut with_large: Value = serde_json::from_slice(&found).unwrap();
    with_large["layers"][0] = descriptor("application/vnd.dev.sigstore.bundle.v0.3+json", &large);
    let honest = with_large.to_string().into_bytes();
    with_large["layers"][0]["size"] = 100.into();
    let with_large = with_large.to_string().into_bytes();
    let mut climbing = descriptor(MANIFEST, b"");
    climbing["digest"] = "sha256:../../../etc/passwd".into();
    let mut another = descriptor(MANIFEST, &found);
    another["digest"] = digest(&blobs[1]).into();
    for (list, more, expected) in [
        (vec![b' '; 5 << 20], vec![], "sends more than the 4194304 bytes"),
        (index(&json!([climbing])), vec![], "is no digest"),
        (index(&json!([another])), all(&blobs, &found), "its manifest cannot be read"),
        (
            index(&json!([descriptor(MANIFEST, &with_large)])),
            vec![with_large.clone(), large],
            "sends more than the 100 bytes",
        ),
        // One that says that it is too large is left out, and need not be there.
        (index(&json!([descriptor(MANIFEST, &honest)])), vec![honest], "it carries no signature by identity"),
        // A list that is none, or is of what is gone, is one of nothing.
        (b"<html>".to_vec(), vec![], "it carries no signature by identity"),
        (list.clone(), vec![], "it carries no signature by identity"),
    ] {
        let (host, _) = with_referrers(&layout, list, more);
        holds(&add(&host).expect(2), &[expected]);
        assert_eq!(stored(&user), [""; 0]);
    }
    let many = vec![descriptor(MANIFEST, b"gone"); 1000];
    let (host, asked) = with_referrers(&layout, index(&json!(many)), vec![]);
    holds(&add(&host).expect(2), &["it carries no signature by identity"]);
    assert!(asked.load(Ordering::Relaxed) < 40, "{asked:?}");

    let (host, _) = with_referrers(&layout, list, all(&blobs, &found));
    let said = add(&host).expect(0);
    assert!(said.out.contains(&format!("signed by {}", tag.subject)), "{}", said.out);
}
