//! Rows 16, 17, 26 and 52: scores and descriptors that are no such thing, or that act on whoever reads them.

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
        Case::guest(52, "a name of a megabyte", include_str!("scores/52-a-name-of-a-megabyte.wat"))
            .faults(InvalidReturn),
        Case::bytes(
            52,
            "a long name in its section",
            described(DESCRIPTOR.replace("honest", &"a".repeat(100_000))),
        ),
        Case::bytes(
            52,
            "a descriptor of a megabyte",
            described(DESCRIPTOR.replace("honest", &"a".repeat(1_000_000))),
        ),
        Case::bytes(52, "a descriptor of another kind", described("[]".to_owned())),
        Case::bytes(
            52,
            "a descriptor that nests",
            described(format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ),
        Case::bytes(52, "two descriptors", with_section(described(DESCRIPTOR.to_owned()), DESCRIPTOR)),
        Case::bytes(52, "a descriptor that lies", described(DESCRIPTOR.to_owned())).faults(InvalidScore),
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

/// A plugin that scores 2, with this descriptor.
fn described(descriptor: String) -> Vec<u8> {
    with_section(guests::completed(include_str!("scores/52-scores-two.wat")), &descriptor)
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
        text.push_str(&format!("{from}..{to}: exit codes: {}\n", codes.join(", ")));
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
        let acts = ["\u{1b}", "\u{7}", "\u{202e}", "<script>alert", "\n::error::forged", "\n##[endgroup]"];
        let found: Vec<_> = acts.iter().filter(|act| shown.contains(**act)).collect();
        let told = shown.contains("script");
        text.push_str(&format!("{name}: what acts: {found:?}; what the plugin said is there: {told}\n"));
    };
    look("terminal", &said.out);
    look("standard error", &said.err);
    for format in program::FORMATS {
        workspace.run(&["view", "out", "--format", format, "--out", "shown"]).expect(0);
        look(format, &workspace.read("shown"));
    }
    Said { outcome: Expected::Fault(Failed), text, fuel: None, elapsed: start.elapsed() }
}
