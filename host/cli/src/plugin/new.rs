//! `scorebox plugin new`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use scorebox_registry::{Language, new_plugin, sdk_of_checkout};

use crate::say::say;
use crate::start::line;

pub(crate) fn new(name: &str, language: Language, sdk: Option<&Path>) -> Result<ExitCode> {
    let sdk = sdk.map(Path::to_owned).or_else(sdk_of_checkout);
    let folder = new_plugin(Path::new(""), name, language, sdk.as_deref())?;
    say!("made {}", line(&folder));
    say!("  edit   {}", line(&folder.join(language.source())));
    say!("  build  scorebox plugin build {}", line(&folder));
    say!("  test   scorebox plugin test {}", line(&folder));
    Ok(ExitCode::SUCCESS)
}
