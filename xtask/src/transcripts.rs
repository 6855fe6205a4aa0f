//! The transcripts in docs/authors: the commands of each guide, run from an empty folder, with what they print.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{page, root, toolchain};

/// The languages, each with its guide.
const GUIDES: [(&str, &str); 5] = [
    ("rust", "rust.md"),
    ("python", "python.md"),
    ("typescript", "typescript.md"),
    ("c", "c.md"),
    ("go", "go.md"),
];
const NAME: &str = "no-jargon";
const BEGIN: &str = "<!-- transcript: made by `cargo xtask transcripts` -->\n";
const END: &str = "<!-- end of transcript -->";

/// Writes the transcripts of the languages that are named, or of all whose tools are here.
pub(crate) fn transcripts(languages: &[String]) -> Result<()> {
    let known = GUIDES.map(|(language, _)| language);
    if let Some(unknown) = languages.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("there is no guide for `{unknown}`: write some of {}", known.join(", "));
    }
    let scorebox = crate::scorebox(&[])?;
    toolchain::ensure(&scorebox)?;
    for (language, guide) in GUIDES {
        if !languages.is_empty() && !languages.iter().any(|name| name == language) {
            continue;
        }
        if !toolchain::ready(&scorebox, language) {
            println!("left out {language}: its tools are not here");
            continue;
        }
        println!("running the commands of {guide}");
        let text = transcript(&scorebox, language).with_context(|| format!("the transcript of {guide}"))?;
        page::fill(&root().join("docs/authors").join(guide), BEGIN, &text, END)?;
    }
    Ok(())
}

fn transcript(scorebox: &Path, language: &str) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let mut text = "```text\n".to_owned();
    for arguments in [
        vec!["plugin", "new", NAME, "--lang", language],
        vec!["plugin", "build", NAME],
        vec!["plugin", "test", NAME],
        vec![
            "plugin",
            "run",
            &format!("{NAME}/{NAME}.wasm"),
            "--settings",
            r#"{"terms": ["synergy"]}"#,
            "--output",
            "Pure synergy.",
        ],
    ] {
        // What the language's own tools say goes to standard error, and is not shown.
        let output = Command::new(scorebox).current_dir(folder.path()).args(&arguments).output()?;
        // The answer that is shown fails its check, and everything else holds.
        let expected = i32::from(arguments[1] == "run");
        if output.status.code() != Some(expected) {
            let said =
                [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            bail!("`scorebox {}` ended with {}: {}", arguments.join(" "), output.status, said.concat());
        }
        let quoted = arguments.iter().map(|argument| {
            if argument.contains([' ', '"']) { format!("'{argument}'") } else { (*argument).to_owned() }
        });
        text += &format!("$ scorebox {}\n", quoted.collect::<Vec<_>>().join(" "));
        text += &String::from_utf8(output.stdout)?;
    }
    Ok(text + "```\n")
}
