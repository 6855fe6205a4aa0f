//! Debian's registry: publishing, fetching, pinning, and what is told of what changed.

use super::servers::DockerRegistry;
use super::{hand_over, holds, keys, package, stored, team};
use crate::workspace::Workspace;

/// A publisher with keys, whose plugin's first version is in the registry, signed.
fn published(registry: &DockerRegistry) -> (Workspace, String) {
    let author = Workspace::new();
    keys(&author, "release");
    author.write("greets.wasm", package("1.0.0", "{}"));
    let reference = registry.reference("greets:1");
    author.run(&["plugin", "push", "greets.wasm", &reference, "--sign", "release.key"]).expect(0);
    (author, reference)
}

/// A team that uses it, and knows the publisher's key.
fn user(author: &Workspace, reference: &str) -> Workspace {
    let user = team(reference);
    hand_over(author, &user, "release.pub");
    user.run(&["plugin", "add", reference, "--key", "release.pub"]).expect(0);
    user
}

/// Publishes another version under the same tag.
fn republish(author: &Workspace, reference: &str, version: &str, grants: &str, sign: &[&str]) {
    author.write("greets.wasm", package(version, grants));
    let taken = author.run(&["plugin", "push", "greets.wasm", reference]).expect(2);
    holds(&taken, &["is there already with another content", "--overwrite"]);
    author.run(&[&["plugin", "push", "greets.wasm", reference, "--overwrite"], sign].concat()).expect(0);
}

#[test]
fn a_plugin_goes_from_one_team_to_another_and_runs_offline() {
    let Some(registry) = DockerRegistry::start() else { return };
    let (author, reference) = published(&registry);
    let user = team(&reference);
    hand_over(&author, &user, "release.pub");

    let said = user.run(&["run"]).expect(2);
    holds(&said, &["does not pin", &format!("scorebox plugin add {reference}")]);
    let said = user.run(&["plugin", "verify", &reference, "--key", "release.pub"]).expect(0);
    assert!(said.out.contains("signed by sha256:"), "{}", said.out);
    assert_eq!(stored(&user), [""; 0], "verifying keeps nothing");
    let said = user.run(&["plugin", "add", &reference, "--key", "release.pub", "--suite", "scorebox.yaml"]);
    holds(&said.expect(2), &["has a metric `greets` already"]);
    let said = user.run(&["plugin", "list", "--json"]).expect(0).json();
    assert_eq!((&said[0]["version"], &said[0]["fetched"]), (&"1.0.0".into(), &true.into()));
    assert_eq!(said[0]["signers"].as_array().unwrap().len(), 1);

    // A machine that has the checkout alone.
    let other = team(&reference);
    hand_over(&user, &other, "scorebox.lock");
    holds(&other.run(&["run"]).expect(2), &["not in the local store", "scorebox plugin pull"]);
    other.run(&["plugin", "pull"]).expect(0);
    assert_eq!(stored(&other).len(), 2);

    registry.end();
    for team in [&user, &other] {
        let said = team.run(&["run", "--out", "out"]).expect(0);
        assert!(said.out.contains("greets"), "{}", said.out);
        let run: serde_json::Value = serde_json::from_str(&team.read("out/run.json")).unwrap();
        assert_eq!(
            run["metrics"][0]["plugin"],
            reference.as_str(),
            "a record has the reference, not a place"
        );
        team.run(&["replay", "out"]).expect(0);
    }
    holds(
        &other.run(&["plugin", "pull"]).expect(2),
        &["cannot reach", &reference.replace(":1", "").replace("/acme", "/v2/acme"), "is the address right"],
    );
    other.run(&["run"]).expect(0);
}

#[test]
fn a_tag_that_moved_stops_whoever_asks_and_changes_no_run() {
    let Some(registry) = DockerRegistry::start() else { return };
    let (author, reference) = published(&registry);
    let user = user(&author, &reference);
    let before = stored(&user);
    republish(&author, &reference, "1.0.1", "{}", &["--sign", "release.key"]);

    let said = user.run(&["plugin", "pull"]).expect(2);
    let accept = format!("scorebox plugin update {reference}");
    holds(
        &said,
        &[
            "is not what ./scorebox.lock pins",
            "version 1.0.0 → 1.0.1",
            "digest pinned sha256:",
            "found sha256:",
            &accept,
        ],
    );
    holds(&user.run(&["plugin", "add", &reference]).expect(2), &["version 1.0.0 → 1.0.1", &accept]);
    assert_eq!(stored(&user), before, "nothing of the other one is kept");
    user.run(&["run"]).expect(0);

    let said = user.run(&["plugin", "update"]).expect(0);
    assert!(said.out.contains("version  1.0.0 → 1.0.1"), "{}", said.out);
    user.run(&["run"]).expect(0);
    user.run(&["plugin", "pull"]).expect(0);
    let said = user.run(&["plugin", "update", &reference]).expect(0);
    assert!(said.out.contains("is as it was"), "{}", said.out);
}

