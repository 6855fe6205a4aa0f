//! One check in every language, through its SDK: built from new folders, held against one set of cases.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, run};
use crate::{page, root, toolchain};

/// The languages, each with the check's file and where a new folder has it.
const LANGUAGES: [(&str, &str, &str); 6] = [
    ("rust", "check.rs", "src/lib.rs"),
    ("python", "check.py", "src/check.py"),
    ("typescript", "check.js", "src/check.ts"),
    ("javascript", "check.js", "src/check.js"),
    ("go", "check.go.txt", "check.go"),
    ("c", "check.c", "src/check.c"),
];
const BEGIN: &str = "<!-- conformance: made by `cargo xtask conformance` -->\n";
const END: &str = "<!-- end of conformance -->";

/// Builds the check in the languages that are named with `--lang`, or in all whose tools are here, and runs the cases.
pub(crate) fn conformance(arguments: &[String]) -> Result<()> {
    let mut chosen = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let language = arguments.next().filter(|_| argument == "--lang");
        let known = LANGUAGES.iter().find(|(name, ..)| Some(*name) == language.map(String::as_str));
        let Some(known) = known else {
            let names = LANGUAGES.map(|(name, ..)| name).join(", ");
            bail!("cargo xtask conformance [--lang {names}]");
        };
        chosen.push(*known);
    }
    let all = chosen.is_empty();
    let scorebox = crate::scorebox(&[])?;
    toolchain::ensure(&scorebox)?;
    let folder = root().canonicalize()?.join("target/conformance");
    std::fs::create_dir_all(&folder)?;
    // Those of an earlier run would be held against the cases as well.
    for (language, ..) in LANGUAGES {
        match std::fs::remove_file(folder.join(format!("conformance-{language}.wasm"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    for (language, check, place) in if all { LANGUAGES.to_vec() } else { chosen } {
        if all && !toolchain::ready(&scorebox, language) {
            println!(
                "skipped {language}: its tools are not here, see `scorebox plugin doctor --lang {language}`"
            );
            continue;
        }
        println!("building the check in {language}");
        build(&scorebox, &folder, language, check, place)
            .with_context(|| format!("the check in {language}"))?;
    }
    let test = ["test", "--workspace", "--test", "conformance", "--", "--ignored", "--nocapture"];
    let result = run(cargo().args(test));
    if let Ok(table) = std::fs::read_to_string(folder.join("table.md")) {
        println!("{table}");
    }
    result?;
    let table = std::fs::read_to_string(folder.join("table.md"))?;
    page::fill(&root().join("docs/languages.md"), BEGIN, &with_rows_of_others(&table)?, END)?;
    Ok(())
}

/// A folder as `plugin new` makes it, with the suite's check in it. What tools put there stays from one time to the next.
fn build(scorebox: &Path, folder: &Path, language: &str, check: &str, place: &str) -> Result<()> {
    let name = format!("conformance-{language}");
    let plugin = folder.join(&name);
    let suite = root().join("tests/conformance");
    let fresh = folder.join("new");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh)?;
    }
    std::fs::create_dir_all(&fresh)?;
    run(Command::new(scorebox).current_dir(&fresh).args(["plugin", "new", &name, "--lang", language]))?;
    run(Command::new("cp").arg("-r").arg(fresh.join(&name)).arg(folder))?;
    std::fs::copy(suite.join(check), plugin.join(place))?;
    let manifest = std::fs::read_to_string(suite.join("plugin.yaml"))?.replace("{{language}}", language);
    std::fs::write(plugin.join("plugin.yaml"), manifest)?;
    let mut build = Command::new(scorebox);
    build.args(["plugin", "build", "--out"]).arg(folder).arg(&plugin);
    if language == "rust" {
        build.env("CARGO_TARGET_DIR", folder.join("rust"));
    }
    run(&mut build)
}

/// The table with the rows that the page has of languages that were not held against the cases now.
fn with_rows_of_others(table: &str) -> Result<String> {
    let page = std::fs::read_to_string(root().join("docs/languages.md"))?;
    let old = page.split_once(BEGIN).and_then(|(_, rest)| Some(rest.split_once(END)?.0)).unwrap_or_default();
    let mut lines: Vec<&str> = table.lines().take(2).collect();
    for (language, ..) in LANGUAGES {
        let start = format!("| {language} |");
        lines.extend([table, old].iter().find_map(|text| text.lines().find(|line| line.starts_with(&start))));
    }
    Ok(lines.join("\n"))
}
