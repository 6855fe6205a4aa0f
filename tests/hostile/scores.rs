//! Rows 16, 17, 26 and 52: scores and descriptors that are no such thing, or that act on whoever reads them.

use std::fmt::Write;
use std::time::Instant;

use scorebox_sandbox::Descriptor;
use scorebox_sandbox::FaultKind::{Failed, InvalidReturn, InvalidScore};

use crate::case::{Case, Expected, Said};
use crate::guests;
use crate::program;
use crate::stage::Stage;

pub(crate) fn cases() -> Vec<Case> {
    let value = |value| include_str!("scores/16-value.wat").replace("VALUE", value);
    vec![
        Case::guest(16, "scores NaN", &value("nan")).faults(InvalidScore),
        Case::guest(16, "scores infinity", &value("inf")).faults(InvalidScore),
        Case::guest(16, "scores minus infinity", &value("-inf")).faults(InvalidScore),
        Case::guest(16, "measures NaN", include_str!("scores/16-measure.wat")).faults(InvalidScore),
        Case::guest(16, "scores outside its range", include_str!("scores/16-outside-its-range.wat"))
            .faults(InvalidScore),
        Case::guest(17, "a span past the end", &span(0, 100, 1, 0)).faults(InvalidScore),
        Case::guest(17, "a span that is reversed", &span(3, 1, 1, 0)).faults(InvalidScore),
        Case::guest(17, "a span within a character", &span(0, 3, 1, 0)).faults(InvalidScore),
        Case::guest(17, "a span in a passage too many", &span(0, 1, 2, 7)).faults(InvalidScore),
        Case::guest(17, "a span of a field too many", &span(0, 1, 3, 0)).faults(InvalidReturn),
        Case::scene(17, "bad spans in a record", bad_spans_in_a_record),
        Case::guest(26, "escapes in a failure", include_str!("imports/26-escapes-in-a-failure.wat"))
            .faults(Failed),
        Case::scene(26, "escapes in every text", escapes),
        Case::bytes(
            26,
            "escapes in its version",
            described(&DESCRIPTOR.replace("1.0.0", "1.0.0-\\u001b]0;forged\\u0007")),
        ),
        Case::guest(52, "a name of a megabyte", include_str!("scores/52-a-name-of-a-megabyte.wat"))
            .faults(InvalidReturn),
        Case::bytes(
            52,
            "a long name in its section",
            described(&DESCRIPTOR.replace("honest", &"a".repeat(100_000))),
        ),
        Case::bytes(
            52,
            "a descriptor of a megabyte",
            described(&DESCRIPTOR.replace("honest", &"a".repeat(1_000_000))),
        ),
        Case::bytes(52, "a descriptor of another kind", described("[]")),
        Case::bytes(
            52,
            "a descriptor that nests",
            described(&DESCRIPTOR.replace("{}", &format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)))),
        ),
        Case::bytes(52, "two descriptors", with_section(described(DESCRIPTOR), DESCRIPTOR)),
        Case::bytes(52, "a descriptor that lies", described(DESCRIPTOR)).faults(InvalidScore),
        Case::bytes(52, "an export of a megabyte", export_of_a_megabyte()),
    ]
}

/// A sound finding at a span that may not be: bytes `start` to `end` of a field.
fn span(start: u32, end: u32, field: u8, passage: u32) -> String {
    include_str!("scores/17-span.wat")
        .replace("START", &start.to_string())
        .replace("END", &end.to_string())
        .replace("FIELD", &field.to_string())
        .replace("PASSAGE", &passage.to_string())
}

/// Promises a score from 0 to 1.
const DESCRIPTOR: &str = r#"{"name":"honest","version":"1.0.0","summary":"","kind":"metric","settings-schema":{},
"range":[0,1],"higher-is-better":true,"needs":[]}"#;

/// Acts on whoever reads it, as far as a descriptor may.
const ACTS: &str = r#"{"name":"acts","version":"1.0.0",
"summary":"\u001b]0;forged\u0007\n::error::forged\u009b2J\u202e\ndigest    sha256:forged","kind":"metric",
"settings-schema":{"properties":{"\u001b[31m\n::error::forged":{"description":"forged\u202e\u009b2J"}}},
"range":null,"higher-is-better":true,"needs":[]}"#;

/// A plugin that scores 2, with this descriptor.
fn described(descriptor: &str) -> Vec<u8> {
    with_section(guests::completed(include_str!("scores/52-scores-two.wat")), descriptor)
}

/// Appends a custom section: id 0, size, name, content.
fn with_section(mut component: Vec<u8>, descriptor: &str) -> Vec<u8> {
    component.extend(crate::loading::custom_section(Descriptor::SECTION, descriptor.as_bytes()));
    component
}

