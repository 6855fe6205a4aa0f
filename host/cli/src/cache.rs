//! `scorebox cache`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use scorebox_eval::cache::{ScoreCache, default_directory};
use scorebox_metrics::AnswerCache;
use scorebox_sandbox::CodeCache;

use crate::arguments::CacheCommand;
use crate::say::{self, say};
use crate::start::line;

pub(crate) fn cache(command: &CacheCommand) -> Result<ExitCode> {
    let directory = default_directory().context("no cache directory: set SCOREBOX_CACHE or HOME")?;
    let scores = ScoreCache::open(&directory)?;
    let code = CodeCache::open(&directory.join("code"))?;
    let answers = AnswerCache::open(&directory)?;
    match command {
        CacheCommand::Stats { json } => {
            let (scores, code, (answers, bytes)) = (scores.stats()?, code.stats()?, answers.stats()?);
            if *json {
                let models = serde_json::json!({ "answers": answers, "bytes": bytes });
                let value = serde_json::json!({
                    "directory": directory, "scores": scores, "code": code, "models": models,
                });
                say::json(&value)?;
            } else {
                say!("{}", line(&directory));
                say!("  scores  {:>8} samples     {:>9}", scores.samples, size(scores.bytes));
                say!("  code    {:>8} components  {:>9}", code.entries, size(code.bytes));
                say!("  models  {answers:>8} answers     {:>9}", size(bytes));
            }
        }
        CacheCommand::Clear => {
            scores.clear()?;
            code.clear()?;
            answers.clear()?;
            say!("emptied {}", line(&directory));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Bytes for a person.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}
