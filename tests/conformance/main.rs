//! The same check in every language says the same: `cargo xtask conformance` builds the components and runs this.
//!
//! `cases.json` says what each case has to come to; beyond that, all languages have to agree in every byte of a score.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

use scorebox_sandbox::{
    Configured, Fault, Finding, Grants, Limits, Plugin, Sample, Sandbox, SandboxConfig, Score,
};
use serde::Deserialize;
use serde_json::Value;

const LANGUAGES: [&str; 6] = ["rust", "python", "typescript", "javascript", "go", "c"];
/// Evaluations that the time of one is taken from.
const TIMED: u32 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    settings: Value,
    #[serde(default)]
    output: String,
    /// How often the output is repeated, and what ends it.
    #[serde(default)]
    times: Option<usize>,
    #[serde(default)]
    ends: String,
    #[serde(default)]
    input: String,
    #[serde(default)]
    context: Vec<String>,
    /// What the findings quote, in order.
    #[serde(default)]
    quotes: Option<Vec<String>>,
    /// How many findings there are.
    #[serde(default)]
    count: Option<usize>,
    /// Kinds of which the fault is one. A panic in Rust cannot be caught in a component: it traps.
    #[serde(default)]
    fault: Vec<String>,
    /// Fuel that it takes in a language, where the default is too little.
    #[serde(default)]
    fuel: HashMap<String, u64>,
    /// Parts of the fault's message.
    #[serde(default)]
    says: Vec<String>,
}

impl Case {
    fn sample(&self) -> Sample {
        let output = self.output.repeat(self.times.unwrap_or(1)) + &self.ends;
        Sample {
            id: "sample".into(),
            input: self.input.clone(),
            output,
            context: self.context.clone(),
            ..Sample::default()
        }
    }

    /// What is wrong with a result, or nothing.
    fn objection(&self, result: &Result<Score, Fault>) -> Option<String> {
        let score = match result {
            Ok(score) if self.fault.is_empty() => score,
            Ok(score) => return Some(format!("scored {score:?}, and has to be one of {:?}", self.fault)),
            Err(fault) => {
                let kind = serde_json::to_value(fault.kind).unwrap();
                let expected = self.fault.iter().any(|one| kind == **one)
                    && self.says.iter().all(|part| fault.message.contains(part));
                return (!expected)
                    .then(|| format!("{fault}, and has to say {:?} {:?}", self.fault, self.says));
            }
        };
        let sample = self.sample();
        let quote = |finding: &Finding| finding.location.unwrap().quote(&sample).unwrap().to_owned();
        let quotes: Vec<String> = score.findings.iter().map(quote).collect();
        if self.quotes.as_ref().is_some_and(|expected| *expected != quotes) {
            return Some(format!("quotes {quotes:?}, and has to quote {:?}", self.quotes));
        }
        let count = self.count.filter(|count| *count != quotes.len());
        count.map(|count| format!("has {} findings, and has to have {count}", quotes.len()))
    }
}

/// A component, configured once with each settings.
struct Check {
    plugin: Plugin,
    configured: HashMap<String, Result<Configured, Fault>>,
}

impl Check {
    fn configured(&mut self, settings: &Value, limits: &Limits) -> Result<&Configured, Fault> {
        let plugin = &self.plugin;
        let settings = settings.to_string();
        let made = self
            .configured
            .entry(format!("{settings} {}", limits.fuel))
            .or_insert_with(|| plugin.configure(&settings, limits));
        made.as_ref().map_err(Clone::clone)
    }
}

#[test]
#[ignore = "`cargo xtask conformance` builds what this runs"]
fn every_language_says_the_same() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases.json")).unwrap();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/conformance");
    let sandbox =
        Sandbox::new(SandboxConfig { concurrent: 2, one_author: true, ..SandboxConfig::default() }).unwrap();
    let usual = &cases.iter().find(|case| case.name == "plain").unwrap();
    // The scores of the language that was first.
    let mut first: Option<Vec<Option<Score>>> = None;
    let mut wrong = Vec::new();
    let mut table = String::from(
        "| language | cases | component | compiled and configured in | evaluated in | fuel of it |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for language in LANGUAGES {
        let Ok(bytes) = std::fs::read(folder.join(format!("conformance-{language}.wasm"))) else {
            println!("left out {language}: it was not built");
            continue;
        };
        let plugin = sandbox.load(&bytes, &Grants::default()).unwrap();
        let mut check = Check { plugin, configured: HashMap::new() };
        let start = Instant::now();
        let compiled = check.configured(&usual.settings, &Limits::default()).map(|_| start.elapsed());
        let mut scores = Vec::new();
        let mut passed = 0;
        for (index, case) in cases.iter().enumerate() {
            let sample = case.sample();
            let mut limits = Limits::default();
            limits.fuel = case.fuel.get(language).copied().unwrap_or(limits.fuel);
            let result =
                check.configured(&case.settings, &limits).and_then(|check| check.evaluate(&sample).result);
            let objection = case.objection(&result);
            let score = result.ok();
            let of_first = first.as_ref().map(|scores| &scores[index]);
            let objection = objection.or_else(|| {
                let other = of_first.filter(|other| **other != score)?;
                Some(format!("scored {score:?}, and the first language {other:?}"))
            });
            match objection {
                Some(objection) => wrong.push(format!("{language}: {}: {objection:.1000}", case.name)),
                None => passed += 1,
            }
            scores.push(score);
        }
        let Ok(compiled) = compiled else { continue };
        let usual_check = check.configured(&usual.settings, &Limits::default()).unwrap();
        let sample = usual.sample();
        let fuel = usual_check.evaluate(&sample).fuel;
        let start = Instant::now();
        for _ in 0..TIMED {
            usual_check.evaluate(&sample).result.unwrap();
        }
        writeln!(
            table,
            "| {language} | {passed} of {} | {:.2} MB | {:.1} s | {} µs | {fuel} |",
            cases.len(),
            bytes.len() as f64 / 1e6,
            compiled.as_secs_f64(),
            start.elapsed().as_micros() / u128::from(TIMED),
        )
        .unwrap();
        println!("{language}: {passed} of {} cases", cases.len());
        first.get_or_insert(scores);
    }
    assert!(first.is_some(), "no components: run `cargo xtask conformance`");
    std::fs::write(folder.join("table.md"), table).unwrap();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
