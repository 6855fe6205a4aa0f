//! Datasets of any size whose answers read like a support assistant's, 700 characters each and no two alike.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

/// Which metrics the suite has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Suite {
    /// One custom check and exact match.
    Small,
    /// Four plugins.
    Plugins,
    /// The same in processes of their own.
    Isolated,
    /// Four plugins and four text metrics.
    Large,
}

const SENTENCES: [&str; 16] = [
    "You can change the plan at any time under Settings, Billing; the new price applies from the next invoice.",
    "Exports run in the background, and we send a message with the download link as soon as the file is ready.",
    "The mobile app keeps your entries while you are offline and sends them once there is a connection again.",
    "An administrator can add people one by one or import a list with names, roles and teams from a spreadsheet.",
    "If the timer does not stop, reload the page first; entries are saved every few seconds, so nothing is lost.",
    "Invoices carry the address that was set when they were made, so please correct it before the first of the month.",
    "The calendar shows entries of all projects that you may see, in the colours that were chosen for each of them.",
    "Reports can be grouped by client, project, task or person, and every grouping can be saved under a name.",
    "A project that is archived keeps its entries and its reports, but nobody can book new time on it.",
    "You find the keys for the interface under Profile, Developer; each one can be limited to reading.",
    "Two-step sign-in can be required for a whole workspace, and people are asked to set it up when they next sign in.",
    "The trial ends after fourteen days, and no card is needed until you decide to go on.",
    "Rounding is set for each project, to five, ten or fifteen minutes, and the original times remain visible.",
    "We keep deleted workspaces for thirty days, so a workspace that was removed by mistake can be brought back.",
    "Approvals go to the lead of the team; a week that was approved is locked until the lead opens it again.",
    "Rates can be set by person, task and project, and the narrowest one that applies is used in reports.",
];

/// Writes the suite alone.
pub(crate) fn write_suite(directory: &Path, plugins: &Path, suite: Suite) -> Result<()> {
    Ok(std::fs::write(directory.join("scorebox.yaml"), text(plugins, suite))?)
}

/// Writes dataset, suite, and a Python loop that makes the same checks.
pub(crate) fn write(directory: &Path, samples: usize, plugins: &Path, suite: Suite) -> Result<()> {
    std::fs::create_dir_all(directory)?;
    let file = File::create(directory.join("dataset.jsonl")).context("cannot write the dataset")?;
    let mut file = BufWriter::with_capacity(1 << 20, file);
    for index in 0..samples {
        serde_json::to_writer(&mut file, &sample(index))?;
        file.write_all(b"\n")?;
    }
    file.flush()?;
    write_suite(directory, plugins, suite)?;
    std::fs::write(directory.join("loop.py"), LOOP)?;
    Ok(())
}

fn sample(index: usize) -> serde_json::Value {
    let mut state = index as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut draw = |bound: usize| {
        // Steele and others' SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    };
    let mut answer = |length: usize| {
        let mut text = format!("Thank you for writing about case {index}.");
        while text.len() < length {
            text.push(' ');
            text.push_str(SENTENCES[draw(SENTENCES.len())]);
        }
        text
    };
    let (mut output, expected) = (answer(620), answer(500));
    if index % 50 == 7 {
        output.push_str(" Timely Globex does that too.");
    }
    output.push_str(" Is there anything else we can help you with?");
    let partition = match index % 100 {
        0 => "golden",
        1..=5 => "regression",
        6..=10 => "adversarial",
        _ => "distribution",
    };
    json!({
        "id": format!("case-{index:07}"),
        "partition": partition,
        "input": format!("How does this work for team {index}?"),
        "output": output,
        "expected_output": expected,
        "tags": ["bench"],
    })
}

fn text(plugins: &Path, suite: Suite) -> String {
    let plugins = plugins.display();
    let check = format!(
        "  competitor-mention:\n    plugin: {plugins}/competitor-mention.wasm\n    settings: {{competitors: [Globex, Initech, {{name: Umbrella, \
         aliases: [Umbrella Time]}}]}}\n"
    );
    let plugins = format!(
        "  internal-jargon:\n    plugin: {plugins}/internal-jargon.wasm\n    settings: {{terms: [SEV2, churn bucket, \
         escalation matrix]}}\n  forbidden-promise: {{plugin: {plugins}/forbidden-promise.wasm}}\n  \
         response-length:\n    plugin: {plugins}/response-length.wasm\n    settings: {{words: {{max: 200}}}}\n"
    );
    let rest = match suite {
        Suite::Small => "  exact-match:\n".to_owned(),
        Suite::Plugins | Suite::Isolated => plugins,
        Suite::Large => format!("{plugins}  exact-match:\n  token-f1:\n  rouge-l:\n  levenshtein:\n"),
    };
    let isolation = if matches!(suite, Suite::Isolated) { "isolation: process\n" } else { "" };
    format!(
        "name: bench\n{isolation}dataset: dataset.jsonl\nsubject:\n  recorded: dataset\nmetrics:\n{check}{rest}\
         gates:\n  golden: {{pass_rate: 0%}}\n"
    )
}

const LOOP: &str = r#"import json, re
terms = re.compile(r"\b(globex|initech|umbrella(?: time)?)\b", re.I)
failed = 0
with open("dataset.jsonl", encoding="utf-8") as rows, open("out.jsonl", "w", encoding="utf-8") as out:
    for row in rows:
        sample = json.loads(row)
        findings = [[m.start(), m.end()] for m in terms.finditer(sample["output"])]
        exact = sample["output"] == sample["expected_output"]
        failed += bool(findings)
        out.write(json.dumps({**sample, "findings": findings, "exact": exact}) + "\n")
print(failed)
"#;
