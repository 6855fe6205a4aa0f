//! The same check in every language says the same: `cargo xtask conformance` builds the components and runs this.
//!
//! `cases.json` says what each case has to come to; beyond that, all languages have to agree in every byte of a score.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

use scorebox_sandbox::{Fault, Grants, Limits, Sample, Sandbox, SandboxConfig, Score};
use serde::Deserialize;
use serde_json::Value;

const LANGUAGES: [&str; 5] = ["rust", "python", "typescript", "javascript", "go"];

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

    fn check(&self, language: &str, result: &Result<Score, Fault>) {
        let at = format!("{language}: {}", self.name);
        let score = match result {
            Ok(score) => score,
            Err(fault) => {
                let kind = serde_json::to_value(fault.kind).unwrap();
                assert!(self.fault.iter().any(|one| kind == **one), "{at}: {fault}");
                for part in &self.says {
                    assert!(fault.message.contains(part), "{at}: {fault}");
                }
                return;
            }
        };
        assert!(self.fault.is_empty(), "{at}: {score:?}");
        let sample = self.sample();
        let quote = |finding: &scorebox_sandbox::Finding| {
            finding.location.unwrap().quote(&sample).unwrap().to_owned()
        };
        let quotes: Vec<String> = score.findings.iter().map(quote).collect();
        if let Some(expected) = &self.quotes {
            assert_eq!(&quotes, expected, "{at}");
        }
        if let Some(count) = self.count {
            assert_eq!(quotes.len(), count, "{at}");
        }
    }
}

#[test]
#[ignore = "`cargo xtask conformance` builds what this runs"]
fn every_language_says_the_same() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases.json")).unwrap();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/conformance");
    let sandbox = Sandbox::new(SandboxConfig { concurrent: 2, ..SandboxConfig::default() }).unwrap();
    let mut first: Vec<Option<Score>> = Vec::new();
    let mut table = String::from(
        "| language | component | compile | evaluate | fuel | snapshot |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    let mut seen = 0;
    for language in LANGUAGES {
        let path = folder.join(format!("conformance-{language}.wasm"));
        let Ok(bytes) = std::fs::read(&path) else {
            println!("skipped {language}: {} is not there", path.display());
            continue;
        };
        seen += 1;
        let plugin = sandbox.load(&bytes, &Grants::default()).unwrap();
        let configure = |settings: &Value| plugin.configure(&settings.to_string(), &Limits::default());
        let start = Instant::now();
        let usual = configure(&cases[2].settings).unwrap();
        let compile = start.elapsed();
        for (index, case) in cases.iter().enumerate() {
            let result =
                configure(&case.settings).and_then(|configured| configured.evaluate(&case.sample()).result);
            case.check(language, &result);
            let score = result.ok();
            match first.get(index) {
                Some(first) => assert_eq!(&score, first, "{language} against the first: {}", case.name),
                None => first.push(score),
            }
        }
        let sample = cases[2].sample();
        let fuel = usual.evaluate(&sample).fuel;
        let start = Instant::now();
        for _ in 0..100 {
            usual.evaluate(&sample).result.unwrap();
        }
        let micros = start.elapsed().as_micros() / 100;
        writeln!(
            table,
            "| {language} | {:.2} MB | {:.1} s | {micros} us | {fuel} | {} |",
            bytes.len() as f64 / 1e6,
            compile.as_secs_f64(),
            usual.not_snapshotted().map_or("taken", |_| "not taken"),
        )
        .unwrap();
        println!("{language}: {} cases", cases.len());
    }
    assert!(seen > 0, "no components: run `cargo xtask conformance`");
    std::fs::write(folder.join("table.md"), table).unwrap();
}
