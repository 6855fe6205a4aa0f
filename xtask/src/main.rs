//! The project's own commands.
//!
//! Each does all the set-up that it needs, and nothing twice: a bare machine and a warm one run the same command.

mod conformance;
mod deny;
mod fuzz;
mod guests;
mod models;
mod other_languages;
mod page;
mod process;
mod publish;
mod toolchain;
mod transcripts;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};
use process::{cargo, run};

const HELP: &str = "\
cargo xtask COMMAND

  demo     run the example evaluation: a version of the assistant that passes, and one that fails
  test     build the plugins and pass all tests; with --models those that need a language model, which is fetched
  plugins  build the plugins into target/plugins, those of examples/porting into target/porting, and the one that tests
           send requests with into target/guests; those in languages whose tools are not here are left out
  hostile  what becomes of plugins that attack the host, as a table, under both isolations
             [--isolation instance|process] [PART OF A ROW]
  lint     formatting, clippy, documentation
  deny     licences, sources and versions of all dependencies, and advisories where their database can be reached
  fuzz     every target of fuzz/ for a minute, or those that are named; --minutes N for more
  conformance
           one check in every language, through its SDK, has to say the same; [--lang NAME]
  transcripts
           run the commands of docs/authors, and write what they print into the guides; or those of the languages named
  guests   build the test guests in other languages, or those named: c, go, python, typescript
  publish  build plugins/ and publish them, with an index and a page that lists them
             --registry HOST/PATH or DIRECTORY [--site DIRECTORY] [--sign KEY] [--plain-http]
  soak     a million evaluations, or as many as named, that have to leave nothing behind
  bench    all benchmarks; with --quick only the whole-process ones, once and on less data
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let result = match command.as_str() {
        "demo" => demo(),
        "test" => test(&rest),
        "plugins" => plugins(),
        "guests" => guests::guests(&rest),
        "conformance" => conformance::conformance(&rest),
        "transcripts" => transcripts::transcripts(&rest),
        "soak" => soak(&rest),
        "hostile" => hostile(&rest),
        "lint" => lint(),
        "deny" => deny::deny(&rest),
        "publish" => publish::publish(&rest),
        "fuzz" => fuzz::fuzz(&rest),
        "bench" => bench(&rest),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Builds the command-line tool; its path. With the features that the whole workspace asks of dependencies, so that tests
/// do not compile wasmtime a second time.
fn scorebox(arguments: &[&str]) -> Result<PathBuf> {
    run(cargo().args(["build", "--workspace", "--bin", "scorebox"]).args(arguments))?;
    let profile = if arguments.contains(&"--release") { "release" } else { "debug" };
    Ok(process::target_directory()?.join(profile).join("scorebox"))
}

/// Builds the plugins with the tool that was built; a missing compiler for them is installed first.
fn plugins_with(scorebox: &Path) -> Result<()> {
    toolchain::ensure(scorebox)?;
    let folders = |directory: &str| -> Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(root().join(directory))?.flatten();
        let mut folders: Vec<PathBuf> =
            entries.map(|entry| entry.path()).filter(|path| path.join("Cargo.toml").is_file()).collect();
        folders.sort();
        Ok(folders)
    };
    let build = |out: &str, folders: Vec<PathBuf>| {
        let out = root().join("target").join(out);
        run(Command::new(scorebox).args(["plugin", "build", "--quiet", "--out"]).arg(out).args(folders))
    };
    build("plugins", folders("plugins")?)?;
    other_languages::build(scorebox)?;
    build("porting", folders("examples/porting")?)?;
    build("guests", vec![root().join("tests/guests/fetch")])
}

fn plugins() -> Result<()> {
    plugins_with(&scorebox(&[])?)
}

/// The embedding model of the example.
const MODEL: &str = "all-MiniLM-L6-v2";

/// Shows a run that passes and one that fails, and holds both against what the example says of them.
fn demo() -> Result<()> {
    let scorebox = scorebox(&[])?;
    plugins_with(&scorebox)?;
    let pulled = Command::new(&scorebox).args(["models", "list"]).output()?;
    if !String::from_utf8_lossy(&pulled.stdout).contains(MODEL) {
        println!(
            "\n$ scorebox models pull   # {MODEL}, 87 MiB, once: the example compares answers by meaning with it"
        );
        if !Command::new(&scorebox).args(["models", "pull"]).status()?.success() {
            println!("note: without the model, the metric that needs it is left out");
        }
    }
    let example = "examples/support-assistant";
    for (suite, about, expected) in [
        ("scorebox.yaml", "version 1 of the assistant", 0),
        ("scorebox-v2.yaml", "version 2, with its holiday greeting", 1),
    ] {
        println!("\n$ scorebox run {example}/{suite}   # {about}\n");
        let suite = format!("{example}/{suite}");
        let status = Command::new(&scorebox).current_dir(root()).args(["run", &suite]).status()?;
        println!("\nexit code {}", status.code().unwrap_or(-1));
        if status.code() != Some(expected) {
            bail!("{suite} should have ended with exit code {expected}");
        }
    }
    Ok(())
}

fn test(filter: &[String]) -> Result<()> {
    plugins()?;
    if filter.iter().any(|argument| argument == "--models") {
        return models::test();
    }
    run(cargo().args(["test", "--workspace"]).args(filter))?;
    match toolchain::browser() {
        // With the packages of the run before, so that nothing is compiled again.
        Some(browser) => run(cargo().env("CHROMIUM", browser).args([
            "test",
            "--workspace",
            "--lib",
            "--",
            "--ignored",
            "browser::",
        ])),
        None => {
            println!(
                "note: the tests of the HTML report in a browser did not run: install chromium, or set CHROMIUM"
            );
            Ok(())
        }
    }
}

/// The suite prints its table itself, here as in `cargo test`.
fn hostile(arguments: &[String]) -> Result<()> {
    run(cargo().args(["test", "--quiet", "--package", "scorebox", "--test", "hostile", "--"]).args(arguments))
}

fn lint() -> Result<()> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))?;
    run(cargo().env("RUSTDOCFLAGS", "--deny warnings").args(["doc", "--workspace", "--no-deps"]))
}

fn soak(arguments: &[String]) -> Result<()> {
    let evaluations = arguments.first().map_or("1000000", String::as_str);
    run(cargo().env("SCOREBOX_SOAK", evaluations).args([
        "test",
        "--package",
        "scorebox-sandbox",
        "--test",
        "soak",
        "--",
        "--nocapture",
    ]))
}

fn bench(arguments: &[String]) -> Result<()> {
    let scorebox = scorebox(&["--release"])?;
    plugins_with(&scorebox)?;
    if arguments.is_empty() {
        run(cargo().args(["bench", "--package", "scorebox-sandbox", "--package", "scorebox-metrics"]))?;
    }
    run(cargo()
        .args(["run", "--release", "--package", "scorebox-bench", "--"])
        .args(arguments)
        .arg(scorebox)
        .args(["target/plugins", "examples/support-assistant"]))
}
