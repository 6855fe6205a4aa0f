//! `scorebox plugin doctor`.

use std::process::ExitCode;

use anyhow::Result;
use scorebox_eval::report::escape_line;
use scorebox_registry::{Language, doctor};

use crate::say::{self, say};

/// Says what languages need; without a name, all of them.
pub(crate) fn diagnose(languages: &[Language], json: bool) -> Result<ExitCode> {
    let asked = if languages.is_empty() { &Language::ALL[..] } else { languages };
    let found: Vec<_> = asked.iter().map(|&language| doctor(language)).collect();
    if json {
        say::json(&found)?;
    } else {
        for diagnosis in &found {
            say!("{:<11} {}", diagnosis.language, if diagnosis.ready { "ready" } else { "not ready" });
            for tool in &diagnosis.tools {
                let found = tool.found.as_deref().map_or_else(|| "missing".to_owned(), escape_line);
                say!("  {}: {found}", tool.name);
            }
            if let Some(get) = &diagnosis.get {
                say!("  to get it: {get}");
            }
            if !diagnosis.brought.is_empty() {
                say!("  a plugin's folder brings {}", diagnosis.brought);
            }
        }
    }
    let ready = languages.is_empty() || found.iter().all(|diagnosis| diagnosis.ready);
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
