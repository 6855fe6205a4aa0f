//! `scorebox plugin search`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use scorebox_eval::report::escape_line;
use scorebox_registry::Index;

use super::network::NetworkArguments;
use crate::say::{self, say};

#[derive(Debug, Args)]
pub(crate) struct SearchArguments {
    /// Words that name, summary or reference have; all plugins without
    text: Vec<String>,
    /// The index: an address, a file, or a directory with plugins.json [default: $SCOREBOX_INDEX]
    #[arg(long, value_name = "INDEX")]
    index: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    network: NetworkArguments,
}

pub(crate) fn search(arguments: &SearchArguments) -> Result<ExitCode> {
    let place = arguments.index.clone().or_else(|| std::env::var("SCOREBOX_INDEX").ok());
    let place = place.filter(|place| !place.is_empty()).context(
        "no index to search: name one with `--index`, such as https://plugins.example.org/plugins.json or a directory",
    )?;
    let index = Index::read(&place, arguments.network.network())?;
    let found = index.search(&arguments.text.join(" "));
    if arguments.json {
        say::json(&found)?;
        return Ok(ExitCode::SUCCESS);
    }
    for entry in &found {
        say!("{}", escape_line(&entry.reference));
        say!(
            "  {} {}: {}",
            escape_line(&entry.name),
            escape_line(&entry.version),
            escape_line(&entry.summary)
        );
        if !entry.grants.is_empty() {
            say!("  asks for {}", escape_line(&entry.grants.to_string()));
        }
    }
    if found.is_empty() {
        say!("nothing of {} has that in its name or summary", escape_line(&place));
    }
    Ok(ExitCode::SUCCESS)
}