#[test]
fn a_flipped_byte_is_found_in_the_registry_and_in_the_store() {
    let Some(registry) = DockerRegistry::start() else { return };
    let (author, reference) = published(&registry);
    let user = user(&author, &reference);
    let said = user.run(&["plugin", "list", "--json"]).expect(0).json();
    let component = said[0]["component"].as_str().unwrap().to_owned();

    let store = user.path(&format!("store/components/{}.wasm", component.strip_prefix("sha256:").unwrap()));
    let flip = |path: &std::path::Path| {
        let mut bytes = std::fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    flip(&store);
    holds(&user.run(&["run"]).expect(2), &["was changed since it was fetched", "scorebox plugin pull"]);
    user.run(&["plugin", "pull"]).expect(0);
    user.run(&["run"]).expect(0);

    flip(&registry.blob(&component));
    let clean = team(&reference);
    hand_over(&user, &clean, "scorebox.lock");
    let said = clean.run(&["plugin", "pull"]).expect(2);
    holds(
        &said,
        &[
            "the component of",
            "has the digest sha256:",
            &format!("and should have {component}"),
            "is not used",
        ],
    );
    assert_eq!(stored(&clean), [""; 0]);
}

#[test]
fn another_key_stops_the_update_until_it_is_accepted() {
    let Some(registry) = DockerRegistry::start() else { return };
    let (author, reference) = published(&registry);
    let user = user(&author, &reference);
    keys(&author, "other");
    republish(&author, &reference, "1.0.1", "{}", &["--sign", "other.key"]);
    hand_over(&author, &user, "other.pub");

    holds(
        &user.run(&["plugin", "verify", &reference, "--key", "release.pub"]).expect(2),
        &["is not signed by sha256:", "it carries 1 signature, by others"],
    );
    holds(&user.run(&["plugin", "pull"]).expect(2), &["signer no signature by the pinned key sha256:"]);
    let said = user.run(&["plugin", "update"]).expect(2);
    holds(&said, &["signer no signature by the pinned key", "--accept-signer"]);
    user.run(&["run"]).expect(0);
    user.run(&["plugin", "update", "--accept-signer", "--key", "other.pub"]).expect(0);
    user.run(&["plugin", "verify", &reference, "--key", "other.pub"]).expect(0);
    user.run(&["run"]).expect(0);

    user.write("scorebox.policy.yaml", "signatures: {keys: {release: release.pub, other: other.pub}}\n");
    user.run(&["run"]).expect(0);
    user.write(
        "scorebox.policy.yaml",
        "signatures: {keys: {release: release.pub, other: other.pub}, all_of: [release, other]}\n",
    );
    holds(&user.run(&["run"]).expect(2), &["not signed as it has to be: by all of release, other"]);
    user.write("scorebox.policy.yaml", "signatures: {keys: {release: release.pub}}\n");
    holds(&user.run(&["run"]).expect(2), &["a policy lets only signed plugins run", "by release"]);
}

#[test]
fn a_second_signature_joins_the_first() {
    let Some(registry) = DockerRegistry::start() else { return };
    let (author, reference) = published(&registry);
    keys(&author, "review");
    author.run(&["plugin", "push", "greets.wasm", &reference, "--sign", "review.key"]).expect(0);
    author.run(&["plugin", "verify", &reference, "--key", "release.pub", "--key", "review.pub"]).expect(0);
    let user = team(&reference);
    hand_over(&author, &user, "release.pub");
    hand_over(&author, &user, "review.pub");
    user.write("scorebox.policy.yaml", "signatures: {keys: {release: release.pub, review: review.pub}, at_least: 2}\nregistries: [\"127.0.0.1:1\"]\n");
    user.run(&["plugin", "add", &reference]).expect(0);
    holds(&user.run(&["run"]).expect(2), &["a policy allows no plugins from", "127.0.0.1:1"]);
    let policy = format!(
        "signatures: {{keys: {{release: release.pub, review: review.pub}}, at_least: 2}}\nregistries: [\"{}/acme\"]\n",
        registry.host
    );
    user.write("scorebox.policy.yaml", policy);
    user.run(&["run", "--out", "out"]).expect(0);
    user.run(&["replay", "out"]).expect(0);
}

#[test]
fn a_plugin_that_asks_for_more_is_not_taken_until_that_is_accepted() {
    let Some(registry) = DockerRegistry::start() else { return };
    let (author, reference) = published(&registry);
    let user = user(&author, &reference);
    republish(
        &author,
        &reference,
        "1.0.1",
        "{\"model\":true,\"http\":[\"api.example.com\"]}",
        &["--sign", "release.key"],
    );

    let said = user.run(&["plugin", "update"]).expect(2);
    holds(&said, &["grants asks for more: {model: true, http: [api.example.com]}", "--accept-grants"]);
    user.run(&["run"]).expect(0);
    user.run(&["plugin", "update", "--accept-grants"]).expect(0);
    // A lock file that grants less than the plugin asks for is one that somebody edited.
    let lock = user.read("scorebox.lock");
    let edited = lock.replace("\"model\": true,", "");
    assert_ne!(lock, edited);
    user.write("scorebox.lock", edited);
    holds(
        &user.run(&["run"]).expect(2),
        &["is not what scorebox.lock pins", "asks for more: {model: true}", "--accept-grants"],
    );
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let Some(registry) = DockerRegistry::start() else { return };
    let (author, reference) = published(&registry);
    let said = author.run(&["plugin", "pull", &registry.reference("greets:9")]).expect(2);
    holds(&said, &["there is no", "greets:9: there are 1"]);
    let said = author.run(&["plugin", "pull", &registry.reference("waves:1")]).expect(2);
    holds(&said, &["the registry has no plugin of that name"]);
    let by_digest = format!("{}@sha256:{}", registry.reference("greets"), "0".repeat(64));
    holds(&author.run(&["plugin", "pull", &by_digest]).expect(2), &["there is no"]);
    let listed = author.run(&["plugin", "pull", &reference]).expect(0).out;
    let digest = listed.split("digest ").nth(1).unwrap().trim();
    author.run(&["plugin", "pull", &format!("{}@{digest}", registry.reference("greets"))]).expect(0);
}
