//! Every mistake that a policy can have, and everything that a suite can ask for beyond one.

use std::fmt::Write;
use std::path::Path;

use proptest::prelude::*;
use scorebox_sandbox::CompileLimits;

use super::model::{Origin, Policies};
use super::parse::parse;
use crate::suite::{Isolation, Suite};

const SOUND: &str = "\
limits: {memory: 32MiB, deadline: 5s, fuel: 1000, model_calls: 0}
compile: {time: 60s, memory: 1GiB}
grants:
  files: [reference]
  http:
    - api.example.com
    - {host: \"http://localhost:8080\", private: true, secrets: [LOCAL_TOKEN]}
  secrets: [API_TOKEN]
subjects: [dataset, recorded]
isolation: process
plugins:
  digests: [\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]
registries: [files, ghcr.io/acme]
signatures: optional
";

/// A directory with a dataset, a directory to grant, one that is a link out of it, and a suite.
fn directory(suite: &str) -> (tempfile::TempDir, Suite) {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    for name in ["reference/inner", "other"] {
        std::fs::create_dir_all(at(name)).unwrap();
    }
    std::os::unix::fs::symlink(at("other"), at("reference/link")).unwrap();
    std::fs::write(at("dataset.jsonl"), "").unwrap();
    std::fs::write(at("scorebox.yaml"), suite).unwrap();
    let suite = crate::suite::load(&at("scorebox.yaml")).unwrap();
    (directory, suite)
}

fn policies(directory: &Path, texts: &[(&str, Origin, &str)]) -> Policies {
    let read =
        |(name, origin, text): &(&str, Origin, &str)| parse(&directory.join(name), *origin, text).unwrap();
    Policies(texts.iter().map(read).collect())
}

fn relative(text: &str, directory: &tempfile::TempDir) -> String {
    let real = directory.path().canonicalize().unwrap();
    let text = text.replace(&format!("{}/", directory.path().display()), "");
    text.replace(&format!("{}/", real.display()), "")
}

/// Policies, each with mistakes.
const MISTAKES: &[&str] = &[
    "",
    "# nothing but a remark\n",
    "limits\n",
    "- limits\n",
    "limit: {memory: 1MiB}\n",
    "limits: {memory: 2GiB, deadline: 2h, feul: 1}\n",
    "limits: {memory: }\nlimits: {}\n",
    "compile: {time: 1d, memory: 1, code_bytes: 8GiB, fuel: 1}\n",
    "grants: none\n",
    "grants: {model: maybe, network: []}\n",
    "grants: {files: /srv, http: api.example.com, secrets: API_TOKEN}\n",
    "grants: {files: [1], http: ['*', {private: true}], secrets: [A-B]}\n",
    "subjects: command\n",
    "subjects: [commands]\n",
    "isolation: none\n",
    "plugins: [a.wasm]\n",
    "plugins: {}\n",
    "plugins: {digests: [competitor-mention, \"sha256:ABC\"]}\n",
    "registries: [file, GHCR.io/Acme/, ghcr.io//x, acme]\n",
    "signatures: true\n",
    "signatures: requird\n",
    "signatures: {}\n",
    "signatures: {identities: [jo@example.org]}\n",
    "signatures: {identities: {}}\n",
    "signatures: {identities: {a: jo@acme.example, b: {}, c: {subject: jo@acme.example, isuer: x}}}\n",
    "signatures: {identities: {a: {subject: '', issuer: accounts.google.com}, b: {subject: '*', issuer: 'https://*.example'}, c: {subject: 'https://github.com/*/*@refs/heads/main', issuer: 1}}}\n",
    "signatures: {identities: {a: {subject: a, issuer: 'https://b.example'}}, trust_root: nowhere.json}\n",
    "signatures: {identities: {a: {subject: a, issuer: 'https://b.example'}}, trust_root: Cargo.toml, any_of: [b]}\n",
    "signatures: {identities: {a: {subject: a, issuer: 'https://b.example'}, b: {subject: a, issuer: 'https://b.example'}}}\n",
    "signatures: {identities: {a: {subject: 'https://github.com/acme/*', issuer: 'https://b.example'}, b: {subject: 'https://github.com/acme/x', issuer: 'https://b.example'}}, at_least: 2}\n",
    "signatures: {identities: {a: {subject: 'a*', issuer: 'https://b.example'}, b: {subject: '*b', issuer: 'https://b.example'}}, all_of: [a, b]}\n",
    "signatures: {keys: {a: \"-----BEGIN PUBLIC KEY-----\\n-----END PUBLIC KEY-----\"}, identities: {a: {subject: a, issuer: 'https://b.example'}}, all_of: []}\n",
    "signatures: {keys: {a: \"-----BEGIN PUBLIC KEY-----\\n-----END PUBLIC KEY-----\"}, trust_root: x.json}\n",
    "signatures: {keys: {release: nowhere.pub}}\n",
    "signatures: {keys: {a: \"-----BEGIN PRIVATE KEY-----\"}}\n",
    "signatures: {keys: {a: \"-----BEGIN PUBLIC KEY-----\\n-----END PUBLIC KEY-----\"}, at_least: 2}\n",
    "signatures: {keys: {a: \"-----BEGIN PUBLIC KEY-----\\n-----END PUBLIC KEY-----\"}, all_of: [b], any_of: [a]}\n",
    "signatures: {keys: {a: \"-----BEGIN PUBLIC KEY-----\\n-----END PUBLIC KEY-----\"}, all_of: [b]}\n",
    "signatures: {keys: {a: \"-----BEGIN PUBLIC KEY-----K-----END PUBLIC KEY-----\", b: \"-----BEGIN PUBLIC KEY-----J-----END PUBLIC KEY-----\", c: \"-----BEGIN PUBLIC KEY-----K-----END PUBLIC KEY-----\"}, at_least: 2}\n",
    "limits: {memory: 1MiB}\n---\nlimits: {}\n",
];

#[test]
fn every_mistake_says_where_it_is_and_what_to_write_instead() {
    let mut out = String::new();
    for text in MISTAKES {
        let error = parse(Path::new("policy.yaml"), Origin::System, text).expect_err(text);
        writeln!(out, "{text}\n{error}\n").unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn what_goes_beyond_a_policy_is_shown_with_both_places() {
    let suite = "\
dataset: dataset.jsonl
subject: {command: [python3, assistant.py]}
limits: {deadline: 1m}
isolation: instance
metrics:
  exact-match:
  greedy:
    plugin: greedy.wasm
    limits: {memory: 1GiB, fuel: 1000}
    grants:
      model: true
      files:
        - {dir: reference/inner, as: /inner}
        - {dir: other, as: /other}
        - {dir: reference/link, as: /link}
      http:
        - {host: api.example.com, private: true, headers: {authorization: \"Bearer ${LOCAL_TOKEN}\"}}
        - {host: api.example.com:8443}
        - {host: \"http://localhost:8080\", private: true, headers: {a: \"${LOCAL_TOKEN}\", b: \"${API_TOKEN}\", c: plain}}
        - http://api.example.com
        - evil.example
";
    let (directory, mut suite) = directory(suite);
    let policies = policies(directory.path(), &[("policy.yaml", Origin::System, SOUND)]);
    let error = policies.enforce(&mut suite).unwrap_err();
    insta::assert_snapshot!(relative(&error.to_string(), &directory));
    let drawn = relative(&error.render(), &directory);
    let plain = crate::suite::console_text(&drawn);
    insta::assert_snapshot!("drawn", plain.split("\n  ×").take(3).collect::<Vec<_>>().join("\n  ×"));
}

const SMALL: &str = "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, grants: {model: true}}\n";

fn refusal(policy: &str) -> Option<String> {
    let (directory, mut suite) = directory(SMALL);
    let policies = policies(directory.path(), &[("policy.yaml", Origin::System, policy)]);
    let error = policies.enforce(&mut suite).err()?;
    Some(relative(&error.to_string(), &directory))
}

#[test]
fn what_is_absent_forbids_nothing_and_what_is_there_forbids_the_rest() {
    assert_eq!(refusal("limits: {fuel: 1}"), None);
    assert_eq!(refusal("grants: {model: true}"), None);
    for policy in ["grants: {}", "grants: {http: [api.example.com]}", "grants: {model: false}"] {
        assert!(refusal(policy).unwrap().contains("forbids to grant the model"), "{policy}");
    }
    assert_eq!(refusal("registries: [files]"), None);
    for policy in ["registries: []", "registries: [ghcr.io/acme]"] {
        assert!(refusal(policy).unwrap().contains("no plugins that are files"), "{policy}");
    }
    assert_eq!(refusal("signatures: optional"), None);
    let unsigned = refusal("signatures: required").unwrap();
    assert!(unsigned.contains("only signed plugins") && unsigned.contains("no plugin runs"), "{unsigned}");
    assert_eq!(refusal("subjects: [dataset]"), None);
    assert!(refusal("subjects: [recorded]").unwrap().contains("forbids the answers in the dataset"));
    assert!(refusal("subjects: []").unwrap().contains("allows no subject at all"));
}

#[test]
fn a_built_in_metric_needs_no_leave() {
    let (directory, mut suite) = directory("dataset: dataset.jsonl\nmetrics: {exact-match: {}}\n");
    let strict = "signatures: required\nregistries: []\ngrants: {}\nplugins: {digests: []}\n";
    policies(directory.path(), &[("policy.yaml", Origin::System, strict)]).enforce(&mut suite).unwrap();
}

#[test]
fn defaults_are_taken_down_and_lower_limits_stay() {
    let (directory, mut suite) = directory(
        "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm}\n  b: {plugin: b.wasm, limits: {memory: 1MiB}}\n",
    );
    let policies = policies(
        directory.path(),
        &[
            ("one.yaml", Origin::System, "limits: {memory: 32MiB, deadline: 30s}"),
            ("two.yaml", Origin::Checkout, "limits: {memory: 1GiB, deadline: 5s}"),
        ],
    );
    policies.enforce(&mut suite).unwrap();
    let [a, b] = [&suite.metrics[0].limits, &suite.metrics[1].limits];
    assert_eq!((a.memory, b.memory), (32 << 20, 1 << 20));
    assert_eq!((a.deadline.as_secs(), b.deadline.as_secs()), (5, 5));
    assert_eq!(a.fuel, scorebox_sandbox::Limits::default().fuel);
}

#[test]
fn a_ceiling_over_fuel_bounds_the_fuel_of_bytes_as_well() {
    let wanted = |policy: &str| {
        let (directory, mut suite) = directory(
            "dataset: dataset.jsonl\nlimits: {fuel: 1000, fuel_per_byte: 1000000000}\nmetrics: {a: {plugin: a.wasm}}\n",
        );
        let policies = policies(directory.path(), &[("policy.yaml", Origin::System, policy)]);
        let effective = policies.effective();
        let line = effective.lines.iter().find(|line| line.key == "limits.fuel_per_byte").unwrap();
        let error = policies.enforce(&mut suite).err();
        (line.text.clone(), error.map(|error| relative(&error.to_string(), &directory)))
    };
    let (line, refused) = wanted("limits: {fuel: 1000}");
    assert_eq!(line, "at most 10000, as by default, since `fuel` has a ceiling");
    let refused = refused.unwrap();
    assert!(refused.contains("`fuel_per_byte` is 1000000000, more than the 10000"), "{refused}");
    assert!(refused.contains("policy.yaml:1:16: a ceiling over `fuel` holds"), "{refused}");
    let (line, refused) = wanted("limits: {fuel: 1000, fuel_per_byte: 1000000000}");
    assert_eq!((line.as_str(), refused), ("at most 1000000000", None), "one of its own may be higher");
}

#[test]
fn isolation_is_raised_and_never_lowered() {
    let isolation = |suite: &str, first: &str, second: &str| {
        let (directory, mut suite) = directory(&format!("{suite}{SMALL}"));
        let texts = [("one.yaml", Origin::System, first), ("two.yaml", Origin::Checkout, second)];
        let policies = policies(directory.path(), &texts);
        policies.enforce(&mut suite).map(|()| suite.isolation)
    };
    let (none, instance, process) = ("limits: {}", "isolation: instance\n", "isolation: process\n");
    for (suite, first, second, expected) in [
        ("", none, none, Isolation::Instance),
        ("", process, none, Isolation::Process),
        ("", process, instance, Isolation::Process),
        ("", none, process, Isolation::Process),
        (process, instance, none, Isolation::Process),
        (instance, instance, none, Isolation::Instance),
    ] {
        assert_eq!(isolation(suite, first, second).unwrap(), expected, "{suite} {first} {second}");
    }
    assert!(isolation(instance, process, instance).is_err());
}

#[test]
fn a_policy_in_the_checkout_raises_nothing() {
    let (directory, mut suite) = directory(SMALL);
    let generous = "limits: {memory: 1GiB}\ngrants: {model: true, http: [evil.example]}\ncompile: {time: 1h, memory: 1GiB}\nsubjects: [command, dataset]\n";
    let strict = "limits: {memory: 1MiB}\ngrants: {http: [api.example.com]}\ncompile: {code_bytes: 1MiB}\nsubjects: [dataset]\n";
    let both = policies(
        directory.path(),
        &[("machine.yaml", Origin::System, strict), ("checkout.yaml", Origin::Checkout, generous)],
    );
    let error = relative(&both.enforce(&mut suite).unwrap_err().to_string(), &directory);
    assert!(error.contains("machine.yaml:2:1"), "{error}");
    let value = |key: &str| {
        let effective = both.effective();
        effective.lines.iter().find(|line| line.key == key).map(|line| line.value.clone())
    };
    assert_eq!(value("limits.memory"), Some(serde_json::json!(1 << 20)));
    assert_eq!(value("grants.model"), Some(serde_json::json!(false)));
    assert_eq!(value("grants.http"), Some(serde_json::json!([])));
    assert_eq!(value("subjects"), Some(serde_json::json!(["dataset"])));
    let limits = both.compile_limits();
    assert_eq!(limits.time, CompileLimits::default().time, "not raised by the checkout");
    assert_eq!((limits.memory, limits.code_bytes), (1 << 30, 1 << 20), "but lowered by either");
    let raised = policies(directory.path(), &[("machine.yaml", Origin::System, "compile: {time: 1h}")]);
    assert_eq!(raised.compile_limits().time.as_secs(), 3600, "the machine's own policy may");
}

#[test]
fn only_plugins_that_are_pinned_may_run() {
    let policies = policies(Path::new(""), &[("policy.yaml", Origin::System, SOUND)]);
    policies.allows_plugin(b"", None).unwrap();
    let error = policies.allows_plugin(b"another", None).unwrap_err().to_string();
    assert!(error.contains("does not let sha256:") && error.contains("policy.yaml:12:3"), "{error}");
    Policies::default().allows_plugin(b"another", None).unwrap();
}

#[test]
fn a_link_in_a_directory_of_the_policy_is_not_followed() {
    let (directory, mut suite) = directory(
        "dataset: dataset.jsonl\nmetrics:\n  a: {plugin: a.wasm, grants: {files: [{dir: reference/link, as: /x}]}}\n",
    );
    // Whoever can change the checkout must not move what the policy names.
    let policies =
        policies(directory.path(), &[("policy.yaml", Origin::System, "grants: {files: [reference/link]}")]);
    let error = policies.enforce(&mut suite).unwrap_err().to_string();
    assert!(error.contains("forbids to grant") && error.contains("/other"), "{error}");
}

#[test]
fn all_policies_together_leave_what_each_of_them_leaves() {
    let directory = tempfile::tempdir().unwrap();
    let other = "\
limits: {memory: 1MiB, fuel: 5000}
grants:
  model: true
  files: [reference/inner, elsewhere]
  http: [{host: \"http://localhost:8080\", secrets: [LOCAL_TOKEN, OTHER]}, evil.example]
subjects: [recorded, command]
";
    let policies = policies(
        directory.path(),
        &[("machine.yaml", Origin::System, SOUND), ("checkout.yaml", Origin::Checkout, other)],
    );
    let effective = policies.effective();
    let mut out = String::new();
    for line in &effective.lines {
        writeln!(out, "{}: {} ({})", line.key, line.text, line.from.join(", ")).unwrap();
        writeln!(out, "    {}", line.value).unwrap();
    }
    insta::assert_snapshot!(relative(&out, &directory));
}

/// A suite in a repository, with everything that it can name, and links to the same outside.
fn with_files_outside(
    dataset: &str,
    answers: &str,
    plugin: &str,
    grant: &str,
) -> (tempfile::TempDir, std::path::PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    for name in ["repo/.git", "repo/evaluation/reference", "outside/reference"] {
        std::fs::create_dir_all(at(name)).unwrap();
    }
    for name in ["d.jsonl", "a.jsonl", "p.wasm"] {
        for directory in ["repo", "repo/evaluation", "outside"] {
            std::fs::write(at(directory).join(name), "").unwrap();
        }
        std::os::unix::fs::symlink(
            at("outside").join(name),
            at("repo/evaluation").join(format!("link-{name}")),
        )
        .unwrap();
    }
    let path = at("repo/evaluation/scorebox.yaml");
    let text = format!(
        "dataset: {dataset}\nsubject: {{recorded: {answers}}}\nmetrics:\n  a: {{plugin: {plugin}, grants: {{files: [{{dir: \
         {grant}, as: /r}}]}}}}\n"
    );
    std::fs::write(&path, text.replace("OUTSIDE", &at("outside").display().to_string())).unwrap();
    (root, path)
}

#[test]
fn a_policy_out_of_reach_keeps_suites_in_their_repository() {
    let refused = |files: [&str; 4], origin: Origin, policy: &str| {
        let (root, path) = with_files_outside(files[0], files[1], files[2], files[3]);
        let policies = policies(root.path(), &[("policy.yaml", origin, policy)]);
        policies.allows_suite(&path).unwrap();
        let mut suite = crate::suite::load(&path).unwrap();
        policies.enforce(&mut suite).map_or_else(|error| error.count(), |()| 0)
    };
    let inside = ["../d.jsonl", "a.jsonl", "p.wasm", "reference"];
    let absolute = ["OUTSIDE/d.jsonl", "OUTSIDE/a.jsonl", "OUTSIDE/p.wasm", "OUTSIDE/reference"];
    let climbing =
        ["../../outside/d.jsonl", "../../outside/a.jsonl", "../../outside/p.wasm", "../../outside/reference"];
    let linked = ["link-d.jsonl", "link-a.jsonl", "link-p.wasm", "reference"];
    let any = "limits: {memory: 64MiB}\n";
    assert_eq!(refused(inside, Origin::System, any), 0);
    assert_eq!(refused(absolute, Origin::System, any), 4);
    assert_eq!(refused(climbing, Origin::Argument, any), 4);
    assert_eq!(refused(linked, Origin::User, any), 3);
    assert_eq!(refused(absolute, Origin::Checkout, any), 0, "somebody's own suite reads what they can");
    assert_eq!(refused(absolute, Origin::Checkout, "paths: []"), 4, "unless they say so");
    assert_eq!(refused(absolute, Origin::System, "paths: [outside]"), 0);
    assert_eq!(refused(absolute, Origin::System, "paths: [outside/reference]"), 3);
    assert_eq!(refused(inside, Origin::System, "paths: []"), 0);
    let granted = ["d.jsonl", "a.jsonl", "p.wasm", "OUTSIDE/reference"];
    assert_eq!(
        refused(granted, Origin::System, "grants: {files: [outside]}"),
        0,
        "what may be granted may be read"
    );
}

#[test]
fn the_checkout_adds_no_path_and_takes_some_away() {
    let (root, path) = with_files_outside("OUTSIDE/d.jsonl", "a.jsonl", "p.wasm", "reference");
    let mistakes = |machine: &str, checkout: &str| {
        let texts =
            [("machine.yaml", Origin::System, machine), ("checkout.yaml", Origin::Checkout, checkout)];
        let policies = policies(root.path(), &texts);
        let line = policies.effective().lines.into_iter().find(|line| line.key == "paths").unwrap().text;
        let mut suite = crate::suite::load(&path).unwrap();
        let refused = policies.enforce(&mut suite).err().map(|error| relative(&error.to_string(), &root));
        (refused, relative(&line, &root))
    };
    let (refused, line) = mistakes("limits: {memory: 1GiB}", "paths: [outside]");
    assert!(refused.unwrap().contains("machine.yaml:1:1: without `paths`"));
    assert_eq!(line, "the suite's repository");
    let (refused, line) = mistakes("paths: [outside]", "paths: []");
    assert!(refused.unwrap().contains("checkout.yaml:1:1"));
    assert_eq!(line, "the suite's repository");
    let (refused, line) = mistakes("paths: [outside]", "limits: {memory: 1GiB}");
    assert_eq!((refused, line.as_str()), (None, "the suite's repository, outside"));
}

#[test]
fn a_suite_that_leads_out_of_its_repository_is_not_read() {
    let (root, path) = with_files_outside("d.jsonl", "a.jsonl", "p.wasm", "reference");
    let policies = policies(root.path(), &[("policy.yaml", Origin::System, "limits: {memory: 1GiB}")]);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(root.path().join("outside/secret"), "token: hunter2").unwrap();
    std::os::unix::fs::symlink(root.path().join("outside/secret"), &path).unwrap();
    let error = policies.allows_suite(&path).unwrap_err();
    assert!(error.to_string().contains("leads out of it"), "{error}");
    assert!(!error.render().contains("hunter2"));
    // Nor one whose directory does.
    std::os::unix::fs::symlink(root.path().join("outside"), root.path().join("repo/link")).unwrap();
    assert!(policies.allows_suite(&root.path().join("repo/link/secret")).is_err());
    Policies::default().allows_suite(&path).unwrap();
}

proptest! {
    #[test]
    fn no_damage_makes_the_parser_panic(start in 0..SOUND.len(), length in 0..40usize, with in "\\PC{0,6}") {
        let end = (start + length).min(SOUND.len());
        let damaged = format!("{}{with}{}", &SOUND[..start], &SOUND[end..]);
        let read = parse(Path::new("policy.yaml"), Origin::System, &damaged);
        let _ = read.map_err(|error| (error.to_string(), error.render()));
    }
}
