//! The same check in every language says the same: `cargo xtask guests` builds the components and runs this.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::path::PathBuf;

use scorebox_sandbox::{
    Configured, FaultKind, Field, Finding, Grants, Limits, Plugin, Sample, Sandbox, SandboxConfig, Score,
    Span, Verdict,
};

const SETTINGS: &str = r#"{"competitors": ["Globex", "Initech", "Globex Corp"]}"#;
const BAD_SETTINGS: [&str; 3] =
    [r#"{"competitors": []}"#, r#"{"competitors": ["Globex", ""]}"#, r#"{"others": ["Globex"]}"#];

fn plugins() -> Vec<(&'static str, Plugin)> {
    let target = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/guests");
    let config =
        SandboxConfig { cache: Some(target.join("cache")), concurrent: 2, ..SandboxConfig::default() };
    let sandbox = Sandbox::new(config).unwrap();
    ["c", "go", "python", "python-stubbed", "typescript"]
        .into_iter()
        .filter_map(|name| {
            let bytes = std::fs::read(target.join(name).with_extension("wasm")).ok()?;
            Some((name, sandbox.load(&bytes, &Grants::default()).unwrap()))
        })
        .collect()
}

fn sample(output: &str) -> Sample {
    Sample { id: "s".into(), input: "What about others?".into(), output: output.into(), ..Sample::default() }
}

/// The names that the answer's findings point at, and all that the score says beside.
fn quotes(configured: &Configured, output: &str) -> Vec<String> {
    let sample = sample(output);
    let score = configured.evaluate(&sample).result.unwrap();
    let flagged = score.findings.len();
    assert_eq!(score.verdict, if flagged > 0 { Verdict::Fail } else { Verdict::Pass });
    assert_eq!(score.measures, [("mentions".to_owned(), flagged as f64)]);
    score
        .findings
        .iter()
        .map(|finding| finding.location.unwrap().quote(&sample).unwrap().to_owned())
        .collect()
}

#[test]
#[ignore = "`cargo xtask guests` builds what this runs"]
fn every_language_gives_the_same_score() {
    let plugins = plugins();
    assert!(!plugins.is_empty(), "no guests: run `cargo xtask guests`");
    for (name, plugin) in plugins {
        let configured = plugin.configure(SETTINGS, &Limits::default()).unwrap();
        println!("{name}: snapshot {}", configured.not_snapshotted().unwrap_or("taken"));
        let score = configured.evaluate(&sample("Größe 𝄞: GLOBEX does that.")).result.unwrap();
        let location = Some(Span { field: Field::Output, start: 14, end: 20 });
        let finding = Finding { rule: "competitor-mention".into(), message: "names Globex".into(), location };
        let expected = Score {
            value: 0.0,
            verdict: Verdict::Fail,
            summary: String::new(),
            findings: vec![finding],
            measures: vec![("mentions".into(), 1.0)],
        };
        assert_eq!(score, expected, "{name}");
        for (output, found) in [
            ("", &[][..]),
            ("We are better.", &[]),
            ("globexes, xGlobex, 日本Globex and Globexé are words of their own", &[]),
            ("Globex", &["Globex"]),
            ("gLoBeX corp, initech; (Globex)", &["gLoBeX corp", "initech", "Globex"]),
            ("Globex Corporation", &["Globex"]),
            ("tab\tGlobex\nGlobex\u{0}Initech", &["Globex", "Globex", "Initech"]),
        ] {
            assert_eq!(quotes(&configured, output), found, "{name}: {output:?}");
        }
        let long = format!("{}Initech", "ä".repeat(50_000) + " ");
        assert_eq!(quotes(&configured, &long), ["Initech"], "{name}");
    }
}

#[test]
#[ignore = "`cargo xtask guests` builds what this runs"]
fn every_language_repeats_itself_and_sees_no_other_sample() {
    for (name, plugin) in plugins() {
        let configured = plugin.configure(SETTINGS, &Limits::default()).unwrap();
        let once = |output| {
            let evaluation = configured.evaluate(&sample(output));
            (evaluation.result, evaluation.fuel, evaluation.log)
        };
        let first = once("Globex and Initech");
        let _ = once("something else, much longer, that leaves other things in memory: Globex Corp");
        assert_eq!(once("Globex and Initech"), first, "{name}");
    }
}

#[test]
#[ignore = "`cargo xtask guests` builds what this runs"]
fn every_language_refuses_settings_that_cannot_work() {
    for (name, plugin) in plugins() {
        for settings in BAD_SETTINGS {
            let fault = plugin.configure(settings, &Limits::default()).unwrap_err();
            assert_eq!(fault.kind, FaultKind::InvalidSettings, "{name}: {settings}");
            assert_eq!(fault.message, "competitors: write a list of at least one name", "{name}: {settings}");
        }
    }
}
