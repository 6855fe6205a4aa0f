//! `scorebox policy`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use scorebox_eval::policy::Places;
use scorebox_eval::report::escape_line;

use crate::arguments::PolicyArguments;
use crate::say::{self, say};

/// Columns for what is left; a longer list moves its line to the right.
const WIDEST: usize = 40;

pub(crate) fn policy(suite: &Path, arguments: &PolicyArguments, json: bool) -> Result<ExitCode> {
    // A directory stands for the suite in it, which does not have to be there.
    let suite = if suite.is_dir() { suite.join("scorebox.yaml") } else { suite.to_owned() };
    let effective = Places::of(&suite, &arguments.files).find()?.effective();
    if json {
        say::json(&effective)?;
        return Ok(ExitCode::SUCCESS);
    }
    if effective.policies.is_empty() {
        say!("no policy was found: a suite may ask for whatever Scorebox offers");
        return Ok(ExitCode::SUCCESS);
    }
    for policy in &effective.policies {
        say!("{}, {}", escape_line(&policy.path), policy.origin.in_words());
        say!("  {}", policy.digest);
    }
    say!("\nTogether they allow:");
    let key = effective.lines.iter().map(|line| line.key.len()).max().unwrap_or(0);
    let text = effective
        .lines
        .iter()
        .map(|line| escape_line(&line.text).chars().count())
        .max()
        .unwrap_or(0)
        .min(WIDEST);
    for line in &effective.lines {
        let from: Vec<_> = line.from.iter().map(|from| escape_line(from)).collect();
        say!("  {:key$}  {:text$}  {}", line.key, escape_line(&line.text), from.join(", "));
    }
    say!("\nWhat is not listed is left to the suite.");
    Ok(ExitCode::SUCCESS)
}