fn export_of_a_megabyte() -> Vec<u8> {
    let name = "a".repeat(1_000_000);
    wat::parse_str(format!(
        "(component (component $c) (instance $i (instantiate $c)) (export \"{name}\" (instance $i)))"
    ))
    .unwrap()
}

/// A record holds spans that were checked. Whoever edits it by hand gets odd reports, and no panics.
fn bad_spans_in_a_record(stage: &Stage) -> Said {
    let start = Instant::now();
    let sound = span(0, 4, 1, 0);
    let workspace = program::workspace(stage.isolation, 1, &[("points", &sound, "")]);
    workspace.run(&["run", "--out", "out"]).expect(0);
    let record = workspace.read("out/samples.jsonl");
    let mut text = String::new();
    for (from, to) in [("0", "100"), ("3", "1"), ("4294967295", "4294967295")] {
        let edited = record.replace("\"start\":0,\"end\":4", &format!("\"start\":{from},\"end\":{to}"));
        assert_ne!(edited, record, "the record has no span to edit: {record}");
        workspace.write("out/samples.jsonl", edited);
        let codes: Vec<String> = program::FORMATS
            .iter()
            .map(|format| {
                let code = workspace.run(&["view", "out", "--format", format, "--out", "shown"]).code;
                format!("{format} {}", code.map_or("killed".to_owned(), |code| code.to_string()))
            })
            .collect();
        writeln!(text, "{from}..{to}: exit codes: {}", codes.join(", ")).unwrap();
    }
    Said { outcome: Expected::Score(1.0), text, fuel: None, elapsed: start.elapsed() }
}

/// Terminal escapes, line breaks, markup and commands, in everything that a plugin says, in everything that is shown.
fn escapes(stage: &Stage) -> Said {
    let start = Instant::now();
    let workspace = program::workspace(
        stage.isolation,
        1,
        &[
            ("evil", include_str!("imports/26-escapes.wat"), ""),
            ("sorry", include_str!("imports/26-escapes-in-a-failure.wat"), ""),
        ],
    );
    let said = workspace.run(&["run", "--out", "out"]);
    let mut text = String::new();
    let mut look = |name: &str, shown: &str| {
        let anywhere = ["\u{1b}", "\u{7}", "\u{9b}", "\u{202e}"];
        let here: &[&str] = match name {
            "html" | "markdown" => &["<script>alert"],
            "junit" => &["]]>"],
            "sarif" | "json" => &[],
            "inspect" => &["\n::error::forged", "\ndigest    sha256:forged"],
            _ => &["\n::error::forged", "##[endgroup]"],
        };
        let found: Vec<_> = anywhere.iter().chain(here).filter(|acts| shown.contains(**acts)).collect();
        let told = if shown.contains("forged") { "is there" } else { "IS NOT THERE" };
        writeln!(text, "{name}: what the plugin said {told}, and of what acts: {found:?}").unwrap();
    };
    look("run", &format!("{}{}", said.out, said.err));
    for format in program::FORMATS {
        workspace.run(&["view", "out", "--format", format, "--out", "shown"]).expect(0);
        look(format, &workspace.read("shown"));
    }

    // What is said of a plugin before it runs, and of the files beside it.
    workspace.write("acts.wasm", described(ACTS));
    let [dataset, policy] = ["jsonl", "yaml"].map(|kind| format!("d\n::error::forged\x1b]0;x\x07.{kind}"));
    workspace.write(&dataset, workspace.read("dataset.jsonl"));
    workspace.write(&policy, "limits: {memory: 1GiB}\n");
    let suite =
        format!("dataset: {dataset:?}\nmetrics:\n  acts: {{plugin: acts.wasm}}\n").replace("\\u{1b}", "\\e");
    workspace.write("acts.yaml", suite.replace("\\u{7}", "\\a"));
    for (name, arguments) in [
        ("validate", &["validate", "acts.yaml", "--policy", &policy][..]),
        ("policy", &["policy", "acts.yaml", "--policy", &policy]),
        ("policy json", &["policy", "acts.yaml", "--policy", &policy, "--json"]),
        ("approve", &["dataset", "approve", &dataset]),
        ("inspect", &["plugin", "inspect", "acts.wasm"]),
        ("inspect json", &["plugin", "inspect", "acts.wasm", "--json"]),
    ] {
        let said = workspace.run(arguments).expect(0);
        look(name, &format!("{}{}", said.out, said.err));
        if name == "inspect json" {
            assert!(said.json()["descriptor"]["summary"].as_str().unwrap().starts_with('\u{1b}'), "{said:?}");
        }
    }
    let missing =
        workspace.run(&["validate", "acts.yaml", "--policy", "none\n::error::forged\x1b]0;x\x07"]).expect(2);
    look("an error", &missing.err);
    Said { outcome: Expected::Fault(Failed), text, fuel: None, elapsed: start.elapsed() }
}
