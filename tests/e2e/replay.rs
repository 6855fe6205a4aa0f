//! A record can be made again from itself and the plugins that it names; and what was changed is found.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::guests::{EATS, LOOPS, PASSES, guest};
use crate::workspace::{Said, Workspace, plugin, root, sample};

/// Gives how many messages led to the output, and how long the metadata is: `2011`.
const COUNTS: &str = "(f64.store (i32.const 4104) (f64.convert_i32_u
    (i32.add (i32.mul (local.get 12) (i32.const 1000)) (local.get 14)))) (i32.const 4096)";

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() { copy(&from, &to) } else { _ = std::fs::copy(&from, &to).unwrap() }
    }
}

/// A checkout with the example and the plugins, as `cargo xtask plugins` leaves them.
fn checkout(workspace: &Workspace, name: &str) -> PathBuf {
    let path = workspace.path(name);
    copy(&root().join("examples/support-assistant"), &path.join("examples/support-assistant"));
    copy(plugin("language").parent().unwrap(), &path.join("target/plugins"));
    std::fs::create_dir(path.join(".git")).unwrap();
    path
}

/// Replays in `directory`, with caches that nobody has used before.
fn replay(workspace: &Workspace, directory: &Path, arguments: &[&str]) -> Said {
    let cache = tempfile::tempdir_in(workspace.path("")).unwrap();
    let mut command = workspace.command(&[&["replay"], arguments].concat());
    command.current_dir(directory).env("SCOREBOX_CACHE", cache.path()).output().unwrap().into()
}

/// Replaces the only `from` in the file, and gives the place.
#[track_caller]
fn change(path: &Path, from: &str, to: &str) -> usize {
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "`{from}` in {text}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    text.find(from).unwrap()
}

#[test]
fn the_example_is_identical_on_a_second_checkout_and_different_where_a_byte_is() {
    let workspace = Workspace::new();
    let first = checkout(&workspace, "first");
    let run = workspace.command(&["run", "examples/support-assistant/scorebox.yaml"]);
    Said::from({ run }.current_dir(&first).output().unwrap()).expect(0);
    let second = workspace.path("elsewhere/second");
    copy(&first, &second);
    std::fs::remove_dir_all(&first).unwrap();
    let suite = second.join("examples/support-assistant");

    let said = replay(&workspace, &suite, &[]).expect(0);
    assert!(
        said.out.contains("identical: ") && said.out.contains(" scores of 14 metrics on 7"),
        "{}",
        said.out
    );
    let said = replay(&workspace, &workspace.path(""), &[suite.to_str().unwrap(), "--json"]).expect(0).json();
    assert_eq!((&said["identical"], &said["differences"]), (&json!(true), &json!([])));
    let metrics = said["metrics"].as_array().unwrap();
    assert!(metrics.iter().all(|metric| metric["scores"].as_u64() > Some(0)), "{said}");

    // One byte of a plugin.
    let jargon = second.join("target/plugins/internal-jargon.wasm");
    let sound = std::fs::read(&jargon).unwrap();
    let mut changed = sound.clone();
    *changed.last_mut().unwrap() ^= 1;
    std::fs::write(&jargon, changed).unwrap();
    let said = replay(&workspace, &suite, &["--json", "--all"]).expect(1).json();
    let differences = said["differences"].as_array().unwrap();
    let metrics: Vec<_> =
        differences.iter().map(|difference| difference["metric"].as_str().unwrap()).collect();
    assert_eq!(metrics, ["internal-jargon", "house-style"], "both use it");
    assert_eq!(differences[0]["field"], "plugin");
    assert!(
        differences[0]["file"].as_str().unwrap().ends_with("target/plugins/internal-jargon.wasm"),
        "{said}"
    );
    assert_ne!(differences[0]["recorded"], differences[0]["now"]);
    assert_eq!(said["metrics"][1]["scores"], 0, "another plugin is not run");

    // The plugin itself, somewhere else and under another name.
    std::fs::create_dir(workspace.path("found")).unwrap();
    std::fs::write(workspace.path("found/0001"), sound).unwrap();
    let found = workspace.path("found");
    replay(&workspace, &suite, &["--plugins", found.to_str().unwrap()]).expect(0);
}

