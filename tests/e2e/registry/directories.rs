//! Directories and files as registries, the index, and signatures that others check as well.

use std::process::Command;

use super::{hand_over, holds, keys, package, stored, team};
use crate::workspace::{Workspace, sample};

/// A publisher whose plugin lies in the directory `plugins`, signed.
fn author() -> Workspace {
    let author = Workspace::new();
    keys(&author, "release");
    author.write("greets.wasm", package("1.0.0", "{}"));
    author
        .run(&["plugin", "push", "greets.wasm", "dir:plugins#team/greets:1.0.0", "--sign", "release.key"])
        .expect(0);
    author
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    assert!(Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap().success());
}

#[test]
fn a_directory_is_carried_to_a_site_without_a_network() {
    let author = author();
    let reference = "dir:vendor#team/greets:1.0.0";
    let user = team(reference);
    copy(&author.path("plugins"), &user.path("vendor"));
    hand_over(&author, &user, "release.pub");
    user.write("scorebox.policy.yaml", "signatures: {keys: {release: release.pub}}\nregistries: [files]\n");
    user.run(&["plugin", "add", reference]).expect(0);
    user.run(&["run", "--out", "out"]).expect(0);
    user.run(&["replay", "out"]).expect(0);
    // The suite needs the directory no more.
    std::fs::remove_dir_all(user.path("vendor")).unwrap();
    user.run(&["run"]).expect(0);
    holds(&user.run(&["plugin", "pull"]).expect(2), &["this is no OCI image layout"]);
    holds(&user.run(&["plugin", "pull", "dir:vendor#x:1"]).expect(2), &["oci-layout"]);
}

#[test]
fn a_file_is_pinned_and_checked_like_everything_else() {
    let author = author();
    let user = Workspace::with(
        &[sample("a", "regression", "Hello.")],
        "  greets: {plugin: 'file:vendor/greets.wasm'}\n",
    );
    std::fs::create_dir(user.path("vendor")).unwrap();
    let place = user.path("vendor/greets.wasm");
    let target = format!("file:{}", place.display());
    author.run(&["plugin", "push", "greets.wasm", &target, "--sign", "release.key"]).expect(0);
    hand_over(&author, &user, "release.pub");
    user.run(&["plugin", "verify", "vendor/greets.wasm", "--key", "release.pub"]).expect(0);
    user.run(&["plugin", "add", "file:vendor/greets.wasm", "--key", "release.pub"]).expect(0);
    user.run(&["run"]).expect(0);

    user.write("vendor/greets.wasm", package("1.0.1", "{}"));
    holds(&user.run(&["run"]).expect(2), &["is not what scorebox.lock pins", "digest pinned"]);
    holds(&user.run(&["plugin", "update"]).expect(2), &["no signature by the pinned key", "--accept-signer"]);
    holds(
        &user.run(&["plugin", "verify", "vendor/greets.wasm", "--key", "release.pub"]).expect(2),
        &["is not signed by"],
    );
}

#[test]
fn a_policy_wants_signatures_of_plugins_that_are_named_by_path() {
    let author = author();
    let user = Workspace::with(&[sample("a", "regression", "Hello.")], "  greets: {plugin: greets.wasm}\n");
    hand_over(&author, &user, "greets.wasm");
    hand_over(&author, &user, "release.pub");
    user.run(&["run"]).expect(0);
    user.write("scorebox.policy.yaml", "signatures: {keys: {release: release.pub}}\n");
    holds(&user.run(&["run"]).expect(2), &["not signed as it has to be: by release"]);
    let target = format!("file:{}", user.path("greets.wasm").display());
    author.run(&["plugin", "push", "greets.wasm", &target, "--sign", "release.key"]).expect(0);
    user.run(&["run"]).expect(0);
    user.write("greets.wasm", package("1.0.1", "{}"));
    holds(&user.run(&["run"]).expect(2), &["not signed as it has to be"]);
}

#[test]
fn openssl_checks_what_scorebox_signs() {
    let author = Workspace::new();
    let mut keygen = author.command(&["plugin", "keygen", "secret"]);
    assert!(keygen.env("SCOREBOX_KEY_PASSWORD", "correct horse").status().unwrap().success());
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(author.path("secret.key")).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    assert!(author.read("secret.key").starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    author.write("greets.wasm", package("1.0.0", "{}"));
    let push = ["plugin", "push", "greets.wasm", "dir:plugins#greets:1.0.0", "--sign", "secret.key"];
    holds(&author.run(&push).expect(2), &["is encrypted", "SCOREBOX_KEY_PASSWORD"]);
    assert!(!author.path("plugins").exists(), "nothing is published unsigned for want of a password");
    assert!(author.command(&push).env("SCOREBOX_KEY_PASSWORD", "correct horse").status().unwrap().success());
    let file = ["plugin", "push", "greets.wasm", "file:copy.wasm", "--sign", "secret.key"];
    assert!(author.command(&file).env("SCOREBOX_KEY_PASSWORD", "correct horse").status().unwrap().success());

    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("left out: there is no openssl");
        return;
    }
    let openssl = |script: &str| {
        let mut command = author.command_of("sh", &["-euc", script]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    // The private key is one that others read, and the public one is its other half.
    let public = openssl("openssl pkey -in secret.key -passin 'pass:correct horse' -pubout");
    assert_eq!(public, author.read("secret.pub"));
    // As `cosign verify-blob` does it.
    openssl(
        "base64 -d copy.wasm.sig > sig && openssl dgst -sha256 -verify secret.pub -signature sig copy.wasm",
    );
    // As `cosign verify` does it: the signature of a payload that names the manifest's digest, in cosign's layout.
    let index: serde_json::Value = serde_json::from_str(&author.read("plugins/index.json")).unwrap();
    let named = |name: &str| {
        let manifests = index["manifests"].as_array().unwrap().iter();
        let mut found =
            manifests.filter(|entry| entry["annotations"]["org.opencontainers.image.ref.name"] == name);
        found.next().unwrap_or_else(|| panic!("no {name} in {index}"))["digest"].as_str().unwrap().to_owned()
    };
    let digest = named("greets:1.0.0");
    let signatures = named(&format!("greets:{}.sig", digest.replace(':', "-")));
    let blob = |digest: &str| format!("plugins/blobs/sha256/{}", digest.strip_prefix("sha256:").unwrap());
    let manifest: serde_json::Value = serde_json::from_str(&author.read(&blob(&signatures))).unwrap();
    let layer = &manifest["layers"][0];
    assert_eq!(layer["mediaType"], "application/vnd.dev.cosign.simplesigning.v1+json");
    let payload = author.read(&blob(layer["digest"].as_str().unwrap()));
    assert_eq!(
        payload,
        format!(
            "{{\"critical\":{{\"identity\":{{\"docker-reference\":\"greets\"}},\"image\":{{\"docker-manifest-digest\":\"{digest}\"}},\"type\":\"cosign container image signature\"}},\"optional\":null}}"
        )
    );
    author.write("payload", payload);
    author.write("payload.sig", layer["annotations"]["dev.cosignproject.cosign/signature"].as_str().unwrap());
    openssl("base64 -d payload.sig > sig && openssl dgst -sha256 -verify secret.pub -signature sig payload");
    // And a signature by openssl is one for Scorebox.
    openssl(
        "openssl dgst -sha256 -sign secret.key -passin 'pass:correct horse' greets.wasm | base64 -w0 > greets.wasm.sig",
    );
    author.run(&["plugin", "verify", "greets.wasm", "--key", "secret.pub"]).expect(0);
}

#[test]
fn the_layout_is_that_of_the_tools_for_webassembly() {
    let author = author();
    let (manifest, blobs) = super::servers::artifact(&author.path("plugins"));
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(manifest["annotations"]["org.opencontainers.image.version"], "1.0.0");
    assert_eq!(manifest["annotations"]["org.opencontainers.image.licenses"], "MIT");
    let config = blobs.iter().find(|(digest, _)| manifest["config"]["digest"] == digest.as_str()).unwrap();
    let config: serde_json::Value = serde_json::from_slice(&config.1).unwrap();
    assert_eq!((&config["architecture"], &config["os"]), (&"wasm".into(), &"wasip2".into()));
    assert_eq!(config["layerDigests"][0], manifest["layers"][0]["digest"]);
    assert_eq!(config["component"]["exports"][0], "scorebox:plugin/metric@0.1.0");
}

#[test]
fn an_index_is_searched_and_leads_to_a_suite_that_runs() {
    let author = author();
    let push = |to: &str| {
        let push = ["plugin", "push", "greets.wasm", to, "--sign", "release.key", "--index", "plugins"];
        author.run(&push).expect(0);
    };
    push("dir:plugins#team/greets:1.0.0");
    author.write("greets.wasm", package("1.1.0", "{\"model\":true}"));
    push("dir:plugins#team/greets:1.1.0");
    let user =
        Workspace::with(&[sample("a", "regression", "Hello.")], "  contains: {settings: {all_of: [Hello]}}");
    copy(&author.path("plugins"), &user.path("site"));
    let page = user.read("site/index.html");
    assert!(page.contains("scorebox plugin add dir:.#team/greets:1.1.0"), "{page}");
    assert!(page.contains("asks for {model: true}") && !page.contains("<script"), "{page}");
    let said = user.run(&["plugin", "search", "GREETS", "answer", "--index", "site"]).expect(0);
    let found = said.out;
    assert!(found.contains("greets 1.1.0: The answer greets.\n  asks for {model: true}"), "{found}");
    let said = user.run(&["plugin", "search", "farewell", "--index", "site"]).expect(0);
    assert!(said.out.contains("nothing of site has that"), "{}", said.out);
    holds(&user.run(&["plugin", "search", "x"]).expect(2), &["no index to search", "--index"]);
    user.write("site/plugins.json", "{}");
    holds(
        &user.run(&["plugin", "search", "x", "--index", "site"]).expect(2),
        &["this is no index of plugins"],
    );
    holds(
        &user.run(&["plugin", "search", "x", "--index", "http://example.com/i.json"]).expect(2),
        &["not encrypted"],
    );
    let reference = "dir:site#team/greets:1.0.0";
    assert!(found.contains(reference), "{found}");
    user.run(&["plugin", "add", reference, "--suite", "scorebox.yaml"]).expect(0);
    assert!(
        user.read("scorebox.yaml").contains("metrics:\n  greets:\n    plugin: "),
        "{}",
        user.read("scorebox.yaml")
    );
    let said = user.run(&["run"]).expect(0);
    assert!(said.out.contains("greets"), "{}", said.out);
    assert_eq!(stored(&user).len(), 2);
}