/// A run of one healthy plugin and two built-in metrics, replayed as it is.
fn small() -> Workspace {
    let samples = [
        json!({"id": "tea", "partition": "golden", "input": "Tea?", "output": "Please, tea.", "expected_output": "Tea.",
               "conversation": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
               "metadata": {"a": [1, 2.5]}}),
        json!({"id": "coffee", "partition": "regression", "input": "Coffee?", "output": "No coffee.", "expected_output": "Yes."}),
        json!({"id": "water", "partition": "distribution", "input": "Water?", "output": "water."}),
    ];
    let metrics = "  counts: {plugin: counts.wasm}\n  token-f1: {threshold: {golden: 0.5, default: 0.1}, missing: skip}\n  \
                   contains: {settings: {any_of: [tea, water]}, partitions: [golden, distribution]}";
    let workspace = Workspace::with(&samples, metrics);
    workspace.suite(metrics, "gates: {golden: 100%, all: 50%}");
    workspace.write("counts.wasm", guest(COUNTS));
    workspace.run(&["run", "--out", "out"]).expect(0);
    workspace.run(&["replay", "out"]).expect(0);
    workspace
}

#[test]
fn a_changed_score_is_shown_with_its_place() {
    let workspace = small();
    let record = workspace.path("out/samples.jsonl");
    assert_eq!(
        workspace.record("out")[0]["scores"][0]["value"],
        json!(2013.0),
        "the plugin sees all of the sample"
    );
    // The second line has no metadata: its plugin sees an empty object.
    let at = change(&record, r#""value":2.0,"fuel":178"#, r#""value":3.0,"fuel":178"#) + r#""value":"#.len();
    insta::assert_snapshot!(workspace.run(&["replay", "out"]).expect(1).out);

    let said = workspace.run(&["replay", "out", "--all", "--json"]).expect(1).json();
    let fields: Vec<_> = said["differences"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
    assert_eq!(fields[..2], ["value", "samples_digest"], "{said}");
    let first = &said["differences"][0];
    assert_eq!(
        (&first["sample"], &first["metric"], &first["line"]),
        (&json!("coffee"), &json!("counts"), &json!(2))
    );
    assert_eq!(first["bytes"], json!({"start": at, "end": at + 3}));
    assert_eq!(&workspace.read("out/samples.jsonl")[at..at + 3], "3.0");
}

#[test]
fn a_changed_verdict_summary_threshold_or_text_is_found() {
    for (file, from, to, field, hint) in [
        // The verdict of a sample, and of a score that missed its threshold.
        (
            "samples.jsonl",
            r#""partition":"regression","verdict":"fail""#,
            r#""partition":"regression","verdict":"pass""#,
            "verdict",
            None,
        ),
        (
            "samples.jsonl",
            r#""metric":"token-f1","verdict":"fail""#,
            r#""metric":"token-f1","verdict":"pass""#,
            "verdict",
            None,
        ),
        (
            "samples.jsonl",
            r#""missed":"0.0000 is below 0.1""#,
            r#""missed":"0.0000 is below 0.2""#,
            "missed",
            None,
        ),
        // What the plugin saw.
        ("samples.jsonl", r#","metadata":{"a":[1,2.5]}"#, "", "value", None),
        ("samples.jsonl", r#"{"role":"user","content":"Hi"},"#, "", "value", None),
        // What no metric looks at.
        (
            "samples.jsonl",
            r#""input":"Water?""#,
            r#""input":"Water!""#,
            "samples_digest",
            Some("is not as the run wrote it"),
        ),
        (
            "samples.jsonl",
            r#""id":"tea","line":1"#,
            r#""line":1,"id":"tea""#,
            "line",
            Some("no run writes the line like this"),
        ),
        (
            "run.json",
            r#""reason": "2 of 3 passed, 50 % required""#,
            r#""reason": "3 of 3 passed, 50 % required""#,
            "summary.gates[1].reason",
            None,
        ),
        (
            "run.json",
            r#""mean": 672.3333333333334"#,
            r#""mean": 672.5"#,
            "summary.metrics[0].total.mean",
            None,
        ),
        ("run.json", r#""golden ≥ 0.5""#, r#""golden ≥ 0.6""#, "metrics[1].thresholds[0]", None),
        (
            "run.json",
            "\"partition\": \"golden\",\n          \"min\": 0.5",
            "\"partition\": \"golden\",\n          \"min\": 0.9",
            "metrics[1].thresholds[0]",
            None,
        ),
        ("run.json", r#""fuel_per_byte": 10000"#, r#""fuel_per_byte": 10001"#, "metrics[0].identity", None),
        ("run.json", r#""outcome": "pass""#, r#""outcome": "fail""#, "summary.outcome", None),
        ("run.json", r#""finished_at""#, r#""x""#, "", None),
    ] {
        let workspace = small();
        change(&workspace.path("out").join(file), from, to);
        let expected = i32::from(!field.is_empty());
        let said = workspace.run(&["replay", "out", "--json"]).expect(expected).json();
        assert_eq!(said["identical"], field.is_empty(), "{from} -> {to}");
        if field.is_empty() {
            continue;
        }
        let first = &said["differences"][0];
        assert_eq!(first["field"], field, "{from} -> {to}: {said}");
        assert!(hint.is_none_or(|hint| first["hint"].as_str().unwrap().contains(hint)), "{said}");
        let whole =
            workspace.read(&format!("out/{}", if field == "samples_digest" { "run.json" } else { file }));
        let place = |end: &str| usize::try_from(first["bytes"][end].as_u64().unwrap()).unwrap();
        let text = &whole[place("start")..place("end")];
        let recorded = first["recorded"].as_str().unwrap();
        assert!(field == "line" || recorded == text, "`{text}` is at the place of {first}");
    }
}

#[test]
fn a_cut_or_damaged_line_is_shown_with_its_place() {
    let workspace = small();
    let record = workspace.read("out/samples.jsonl");
    let second = record.find("\n").unwrap() + 1;
    for (text, line, place) in [
        (record[..record.len() - 20].to_owned(), 3, record.len() - 21),
        (record.replacen(r#""line":2,"#, r#""line":x,"#, 1), 2, record.find(r#""line":2"#).unwrap() + 7),
        // What stands in place of an object is read to its end: `"id"`.
        (format!("{}{}", &record[..second], &record[second + 1..]), 2, second + 3),
        (record[..record.len() - 1].to_owned(), 3, record.len() - 1),
    ] {
        workspace.write("out/samples.jsonl", &text);
        let said = workspace.run(&["replay", "out", "--json"]).expect(1).json();
        let first = &said["differences"][0];
        assert_eq!((&first["line"], &first["bytes"]["start"]), (&json!(line), &json!(place)), "{said}");
    }
    // A line less.
    workspace.write("out/samples.jsonl", &record[second..]);
    let said = workspace.run(&["replay", "out", "--json", "--all"]).expect(1).json();
    let fields: Vec<_> =
        said["differences"].as_array().unwrap().iter().map(|one| one["field"].clone()).collect();
    assert_eq!(fields[..2], [json!("samples_digest"), json!("summary.total.samples")], "{said}");
    workspace.write("out/samples.jsonl", record.replacen(r#""line":2,"#, "", 1));
    insta::assert_snapshot!(workspace.run(&["replay", "out"]).expect(1).out);
}

#[test]
fn a_plugin_that_says_something_else_is_run_only_if_asked() {
    let workspace = small();
    workspace.write("counts.wasm", guest(PASSES));
    let said = workspace.run(&["replay", "out"]).expect(1);
    insta::with_settings!({filters => vec![("sha256:[0-9a-f]{64}", "sha256:[digest]")]}, {
        insta::assert_snapshot!(said.out);
    });
    let said = workspace.run(&["replay", "out", "--anyway", "--all", "--json"]).expect(1).json();
    let values: Vec<_> =
        said["differences"].as_array().unwrap().iter().filter(|one| one["field"] == "value").collect();
    assert_eq!(values.len(), 3, "{said}");
    assert_eq!((&values[0]["recorded"], &values[0]["now"]), (&json!("2013.0"), &json!("1.0")));
    assert_eq!(said["different_samples"], 3);

    workspace.write("counts.wasm", b"no plugin at all");
    let said = workspace.run(&["replay", "out", "--anyway"]).expect(2);
    assert!(said.err.contains("counts.wasm: this is no component; name a directory"), "{}", said.err);
    assert_eq!(said.err.matches("sha256:").count(), 1, "only the one that is looked for: {}", said.err);
}

#[test]
fn a_record_leads_to_no_file_outside_of_its_repository() {
    let workspace = small();
    let sound = workspace.read("out/run.json");
    workspace.write("repo/.git/HEAD", "");
    copy(&workspace.path("out"), &workspace.path("repo/evaluation/out"));
    let elsewhere = tempfile::tempdir().unwrap();
    let (plugin, secret) = (elsewhere.path().join("counts.wasm"), elsewhere.path().join("secret"));
    std::fs::copy(workspace.path("counts.wasm"), &plugin).unwrap();
    std::fs::write(&secret, "secret").unwrap();
    std::os::unix::fs::symlink(&secret, workspace.path("repo/link.wasm")).unwrap();
    let suite = |path: &Path| format!("\"path\": \"{}\"", path.join("scorebox.yaml").display());
    for (named, lies_in) in [
        (plugin.to_str().unwrap(), None),
        (secret.to_str().unwrap(), None),
        // Out of the repository by dots, by a link, and by a suite that the record says is elsewhere.
        ("../../counts.wasm", None),
        ("../link.wasm", None),
        ("secret", Some(elsewhere.path())),
    ] {
        let mut manifest = sound.replacen("\"counts.wasm\"", &format!("\"{named}\""), 1);
        if let Some(directory) = lies_in {
            manifest = manifest.replacen("\"path\": \"scorebox.yaml\"", &suite(directory), 1);
        }
        workspace.write("repo/evaluation/out/run.json", manifest);
        let inside = workspace.path("repo/evaluation");
        let said = replay(&workspace, &inside, &["out", "--anyway"]).expect(2);
        assert!(said.err.contains("outside of the suite's repository"), "{named}: {}", said.err);
        assert!(said.err.contains("name a directory that holds it with `--plugins`"), "{}", said.err);
        assert_eq!(said.err.matches("sha256:").count(), 1, "only the one that is looked for: {}", said.err);
    }
    // Elsewhere in the repository, and where somebody says so.
    std::fs::copy(&plugin, workspace.path("repo/counts.wasm")).unwrap();
    let within = sound.replacen("\"counts.wasm\"", "\"../counts.wasm\"", 1);
    workspace.write("repo/evaluation/out/run.json", within);
    let inside = workspace.path("repo/evaluation");
    replay(&workspace, &inside, &["out"]).expect(0);
    std::fs::remove_file(workspace.path("repo/counts.wasm")).unwrap();
    replay(&workspace, &inside, &["out", "--plugins", elsewhere.path().to_str().unwrap()]).expect(0);
}

#[test]
fn faults_of_fuel_and_memory_are_replayed_and_a_deadline_is_not() {
    let workspace =
        Workspace::with(&[sample("a", "distribution", "A."), sample("b", "distribution", "B.")], "");
    workspace.write("loops.wasm", guest(LOOPS));
    workspace.write("eats.wasm", guest(EATS));
    workspace.suite(
        "  loops: {plugin: loops.wasm}\n  eats: {plugin: eats.wasm}\n  \
         late: {plugin: loops.wasm, limits: {fuel: 1000000000000, deadline: 50ms}}",
        "",
    );
    workspace.run(&["run", "--out", "out"]).expect(3);
    let kinds = |sample: &Value| -> Vec<Value> {
        sample["scores"].as_array().unwrap().iter().map(|score| score["fault"]["kind"].clone()).collect()
    };
    assert_eq!(kinds(&workspace.record("out")[0]), ["out-of-fuel", "out-of-memory", "deadline"]);
    insta::assert_snapshot!(workspace.run(&["replay", "out"]).expect(0).out);

    let record = workspace.read("out/samples.jsonl").replacen("units of fuel", "units of gas", 1);
    workspace.write("out/samples.jsonl", record);
    let said = workspace.run(&["replay", "out", "--json"]).expect(1).json();
    assert_eq!(said["differences"][0]["field"], "fault.message");
    assert_eq!(said["metrics"][2]["not_comparable"], 2);
}

#[test]
fn what_cannot_be_replayed_says_why() {
    let workspace = small();
    let sound = workspace.read("out/run.json");
    for (from, to, message) in [
        ("\"format\": 2", "\"format\": 1", "has format 1, which holds neither conversations nor thresholds"),
        ("\"format\": 2", "\"format\": 3", "has format 3, and this Scorebox reads up to 2"),
        (
            "\"memory\": 67108864",
            "\"memory\": 67108864000",
            "`limits.memory` is 67108864000, more than the 1073741824",
        ),
        ("builtin:contains@", "builtin:container@", "there is no built-in metric `container`: did you mean"),
        (
            "\"plugin\": \"counts.wasm\"",
            "\"plugin\": \"gone.wasm\"",
            "name a directory that holds it with `--plugins`",
        ),
        (
            "\"plugin\": \"counts.wasm\"",
            "\"plugin\": \"/dev/zero\"",
            "/dev/zero: it is outside of the suite's repository",
        ),
        ("\"plugin\": \"counts.wasm\"", "\"plugin\": \"out\"", "out: this is no file"),
        ("\"run\"", "\"ran\"", "run.json is not a run's manifest"),
    ] {
        workspace.write("out/run.json", sound.replacen(from, to, 1));
        let said = workspace.run(&["replay", "out"]).expect(2);
        assert!(said.err.contains(message), "{from} -> {to}: {}", said.err);
    }
    workspace.write("out/run.json", &sound);
    std::fs::remove_file(workspace.path("out/samples.jsonl")).unwrap();
    let said = workspace.run(&["replay", "out"]).expect(2);
    assert!(said.err.contains("cannot read out/samples.jsonl"), "{}", said.err);
    let said = workspace.run(&["replay", "out", "--plugins", "none"]).expect(2);
    assert!(said.err.contains("cannot read the plugins in none"), "{}", said.err);
}

#[test]
fn fuel_beyond_every_sum_is_a_difference_like_any_other() {
    let workspace = small();
    let record = workspace.read("out/samples.jsonl");
    let fuel = record.split("\"fuel\":").skip(1).map(|rest| rest.split_once('}').unwrap().0);
    let edited = fuel.fold(record.clone(), |edited, fuel| {
        edited.replacen(&format!("\"fuel\":{fuel}}}"), &format!("\"fuel\":{}}}", u64::MAX), 1)
    });
    assert_eq!(edited.matches("18446744073709551615").count(), 3, "{edited}");
    workspace.write("out/samples.jsonl", edited);
    let said = workspace.run(&["replay", "out", "--json"]).expect(1).json();
    assert_eq!(said["differences"][0]["field"], "fuel", "{said}");
}

#[test]
fn another_engine_is_named_and_its_fuel_is_not_compared() {
    let workspace = small();
    let manifest = workspace.path("out/run.json");
    change(&manifest, r#""wasmtime": "48.0.8""#, r#""wasmtime": "49.0.0""#);
    let said = workspace.run(&["replay", "out"]).expect(0);
    assert!(
        said.out.contains("note: the record was made with wasmtime 49.0.0, this is 48.0.8: fuel may differ"),
        "{}",
        said.out
    );

    let fuel = workspace.record("out")[2]["scores"][0]["fuel"].as_u64().unwrap();
    let record = workspace.read("out/samples.jsonl").replace(&format!("\"fuel\":{fuel}"), "\"fuel\":1");
    workspace.write("out/samples.jsonl", record);
    let fields = |said: Value| -> Vec<Value> {
        said["differences"].as_array().unwrap().iter().map(|one| one["field"].clone()).collect()
    };
    let said = workspace.run(&["replay", "out", "--json", "--all"]).expect(1).json();
    assert_eq!(fields(said), ["samples_digest", "summary.metrics[0].fuel"]);
    change(&manifest, "49.0.0", "48.0.8");
    let said = workspace.run(&["replay", "out", "--json"]).expect(1).json();
    assert_eq!(fields(said), ["fuel"]);
}

#[test]
fn a_run_without_every_output_is_replayed_as_far_as_it_goes() {
    let workspace = Workspace::new();
    workspace.dataset(&[sample("a", "distribution", ""), sample("b", "distribution", "")]);
    workspace.write("answers.jsonl", r#"{"id": "a", "output": "Globex is fine."}"#);
    workspace.write(
        "scorebox.yaml",
        format!(
            "dataset: dataset.jsonl\nsubject: {{recorded: answers.jsonl}}\nmetrics:\n  competitors:\n    plugin: {}\n    \
             settings: {{competitors: [Globex]}}\n",
            plugin("competitor-mention").display()
        ),
    );
    workspace.run(&["run", "--out", "out"]).expect(3);
    let plugins = plugin("competitor-mention");
    let again = ["replay", "out", "--plugins", plugins.parent().unwrap().to_str().unwrap()];
    let said = workspace.run(&again).expect(0);
    assert!(said.out.contains("1 sample without an output"), "{}", said.out);
    assert!(said.out.contains("identical: 1 score of 1 metric on 2 samples"), "{}", said.out);

    // A run that was killed has no counts, and may end within a line.
    let mut manifest: Value = serde_json::from_str(&workspace.read("out/run.json")).unwrap();
    manifest["state"] = json!("running");
    for key in ["summary", "samples_digest", "finished_at"] {
        manifest.as_object_mut().unwrap().remove(key);
    }
    workspace.write("out/run.json", manifest.to_string());
    let record = workspace.read("out/samples.jsonl");
    workspace.write("out/samples.jsonl", &record[..record.len() - 5]);
    let said = workspace.run(&again).expect(0);
    assert!(
        said.out.contains("under way or was killed") && said.out.contains("on 1 sample\n"),
        "{}",
        said.out
    );
}

#[test]
fn a_record_has_no_more_metrics_than_a_suite() {
    let workspace = small();
    let mut manifest: Value = serde_json::from_str(&workspace.read("out/run.json")).unwrap();
    let one = manifest["metrics"][0].clone();
    manifest["metrics"] = (0..34_000).map(|_| one.clone()).collect();
    workspace.write("out/run.json", manifest.to_string());
    for command in ["replay", "view"] {
        let said = workspace.run(&[command, "out"]).expect(2);
        assert!(said.err.contains("`metrics` has 34000 entries, more than the 256"), "{}", said.err);
    }
}
